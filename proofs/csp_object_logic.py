"""The Rust objects of seed 000, section 3.1, in z3: what they perform, whatever they are made of.

An object is given by the set of its ✓-traces: it can perform e when ⟨e⟩ is among them, is then
given by what is after e, and has terminated when ⟨✓⟩ is among them. The two compositions are given
by their first steps, as the listing has it, and compared with the operators on trace sets of
`cospec.proofs.csp_logic` by induction on a trace. That they perform what the classes of
`cospec.models.csp_objects` perform is tested on small terms.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import z3

from cospec.proofs import csp_logic as logic
from cospec.proofs.csp_logic import (
    ALPHABETS,
    EMPTY,
    HEALTH,
    SETS,
    TICK,
    Trace,
    Traces,
    after,
    by_induction,
    can,
    e,
    has_empty,
    healthy,
    interface,
    member,
    u,
    uses,
    x,
)
from cospec.proofs.evidence import prove

P, Q = logic.P, logic.Q

_BOOL = z3.BoolSort()
#: An object by itself.
single = z3.Function("single", Traces, Trace, _BOOL)
#: ParallelProcess as written, and repaired (`following`).
left_first = z3.Function("left_first", Traces, Traces, Trace, _BOOL)
following = z3.Function("following", Traces, Traces, Trace, _BOOL)
#: SequentialProcess while first has not completed, and where it may go on as well (`following`).
beginning = z3.Function("beginning", Traces, Traces, Trace, _BOOL)
going_on = z3.Function("going_on", Traces, Traces, Trace, _BOOL)


def _step(relation: Any, body: Any) -> list[z3.BoolRef]:
    whole = relation(P, Q, Trace.event(e, u))
    return [
        z3.ForAll([P, Q], relation(P, Q, EMPTY), patterns=[relation(P, Q, EMPTY)]),
        z3.ForAll([P, Q, e, u], whole == body, patterns=[whole]),
    ]


def _single() -> list[z3.BoolRef]:
    whole = single(P, Trace.event(e, u))
    ended = z3.And(can(P, TICK), u == EMPTY)
    body = z3.If(e == TICK, ended, z3.And(can(P, e), single(after(P, e), u)))
    return [
        z3.ForAll([P], single(P, EMPTY), patterns=[single(P, EMPTY)]),
        z3.ForAll([P, e, u], whole == body, patterns=[whole]),
    ]


def _parallel(relation: Any, both_follow: bool) -> list[z3.BoolRef]:
    left = z3.And(can(P, e), relation(after(P, e), Q, u))
    right = z3.And(can(Q, e), relation(P, after(Q, e), u))
    alone = z3.Or(left, right) if both_follow else z3.If(can(P, e), left, right)
    joint = z3.And(can(P, e), can(Q, e), relation(after(P, e), after(Q, e), u))
    ended = z3.And(can(P, TICK), can(Q, TICK), u == EMPTY)
    return _step(relation, z3.If(e == TICK, ended, z3.If(interface(e), joint, alone)))


def completing(process: Any, second: Any, trace: Any) -> z3.BoolRef:
    """SequentialProcess with the repair `completing`: first may be done before any step."""
    return z3.If(can(process, TICK), member(second, trace), beginning(process, second, trace))


_stepped = z3.And(e != TICK, can(P, e))

#: What they perform: ⟨⟩, and after a first event what they perform then.
OBJECTS = [
    *_single(),
    *_parallel(left_first, both_follow=False),
    *_parallel(following, both_follow=True),
    *_step(beginning, z3.And(_stepped, completing(after(P, e), Q, u))),
    *_step(
        going_on,
        z3.Or(
            z3.And(_stepped, going_on(after(P, e), Q, u)),
            z3.And(can(P, TICK), member(Q, Trace.event(e, u))),
        ),
    ),
]


def objects(*components: Any) -> z3.BoolRef:
    """That sets are those of objects: healthy, and with ⟨⟩."""
    return z3.And(*(z3.And(healthy(each), has_empty(each)) for each in components))


def apart(left: Any, right: Any) -> z3.BoolRef:
    """That the alphabets of two objects meet only in the interface."""
    shared = z3.And(uses(left, x), uses(right, x))
    return z3.ForAll([x], z3.Implies(shared, interface(x)), patterns=[uses(left, x)])


#: Whether a process can do nothing else wherever it may terminate (`SKIP` is in no choice).
silent = z3.Function("silent", Traces, _BOOL)
SILENCE = [
    z3.ForAll(
        [P, e],
        z3.Implies(
            z3.And(silent(P), can(P, TICK), e != TICK),
            after(P, e) == logic.NONE,
        ),
        patterns=[z3.MultiPattern(silent(P), after(P, e))],
    ),
    z3.ForAll(
        [P, e],
        z3.Implies(silent(P), silent(after(P, e))),
        patterns=[z3.MultiPattern(silent(P), after(P, e))],
    ),
]


def performs(
    runs: Callable[[Any, Any, Any], Any],
    operator: Any,
    *given: z3.BoolRef,
    where: Callable[[Any, Any], z3.BoolRef] = lambda _p, _q: z3.BoolVal(True),
) -> None:
    """Proves that a composition of any two objects has the traces that the operator gives.

    Raises:
        Undecided: z3 refutes a step of the proof, or does not know.
    """

    def same(trace: Any) -> z3.BoolRef:
        return z3.Implies(
            z3.And(objects(P, Q), where(P, Q)),
            runs(P, Q, trace) == member(operator(P, Q), trace),
        )

    theory = [*SETS, *HEALTH, *ALPHABETS, *OBJECTS, *SILENCE, interface(TICK), *given]
    by_induction(same, [P, Q], lambda trace: member(operator(P, Q), trace), *theory)


def represents() -> None:
    """Proves that the object given by the traces of a process has them: one state is enough."""
    by_induction(
        lambda trace: z3.Implies(objects(P), single(P, trace) == member(P, trace)),
        [P],
        lambda trace: single(P, trace),
        *SETS,
        *HEALTH,
        *OBJECTS,
    )


def ends_together() -> None:
    """Proves that a parallel composition can end at first if both of its sides can."""
    ended = Trace.event(TICK, EMPTY)
    both = z3.And(member(P, ended), member(Q, ended))
    prove(member(logic.parallel(P, Q), ended) == both, *SETS, interface(TICK))

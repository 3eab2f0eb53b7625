r"""Compression: processes replaced by smaller ones with the same meaning.

A script asks for it (`sbisim(P)`, `diamond(P)`, …), or a check of many states does so by itself:
hiding makes a part of a composition do much that the rest never sees, and all of it multiplies
with what the rest does. Either way a part is explored by itself, its LTS is reduced, and what
remains becomes one component in place of the part.

Every reduction keeps traces, stable failures and divergences, for which all of CSP's operators are
congruences, so every claim about the whole keeps its truth. `prioritise` is no such operator: it
looks at τ. What a script compresses beneath it is reduced by strong bisimulation, whichever
function is named. `chase` looks at τ as well, and may follow any: the one of the smaller
process serves. What a check compresses by itself is reduced by divergence-preserving branching
bisimulation, and is never beneath either.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from cospec.checker.budget import undisturbed
from cospec.checker.compile import Compiler
from cospec.checker.meter import Meter
from cospec.checker.tree import STATIC, opened
from cospec.spec.semantics.claims import (
    Claim,
    DeadlockFree,
    Deterministic,
    DivergenceFree,
    HasTrace,
    Refines,
)
from cospec.spec.semantics.normalised import normalised
from cospec.spec.semantics.process import (
    AlphabetisedParallel,
    Compressed,
    Embedded,
    Hide,
    Parallel,
    Process,
    Project,
    Rename,
)

if TYPE_CHECKING:
    from cospec.checker.lts import Lts, Table

#: A part of a check with more states than this is left as it is: exploring it might cost more
#: than it saves.
LARGEST_PART = 100_000

#: So is a leaf that hides nothing, with more states than this: the composition may never come to
#: most of them.
LARGEST_LEAF = 2_000

#: So is what a script compresses, with more states than this.
LARGEST_CALL = 100_000

#: How many compressions may be found one inside the other; beyond, there may be no end.
DEEPEST = 300


class TooDeep(BaseException):
    """Compressions inside compressions, perhaps without end: `P(n) = a -> sbisim(P(n + 1))`.

    Not an `Exception`: those may be passed over by whoever walks ahead of the search, and each
    compression on the way would then go as deep again. It never leaves this module.
    """


class Compression:
    """Compresses processes, each part once.

    A part is replaced when its classes are no more than `worthwhile` times its states; what a
    script compresses, when it has no more than `largest_call` states.
    """

    def __init__(self, worthwhile: float = 0.9, largest_call: int = LARGEST_CALL) -> None:
        self._worthwhile = worthwhile
        self._largest_call = largest_call
        self._known: dict[Process, Process] = {}
        self._leaves: dict[Process, Process] = {}
        self._open: set[Process] = set()
        self._tables: dict[tuple[Compressed, bool], Table | None] = {}
        self._calls: dict[tuple[Compressed, bool], None] = {}

    def compiler(self, strict: bool = False) -> Compiler:
        """A compiler that compresses what the script wants compressed."""
        return Compiler(self.table, strict)

    def table(self, call: Compressed, strict: bool) -> Table | None:
        """What a call of a compression function comes to; `strict` beneath `prioritise`.

        None when the process has too many states to be explored, cannot be explored by itself,
        or is found inside itself: then it is to be taken as it is.
        """
        # The machine asks for a call as it is written, the replay for one in which nothing is left
        # to be evaluated: they are one, or it would be explored twice, and come out differently.
        key = Compressed(normalised(call.process), call.how), strict
        if key not in self._tables:
            if key in self._calls:
                return None
            if len(self._calls) == DEEPEST:
                raise TooDeep
            self._calls[key] = None
            made = None
            try:
                made = self._reduced(*key)
            except TooDeep:
                # All that are open are given up, or each would go as deep again.
                self._tables[key] = None
                if len(self._calls) > 1:
                    raise
            finally:
                del self._calls[key]
            self._tables.setdefault(key, made)
        return self._tables[key]

    def _reduced(self, call: Compressed, strict: bool) -> Table | None:
        with undisturbed():
            from cospec.checker.reductions import REDUCTIONS

        how = "sbisim" if strict else call.how
        most = self._largest_call
        return _table(call.process, self.compiler(strict), most, REDUCTIONS[how], str(call))

    def claim(self, claim: Claim, meter: Meter) -> Claim | None:
        """The same claim about smaller processes; None when nothing can be made smaller."""
        meter.phase = "compressing"
        match claim:
            case Refines():
                left = self._whole(claim.specification)
                right = self._whole(claim.implementation)
                if left is claim.specification and right is claim.implementation:
                    return None
                return Refines(left, claim.model, right)
            case DeadlockFree():
                process = self._whole(claim.process)
                smaller: Claim = DeadlockFree(process, claim.model, claim.ending_allowed)
            case DivergenceFree():
                process = self._whole(claim.process)
                smaller = DivergenceFree(process)
            case Deterministic():
                process = self._whole(claim.process)
                smaller = Deterministic(process, claim.model)
            case HasTrace():
                process = self._whole(claim.process)
                smaller = HasTrace(process, claim.trace, claim.model)
        return None if process is claim.process else smaller

    def specification(self, process: Process, meter: Meter) -> Process:
        """A process reduced as a whole, for its normal form; itself when that gains nothing."""
        meter.phase = "compressing"
        smaller = self._operands(process)
        table = self.part(smaller, LARGEST_CALL)
        return smaller if table is None else Embedded(table, table.lts.start)

    def _body(self, process: Process) -> Process:
        """What a process is, below its name and the compressions that come to nothing."""
        calls = frozenset[int]()
        while True:
            process, calls = opened(process, calls, (*STATIC, Compressed))
            if not isinstance(process, Compressed) or self.table(process, False) is not None:
                return process
            process = process.process

    def _whole(self, process: Process) -> Process:
        """A process with its parts compressed; itself when none became smaller.

        What is above the topmost parallel operator is left: exploring that is the check itself.
        """
        body = self._body(process)
        match body:
            case Hide() | Project():
                inner = self._whole(body.process)
                return process if inner is body.process else type(body)(inner, body.events)
            case Rename():
                inner = self._whole(body.process)
                return process if inner is body.process else Rename(inner, body.relation)
            case Parallel() | AlphabetisedParallel():
                changed = _composed(body, tuple(map(self._operand, body.operands)))
                return process if changed is body else changed
        return process

    def _operand(self, process: Process) -> Process:
        """An operand of the whole: reduced if it hides something, else only its leaves are.

        Where nothing is hidden, exploring an operand costs as much as it can save.
        """
        if self._hides(process):
            return self._part(process)
        body = self._body(process)
        if isinstance(body, (Parallel, AlphabetisedParallel)):
            changed = _composed(body, tuple(map(self._operand, body.operands)))
            return process if changed is body else changed
        if isinstance(body, Rename):
            inner = self._operand(body.process)
            return process if inner is body.process else Rename(inner, body.relation)
        known = self._leaves.get(process)
        if known is None:
            table = self.part(process, LARGEST_LEAF)
            known = process if table is None else Embedded(table, table.lts.start)
            self._leaves[process] = known
        return known

    def _part(self, process: Process) -> Process:
        known = self._known.get(process)
        if known is None:
            if process in self._open:
                return process  # a recursion through the operators: no part of a finite whole
            self._open.add(process)
            try:
                known = self._known[process] = self._compressed(process)
            finally:
                self._open.discard(process)
        return known

    def _compressed(self, process: Process) -> Process:
        """A part of a composition: its own parts first, then what they make together."""
        smaller = self._operands(process)
        table = self.part(smaller, LARGEST_PART)
        return smaller if table is None else Embedded(table, table.lts.start)

    def _operands(self, process: Process) -> Process:
        """A process with its operands compressed; itself when none became smaller."""
        body = self._body(process)
        smaller: Process = body
        match body:
            case Parallel() | AlphabetisedParallel():
                smaller = _composed(body, tuple(map(self._part, body.operands)))
            case Rename():
                inner = self._part(body.process)
                if inner is not body.process:
                    smaller = Rename(inner, body.relation)
            case Hide() | Project():
                inner = self._part(body.process)
                if inner is not body.process:
                    smaller = type(body)(inner, body.events)
        return process if smaller is body else smaller

    def _hides(self, process: Process) -> bool:
        """Whether some operator in the structure of a part hides events.

        Where nothing is hidden a part has little to lose, and a second search would be as long.
        """
        waiting, seen = [process], set[Process]()
        while waiting:
            body = self._body(waiting.pop())
            if body in seen:
                continue
            seen.add(body)
            match body:
                case Hide() | Project():
                    return True
                case Rename():
                    waiting.append(body.process)
                case Parallel() | AlphabetisedParallel():
                    waiting.extend(body.operands)
        return False

    def part(self, process: Process, most: int) -> Table | None:
        """A part reduced; None when it has too many states, or when that gains nothing."""
        with undisturbed():
            from cospec.checker.bisimulation import branching

        def worthwhile(lts: Lts) -> Lts | None:
            smaller = branching(lts)
            return smaller if smaller.count <= lts.count * self._worthwhile else None

        try:
            return _table(process, self.compiler(), most, worthwhile, str(process))
        except TooDeep:
            return None


def _table(
    process: Process,
    compiler: Compiler,
    most: int,
    reduction: Callable[[Lts], Lts | None],
    title: str,
) -> Table | None:
    """The process as a table, reduced; None if there are too many states, or no reduction."""
    with undisturbed():
        from cospec.checker.lts import Table, explore

    try:
        lts = explore(compiler.machine(process), most)
    except RecursionError:
        raise TooDeep from None
    except Exception:
        # By itself a part comes to states that the whole may never reach: the head of an empty
        # sequence, terms without bound. If the whole does reach them, its own search says so.
        return None
    smaller = None if lts is None else reduction(lts)
    return None if smaller is None else Table(smaller, compiler.labels.events, title)


def _composed(
    body: Parallel | AlphabetisedParallel, operands: tuple[Process, ...]
) -> Parallel | AlphabetisedParallel:
    """The same composition of other operands; itself when they are the same."""
    if all(map(_same, operands, body.operands)):
        return body
    if isinstance(body, Parallel):
        return Parallel(operands, body.synchronised)
    return AlphabetisedParallel(operands, body.alphabets)


def _same(one: object, other: object) -> bool:
    return one is other

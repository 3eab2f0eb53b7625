"""cospec: a model checker for CSP and its machine-readable form, CSPM.

>>> import cospec
>>> script = cospec.parse('''
...     channel a, b
...     P = a -> b -> P
...     assert P :[deadlock free]
... ''')
>>> script.assertions[0].check().verdict.value
'holds'
>>> sorted(script["P"].hide("a").traces(1))
[(), ('b',)]

What is listed here is described in docs/python.md. The parts, from the language up:

* `cospec.spec.semantics`: events, process terms and what they mean;
* `cospec.spec.syntax`: from the text of a script to process terms;
* `cospec.spec.library`: ready-made scripts;
* `cospec.checker`: decides claims about processes and finds counterexamples;
* `cospec.models`, `cospec.proofs`: models as Python classes, and what is proved of them;
* `cospec.cli`: the command line.

Importing this module imports none of them, so that `cospec --help` answers at once.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cospec.api.checks import (
        Result,
        deadlock_free,
        deterministic,
        divergence_free,
        has_trace,
        refines,
    )
    from cospec.api.exploring import explore
    from cospec.api.graphs import StateGraph, from_networkx, read_graph
    from cospec.api.models import check, check_claim
    from cospec.api.processes import (
        DIV,
        SKIP,
        STOP,
        Process,
        choice,
        define,
        interleave,
        internal_choice,
        parallel,
        prefix,
        process,
    )
    from cospec.api.scripts import Assertion, Script, load, parse
    from cospec.checker.verdict import Verdict
    from cospec.graph.reading import NotAGraph
    from cospec.graph.states import TooManyStates
    from cospec.models.model import (
        ModelError,
        action,
        eventually,
        final,
        integers,
        invariant,
        leads_to,
        require,
        transition_invariant,
    )
    from cospec.proofs.explored import Explored, linearizable
    from cospec.proofs.induction import Proved, prove
    from cospec.proofs.stateful import machine_of
    from cospec.spec.syntax.errors import ScriptError

__all__ = [
    "DIV", "SKIP", "STOP", "Assertion", "Explored", "ModelError", "NotAGraph", "Process",
    "Proved", "Result", "Script", "ScriptError", "StateGraph", "TooManyStates", "Verdict",
    "__version__", "action", "check", "check_claim", "choice", "deadlock_free", "define",
    "deterministic", "divergence_free", "eventually", "explore", "final", "from_networkx",
    "has_trace", "integers", "interleave", "internal_choice", "invariant", "leads_to",
    "linearizable", "load", "machine_of", "parallel", "parse", "prefix", "process", "prove",
    "read_graph", "refines", "require", "transition_invariant",
]  # fmt: skip

__version__ = "0.1.0"

_PLACES = {
    "api.checks": (
        "Result", "deadlock_free", "deterministic", "divergence_free", "has_trace", "refines",
    ),
    "api.exploring": ("explore",),
    "api.graphs": ("StateGraph", "from_networkx", "read_graph"),
    "api.models": ("check", "check_claim"),
    "api.processes": (
        "DIV", "SKIP", "STOP", "Process", "choice", "define", "interleave", "internal_choice",
        "parallel", "prefix", "process",
    ),
    "api.scripts": ("Assertion", "Script", "load", "parse"),
    "checker.verdict": ("Verdict",),
    "graph.reading": ("NotAGraph",),
    "graph.states": ("TooManyStates",),
    "models.model": (
        "ModelError",
        "action", "eventually", "final", "integers", "invariant", "leads_to", "require",
        "transition_invariant",
    ),
    "proofs.explored": ("Explored", "linearizable"),
    "proofs.induction": ("Proved", "prove"),
    "proofs.stateful": ("machine_of",),
    "spec.syntax.errors": ("ScriptError",),
    "notebook": ("load_ipython_extension",),  # which `%load_ext cospec` looks for
}  # fmt: skip


def __getattr__(name: str) -> object:
    """What is exported is imported when it is first asked for."""
    for place, names in _PLACES.items():
        if name in names:
            found = globals()[name] = getattr(import_module(f"cospec.{place}"), name)
            return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

"""W005: a definition with the name of a built-in.

It is legal, and what the script says afterwards is not what a reader takes it for. Parameters and
the names of a module are local enough to be left alone. So are the built-ins that FDR2 did not
have: scripts define them for themselves, mostly with the meaning that they have now.
"""

from __future__ import annotations

from collections.abc import Iterator

from cospec.spec.syntax import tree
from cospec.spec.syntax.errors import Diagnostic
from cospec.spec.syntax.lints.names import Names, Region, warning
from cospec.spec.syntax.tree import Span
from cospec.spec.syntax.types.signatures import PREDEFINED

#: Built-ins that many scripts define for themselves, or that hardly anybody knows.
LATECOMERS = frozenset(
    [
        "RUN", "DIV", "BUFFER", "WEAK_BUFFER", "SIGNAL_BUFFER", "Proc", "error", "show",
        "Map", "emptyMap", "mapFromList", "mapToList", "mapLookup", "mapMember", "mapUpdate",
        "mapUpdateMultiple", "mapDelete",
    ]
)  # fmt: skip


def redefined_names(names: Names) -> Iterator[Diagnostic]:
    """Definitions, channels and types that hide a built-in of their name."""
    for region in names.regions:
        if region.module:
            continue
        for name, span in _declared(region):
            if name in PREDEFINED and name not in LATECOMERS:
                notes: list[tuple[str, Span | None]] = []
                use = _first_use(names, span)
                if use is not None:
                    notes.append(("it is meant here", use))
                notes.append(("give it another name", None))
                yield warning(
                    "W005",
                    f"`{name}` is a built-in, which this definition hides",
                    span,
                    "no longer the built-in",
                    *notes,
                )


def _declared(region: Region) -> Iterator[tuple[str, Span]]:
    match region.declaration:
        case tree.Definition(name):
            yield name, region.declaration.name_span
        case tree.Channel(channels):
            yield from channels
        case tree.Nametype(name):
            yield name, region.declaration.name_span
        case tree.Datatype(name, clauses):
            yield name, region.declaration.name_span
            if not region.declaration.subtype:
                yield from ((clause.name, clause.name_span) for clause in clauses)


def _first_use(names: Names, declared: Span) -> Span | None:
    """The first place in the script that uses what is declared at a place."""
    uses: list[Span] = []
    for name in names.every(tree.Name):
        entity = names.meaning(name)
        if entity is not None and entity.span == declared:
            uses.append(name.span)
    return min(
        uses, key=lambda span: (span.file != declared.file, span.line, span.column), default=None
    )

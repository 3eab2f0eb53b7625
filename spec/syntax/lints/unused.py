"""W004: definitions that no assertion needs.

What an assertion, a `print` or the exports of a module use, directly or not, is used; in a script
without assertions, which others may include, everything is. Of definitions that only one another
use, those are named that nothing uses at all. Where there are many, the script is probably used in
other ways, too, and they are told in one warning.
"""

from __future__ import annotations

from collections.abc import Iterator

from cospec.spec.syntax import tree
from cospec.spec.syntax.errors import Diagnostic
from cospec.spec.syntax.lints.names import Names, Region, warning
from cospec.spec.syntax.tree import Span

#: So many unused definitions have a warning each.
MOST_WARNINGS = 3


def unused_definitions(names: Names) -> Iterator[Diagnostic]:
    """Definitions, channels and types from which nothing depends."""
    roots = [r for r in names.regions if isinstance(r.declaration, tree.Assertion | tree.Print)]
    if not any(isinstance(root.declaration, tree.Assertion) for root in roots):
        return
    roots += _exported(names)
    used = set(names.reached(roots))
    used.update(span for root in roots for span in root.defines)
    if names.script.given or _all_events(names, used):  # what is given may have any event
        channels = [r for r in names.regions if isinstance(r.declaration, tree.Channel)]
        used.update(names.reached(channels), (span for r in channels for span in r.defines))
    unused = [
        (region, name, span)
        for region in names.regions
        for name, span in _declared(region)
        if span not in used and _concerns(names, name, span) and not _types_used(region, used)
        if region.outer is None or region.outer in roots or _is_used(region.outer, used)
    ]
    told = list(_told(names, unused))
    if len(told) <= MOST_WARNINGS:
        yield from (_unused(*each) for each in told)
    else:
        yield _many(told)


def _declared(region: Region) -> Iterator[tuple[str, Span]]:
    """The names of a declaration that are expected to be used, each by itself."""
    match region.declaration:
        case tree.Definition(name) | tree.Nametype(name) | tree.Datatype(name):
            yield name, region.declaration.name_span
        case tree.PatternDefinition(pattern):
            yield "", pattern.span
        case tree.Channel(channels):
            yield from channels


def _types_used(region: Region, used: set[Span]) -> bool:
    """Whether a constructor of a datatype is used."""
    return isinstance(region.declaration, tree.Datatype) and _is_used(region, used)


def _is_used(region: Region, used: set[Span]) -> bool:
    return not used.isdisjoint(region.defines)


def _concerns(names: Names, name: str, span: Span) -> bool:
    return span.file == names.file and not name.endswith("_") and not name.startswith("_")


def _exported(names: Names) -> list[Region]:
    """What modules export."""
    found: list[Region] = []
    left: list[tuple[tree.Declaration, bool]] = [(d, False) for d in names.script.declarations]
    while left:
        declaration, public = left.pop()
        if isinstance(declaration, tree.Module):
            left += [(each, False) for each in declaration.private]
            left += [(each, True) for each in declaration.public]
        elif isinstance(declaration, tree.Timed):
            left += [(each, public) for each in declaration.declarations]
        if public or isinstance(declaration, tree.Timed):
            region = names.region(declaration)
            found += [] if region is None else [region]
    return found


def _all_events(names: Names, used: set[Span]) -> bool:
    """Whether a part of the script that is used mentions `Events`, and so every channel."""
    for region in names.regions:
        root = isinstance(region.declaration, tree.Assertion | tree.Print)
        if root or _is_used(region, used):
            if any(entity.name == "Events" and entity.span is None for entity in region.uses):
                return True
    return False


def _told(
    names: Names, unused: list[tuple[Region, str, Span]]
) -> Iterator[tuple[Region, str, Span, list[str]]]:
    """The unused names that no other unused one leads to, each with those that it leads to."""
    titles = {span: name if region.outer is None else "" for region, name, span in unused}
    covered: set[Span] = set()
    order = sorted(unused, key=lambda each: (each[2].line, each[2].column))
    users: set[Span] = set()
    for region, _, _ in unused:
        used = {entity.span for entity in region.uses if entity.span is not None}
        users |= used.difference(region.defines)
    for alone in (True, False):  # in the end, circles that nothing leads to
        for region, name, span in order:
            if span in covered or (alone and span in users):
                continue
            within = [s for s in names.reached([region]) if s in titles and s not in covered]
            covered.update(within, [span])
            others = sorted((s.line, titles[s]) for s in within if s != span and titles[s])
            yield region, name, span, [title for _, title in others]


_ADVICE = "remove it, or assert something of it; a name that ends in `_` may stay unused"


def _unused(region: Region, name: str, span: Span, others: list[str]) -> Diagnostic:
    goal = "in this `let`" if region.outer is not None else "by any assertion"
    notes: list[tuple[str, Span | None]] = []
    if others:
        notes.append((f"nothing else uses {_listed(others)}", None))
    notes.append((_ADVICE, None))
    return warning("W004", f"{_title(name)} is not used {goal}", span, "not used", *notes)


def _many(told: list[tuple[Region, str, Span, list[str]]]) -> Diagnostic:
    (_, name, span, _), *rest = sorted(told, key=lambda each: each[2].line)
    others = [f"{_title(title)} (line {place.line})" for _, title, place, _ in rest]
    return warning(
        "W004",
        f"{_title(name)} and {len(rest)} more definitions are not used by any assertion",
        span,
        "not used",
        (f"nor are {', '.join(others)}", None),
        ("remove them, or assert something of them; a name that ends in `_` may stay unused", None),
    )


def _listed(titles: list[str]) -> str:
    return ", ".join(f"`{title}`" for title in titles)


def _title(name: str) -> str:
    return f"`{name}`" if name else "what this pattern binds"

"""M09, what documents prove of what they state: an audit of which lemmas exist.

A theorem counts as proved by a document if each lemma that its proof applies is stated and proved
there, or is one of Coq's library. Whether the proof is one, Coq would have to say; that a lemma is
nowhere to be found is seen without it.

>>> audit = Audit.of_text('''
... parameter Account
... definition balance: Account nat
... theorem never_negative: Account balance valid by balances_are_natural
... theorem zero_or_more: Account balance by zero_or_more_again
... theorem zero_or_more_again: Account balance
... ''')
>>> audit.missing("never_negative"), audit.missing("zero_or_more")
(['balances_are_natural'], [])
>>> audit.proved(), audit.undefined()
(['zero_or_more', 'zero_or_more_again'], ['valid'])
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import networkx

__all__ = ["SETS", "STANDARD", "Audit", "AuditError", "Declaration"]

#: Names of Coq's library that the listings use.
STANDARD = frozenset(
    "list option nat bool string sum inl inr Some None true S In filter length map flat_map skipn "
    "functional_extensionality".split()
)

#: A library of sets with the two lemmas that the listings suppose in it.
SETS = frozenset(("set", "set_union_commutative", "set_union_associative"))

KINDS = ("parameter", "record", "inductive", "definition", "fixpoint", "theorem")


class AuditError(ValueError):
    """A text that is no list of declarations."""


@dataclass(frozen=True, slots=True)
class Declaration:
    """A declaration of a listing.

    Attributes:
        kind: such as `record` or `theorem`.
        name: what it declares.
        makes: the fields or constructors that it declares, too.
        uses: the names in it that it does not bind.
        applies: the lemmas that the proof of a theorem applies.
    """

    kind: str
    name: str
    makes: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    applies: tuple[str, ...] = ()


@dataclass(frozen=True)
class Audit:
    """The declarations of a document, and the libraries that it may use."""

    declarations: tuple[Declaration, ...]
    library: frozenset[str] = STANDARD

    @staticmethod
    def of_text(text: str, library: Collection[str] = STANDARD) -> Audit:
        """The declarations in a text; a line that is indented continues the one before.

        Raises:
            AuditError: a line is no declaration.
        """
        lines: list[str] = []
        for line in filter(str.strip, text.splitlines()):
            if line.startswith(" ") and lines:
                lines[-1] += f" {line.strip()}"
            else:
                lines.append(line.strip())
        return Audit(tuple(map(_declaration, lines)), frozenset(library))

    @property
    def theorems(self) -> list[str]:
        """The theorems that are stated."""
        return [each.name for each in self.declarations if each.kind == "theorem"]

    def defined(self) -> set[str]:
        """All names that the document declares."""
        return {name for each in self.declarations for name in (each.name, *each.makes)}

    def undefined(self) -> list[str]:
        """The names used in definitions and statements that are declared nowhere, nor in the
        library."""
        used = dict.fromkeys(name for each in self.declarations for name in each.uses)
        known = self.defined() | self.library
        return [name for name in used if name not in known]

    def applied(self) -> networkx.DiGraph:
        """Which theorem applies which lemma."""
        graph = networkx.DiGraph()
        graph.add_nodes_from(self.theorems)
        graph.add_edges_from((each.name, by) for each in self.declarations for by in each.applies)
        return graph

    def missing(self, theorem: str) -> list[str]:
        """The lemmas that a proof rests on, directly or through others, and that exist nowhere."""
        rests_on = networkx.descendants(self.applied(), theorem)
        return sorted(rests_on - set(self.theorems) - self.library)

    def proved(self) -> list[str]:
        """The theorems of which each lemma exists, and none rests on itself."""
        graph = self.applied()
        circles = {name for circle in networkx.simple_cycles(graph) for name in circle}
        return [
            theorem
            for theorem in self.theorems
            if not self.missing(theorem)
            and not circles & {theorem, *networkx.descendants(graph, theorem)}
        ]

    def unused(self) -> list[str]:
        """What is declared, and used in no other declaration: dead, but for theorems."""
        used = {name for each in self.declarations for name in (*each.uses, *each.applies)}
        names = dict.fromkeys(
            name
            for each in self.declarations
            if each.kind != "theorem"
            for name in (each.name, *each.makes)
        )
        return [name for name in names if name not in used]

    def unstated(self) -> list[str]:
        """The lemmas that are applied and exist nowhere, as often as they are applied."""
        known = set(self.theorems) | self.library
        return [by for each in self.declarations for by in each.applies if by not in known]


def _declaration(line: str) -> Declaration:
    head, _, rest = line.partition(":")
    before, _, made = head.partition("(")
    words = before.split()
    if len(words) != 2 or words[0] not in KINDS:
        raise AuditError(f"no declaration: {line}")
    uses, _, applies = rest.partition(" by ")
    made = made.rstrip().removesuffix(")")
    return Declaration(words[0], words[1], *map(tuple, map(str.split, (made, uses, applies))))

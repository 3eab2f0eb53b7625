"""The claims register: what documents state about their systems, each with a check.

A claim is data: where it stands, what it says, the verdict it is registered with, and a function
that finds out. The verdict is not what that function says but what its evidence amounts to
(`Finding.verdict`), and a counterexample counts once it has been replayed. That nothing was found
is never evidence: a check that can neither prove nor refute raises `Undecided`.

>>> claims = Register()
>>> @claims.claim("lock-free", model="M00", source="seed 000, section 0", statement="It is free.",
...               registered=Truth.TRUE, method=Method.EXHAUSTIVE)
... def lock_free():
...     return Finding((Proof(Method.EXHAUSTIVE, "all states", bounds="1 client"),))
>>> run(claims["lock-free"]).as_registered
True
"""

from __future__ import annotations

import difflib
import textwrap
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from enum import Enum
from multiprocessing import get_context
from typing import Any, TypeAlias, TypeVar

Check = TypeVar("Check", bound="Callable[[], Finding]")

_INDENTED: Any = {"initial_indent": "    ", "subsequent_indent": "    "}


class Truth(Enum):
    """The verdict on a claim."""

    TRUE = "TRUE"  #: as stated
    CONDITIONAL = "CONDITIONAL"  #: refuted as stated, proved under a hypothesis that is named
    FALSE = "FALSE"  #: refuted as stated
    VACUOUS = "VACUOUS"  #: says nothing


class Method(Enum):
    """How a piece of evidence was found."""

    Z3_PROOF = "z3-proof"  #: for all sizes, unless bounds are given
    Z3_MODEL = "z3-model"  #: a counterexample found by z3
    EXHAUSTIVE = "exhaustive"  #: all states, or all cases, within bounds
    REFINEMENT = "refinement"  #: against a CSPM specification, within bounds
    SAMPLED = "sampled"  #: cases drawn at random, which can refute and cannot prove
    STATIC = "static"  #: read off the text


class Undecided(Exception):
    """Raised by a check that can neither prove nor refute, with the reason."""


class NotReplayed(Exception):
    """A counterexample that is none when it is performed again."""


class RegisterError(ValueError):
    """A claim or a piece of evidence that does not keep the rules of the register."""


@dataclass(frozen=True, slots=True)
class Proof:
    """Something established.

    Attributes:
        method: how.
        text: what, in a sentence.
        bounds: within which bounds; empty for all sizes, which only z3 and the text can show.
        states: the number of states or cases looked at.
        under: the hypothesis that had to be added to the statement.
    """

    method: Method
    text: str
    bounds: str = ""
    states: int | None = None
    under: str = ""

    def __post_init__(self) -> None:
        if self.method in (Method.SAMPLED, Method.Z3_MODEL):
            raise RegisterError(f"{self.method.value} proves nothing")
        if not self.bounds and self.method in (Method.EXHAUSTIVE, Method.REFINEMENT):
            raise RegisterError(f"{self.method.value} holds within bounds: which?")

    def __str__(self) -> str:
        parts = [f"{self.method.value}: {self.text}"]
        if self.under:
            parts.append(f"under the hypothesis: {self.under}")
        if self.bounds:
            parts.append(self.bounds)
        if self.states is not None:
            parts.append(f"{self.states:,} states")
        return "; ".join(parts)


@dataclass(frozen=True, slots=True)
class Counterexample:
    """Something that breaks the statement.

    Attributes:
        method: how it was found.
        text: what it shows, in a sentence.
        steps: the way there, a line each.
        replay: performs it again, from the start and by another way than it was found, and raises
            an exception if it does not break the statement.
        bounds: where it was looked for.
        states: how many states were looked at until it was found.
    """

    method: Method
    text: str
    steps: tuple[str, ...]
    replay: Callable[[], None]
    bounds: str = ""
    states: int | None = None

    def __str__(self) -> str:
        bounds = f"; {self.bounds}" if self.bounds else ""
        return f"{self.method.value}: {self.text}{bounds}"


#: One piece of evidence.
Evidence: TypeAlias = Proof | Counterexample


@dataclass(frozen=True, slots=True)
class Finding:
    """The evidence on a claim, the most important piece first.

    `vacuous` says why the statement says nothing, where that is so; it needs a proof as well.
    """

    proofs: tuple[Proof, ...] = ()
    counterexamples: tuple[Counterexample, ...] = ()
    vacuous: str = ""

    @property
    def verdict(self) -> Truth | None:
        """What the evidence amounts to; None if to nothing."""
        hypotheses = [bool(proof.under) for proof in self.proofs]
        if self.vacuous:
            return Truth.VACUOUS if self.proofs else None
        if self.counterexamples:
            return Truth.CONDITIONAL if any(hypotheses) else Truth.FALSE
        return Truth.TRUE if hypotheses and not all(hypotheses) else None

    @property
    def main(self) -> Proof | Counterexample:
        """The piece that the verdict rests on."""
        if self.verdict is Truth.FALSE:
            return self.counterexamples[0]
        conditional = self.verdict is Truth.CONDITIONAL
        return next(proof for proof in self.proofs if bool(proof.under) == conditional)


def weighed(parts: Iterable[Proof | Counterexample]) -> Finding:
    """What pieces of evidence on one statement come to: the first counterexample refutes it, and
    no more are asked for."""
    proofs: list[Proof] = []
    for part in parts:
        if isinstance(part, Counterexample):
            return Finding(counterexamples=(part,))
        proofs.append(part)
    return Finding(tuple(proofs))


@dataclass(frozen=True, slots=True)
class Claim:
    """A statement of a document.

    Attributes:
        slug: its name here.
        model: the model that it belongs to, such as M04.
        source: document, section, and the name of the theorem if it has one.
        statement: what is claimed, precisely.
        registered: the verdict it is registered with.
        method: how that verdict is to be found.
        repaired: the slug of the claim that holds instead.
        check: finds the evidence.
        differs: where the verdict found is known to be another one than registered, the reason.
    """

    slug: str
    model: str
    source: str
    statement: str
    registered: Truth
    method: Method
    repaired: str
    check: Callable[[], Finding]
    differs: str = ""

    @property
    def how(self) -> str:
        """How the evidence is found: what the check says of itself."""
        return " ".join((getattr(self.check, "__doc__", None) or "").split())


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a claim: the evidence, or why there is none."""

    claim: Claim
    finding: Finding | None
    reason: str = ""
    seconds: float = 0.0

    @property
    def found(self) -> Truth | None:
        """The verdict found; None if none was."""
        return None if self.finding is None else self.finding.verdict

    @property
    def as_registered(self) -> bool:
        """Whether the verdict and the method are those that the claim is registered with."""
        if self.finding is None or self.found is None:
            return False
        method = self.finding.main.method
        return self.found is self.claim.registered and method is self.claim.method

    @property
    def remarks(self) -> list[str]:
        """What is to be said besides: that it is not as registered, or not decided."""
        claim, said = self.claim, []
        if not self.as_registered:
            because = f"; differs because {claim.differs}" if claim.differs else ""
            said.append(f"registered: {claim.registered.value}, {claim.method.value}{because}")
        return [*said, self.reason] if self.reason else said

    def __str__(self) -> str:
        verdict = "unknown" if self.found is None else self.found.value
        how = f", {self.finding.main.method.value}" if self.finding else ""
        return "\n".join([f"{self.claim.slug}: {verdict}{how}", *self.details()])

    def details(self) -> Iterator[str]:
        """The statement and the evidence, line by line."""
        claim, finding = self.claim, self.finding
        yield from textwrap.wrap(f"{claim.statement} ({claim.source})", 96, **_INDENTED)
        yield from (f"    {remark}" for remark in self.remarks)
        for proof in finding.proofs if finding else ():
            yield f"    {proof}"
        for wrong in finding.counterexamples if finding else ():
            yield f"    {wrong}"
            yield from (f"      {step}" for step in wrong.steps)
        if claim.repaired:
            yield f"    repaired: {claim.repaired}"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        """What notebooks show."""
        from cospec.proofs.display import claim_page

        return {"text/plain": str(self), "text/html": claim_page(self)}


class Register:
    """Claims by their slugs, in the order in which they were registered."""

    def __init__(self, *parts: Register) -> None:
        """A register of all the claims of other ones."""
        self._claims: dict[str, Claim] = {}
        for part in parts:
            for claim in part:
                self._add(claim)

    def _add(self, claim: Claim) -> None:
        if claim.slug in self._claims:
            raise RegisterError(f"{claim.slug} is registered twice")
        self._claims[claim.slug] = claim

    def claim(
        self,
        slug: str,
        *,
        model: str,
        source: str,
        statement: str,
        registered: Truth,
        method: Method,
        repaired: str = "",
        differs: str = "",
    ) -> Callable[[Check], Check]:
        """Registers the function below it as the check of a claim (`Claim`)."""

        def registering(check: Check) -> Check:
            made = Claim(
                slug, model, source, statement, registered, method, repaired, check, differs
            )
            self._add(made)
            return check

        return registering

    def __iter__(self) -> Iterator[Claim]:
        return iter(self._claims.values())

    def __len__(self) -> int:
        return len(self._claims)

    def __contains__(self, slug: object) -> bool:
        return slug in self._claims

    def __getitem__(self, slug: str) -> Claim:
        return self._claims[slug]

    @property
    def models(self) -> list[str]:
        """The models that claims belong to."""
        return sorted({claim.model for claim in self})

    def similar(self, slug: str) -> str:
        """The slug that is most like an unknown one; empty when none is."""
        return next(iter(difflib.get_close_matches(slug, self._claims, n=1)), "")


def run(claim: Claim, debug: bool = False) -> Result:
    """Checks a claim and replays its counterexamples.

    Whatever goes wrong becomes the reason of the result, unless `debug` lets it out.
    """
    started = time.monotonic()
    finding, reason = None, ""
    try:
        finding = claim.check()
        for each in finding.counterexamples:
            each.replay()
        if finding.verdict is None:
            finding, reason = None, "its check has given no evidence"
    except Undecided as undecided:
        finding, reason = None, str(undecided)
    except Exception as error:
        if debug:
            raise
        finding, reason = None, f"its check has failed: {type(error).__name__}: {error}"
    return Result(claim, finding, reason, time.monotonic() - started)


def run_all(claims: Sequence[Claim], debug: bool = False, jobs: int = 1) -> Iterator[Result]:
    """Checks claims, `jobs` of them at once; none stops the others. Results keep the order.

    With several jobs each claim is checked by a process of its own pool, which finds it again by
    its module and name: claims of `cospec.proofs.claims` only.
    """
    if jobs == 1 or len(claims) < 2:
        yield from (run(claim, debug) for claim in claims)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        asked = [pool.submit(_run_elsewhere, claim, debug) for claim in claims]
        for claim, answer in zip(claims, asked, strict=True):
            try:
                yield answer.result()
            except BrokenProcessPool:
                reason = "a process has ended unexpectedly, perhaps the one that checked it"
                yield Result(claim, None, reason)


def _run_elsewhere(claim: Claim, debug: bool) -> Result:
    """A result that can be sent: its counterexamples have been replayed, and need not be again."""
    result = run(claim, debug)
    if result.finding is None:
        return result
    sent = tuple(replace(w, replay=_was_replayed) for w in result.finding.counterexamples)
    return replace(result, finding=replace(result.finding, counterexamples=sent))


def _was_replayed() -> None:
    """In place of a replay that has happened in another process."""

"""The claims register on the command line: which claims are asked for, and how results are told."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from cospec.proofs.claims import CLAIMS
from cospec.proofs.register import Claim, Counterexample, Method, Proof, Register, Result, Truth
from cospec.spec.syntax.errors import Diagnostic, Note

#: What a method amounts to, for the table in the document.
MEANING = {
    Method.Z3_PROOF: "proved by z3 for all sizes",
    Method.EXHAUSTIVE: "all states or cases within the bounds stated",
    Method.REFINEMENT: "refinement of or by a CSPM specification within the bounds stated",
    Method.Z3_MODEL: "counterexample found by z3",
    Method.SAMPLED: "counterexample found among samples",
    Method.STATIC: "read off the text",
}

_SIGNS = {True: "✔", False: "✘"}


def selected(
    slugs: Sequence[str], model: str | None, register: Register = CLAIMS
) -> tuple[list[Claim], list[Diagnostic]]:
    """The claims that are asked for, and the mistakes in asking."""
    problems = [_no_claim(slug, register) for slug in slugs if slug not in register]
    if model is not None and model not in register.models:
        problems.append(_no_model(model, register))
    if problems:
        return [], problems
    claims = [register[slug] for slug in dict.fromkeys(slugs)] if slugs else list(register)
    return [claim for claim in claims if model in (None, claim.model)], []


def _no_claim(slug: str, register: Register) -> Diagnostic:
    close = register.similar(slug)
    advice = f"did you mean `{close}`?" if close else "`cospec claims` lists them all"
    return Diagnostic("X606", f"there is no claim `{slug}`", notes=(Note(advice),))


def _no_model(model: str, register: Register) -> Diagnostic:
    known = ", ".join(register.models)
    note = Note(f"there are claims on {known}")
    return Diagnostic("X607", f"there is no claim on a model `{model}`", notes=(note,))


# ----------------------------------------------------------------------------------------- text


def as_text(result: Result) -> Iterator[str]:
    """A claim, its verdict and its evidence."""
    claim, found = result.claim, result.found
    verdict = "unknown" if found is None else found.value
    method = "" if result.finding is None else result.finding.main.method.value
    sign = _SIGNS[result.as_registered]
    yield f"{sign} {claim.slug:<38} {verdict:<11} {method:<10} {result.seconds:8.2f} s"
    yield from result.details()


def summary(results: Sequence[Result]) -> str:
    """The last lines: how many claims there are of each verdict, by the evidence that it rests on,
    and how many came out as registered."""
    rows = counted(results)
    width = max((len(method.value) for method in rows), default=0)
    lines = [" " * (width + 2) + "  ".join(truth.value for truth in Truth)] if rows else []
    for method, row in rows.items():
        cells = (f"{many:>{len(truth.value)}}" for many, truth in zip(row, Truth, strict=True))
        lines.append(f"{method.value:<{width}}  {'  '.join(cells)}")
    return "\n".join([*lines, *([""] if lines else []), _last(results)])


def _last(results: Sequence[Result]) -> str:
    good = sum(result.as_registered for result in results)
    bad = len(results) - good
    many = f"{len(results)} claim{'' if len(results) == 1 else 's'}"
    return f"{many}: {good} as registered" + (f", {bad} not" if bad else "")


# ----------------------------------------------------------------------------------------- JSON


def as_json(results: Iterable[Result]) -> str:
    """The contract in docs/command-line.md."""
    objects = [_object(result) for result in results]
    return json.dumps({"claims": objects}, ensure_ascii=False, indent=2)


def _object(result: Result) -> dict[str, Any]:
    claim, finding = result.claim, result.finding
    main = None if finding is None else finding.main
    return {
        "slug": claim.slug,
        "model": claim.model,
        "source": claim.source,
        "statement": claim.statement,
        "registered": claim.registered.value,
        "found": None if result.found is None else result.found.value,
        "as_registered": result.as_registered,
        "method": (claim.method if main is None else main.method).value,
        "bounds": "" if main is None else main.bounds,
        "evidence": [] if finding is None else [_evidence(each) for each in _all(result)],
        "repaired": claim.repaired or None,
        "reason": result.reason,
        "seconds": round(result.seconds, 6),
    }


def _all(result: Result) -> tuple[Proof | Counterexample, ...]:
    assert result.finding is not None
    return (*result.finding.counterexamples, *result.finding.proofs)


def _evidence(each: Proof | Counterexample) -> dict[str, Any]:
    wrong = isinstance(each, Counterexample)
    return {
        "kind": "counterexample" if wrong else "proof",
        "method": each.method.value,
        "text": each.text,
        "bounds": each.bounds,
        "states": each.states,
        "under": "" if isinstance(each, Counterexample) else each.under,
        "steps": list(each.steps) if isinstance(each, Counterexample) else [],
    }


def counted(results: Sequence[Result]) -> dict[Method, list[int]]:
    """For each method on which verdicts rest, the number of claims of each verdict."""
    decided = [(r.found, r.finding.main.method) for r in results if r.finding is not None]
    rows = {m: [sum(each == (t, m) for each in decided) for t in Truth] for m in MEANING}
    return {method: row for method, row in rows.items() if any(row)}

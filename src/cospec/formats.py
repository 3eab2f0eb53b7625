"""Results for programs: JSON (the contract in docs/command-line.md) and JUnit XML."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree import ElementTree

from cospec.report import explanation
from cospec.results import ERROR, FAIL, UNKNOWN, FileResult, Move, Result, Witness
from cospec.spec.syntax.errors import Diagnostic, render


def as_json(files: Sequence[FileResult]) -> str:
    """One object for one script, an array for several."""
    objects = [file_object(file) for file in files]
    return json.dumps(objects[0] if len(objects) == 1 else objects, ensure_ascii=False, indent=2)


def file_object(file: FileResult) -> dict[str, Any]:
    """A script's errors, warnings and results."""
    return {
        "file": file.file,
        "errors": [problem_object(problem) for problem in file.all_problems],
        "warnings": [problem_object(warning) for warning in file.warnings],
        "results": [result_object(result) for result in file.results],
    }


def problem_object(problem: Diagnostic) -> dict[str, Any]:
    """One mistake or warning, and where it is."""
    span = problem.span
    return {
        "code": problem.code,
        "message": problem.message,
        "file": None if span is None else span.file,
        "line": None if span is None else span.line,
        "column": None if span is None else span.column,
        "notes": [note.text for note in problem.notes],
    }


def result_object(result: Result) -> dict[str, Any]:
    """What became of one assertion."""
    return {
        "assertion": result.assertion,
        "line": result.line,
        "verdict": result.verdict,
        "reason": result.reason,
        "states": result.states,
        "transitions": result.transitions,
        "seconds": round(result.seconds, 6),
        "compile_seconds": round(max(result.seconds - result.searching, 0.0), 6),
        "search_seconds": round(result.searching, 6),
        "bytes_per_state": _rounded(result.bytes_per_state),
        "counterexample": None if result.witness is None else witness_object(result.witness),
    }


def _rounded(figure: float | None) -> float | None:
    return None if figure is None else round(figure, 2)


def witness_object(witness: Witness) -> dict[str, Any]:
    """A counterexample, complete."""
    return {
        "kind": witness.kind,
        "trace": list(witness.trace),
        "steps": _steps(witness.steps),
        "components": [{"name": name, "state": state} for name, state in witness.components],
        "event": witness.event,
        "accepted": None if witness.accepted is None else list(witness.accepted),
        "allowed": [list(events) for events in witness.allowed],
        "loop": _steps(witness.loop),
        "other": _steps(witness.other),
    }


def _steps(moves: Sequence[Move]) -> list[dict[str, Any]]:
    return [{"event": m.event, "hidden": m.hidden, "moves": list(m.moves)} for m in moves]


def as_junit(files: Sequence[FileResult], sources: Mapping[str, str], width: int = 100) -> str:
    """One test suite for each script, one test case for each assertion."""
    root = ElementTree.Element("testsuites", name="cospec")
    for file in files:
        _suite(root, file, sources, width)
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    # What XML 1.0 cannot hold, not even escaped.
    text = "".join(c for c in text if c in "\t\n" or ord(c) >= 32)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'


def _suite(
    root: ElementTree.Element, file: FileResult, sources: Mapping[str, str], width: int
) -> None:
    verdicts = [result.verdict for result in file.results]
    suite = ElementTree.SubElement(
        root,
        "testsuite",
        name=file.file,
        tests=str(len(verdicts) + bool(file.problems)),
        failures=str(verdicts.count(FAIL)),
        errors=str(verdicts.count(ERROR) + bool(file.problems)),
        skipped=str(verdicts.count(UNKNOWN)),
        time=f"{sum(result.seconds for result in file.results):.3f}",
    )
    if file.problems:
        case = ElementTree.SubElement(suite, "testcase", classname=file.file, name="(script)")
        problem = file.problems[0]
        error = ElementTree.SubElement(case, "error", type=problem.code, message=problem.message)
        error.text = "\n\n".join(render(each, sources) for each in file.problems)
    for result in file.results:
        case = ElementTree.SubElement(
            suite,
            "testcase",
            classname=file.file,
            name=result.assertion,
            line=str(result.line),
            time=f"{result.seconds:.3f}",
        )
        if result.verdict == FAIL:
            kind = "claim" if result.witness is None else result.witness.kind
            failure = ElementTree.SubElement(case, "failure", type=kind)
            failure.set("message", result.reason or "the assertion does not hold")
            failure.text = "\n".join(explanation(result, width))
        elif result.verdict == ERROR:
            code = result.problems[0].code if result.problems else "X900"
            error = ElementTree.SubElement(case, "error", type=code, message=result.reason)
            error.text = "\n\n".join(render(each, sources) for each in result.problems)
        elif result.verdict == UNKNOWN:
            # Not decided is not passed: JUnit's nearest word is "skipped".
            ElementTree.SubElement(case, "skipped", message=result.reason)

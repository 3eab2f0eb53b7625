"""Pieces of the HTML that notebooks show: lines, verdicts, tables.

Everything is an attribute of the element it is about: a style sheet would act on all of the page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from cospec.checker import budget
from cospec.checker.budget import BudgetExceeded
from cospec.drawing import MARK, PALE, text
from cospec.spec.syntax.errors import ScriptError

#: The sign and the colour of each verdict.
SIGNS = {"holds": ("✔", "#1b7f3b"), "fails": ("✘", MARK), "unknown": ("?", PALE)}

#: Steps of a run that a table shows.
ROWS = 100

#: Seconds that a notebook waits for a picture.
PATIENCE = 10


def caption(title: str) -> str:
    """A line above a picture."""
    return f'<div style="font-family: monospace">{text(title)}</div>'


def verdict_line(claim: str, verdict: str, reason: str = "", cost: str = "") -> str:
    """The claim with its verdict (`holds`, `fails` or `unknown`) and what it took."""
    sign, colour = SIGNS[verdict]
    remark = f" ({reason})" if reason else ""
    return (
        f'<div style="font-family: monospace"><b style="color: {colour}">{sign}</b> '
        f'{text(claim)}: <b style="color: {colour}">{verdict}</b>{text(remark)} '
        f'<span style="color: {PALE}">{text(cost)}</span></div>'
    )


def paragraph(words: str) -> str:
    """Some sentences."""
    return f'<p style="margin: 0.4em 0">{text(words)}</p>'


def folded(title: str, content: str, open: bool = False) -> str:
    """What is seen only when its title is clicked, unless it is open from the start."""
    return f"<details{' open' * open}><summary>{text(title)}</summary>{content}</details>"


def row(tag: str, cells: Iterable[str], colour: str = "inherit") -> str:
    """A row of a table, of `th` or `td`."""
    style = f' style="text-align: left; padding: 1px 10px; color: {colour}"'
    return f"<tr>{''.join(f'<{tag}{style}>{text(cell)}</{tag}>' for cell in cells)}</tr>"


def table(rows: Sequence[str]) -> str:
    """A table of such rows, that may be broader than the page."""
    body = "".join(rows)
    return (
        f'<div style="overflow-x: auto"><table style="font-family: monospace">{body}</table></div>'
    )


def within_reason(work: Callable[[], str]) -> str:
    """What `work` makes, or in its place the reason why it is not to be had.

    A picture shows states that no check has visited: to evaluate them may take long, or be a
    mistake, which must not hide what the check has found.
    """
    try:
        return budget.run(work, seconds=PATIENCE, memory=budget.available_bytes())
    except BudgetExceeded as exceeded:
        if exceeded.limit == "interrupt":
            raise KeyboardInterrupt from None
        reason = exceeded.reason
    except ScriptError as error:
        reason = error.summary
    except Exception as error:
        reason = " ".join(str(error).split()) or type(error).__name__
    return caption(f"The state graph cannot be drawn: {reason}")

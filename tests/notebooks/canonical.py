"""The outputs of a notebook's cell as text, without what may differ between two runs that agree.

Everything else is compared as it is: a verdict, a number of states, a row of a table, an arrow of a
picture or its colour.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

#: The form of a widget, which names an object in the memory of the kernel.
WIDGET = "application/vnd.jupyter.widget-view+json"

#: What a geometric attribute of SVG is, apart from `d`, which other words end in.
_PLACES = "width|height|viewBox|x|y|x1|x2|y1|y2|cx|cy|r|points|transform"

_RULES: tuple[tuple[str, str], ...] = (
    # How long something took, and how fast that was: `0.01 s`, `in 12.5 seconds`, `3 ms`.
    (r"\b\d+(,\d{3})*(\.\d+)?(?=(\s|&nbsp;)(s|ms|seconds|states/s)\b)", "…"),
    # The like in `result.statistics`.
    (r"\b(seconds|searching|bytes_per_state)=\d[\d.e-]*", r"\1=…"),
    # Where an object is: `<function f at 0x7f3b2c>`.
    (r"\b0x[0-9a-f]{4,}\b", "0x…"),
    # Where a file is: the folder of the checkout, of the interpreter or of temporary files.
    (r"(?<![\w<./])(/[\w.+-]+){2,}(?=/)", "…"),
    # Which release it is: `cospec 0.1.0`, `Python 3.11.7`.
    (r"\b([A-Za-z][\w-]*)( v?| version )\d+\.\d+\.\d+\b", r"\1\2…"),
)

#: The copy of a picture for pages that do not show the picture itself.
_COPY = re.compile(r"data:image/svg\+xml;base64,[\w+/=]+")

_SVG = re.compile(r"<svg\b.*?</svg>", re.DOTALL)
_GEOMETRY = re.compile(rf'(?<=\s)({_PLACES}|d)="[^"]*"')


def canonical(outputs: Iterable[Mapping[str, Any]]) -> str:
    """All outputs of a cell, one piece of them a line, so that a difference is seen."""
    return "\n".join(_output(output) for output in outputs)


def _output(output: Mapping[str, Any]) -> str:
    kind = output["output_type"]
    if kind == "stream":
        return f"--- {output['name']}\n{_words(output['text'])}"
    if kind == "error":
        return f"--- error\n{_words(output['ename'])}: {_words(output['evalue'])}"
    forms = dict(output["data"])
    # A committed notebook tells in the metadata that there was a widget: see `renewal`.
    widget = forms.pop(WIDGET, None) is not None or "widget" in output.get("metadata", {})
    lines = [f"--- {kind}{', a widget' if widget else ''}"]
    for form in sorted(forms):
        lines += [f"--- {form}", _form(form, forms[form])]
    return "\n".join(lines)


def _form(form: str, shown: Any) -> str:
    if not isinstance(shown, str):
        return _words(json.dumps(shown, ensure_ascii=False, indent=1, sort_keys=True))
    if form in ("text/html", "image/svg+xml"):
        return _words(_COPY.sub("…", _SVG.sub(_picture, shown))).replace("><", ">\n<")
    return _words(shown)


def _picture(svg: re.Match[str]) -> str:
    """A picture without its geometry, which Graphviz decides where it is installed. What is drawn,
    in which order, in which colour, and every word of it remain."""
    return _GEOMETRY.sub(r'\1="…"', svg.group())


def _words(text: str) -> str:
    for pattern, instead in _RULES:
        text = re.sub(pattern, instead, text)
    return text

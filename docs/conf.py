"""How the pages of this folder become a site: `make docs`.

The pages are plain Markdown, so that they can be read on GitHub as well; only those in api, which
are made from docstrings, have directives for Sphinx. The contents of the site are the links of
index.md, heading by heading; beneath claims.md come the pages of its folder that it links to, and
beneath notebooks/README.md the notebooks.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from typing import Any

from docutils.nodes import Element
from pygments.token import Error, Generic
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

import cospec
from cospec.highlighting import CspmLexer

sys.path.insert(0, os.path.dirname(__file__))

from notebook_pages import NotebookParser

project = "cospec"
version = release = cospec.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
highlight_language = "none"
myst_heading_anchors = 4

nitpicky = True
#: What others document; their sites are not asked, so that no network is needed.
nitpick_ignore_regex = [
    ("py:.*", r"(_pytest|collections|enum|hypothesis|networkx|os|pathlib|pytest|typing)\..*"),
    ("py:class", r"cospec\.(checker|models)\.\w+\.(Abstract|Method|State)"),  # type variables
]

autodoc_member_order = "bysource"
napoleon_numpy_docstring = False
napoleon_use_ivar = True

html_theme = "furo"
html_title = f"cospec {version}"
html_show_copyright = False
html_show_sphinx = False
html_copy_source = False

#: A link to a file, by its text and where it leads to.
LINK = re.compile(r"\[([^]\n]+)\]\(([\w./-]+\.(?:md|ipynb)|\.\.[\w./-]+)(#[^)\s]*)?\)")

#: A heading over a list of pages, or a link to a page.
HEADING_OR_PAGE = re.compile(r"^## (.+)$|\]\(([\w./-]+)\.(?:md|rst|ipynb)\)", re.MULTILINE)

#: Pages with pages below them: how the links to those begin.
BELOW = {"claims": "claims/", "notebooks/README": "0"}

#: Code in docstrings, as Markdown has it.
CODE = re.compile(r"(?<![`:])`([^`]+)`(?!`)")


class Highlighted(CspmLexer):
    """Some scripts show a mistake, which is nothing to warn of."""

    def get_tokens_unprocessed(self, text: str, stack: Any = ("root",)) -> Iterator[Any]:
        """The parts of a script with their kinds."""
        for place, kind, part in super().get_tokens_unprocessed(text, stack):
            yield place, Generic.Error if kind is Error else kind, part


def own_links(app: Sphinx, name: str, source: list[str]) -> None:
    """Links from and to notebooks lead to their pages, which Sphinx sees through docs/notebooks; a
    link to what is no page, such as the README, becomes its text."""
    folder = (app.srcdir / name).resolve().parent
    notebooks = (app.srcdir / "notebooks").resolve()

    def link(found: re.Match[str]) -> str:
        target = (folder / found[2]).resolve()
        if target.is_relative_to(notebooks):
            page = f"/notebooks/{target.stem}"
        elif not target.is_relative_to(app.srcdir):
            return found[1]
        elif folder != notebooks:
            return found[0]
        else:
            page = f"/{target.relative_to(app.srcdir).with_suffix('')}"
        return f"{{doc}}`{found[1]} <{page}>`"

    source[0] = LINK.sub(link, source[0])


def contents(_app: Sphinx, name: str, source: list[str]) -> None:
    """Appends to a page the tables of contents that its links are."""
    if name == "index":
        caption, found = "", dict[str, list[str]]()
        for heading, page in HEADING_OR_PAGE.findall(source[0]):
            caption = heading or caption
            if page:
                found.setdefault(caption, []).append(page.removeprefix("../"))
        tables = [_table(f":caption: {title}\n", pages) for title, pages in found.items()]
        source[0] += "".join(tables)
    elif name in BELOW:
        pages = [page for _, page in HEADING_OR_PAGE.findall(source[0])]
        source[0] += _table("", [page for page in pages if page.startswith(BELOW[name])])


def _table(options: str, pages: list[str]) -> str:
    return "\n\n```{toctree}\n:hidden:\n" + options + "\n" + "\n".join(pages) + "\n```\n"


def markdown_code(
    _app: Sphinx, _what: str, _name: str, _of: Any, _o: Any, lines: list[str]
) -> None:
    """Code in docstrings stands between single backticks: to reStructuredText that is two, and
    what is public becomes a link."""

    def code(found: re.Match[str]) -> str:
        text = found[1].removeprefix("cospec.").removesuffix("()")
        return f":py:obj:`cospec.{text}`" if text in cospec.__all__ else f"``{found[1]}``"

    text = "\n".join(lines)
    lines[:] = CODE.sub(code, text).split("\n")


def exported(app: Sphinx, env: BuildEnvironment, node: Element, content: Element) -> Element | None:
    """Finds by its name alone what docstrings and annotations name so, such as `ModelError`."""
    domain = env.domains.python_domain
    name = str(node.get("reftarget", ""))
    objects = domain.objects.items()
    places = [p for p, each in objects if p.rpartition(".")[2] == name and not each.aliased]
    if node.get("refdomain") != "py" or len(places) != 1:
        return None
    here = str(node.get("refdoc", env.docname))
    return domain.resolve_xref(env, here, app.builder, "obj", places[0], node, content)


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.add_lexer("cspm", Highlighted)
    app.add_source_suffix(".ipynb", "notebook")
    app.add_source_parser(NotebookParser)
    app.connect("source-read", contents)
    app.connect("source-read", own_links)
    app.connect("autodoc-process-docstring", markdown_code)
    app.connect("missing-reference", exported)

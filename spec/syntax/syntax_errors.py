"""All that can be wrong with the wording of a script: one function for each message.

X1xx characters, brackets and comments; X2xx grammar; X7xx files. Each function takes what the
message must show and returns the diagnostic; nothing here decides what is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

from cospec.spec.syntax.errors import Diagnostic, Note
from cospec.spec.syntax.tree import Span

if TYPE_CHECKING:
    from cospec.spec.syntax.tokens import Token

_CLOSED_BY = {
    "(": "`)`", "{": "`}`", "{|": "`|}`", "(|": "`|)`", "[[": "`]]`", "[|": "`|]` or `|>`",
    "[": "`]`", "[+": "`+]`", "/+": "`+\\`", "<": "`>`", "let": "`within`",
}  # fmt: skip

_PROPERTIES = (
    "deadlock free",
    "divergence free",
    "livelock free",
    "deterministic",
    "has trace",
    "tau priority over",
    "partial order reduce",
)

_MEANT = {
    "“": 'a plain `"`', "”": 'a plain `"`', "‘": "a plain `'`", "’": "a plain `'`",
    "–": "a plain `-`", "—": "a plain `-`", "→": "`->`", "←": "`<-`", "≤": "`<=`", "≥": "`>=`",
    "≠": "`!=`", "□": "`[]`", "⊓": "`|~|`", "⊔": "`|~|`", "∥": "`||`", "∧": "`and`", "∨": "`or`",
    "¬": "`not`", "λ": "`\\`", "⟨": "`<`", "⟩": "`>`", "⊑": "`[FD=`", "\u00a0": "a plain space",
    "~": "`not`, or `|~|` for an internal choice", "`": "a plain `'`",
}  # fmt: skip


def _all(words: Iterable[str]) -> str:
    listed = [f"`{word}`" for word in words]
    return listed[0] if len(listed) == 1 else ", ".join(listed[:-1]) + " or " + listed[-1]


# --------------------------------------------------------------- X1xx: tokens


def strange_character(span: Span, character: str) -> Diagnostic:
    shown = f"`{character}`" if character.isprintable() else f"U+{ord(character):04X}"
    meant = _MEANT.get(character)
    notes = () if meant is None else (Note(f"write {meant}"),)
    return Diagnostic("X101", f"CSPM has no character {shown} here", span, "", notes)


def unterminated_string(span: Span) -> Diagnostic:
    return Diagnostic(
        "X102", 'this text has no closing `"` on its line', span, "the text starts here"
    )


def malformed_character(span: Span) -> Diagnostic:
    return Diagnostic(
        "X103",
        "a character literal is one character between two `'`",
        span,
        "",
        (Note("write `'a'`, or `'\\''` for the quote; a text of several stands in `\"`"),),
    )


def unterminated_comment(span: Span, negative: bool) -> Diagnostic:
    """`negative`: it looks like a set of negative numbers."""
    text = "`{-` begins a comment; a set with a negative number is written with a space, `{ -1}`"
    notes = (Note(text),) if negative else ()
    return Diagnostic("X104", "this comment is never closed", span, "`-}` is missing", notes)


def unclosed(opening: Token, found: Token | None) -> Diagnostic:
    """`found` is the closing token met instead, None at the end of the script."""
    closer = _CLOSED_BY.get(opening.text, "`}`")
    if opening.text == "let":
        message = "this `let` has no `within`"
        label = "`let` definitions `within` expression"
    else:
        message = f"this `{opening.text}` is never closed"
        label = f"{closer} is missing"
    notes = []
    if found is not None:
        notes.append(Note(f"`{found.text}` was found first", found.span))
    if opening.text == "<":
        notes.append(
            Note(
                "a `<` after an operator or at the start of a line begins a sequence;"
                " to compare over two lines, end the first one with the `<`"
            )
        )
    return Diagnostic("X105", message, opening.span, label, tuple(notes))


def stray_closer(token: Token) -> Diagnostic:
    if token.text == "within":
        return Diagnostic("X106", "this `within` has no `let`", token.span)
    return Diagnostic("X106", f"this `{token.text}` closes nothing", token.span)


def nested_too_deeply(token: Token, limit: int) -> Diagnostic:
    return Diagnostic("X107", f"brackets are nested more than {limit} deep here", token.span)


def unknown_property(span: Span, phrase: str) -> Diagnostic:
    what = f"there is no property `{phrase}`" if phrase else "this property is not understood"
    close = get_close_matches(phrase, _PROPERTIES, n=1, cutoff=0.7)
    advice = f"did you mean `{close[0]}`?" if close else f"it may be {_all(_PROPERTIES)}"
    return Diagnostic("X108", what, span, "", (Note(advice),))


def unknown_tag(span: Span, tag: str, known: Sequence[str]) -> Diagnostic:
    notes = (Note(f"it may be {_all(known)}"),) if known else ()
    return Diagnostic("X109", f"`[{tag}]` cannot stand here", span, "", notes)


def unknown_model(span: Span, model: str) -> Diagnostic:
    note = Note("a refinement is checked by `[T=`, `[F=` or `[FD=`")
    what = f"there is no semantic model `{model}`" if model else "the semantic model is missing"
    return Diagnostic("X109", what, span, "", (note,))


def meaningless_model(span: Span, model: str, reason: str) -> Diagnostic:
    return Diagnostic("X109", f"`[{model}]` has no meaning here", span, "", (Note(reason),))


def number_too_long(span: Span) -> Diagnostic:
    return Diagnostic("X110", "this number has more than 4000 digits", span)


# --------------------------------------------------------------- X2xx: grammar


#: How CSPM writes what books write otherwise.
_IN_BOOKS = {
    "`|`": "the choice between events is written `[]`",
    "`||`": "parallel processes are written `P [| A |] Q`, where A is what they do together,"
    " or `P ||| Q`",
}


def unexpected(span: Span, found: str, wanted: str, notes: tuple[Note, ...] = ()) -> Diagnostic:
    """The general case; `found` and `wanted` are in the author's words."""
    if found.startswith("the end"):
        return Diagnostic("X201", "this declaration ends too early", span, f"expected {wanted}")
    if found in _IN_BOOKS and "an operator" in wanted and "`}`" not in wanted:
        notes = (*notes, Note(_IN_BOOKS[found]))
    return Diagnostic("X201", f"{found} cannot stand here", span, f"expected {wanted}", notes)


def misspelt(mistake: Diagnostic, word: Token, keyword: str) -> Diagnostic:
    """The mistake that a misspelt keyword has brought about, with the keyword that was meant."""
    advice = f"did you mean `{keyword}`?"
    if mistake.span is None or mistake.span != word.span:
        advice = f"`{word.text}` is no keyword: {advice}"
    return replace(mistake, notes=(Note(advice), *mistake.notes))


def operand_missing(span: Span, after: str, found: str) -> Diagnostic:
    message = f"an expression is missing after `{after}`"
    return Diagnostic("X202", message, span, f"found {found}")


def else_missing(span: Span, keyword: Span) -> Diagnostic:
    return Diagnostic(
        "X203",
        "this `if` has no `else`",
        keyword,
        "",
        (
            Note("the `else` was expected before this", span),
            Note("`if` is an expression and needs both values: `if c then x else y`"),
        ),
    )


def then_missing(span: Span, keyword: Span) -> Diagnostic:
    note = Note("the `then` was expected before this", span)
    return Diagnostic("X204", "this `if` has no `then`", keyword, "", (note,))


def equals_for_comparison(span: Span) -> Diagnostic:
    return Diagnostic(
        "X205", "`=` defines a name; it cannot stand inside an expression", span,
        "to compare, write `==`",
    )  # fmt: skip


def bracket_before_definition(opening: Token, span: Span) -> Diagnostic:
    """A definition was met inside a bracket that a later line closes."""
    closer = _CLOSED_BY.get(opening.text, "`}`")
    return Diagnostic(
        "X206",
        f"a new definition begins before this `{opening.text}` is closed",
        opening.span,
        f"{closer} is missing",
        (Note("the definition", span),),
    )


def line_starts_with_operator(span: Span, operator: str) -> Diagnostic:
    comment = (Note("a comment begins with `--`"),) if operator == "/" else ()
    return Diagnostic(
        "X207",
        f"a line cannot begin with `{operator}`",
        span,
        "",
        (Note(f"a line break before `{operator}` ends the declaration above;"
              f" move the `{operator}` to the end of that line"), *comment),
    )  # fmt: skip


def body_missing(span: Span, found: str, operator: str) -> Diagnostic:
    return Diagnostic(
        "X208", f"`{operator}` has no body", span, f"expected `@` and an expression, found {found}"
    )


def alphabet_missing(span: Span, found: str) -> Diagnostic:
    return Diagnostic(
        "X209",
        "replicated `||` needs an alphabet for each process",
        span,
        f"expected `[`, found {found}",
        (Note("write `|| x : S @ [A(x)] P(x)`"),),
    )


def chained(first: str, first_span: Span, second: str, second_span: Span) -> Diagnostic:
    a, b = (_spelt(first), _spelt(second))
    return Diagnostic(
        "X210",
        f"`{a}` and `{b}` cannot follow one another without parentheses",
        second_span,
        "",
        (Note(f"the first `{a}`", first_span), Note("put parentheses around one of the two")),
    )


def _spelt(symbol: str) -> str:
    return {
        "[||]": "[| .. |]", "[|>": "[| .. |>", "[A||B]": "[ .. || .. ]", "[<->]": "[ .. <-> .. ]"
    }.get(symbol, symbol)  # fmt: skip


def fields_without_arrow(span: Span, kind: str) -> Diagnostic:
    return Diagnostic(
        "X211", f"a `{kind}` field must be followed by `->` and a process", span,
        "this is no expression of its own",
        (Note("an event in an expression is written with dots, as in `c.1`"),),
    )  # fmt: skip


def stray_colon(span: Span) -> Diagnostic:
    return Diagnostic(
        "X212",
        "`:` cannot stand here",
        span,
        "",
        (Note("`x : S` is for generators and for `?x : S`; a type annotation has ` :: `"),),
    )


def wildcard_outside(span: Span) -> Diagnostic:
    return Diagnostic("X213", "`_` matches anything and is for patterns only", span)


def double_at_outside(span: Span) -> Diagnostic:
    return Diagnostic("X214", "`@@` is for patterns, and not for the fields of a prefix", span)


def empty_parentheses(span: Span) -> Diagnostic:
    return Diagnostic("X215", "`()` is no value", span, "an expression is missing inside")


def fat_arrow_outside(span: Span) -> Diagnostic:
    return Diagnostic("X216", "`=>` is for the entries of maps and for types", span)


def reserved_name(span: Span, word: str) -> Diagnostic:
    return Diagnostic("X217", f"`{word}` is a reserved word and cannot be a name", span)


def channel_equals(span: Span) -> Diagnostic:
    return Diagnostic(
        "X218", "a channel is declared with `:`, not with `=`", span, "write `channel c : T`"
    )


def not_in_let(span: Span, word: str) -> Diagnostic:
    return Diagnostic(
        "X219",
        f"`{word}` cannot stand inside `let`",
        span,
        "",
        (Note("a `let` may hold definitions, annotations, `external`, `transparent` and `Timed`"),),
    )


def not_in_module(span: Span, word: str) -> Diagnostic:
    return Diagnostic("X220", f"`{word}` cannot stand inside a module", span)


def print_in_timed(span: Span) -> Diagnostic:
    return Diagnostic("X221", "`print` cannot stand inside a `Timed` section", span)


def module_unclosed(span: Span, name: str) -> Diagnostic:
    return Diagnostic("X222", f"module `{name}` has no `endmodule`", span)


def exports_missing(span: Span, name: str) -> Diagnostic:
    return Diagnostic(
        "X223",
        f"module `{name}` has no `exports`",
        span,
        "",
        (Note("what stands before `exports` is private, what stands after it is public"),),
    )


def stray_module_word(span: Span, word: str) -> Diagnostic:
    return Diagnostic("X224", f"this `{word}` has no `module`", span)


def exports_twice(span: Span, first: Span) -> Diagnostic:
    note = Note("the first one", first)
    return Diagnostic("X224", "a module has one `exports` only", span, "", (note,))


def include_inside(span: Span, inside: Token) -> Diagnostic:
    return Diagnostic(
        "X225",
        "`include` cannot stand inside a declaration",
        span,
        "",
        (Note(f"the declaration goes on after this `{inside.text}`", inside.span),),
    )


def malformed_include(span: Span) -> Diagnostic:
    return Diagnostic(
        "X226", 'an include is written `include "file.csp"`, on a line of its own', span
    )


def clause_shapes(name: str, span: Span, first: Span) -> Diagnostic:
    return Diagnostic(
        "X227",
        f"the clauses of `{name}` do not all have the same number of arguments",
        span,
        "",
        (Note("an earlier clause", first),),
    )


def not_a_left_side(span: Span) -> Diagnostic:
    return Diagnostic("X228", "this cannot be defined", span, "expected a name or a pattern")


def qualified_definition(span: Span, name: str) -> Diagnostic:
    return Diagnostic(
        "X229",
        f"`{name}` cannot be declared here: a declared name has no `::`",
        span,
        "",
        (Note("declare it inside its module"),),
    )


def not_a_type(span: Span) -> Diagnostic:
    return Diagnostic(
        "X230",
        "this is not a type",
        span,
        "",
        (Note("types are names, `<t>`, `{t}`, `(t, u)`, `(| t => u |)`, `t.u`, `(t) -> u`"),),
    )


def trace_expected(span: Span) -> Diagnostic:
    return Diagnostic("X231", "`has trace` needs a trace written as `<a, b, c>`", span)


def option_twice(span: Span, first: Span) -> Diagnostic:
    return Diagnostic(
        "X232", "this option is given twice", span, "", (Note("the first time", first),)
    )


def map_entry_expected(span: Span) -> Diagnostic:
    return Diagnostic("X233", "an entry of a map is written `key => value`", span)


def definition_expected(span: Span) -> Diagnostic:
    return Diagnostic(
        "X234", "this is an expression, not a declaration", span, "`=` and a value are missing"
    )


def empty_arguments(span: Span, what: str) -> Diagnostic:
    return Diagnostic("X235", f"{what} without arguments is written without parentheses", span)


def module_header_line(span: Span, found: str) -> Diagnostic:
    return Diagnostic(
        "X236", "the header of a module has a line of its own", span, f"{found} belongs on the next"
    )


def no_equals(span: Span, keyword: str, name: str) -> Diagnostic:
    return Diagnostic("X237", f"`{keyword} {name}` must be followed by `=`", span)


def type_too_deep(span: Span, limit: int) -> Diagnostic:
    return Diagnostic("X239", f"this type is nested more than {limit} deep", span)


def name_starts_wrongly(span: Span, start: str) -> Diagnostic:
    return Diagnostic("X240", f"a name begins with a letter, not with `{start}`", span)


def timed_brace_missing(span: Span) -> Diagnostic:
    return Diagnostic(
        "X238", "a timed section is written `Timed(f) { .. }`", span, "`{` is missing"
    )


# ----------------------------------------------------------------- X7xx: files


def missing_file(path: str, span: Span | None, others: Sequence[str]) -> Diagnostic:
    """`others` are the names of the files in the same folder."""
    folder, slash, name = path.rpartition("/")
    close = get_close_matches(name, others, n=1, cutoff=0.7)
    notes = (Note(f"did you mean {folder}{slash}{close[0]}?"),) if close else ()
    return Diagnostic("X701", f"there is no file {path}", span, "", notes)


def is_directory(path: str, span: Span | None) -> Diagnostic:
    return Diagnostic("X702", f"{path} is a folder, not a script", span)


def unreadable(path: str, reason: str, span: Span | None) -> Diagnostic:
    return Diagnostic("X703", f"{path} cannot be read: {reason}", span)


def binary(path: str, span: Span | None) -> Diagnostic:
    return Diagnostic("X704", f"{path} is not a text file", span)


def rich_text(path: str, span: Span | None) -> Diagnostic:
    return Diagnostic(
        "X705",
        f"{path} is in Rich Text Format",
        span,
        "",
        (Note("save it as plain text"),),
    )


def state_graph(path: str, span: Span | None) -> Diagnostic:
    note = Note("in Python, `cospec.read_graph` reads those that end in .aut, .graphml or .json")
    return Diagnostic("X708", f"{path} is a graph, not a script", span, "", (note,))


def include_cycle(span: Span, chain: Sequence[str]) -> Diagnostic:
    return Diagnostic("X707", "files include one another: " + " -> ".join(chain), span)

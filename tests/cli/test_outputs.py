"""Whole outputs of the command line, held in `golden/`."""

from __future__ import annotations

import pytest

COMMANDS = {
    "check": "check mixed.csp",
    "check-json": "check mixed.csp --format json",
    "check-junit": "check mixed.csp errors.csp broken.csp --format junit",
    "check-errors": "check errors.csp",
    "check-several": "check holds.csp broken.csp",
    "check-several-json": "check holds.csp broken.csp --format json",
    "check-nothing": "check missing.csp",
    "check-folder": "check .",
    "check-number": "check mixed.csp --assertion 2",
    "check-text": "check mixed.csp --assertion SPEC[FD=GOOD",
    "check-too-far": "check mixed.csp --assertion 11",
    "check-ending": "check mixed.csp --assertion 6 --termination-allowed",
    "typecheck": "typecheck holds.csp mixed.csp",
    "typecheck-broken": "typecheck holds.csp broken.csp",
    "eval": "eval mixed.csp a.0 <1,2>^<3> GOOD {|a|}",
    "eval-error": "eval mixed.csp head(<>) nowhere 1+1",
    "graph-dot": "graph mixed.csp SYSTEM",
    "graph-json": "graph mixed.csp GOOD --format json",
    "graph-aut": "graph mixed.csp SYSTEM;SKIP --format aut",
    "graph-graphml": "graph mixed.csp LOOP --format graphml",
    "graph-error": "graph mixed.csp {1}",
    "graph-too-large": "graph mixed.csp GOOD --states 2",
    "claims": "claims channel-operation-atomicity channel-empty-normal-form channel-frame",
    "claims-json": "claims channel-close-keeps-buffer channel-safety-initial --format json",
    "claims-markdown": "claims channel-receive-value --format markdown",
    "claims-unknown": "claims channel-frane --model M99",
    "claims-far": "claims xyzzy",
    "help-claims": "claims --help",
    "help": "--help",
    "help-check": "check --help",
    "help-typecheck": "typecheck --help",
    "help-eval": "eval --help",
    "help-graph": "graph --help",
    "help-explain": "explain --help",
    "help-repl": "repl --help",
    "help-lsp": "lsp --help",
    "explain": "explain X101 106",
    "explain-lower-case": "explain x105",
    "explain-unknown": "explain X11O",
    "version": "--version",
    "usage": "check",
    "usage-format": "check holds.csp --format yaml",
}


@pytest.mark.parametrize("name", COMMANDS)
def test_output(name, cospec, golden) -> None:
    golden(name, cospec(*COMMANDS[name].split()))


def test_a_new_assertion_can_be_given(cospec, golden) -> None:
    golden("check-new", cospec("check", "mixed.csp", "-a", "assert GOOD [T= SYSTEM"))


def test_a_new_assertion_can_be_wrong(cospec, golden) -> None:
    golden("check-new-wrong", cospec("check", "mixed.csp", "-a", "GOOD [T= NOWHERE"))

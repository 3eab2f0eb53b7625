"""The same as two_phase_commit.csp, step for step, in plain Python.

A state is the coordinator (what it does, with whom, whether somebody refused), what each
participant does, and what lies in each mailbox of the participants and of the coordinator.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

Coordinator = tuple[str, int, bool]
Words = tuple[str, ...]
State = tuple[Coordinator, Words, Words, Words]

DEAD: Coordinator = ("dead", 0, False)
TOLD: Coordinator = ("told", 0, False)


def system(N: int) -> tuple[State, Callable[[State], Iterable[State]]]:
    """The initial state and the successor function."""

    def successors(state: State) -> Iterable[State]:
        (phase, i, refused), sites, to, back = state
        if phase != "dead":
            yield DEAD, sites, to, back
        if phase == "ask" and not to[i]:
            onward = ("ask", i + 1, False) if i + 1 < N else ("collect", 0, False)
            yield onward, sites, replaced(to, i, "ask"), back
        elif phase == "collect":
            if back[i]:
                after = collected(i, refused or back[i] == "no")
                yield after, sites, to, replaced(back, i, "")
            if sites[i] == "failed":
                yield collected(i, True), sites, to, back
        elif phase == "tell" and not to[i]:
            onward = ("tell", i + 1, refused) if i + 1 < N else TOLD
            yield onward, sites, replaced(to, i, "abort" if refused else "commit"), back
        coordinator = state[0]
        for j, site in enumerate(sites):
            mail = to[j]
            if site != "failed":
                yield coordinator, replaced(sites, j, "failed"), to, back
            if site == "vote":
                if not back[j]:
                    yield coordinator, replaced(sites, j, "ready"), to, replaced(back, j, "yes")
                    yield coordinator, replaced(sites, j, "abort"), to, replaced(back, j, "no")
            elif mail and (after_mail := reads(site, mail)):
                yield coordinator, replaced(sites, j, after_mail), replaced(to, j, ""), back

    def collected(i: int, refused: bool) -> Coordinator:
        return ("collect", i + 1, refused) if i + 1 < N else ("tell", 0, refused)

    nothing = ("",) * N
    return (("ask", 0, False), ("idle",) * N, nothing, nothing), successors


def reads(site: str, mail: str) -> str:
    """What a participant becomes by taking `mail`; empty when it does not take it."""
    if site == "failed":
        return "failed"
    if mail == "ask":
        return "vote" if site == "idle" else ""
    return {"ready": mail, "commit": "commit", "abort": "abort"}.get(site, "")


def replaced(words: Words, i: int, word: str) -> Words:
    """The words with the i-th another."""
    return (*words[:i], word, *words[i + 1 :])

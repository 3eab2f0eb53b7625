"""Claims on the subjects and subscriptions of seed 002's NATS adapter (M16).

What NATS takes is as its documentation has it (`cospec.models.nats`).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from cospec.models.nats import NatsMessaging
from cospec.proofs import map_logic as maps
from cospec.proofs import subject_logic as logic
from cospec.proofs.evidence import NotReplayed, always, each_reason, prove, weighed
from cospec.proofs.register import Counterexample, Finding, Method, Proof, Register, Truth
from cospec.proofs.subject_logic import Language

CLAIMS = Register()

SEED = "seed 002, section 3.1"

UNCHECKED = NatsMessaging()
CHECKED = NatsMessaging(matching=True, keyed=True)

Answer = Proof | Counterexample


# -------------------------------------------------------------------------------------- subjects


@CLAIMS.claim(
    "nats-subject-sound",
    model="M16",
    source=f"{SEED}, validate_subject",
    statement=(
        "What validate_subject accepts is a subject that NATS takes to publish to: tokens between "
        "single dots, without wildcards."
    ),
    registered=Truth.FALSE,
    method=Method.Z3_MODEL,
    repaired="nats-subject-sound-repaired",
)
def subject_sound(validator: Language = logic.LISTING) -> Finding:
    """The difference of two regular languages, all its shortest words. Two of the three are
    wildcards; the dot is not even a subscription."""
    return each_reason(_inclusions((validator, logic.SUBJECT), (validator, logic.SUBSCRIPTION)))


@CLAIMS.claim(
    "nats-subject-complete",
    model="M16",
    source=f"{SEED}, validate_subject",
    statement="validate_subject accepts each subject that NATS takes to publish to.",
    registered=Truth.FALSE,
    method=Method.Z3_MODEL,
    repaired="nats-subject-complete-repaired",
)
def subject_complete(validator: Language = logic.LISTING) -> Finding:
    """The other difference: `-`, `_` and `$` are refused, and with them `order-events`."""
    return each_reason(_inclusions((logic.SUBJECT, validator)))


def _inclusions(*pairs: tuple[Language, Language]) -> Iterator[Answer]:
    for smaller, larger in pairs:
        text = f"each word of {smaller.name} is one of {larger.name}"
        bounds = "printable ASCII, any length"
        if logic.included(smaller, larger):
            yield Proof(Method.Z3_PROOF, text, bounds)
            continue
        words = logic.shortest(smaller, larger)
        yield Counterexample(
            Method.Z3_MODEL,
            f"Not so: {text}; these are the shortest that are not",
            (" ".join(words),),
            lambda words=words, smaller=smaller, larger=larger: _apart(words, smaller, larger),  # type: ignore[misc]
            bounds,
        )


def _apart(words: list[str], smaller: Language, larger: Language) -> None:
    """Asks the functions instead of the expressions; and there is none that is shorter."""
    shorter = (
        "".join(word)
        for length in range(min(len(words[0]), 3))
        for word in product("a.*>- ", repeat=length)
    )
    if any(smaller.accepts(word) and not larger.accepts(word) for word in shorter):
        raise NotReplayed("a shorter word is one, too")
    if not all(smaller.accepts(word) and not larger.accepts(word) for word in words):
        raise NotReplayed("the functions say something else than the expressions")


@CLAIMS.claim(
    "nats-subject-sound-repaired",
    model="M16",
    source=f"{SEED}, repair of validate_subject",
    statement=(
        "A validation that looks for wildcards, white space and empty tokens accepts, to publish "
        "to, only subjects of NATS, and one that lets wildcards stand as tokens of their own, `>` "
        "the last, accepts only subscriptions of NATS; of any length, over printable ASCII."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def subject_sound_repaired(
    publish: Language = logic.PUBLISH, subscribe: Language = logic.SUBSCRIBE
) -> Finding:
    """What the passes over the characters accept, among what the grammar of tokens gives."""
    return each_reason(_inclusions((publish, logic.SUBJECT), (subscribe, logic.SUBSCRIPTION)))


@CLAIMS.claim(
    "nats-subject-complete-repaired",
    model="M16",
    source=f"{SEED}, repair of validate_subject",
    statement=(
        "The repaired validations accept all subjects, and all subscriptions, of NATS; of any "
        "length, over printable ASCII."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def subject_complete_repaired(
    publish: Language = logic.PUBLISH, subscribe: Language = logic.SUBSCRIBE
) -> Finding:
    """The other way round."""
    return each_reason(_inclusions((logic.SUBJECT, publish), (logic.SUBSCRIPTION, subscribe)))


# --------------------------------------------------------------------------------- subscriptions


@CLAIMS.claim(
    "nats-subscribe-validated",
    model="M16",
    source=f"{SEED}, subscribe",
    statement=(
        "When subscribe(subject, config) gives Ok, NATS takes the subject, config is one of that "
        "subject, and it is kept for the subscription."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="nats-subscribe-validated-repaired",
)
def subscribe_validated(design: NatsMessaging = UNCHECKED) -> Finding:
    """Three reasons: a subject that is none, one that is not that of its configuration, and a
    second subscription that replaces the configuration of the first."""
    return each_reason(_subscribed(design))


def _subscribed(design: NatsMessaging) -> Iterator[Answer]:
    for holds, text in (
        (NatsMessaging.validated, "NATS takes the subject of each subscription"),
        (NatsMessaging.configured, "the configuration of each subscription is of its subject"),
        (NatsMessaging.kept, "the configuration of each subscription is kept"),
    ):
        yield always(design, holds, text, "2 subscriptions, 3 subjects, 3 configurations")


@CLAIMS.claim(
    "nats-subscribe-validated-repaired",
    model="M16",
    source=f"{SEED}, repair of subscribe",
    statement=(
        "When subscribe wants a configuration, which is validated, of the same subject, and keeps "
        "configurations by the ids of subscriptions, all three hold; what is kept stays, for any "
        "number of subscriptions."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def subscribe_validated_repaired(design: NatsMessaging = CHECKED) -> Finding:
    """The adapter for few; the validation for all subjects; a new id for maps of any size."""
    found = subscribe_validated(design)
    if found.counterexamples:
        return found
    prove(maps.keeps(False), maps.fresh())
    kept = Proof(Method.Z3_PROOF, "under a new id, insert replaces nothing, in any map")
    valid = _inclusions((logic.SUBSCRIBE, logic.SUBSCRIPTION))
    return weighed([kept, *valid, *found.proofs])

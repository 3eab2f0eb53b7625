"""Claims on the CQRS buses of seeds 000 and 001, in Rust (M06)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

from cospec.models import cqrs_bus_001
from cospec.models.command_sides import Account, AmongWriters
from cospec.models.cqrs_bus_000 import CaughtUp, CQRSBus, Resent
from cospec.models.handler_registry import Registry, Seed
from cospec.proofs import relay_logic as logic
from cospec.proofs.cqrs_logic import prove_lookup
from cospec.proofs.evidence import always, each, each_reason, inductive, leading, stepwise, weighed
from cospec.proofs.register import Counterexample, Finding, Method, Proof, Register, Truth

CLAIMS = Register()

FIRST = "seed 000, section 4.2, Rust CQRSBus"
SECOND = "seed 001, section 3.1, Rust CQRSBus"

AS_WRITTEN = CQRSBus()
CATCHING_UP = CQRSBus(catching_up=True)
IDENTIFIED = CQRSBus(identified=True)
UNEXPECTING, EXPECTING = Account(), Account(expecting=True)
FORGETFUL = cqrs_bus_001.CQRSBus()
KEEPING = cqrs_bus_001.CQRSBus(returning=True, relaying=True, sequenced=True)

#: The registries, as they are but for the other fault that seed 001 has, and repaired.
UNREAD, READ = (Registry(Seed.ZEROTH, looking_up=up, boxing=True) for up in (False, True))
UNBOXED, BOXED = (Registry(Seed.FIRST, boxing=boxed) for boxed in (False, True))
UNASKED, ASKED = (Registry(Seed.FIRST_QUERIES, up, boxing=True) for up in (False, True))

#: How many steps z3 looks at for a counterexample; they have 3 at most.
DEPTH = 4


# ----------------------------------------------------------------------------- send_command, 000


def _updated(design: CQRSBus) -> Iterator[Proof | Counterexample]:
    """What is stored reaches all projections, with a crash and with an error."""
    crashing, failing = replace(design, crashes=1), replace(design, errors=1)
    for faults, name in ((crashing, "crash"), (failing, "error")):
        text = f"each projection handles what is stored at last, once, though there is 1 {name}"
        bounds = f"2 projections, commands: {len(design.commands)}, 1 {name}"
        yield leading(faults, CQRSBus.projected, text, bounds, _behind)


def _behind(bus: CQRSBus) -> bool:
    return not bus.projected()


@CLAIMS.claim(
    "cqrs000-send-atomic",
    model="M06",
    source=f"{FIRST}, send_command",
    statement="Events are stored if and only if the projections are updated.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="cqrs000-send-atomic-repaired",
)
def send_atomic(design: CQRSBus = AS_WRITTEN) -> Finding:
    """A crash before the first projection; and an error of one of two, after which there is no
    going on."""
    return each_reason(_updated(design))


def _in_order(design: CQRSBus) -> Proof | Counterexample:
    start = replace(design, commands=(1, 2), concurrent=2, views=((),))
    text = "a projection has handled the first events of the store, in its order"
    return always(start, CQRSBus.in_store_order, text, "2 concurrent commands, 1 projection")


def _caught_up(design: CQRSBus) -> Proof | Counterexample:
    text = "a projection has handled the first events of the store, in its order: any store"
    return _of_any_place(design, "in_store_order", text)


def _of_any_place(design: CQRSBus, name: str, text: str) -> Proof | Counterexample:
    """Proves an invariant of what is at a place of the store, and of a projection, for all."""
    return inductive(
        CaughtUp(design.catching_up),
        name,
        text,
        parameters=("place",),
        where=lambda state: state.place >= 0,
        depth=DEPTH,
    )


@CLAIMS.claim(
    "cqrs000-send-atomic-repaired",
    model="M06",
    source=f"{FIRST}, repair of send_command",
    statement=(
        "When projections have a position in the store and catch up, what they have handled are at "
        "all times its first events, for stores of any length; and after crashes and errors they "
        "handle all that is stored."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def send_atomic_repaired(design: CQRSBus = CATCHING_UP) -> Finding:
    """Safety by induction; and no step undoes that a projection goes on, which it does at last
    where there is something left, by weak fairness."""
    found = weighed(_updated(replace(design, commands=(1, 2))))
    if found.counterexamples:
        return found
    text = "each step handles one event more, or stores one: for any store"
    going = _of_any_place(design, "goes_on", text)
    every = weighed([_caught_up(design), going])
    return Finding((*every.proofs, *found.proofs), every.counterexamples)


@CLAIMS.claim(
    "cqrs000-projection-order",
    model="M06",
    source=f"{FIRST}, send_command",
    statement="Projections handle events in the order of the store.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="cqrs000-projection-order-repaired",
)
def projection_order(design: CQRSBus = AS_WRITTEN) -> Finding:
    """Two commands at a time: the second is stored later, and projected earlier."""
    return weighed([_in_order(design)])


@CLAIMS.claim(
    "cqrs000-projection-order-repaired",
    model="M06",
    source=f"{FIRST}, repair of send_command",
    statement=(
        "When each projection reads the store by its position, it handles events in the order of "
        "the store, for any number of commands at a time and stores of any length."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def projection_order_repaired(design: CQRSBus = CATCHING_UP) -> Finding:
    """Explored, then for all sizes."""
    found = weighed([_in_order(design)])
    if found.counterexamples:
        return found
    every = weighed([_caught_up(design)])
    return Finding((*every.proofs, *found.proofs), every.counterexamples)


# ------------------------------------------------------------------------------- trying again


def _failing(design: CQRSBus) -> Iterator[Proof | Counterexample]:
    start = replace(design, errors=1, retries=1, views=((),))
    bounds = "1 projection, 1 command, 1 error, sent again once"
    text = "of a command that is answered with Err nothing is stored"
    yield always(start, CQRSBus.failed_have_no_effect, text, bounds)
    yield _once(design)


def _once(design: CQRSBus) -> Proof | Counterexample:
    start = replace(design, errors=1, retries=1, views=((),))
    text = "a command that is sent again after Err is stored once"
    bounds = "1 projection, 1 command, 1 error, sent again once"
    return always(start, CQRSBus.stored_once, text, bounds)


@CLAIMS.claim(
    "cqrs000-error-means-failed",
    model="M06",
    source=f"{FIRST}, send_command",
    statement=(
        "When send_command answers Err, the command had no effect: it can be sent again without "
        "taking effect twice."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="cqrs000-error-means-failed-repaired",
)
def error_means_failed(design: CQRSBus = AS_WRITTEN) -> Finding:
    """The error of a projection comes after the append."""
    return each_reason(_failing(design))


@CLAIMS.claim(
    "cqrs000-error-means-failed-repaired",
    model="M06",
    source=f"{FIRST}, repair of append_events",
    statement=(
        "When events carry the id of their command, and those of an id that is there are not "
        "stored again, a command takes effect once however often it is sent."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def error_means_failed_repaired(design: CQRSBus = IDENTIFIED) -> Finding:
    """Err still does not say that nothing is stored; but it is safe to send again."""
    found = weighed([_once(design)])
    if found.counterexamples:
        return found
    text = "a command is stored once at most, however often it is sent"
    every = weighed([inductive(Resent(design.identified), "stored_once", text, depth=DEPTH)])
    return Finding((*every.proofs, *found.proofs), every.counterexamples)


# -------------------------------------------------------------------------------- concurrency


def _serialised(design: Account) -> Iterator[Proof | Counterexample]:
    bounds = "balance 1, two concurrent commands"
    text = "what is appended was decided at the version there is"
    yield stepwise(design, Account.serialised, text, bounds)
    text = "two commands that withdraw 1 of 1 leave no negative balance"
    yield always(design, Account.not_overdrawn, text, bounds)


@CLAIMS.claim(
    "cqrs000-stream-concurrency",
    model="M06",
    source=f'{FIRST}, append_events("command_stream", …) in send_command',
    statement=(
        "Of concurrent commands on one aggregate each is decided on what those before it have "
        "appended, or rejected."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="cqrs000-stream-concurrency-repaired",
)
def stream_concurrency(design: Account = UNEXPECTING) -> Finding:
    """append_events has no expected version; that commands see no state at all is another claim."""
    return each_reason(_serialised(design))


@CLAIMS.claim(
    "cqrs000-stream-concurrency-repaired",
    model="M06",
    source=f"{FIRST}, repair of append_events",
    statement=(
        "When an append to the stream of an aggregate expects the version that the command was "
        "decided at, each is decided on what those before it have appended, or rejected, for any "
        "number of writers and amounts; so that the balance is never negative."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def stream_concurrency_repaired(design: Account = EXPECTING) -> Finding:
    """Explored with two writers, then one among any others."""
    found = weighed(_serialised(design))
    if found.counterexamples:
        return found
    writers = AmongWriters(design.expecting)
    said = {
        "serialised": "what a writer appends was decided at the version there is",
        "not_overdrawn": "the balance is not negative",
    }
    every = weighed(inductive(writers, name, text, depth=DEPTH) for name, text in said.items())
    return Finding((*every.proofs, *found.proofs), every.counterexamples)


# ----------------------------------------------------------------------------------- registries


@dataclass(frozen=True, slots=True)
class Sending:
    """A bus with some handlers, and what is sent to it."""

    registry: Registry
    message: str

    def handled(self) -> bool:
        """Whether the message is handled by its handler, or refused where there is none."""
        sent = self.registry.send(self.message)
        registered = dict(self.registry.handlers).get(self.message)
        if registered is None:
            return sent.answer == "No handler registered"
        return sent.answer == "Ok" and sent.called == registered.handler

    def told(self) -> tuple[str, ...]:
        """The case, in lines."""
        handlers = self.registry.handlers
        registered = [f"register {boxed.handler} for {name}" for name, boxed in handlers]
        sent = self.registry.send(self.message)
        called = f"{sent.called} is called" if sent.called else "nobody is called"
        return (*registered, f"send {self.message} → {sent.answer}; {called}")


#: The commands or queries, each with its handler.
MESSAGES = ("Pay", "Ship")


def _sendings(empty: Registry) -> list[Sending]:
    """Every set of handlers, and every message."""
    found = []
    for registered in product((False, True), repeat=len(MESSAGES)):
        registry = empty
        for message, known in zip(MESSAGES, registered, strict=True):
            registry = registry.register(message, f"{message}Handler") if known else registry
        found += [Sending(registry, message) for message in MESSAGES]
    return sorted(found, key=lambda each: len(each.registry.handlers))


def _registered(registry: Registry) -> list[Sending]:
    """Those in which the message has a handler."""
    return [case for case in _sendings(registry) if case.message in dict(case.registry.handlers)]


def _processed(cases: list[Sending], text: str) -> Proof | Counterexample:
    bounds = "2 types of messages, any of them with a handler; the others do not come into it"
    return each(cases, Sending.handled, text, bounds, Sending.told)


@CLAIMS.claim(
    "cqrs000-handlers-used",
    model="M06",
    source=f"{FIRST}, register_command_handler, register_query_handler, send_command, send_query",
    statement="Handlers that are registered process the commands and queries.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="cqrs000-handlers-used-repaired",
)
def handlers_used(registry: Registry = UNREAD) -> Finding:
    """Neither map is read: what is not registered works, and what is registered is not called."""
    text = "a message is handled by its handler, and refused where there is none"
    return each_reason(
        [
            _processed(_sendings(registry), text),
            _processed(_registered(registry), "a message is handled by its handler"),
        ]
    )


@CLAIMS.claim(
    "cqrs000-handlers-used-repaired",
    model="M06",
    source=f"{FIRST}, repair of send_command and send_query",
    statement=(
        "When the handler is looked up by the type of the message, and cast to the type that was "
        "put into the map, it processes the message, and what has no handler is refused."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def handlers_used_repaired(registry: Registry = READ) -> Finding:
    """Enumerated for two types, and proved for any."""
    text = "a message is handled by its handler, and refused where there is none"
    return _looked_up(registry, text)


def _looked_up(registry: Registry, text: str) -> Finding:
    """All sets of handlers for two types; then for any types and handlers."""
    found = weighed([_processed(_sendings(registry), text)])
    if found.counterexamples:
        return found
    looking_up = registry.looking_up or registry.seed is Seed.FIRST
    prove_lookup(looking_up, registry.boxing)
    return Finding((Proof(Method.Z3_PROOF, f"{text}: of any types"), *found.proofs))


@CLAIMS.claim(
    "cqrs001-send-command",
    model="M06",
    source=f"{SECOND}, register_command_handler and send_command",
    statement="A command with a registered handler is handled.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="cqrs001-send-command-repaired",
)
def send_command(registry: Registry = UNBOXED) -> Finding:
    """The box holds an H, and is asked for a Box<dyn CommandHandler<C>>."""
    text = "a command with a registered handler is handled by it"
    return weighed([_processed(_registered(registry), text)])


@CLAIMS.claim(
    "cqrs001-send-command-repaired",
    model="M06",
    source=f"{SECOND}, repair of register_command_handler",
    statement=(
        "When a Box<dyn CommandHandler<C>> is put into the Box<dyn Any>, a command with a "
        "registered handler is handled, and another one refused."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def send_command_repaired(registry: Registry = BOXED) -> Finding:
    """Enumerated for two types, and proved for any."""
    return _looked_up(registry, "a command is handled by its handler, or refused")


@CLAIMS.claim(
    "cqrs001-send-query",
    model="M06",
    source=f"{SECOND}, register_query_handler and send_query where Q: QueryHandler<Q>",
    statement="Query handlers that are registered answer queries.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="cqrs001-send-query-repaired",
)
def send_query(registry: Registry = UNASKED) -> Finding:
    """The query has to be its own handler; the map is never read."""
    text = "a query with a registered handler is answered by it"
    return weighed([_processed(_registered(registry), text)])


@CLAIMS.claim(
    "cqrs001-send-query-repaired",
    model="M06",
    source=f"{SECOND}, repair of send_query",
    statement="When the handler is looked up by TypeId::of::<Q>(), it answers the query.",
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def send_query_repaired(registry: Registry = ASKED) -> Finding:
    """Enumerated for two types, and proved for any."""
    return _looked_up(registry, "a query is answered by its handler, or refused")


# -------------------------------------------------------------------------- what becomes of events


@CLAIMS.claim(
    "cqrs001-events-stored",
    model="M06",
    source=f"{SECOND}, fields event_store and event_bus, CommandHandler::handle",
    statement="The events of accepted commands are stored, and published.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="cqrs001-events-stored-repaired",
)
def events_stored(bus: cqrs_bus_001.CQRSBus = FORGETFUL) -> Finding:
    """`handle` gives (), and after `new` no method uses either field."""
    return each_reason(_kept(bus, "up to 2 commands"))


def _kept(bus: cqrs_bus_001.CQRSBus, bounds: str) -> Iterator[Proof | Counterexample]:
    text = "the events of all accepted commands are stored"
    yield always(bus, cqrs_bus_001.CQRSBus.all_stored, text, bounds)
    text = "the events of all accepted commands are published at last"
    yield leading(
        replace(bus, commands=1),
        cqrs_bus_001.CQRSBus.published_what_was_accepted,
        text,
        bounds,
        lambda state: not state.published_what_was_accepted(),
    )


@CLAIMS.claim(
    "cqrs001-events-stored-repaired",
    model="M06",
    source=f"{SECOND}, repair of CommandHandler::handle and send_command",
    statement=(
        "When handle gives events, the bus appends them, and a relay publishes what is stored, "
        "the events of accepted commands are stored, and arrive at last at a consumer that applies "
        "them in order, for any number of commands and finitely many crashes."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def events_stored_repaired(bus: cqrs_bus_001.CQRSBus = KEEPING) -> Finding:
    """Explored with faults, then for all sizes."""
    faulty = replace(bus, crashes=1, duplicates=1)
    bounds = "up to 2 commands, 1 crash, 1 duplicate"
    applied = leading(
        faulty,
        lambda state: state.position == state.accepted,
        "the events of all accepted commands are applied at last",
        bounds,
        lambda state: state.position < state.accepted,
    )
    text = "the consumer has applied the first events, each once, in order"
    once = always(faulty, cqrs_bus_001.CQRSBus.exactly_once, text, bounds)
    found = weighed([*_kept(faulty, bounds), applied, once])
    if found.counterexamples:
        return found
    logic.prove_leads_to_applied(bus)
    text = "each event that is stored is published, and applied, at last: a rank falls"
    return Finding((Proof(Method.Z3_PROOF, text), *found.proofs))

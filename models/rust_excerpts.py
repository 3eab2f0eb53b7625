"""Excerpts of the Rust listings of the documents, for `cospec.models.rust_listings`: what they
declare and do, as far as a rule looks at it. A repair is an edit of the text."""

from __future__ import annotations

__all__ = ["CASES_004", "EXCERPTS", "MENDED", "MINIMAL_EXAMPLE", "mended"]

#: Sections 2.1, 4.1, 4.2 and 5.1.
SEED_000 = """
[trait.Actor]
bounds = ["Send"]
types = {Message = ["Send"], State = ["Send"]}
[trait.Event]
bounds = ["Clone", "Send", "Sync"]
methods = ["event_type", "timestamp", "source"]
[type.EventBus]
fields = {handlers = "HashMap<TypeId, Vec<Box<dyn Any + Send + Sync>>>", \
event_sender = "broadcast::Sender<Box<dyn Any + Send>>", \
event_receiver = "broadcast::Receiver<Box<dyn Any + Send>>"}
[type.EventAggregator]
fields = {events = "Vec<Box<dyn Event>>", version = "u64"}
[type.CQRSBus]
fields = {command_handlers = "HashMap<TypeId, Box<dyn Any + Send + Sync>>", \
query_handlers = "HashMap<TypeId, Box<dyn Any + Send + Sync>>"}
[trait.EventSourcedAggregate]
types = {Event = ["Event"], State = ["Clone"]}
methods = ["apply_event"]
[trait.PipelineStage]
types = {Error = ["std::error::Error"]}
methods = ["process"]
[type.Pipeline]
fields = {stages = "Vec<Box<dyn PipelineStage<Box<dyn Any + Send>, Box<dyn Any + Send>>>>"}
[fn."ActorContext::run"]
mutable = true
generics = ["A"]
does = ["name A", "default State of Actor"]
[fn."CQRSBus::send_command"]
generics = ["C"]
does = ["dyn Event", "change Projection::handle_event"]
[fn."EventSourcedAggregate::replay_events"]
does = ["default State of EventSourcedAggregate"]
[fn."TypeErasedStage::process"]
generics = ["I", "O", "S"]
does = ["name I", "downcast input to I"]
[fn."Pipeline::execute"]
generics = ["Input", "CurrentOutput"]
does = ["downcast current to CurrentOutput"]
"""

#: Sections 2.1 and 3.1.
SEED_001 = """
[type.HealthStatus]
derives = ["Debug", "Clone", "Serialize", "Deserialize"]
[trait.Event]
bounds = ["Clone", "Send", "Sync"]
[trait.CommandHandler]
bounds = ["Send", "Sync"]
types = {Error = ["std::error::Error"]}
[type.CQRSBus]
fields = {command_handlers = "HashMap<TypeId, Box<dyn std::any::Any + Send + Sync>>", \
query_handlers = "HashMap<TypeId, Box<dyn std::any::Any + Send + Sync>>"}
[fn."ServiceRegistry::discover"]
does = ["compare HealthStatus"]
[fn."CQRSBus::send_command"]
generics = ["C"]
does = ["downcast to Box<dyn CommandHandler<C>>", "dyn CommandHandler<C>"]
[fn."ProjectionHandler::handle_event"]
does = ["dyn Event"]
"""

#: Sections 2.1, 4.1 and 4.2 of seed 002, which its minimal example is about.
_BUS_AND_CQRS = """
[type.EventBus]
derives = ["Debug", "Clone"]
fields = {bus_id = "BusId", channels = "HashMap<EventType, EventChannel>", \
subscribers = "HashMap<SubscriberId, Subscriber>", event_store = "EventStore", \
routing_rules = "Vec<RoutingRule>"}
functions = ["new", "create_channel", "subscribe", "publish", "route_event", "publish_to_channels"]
[type.EventChannel]
derives = ["Debug", "Clone"]
fields = {channel_id = "ChannelId", event_type = "EventType", capacity = "usize", \
sender = "mpsc::Sender<Event>", receiver = "mpsc::Receiver<Event>"}
[type.Subscriber]
derives = ["Debug", "Clone"]
fields = {id = "SubscriberId", event_types = "Vec<EventType>", handler = "EventHandler", \
filter = "Option<EventFilter>", retry_policy = "RetryPolicy"}
[type.EventStore]
derives = ["Debug", "Clone"]
fields = {events = "HashMap<AggregateId, Vec<Event>>", \
snapshots = "HashMap<AggregateId, Snapshot>", \
event_handlers = "Vec<Box<dyn EventHandler + Send + Sync>>"}
functions = ["new", "append_events", "get_events", "save_snapshot", "get_snapshot", \
"validate_event_versions", "trigger_event_handlers"]
[type.Event]
derives = ["Debug", "Clone"]
fields = {id = "EventId", aggregate_id = "AggregateId", event_type = "EventType", \
version = "Version", data = "EventData", metadata = "EventMetadata", timestamp = "DateTime<Utc>"}
[type.UserCommand]
derives = ["Debug", "Clone"]
functions = []
[trait.CommandHandler]
types = {Command = [], Error = []}
methods = ["handle"]
[trait.QueryHandler]
types = {Query = [], Result = [], Error = []}
methods = ["handle"]
[type.CommandSide]
derives = ["Debug", "Clone"]
fields = {command_handlers = "HashMap<CommandType, Box<dyn CommandHandler + Send + Sync>>", \
event_store = "EventStore"}
[type.UserCommandHandler]
fields = {event_store = "EventStore"}
functions = ["handle"]
[type.UserQueryHandler]
fields = {read_model = "UserReadModel"}
functions = ["handle"]
[type.CQRS]
functions = ["new", "register_command_handler", "register_query_handler", "execute_command", \
"execute_query"]
[[impl]]
of = "CommandHandler"
for = "UserCommandHandler"
methods = ["handle"]
[fn."EventBus::publish"]
mutable = true
does = ["call EventBus::validate_event", "call EventStore::store_event"]
[fn."EventBus::subscribe"]
mutable = true
does = ["call EventBus::validate_subscriber"]
[fn."UserCommandHandler::handle"]
does = ["call UserCommand::aggregate_id", "call UserCommandHandler::load_aggregate", \
"change EventStore::append_events"]
"""

#: With section 2.2.
SEED_002 = (
    _BUS_AND_CQRS
    + """
[fn."PubSubSystem::publish_to_partition"]
does = ["move message", "use message"]
"""
)

#: Section 4.
SEED_003 = """
[trait.EventStore]
types = {Event = [], Error = []}
methods = ["append_events", "read_events", "read_all_events"]
[type.InMemoryEventStore]
fields = {events = "Arc<RwLock<HashMap<String, Vec<Event>>>>", global_position = "Arc<AtomicU64>"}
[[impl]]
of = "EventStore"
for = "InMemoryEventStore"
methods = ["append_events"]
"""

#: Sections 1.2 to 1.4 and 3.1.
SEED_004 = """
[type.OrderStatus]
derives = ["Debug", "Clone", "Serialize", "Deserialize"]
[type.EventStore]
fields = {pool = "PgPool"}
functions = ["new", "save_events", "load_events", "publish_event", "load_aggregate"]
[type.CircuitState]
derives = ["Debug", "Clone", "PartialEq"]
[fn."Order::pay"]
mutable = true
does = ["compare OrderStatus"]
[fn."EventStore::load_aggregate"]
does = ["read EventStore.snapshot_store", "call EventStore::load_events_after_version"]
[fn."CircuitBreaker::call"]
generics = ["F", "T", "E"]
does = ["name F", "name Fut"]
"""

EXCERPTS = {"000": SEED_000, "001": SEED_001, "002": SEED_002, "003": SEED_003, "004": SEED_004}

#: The cases of seed 004 by their sections, each with what its listing leaves out.
CASES_004 = {
    "1 CQRS and event sourcing": (
        "publish_event: the body",
        "ship_order and cancel_order: similar to the others",
        "ReadModelProjection::handle_event: events other than OrderCreated and OrderPaid",
        "load_events_after_version: called, and declared nowhere",
    ),
    "2.1 sliding window": (),
    "2.2 token bucket": (),
    "3.1 circuit breaker": ("Fut: used, and declared nowhere",),
    "3.2 fallback": (),
}

#: What `main` of seed 002, section 5, does with what its document declares.
MINIMAL_EXAMPLE = (
    _BUS_AND_CQRS
    + """
[fn.main]
mutable = true
does = ["call EventBus::new", "call EventBus::create_channel", \
"make Subscriber {id, event_types, handler, filter, retry_policy}", "call EventBus::subscribe", \
"make Event {id, event_type, data, metadata, timestamp}", "call EventBus::publish", \
"call CQRS::new", "call UserCommandHandler::new", "call CQRS::register_command_handler", \
"call UserQueryHandler::new", "call CQRS::register_query_handler", "call CQRS::execute_command", \
"call CQRS::execute_query"]
"""
)

#: The edits that mend what the rules find: in which document, what, and what instead.
MENDED = (
    ("000", 'bounds = ["Clone", "Send", "Sync"]', 'bounds = ["Send", "Sync"]'),
    ("000", "broadcast::Sender<Box<dyn Any + Send>>", "broadcast::Sender<Arc<dyn Any + Send>>"),
    ("000", 'State = ["Send"]', 'State = ["Send", "Default"]'),
    ("000", 'State = ["Clone"]', 'State = ["Clone", "Default"]'),
    ("000", "Box<dyn Any + Send>>>>", "Box<dyn Any + Send>, Error = PipelineError>>>"),
    ("000", '[fn."CQRSBus::send_command"]', '[fn."CQRSBus::send_command"]\nmutable = true'),
    ("001", '"Deserialize"]', '"Deserialize", "PartialEq"]'),
    ("001", 'bounds = ["Clone", "Send", "Sync"]', 'bounds = ["Send", "Sync"]'),
    ("001", '"dyn CommandHandler<C>"', '"dyn CommandHandler<Error = CommandError>"'),
    ("002", "mpsc::Receiver<Event>", "Arc<Mutex<mpsc::Receiver<Event>>>"),
    ("002", "Vec<Box<dyn EventHandler + Send + Sync>>", "Vec<Arc<dyn EventHandler + Send + Sync>>"),
    (
        "002",
        "Box<dyn CommandHandler + Send + Sync>",
        "Arc<dyn CommandHandler<Command = C, Error = E> + Send + Sync>",
    ),
    ("002", '"route_event", ', '"route_event", "validate_event", "validate_subscriber", '),
    ("002", '["new", "append_events",', '["new", "store_event", "append_events",'),
    ("002", '"move message", "use message"', '"use message", "move message"'),
    ("002", "functions = []", 'functions = ["aggregate_id"]'),
    (
        "002",
        'fields = {event_store = "EventStore"}\nfunctions = ["handle"]',
        'fields = {event_store = "EventStore"}\nfunctions = ["new", "load_aggregate", "handle"]',
    ),
    (
        "002",
        '[fn."UserCommandHandler::handle"]',
        '[fn."UserCommandHandler::handle"]\nmutable = true',
    ),
    (
        "003",
        'methods = ["append_events"]',
        'methods = ["append_events", "read_events", "read_all_events"]',
    ),
    ("004", '"Deserialize"]', '"Deserialize", "PartialEq"]'),
    ("004", '{pool = "PgPool"}', '{pool = "PgPool", snapshot_store = "SnapshotStore"}'),
    ("004", '"load_aggregate"]', '"load_aggregate", "load_events_after_version"]'),
    ("004", 'generics = ["F", "T", "E"]', 'generics = ["F", "T", "E", "Fut"]'),
)  # fmt: skip


def mended(document: str, leaving: int | None = None) -> str:
    """The excerpt of a document after all edits, but for the one with the number `leaving`."""
    text = EXCERPTS[document]
    for number, (where, wrong, right) in enumerate(MENDED):
        if where == document and number != leaving:
            if wrong not in text:
                raise ValueError(f"seed {document} has no {wrong!r}")
            text = text.replace(wrong, right)
    return text

"""Claims on the user aggregate and its command handler (M13)."""

from __future__ import annotations

from dataclasses import fields, replace

import z3

from cospec.models.user import (
    REPAIRED,
    CreateUser,
    DeactivateUser,
    UpdateName,
    User,
    UserCommand,
    UserService,
    UserStatus,
)
from cospec.proofs.evidence import always, counterexample_of, each_reason, inductive
from cospec.proofs.register import (
    Counterexample,
    Finding,
    Method,
    NotReplayed,
    Proof,
    Register,
    Truth,
    weighed,
)

CLAIMS = Register()

SEED = "seed 002, section 4.1, UserAggregate"

AS_WRITTEN = User()

#: Fields that have any value in a proof on what does not depend on the reading of `new`.
ANY_READING = ("fresh",)


def _readings(design: User) -> list[User]:
    return [replace(design, fresh=fresh) for fresh in (False, True)]


# ------------------------------------------------------------------------------------- creating


@CLAIMS.claim(
    "user-create-once",
    model="M13",
    source=f"{SEED}, CreateUser in handle_command",
    statement=(
        "CreateUser succeeds exactly for a user that does not exist (one to which UserCreated was "
        "never applied), whether AggregateId::new() gives the same id each time or always another."
    ),
    registered=Truth.FALSE,
    method=Method.Z3_MODEL,
    repaired="user-create-once-repaired",
)
def create_once(design: User = AS_WRITTEN) -> Finding:
    """Both readings are refuted, each for another reason: accepted twice, and never accepted."""
    return each_reason(_created_once(each) for each in _readings(design))


def _created_once(design: User, parameters: tuple[str, ...] = ()) -> Proof | Counterexample:
    accepted = "CreateUser is accepted where no UserCreated was applied"
    able = inductive(design, "absent_users_can_be_created", accepted, parameters)
    if isinstance(able, Counterexample):
        return able
    text = "CreateUser is accepted where, and only where, no UserCreated was applied"
    return inductive(design, "existing_users_are_not_created", text, parameters)


@CLAIMS.claim(
    "user-create-once-repaired",
    model="M13",
    source=f"{SEED}, repair of CreateUser",
    statement=(
        "When CreateUser asks for version 0, and a user that was never created refuses other "
        "commands, CreateUser succeeds exactly for a user that does not exist, for all names. "
        "(Without the second, UpdateName before CreateUser makes a version 1 of a user that can "
        "never be created.)"
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def create_once_repaired(design: User = REPAIRED) -> Finding:
    """By induction, for all names, and both readings of new()."""
    return weighed([_created_once(design, ANY_READING)])


@CLAIMS.claim(
    "user-update-before-create",
    model="M13",
    source=f"{SEED}, UpdateName and DeactivateUser in handle_command",
    statement=(
        "UpdateName and DeactivateUser are refused for a user that does not exist, whichever "
        "status of the listing, Active or Inactive, a new aggregate has."
    ),
    registered=Truth.FALSE,
    method=Method.Z3_MODEL,
    repaired="user-update-before-create-repaired",
)
def update_before_create(design: User = AS_WRITTEN) -> Finding:
    """A new aggregate that is Inactive refuses them for a wrong reason, one that is Active not."""
    text = "a user that was never created is neither renamed nor deactivated"
    return weighed(
        inductive(replace(design, status=status), "nothing_before_the_creation", text)
        for status in (UserStatus.ACTIVE, UserStatus.INACTIVE)
    )


@CLAIMS.claim(
    "user-update-before-create-repaired",
    model="M13",
    source=f"{SEED}, repair: a status NotCreated",
    statement=(
        "When a new aggregate has a status NotCreated in which all commands but CreateUser are "
        "refused, a user that does not exist is neither renamed nor deactivated, for all names."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def update_before_create_repaired(design: User = REPAIRED) -> Finding:
    """By induction, for all names."""
    if not design.created_first:
        design = replace(design, status=UserStatus.ACTIVE)
    text = "no command but CreateUser before UserCreated"
    return weighed([inductive(design, "nothing_before_the_creation", text, ANY_READING)])


# ------------------------------------------------------------------------------------- inactive


@CLAIMS.claim(
    "user-inactive-guard",
    model="M13",
    source=f"{SEED}, UpdateName and DeactivateUser in handle_command",
    statement="UpdateName and DeactivateUser are refused for an inactive user, for all names.",
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def inactive_guard() -> Finding:
    """Of an inactive user no command but CreateUser is accepted, as written and as repaired."""
    text = "to an inactive user nothing happens but, at most, a creation"
    designs = (AS_WRITTEN, REPAIRED)
    name = "inactive_users_do_nothing"
    return weighed(inductive(each, name, text, ANY_READING) for each in designs)


@CLAIMS.claim(
    "user-deactivate-terminal",
    model="M13",
    source=f"{SEED}, apply_event",
    statement=(
        "A user that is inactive stays inactive, if AggregateId::new() gives the same id each time "
        "(else no user can be created at all: user-create-once)."
    ),
    registered=Truth.FALSE,
    method=Method.Z3_MODEL,
    repaired="user-deactivate-terminal-repaired",
)
def deactivate_terminal(design: User = AS_WRITTEN) -> Finding:
    """CreateUser once more makes it active."""
    return weighed([inductive(design, "inactive_for_good", "an inactive user stays inactive")])


@CLAIMS.claim(
    "user-deactivate-terminal-repaired",
    model="M13",
    source=f"{SEED}, repair of CreateUser",
    statement="When CreateUser asks for version 0, an inactive user stays inactive, for all names.",
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def deactivate_terminal_repaired(design: User = REPAIRED) -> Finding:
    """By induction, for all names."""
    return deactivate_terminal(design)


# --------------------------------------------------------------------------- the command handler


#: Two users of whom there are no events.
NOBODY_KNOWN = UserService(streams=(None, None))


@CLAIMS.claim(
    "es002-bootstrap",
    model="M13",
    source="seed 002, sections 4.1 and 4.2, get_events and UserCommandHandler::handle",
    statement=(
        "The first command for a new aggregate can be executed: CreateUser for a user without "
        "events is accepted."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="es002-bootstrap-repaired",
)
def bootstrap(start: UserService = NOBODY_KNOWN) -> Finding:
    """Of two users; the aggregate is in the reading in which it accepts a first CreateUser."""
    return weighed([_first_command(start)])


def _first_command(start: UserService) -> Proof | Counterexample:
    text = "CreateUser is accepted for a user of whom there are no events"
    wanted = UserService.first_commands_are_accepted
    return always(start, wanted, text, "2 users, 2 names")


@CLAIMS.claim(
    "es002-bootstrap-repaired",
    model="M13",
    source="seed 002, sections 4.1 and 4.2, repair of get_events",
    statement=(
        "When the stream of an unknown aggregate is empty and its version 0, CreateUser for a user "
        "without events is accepted (with the aggregate repaired, so that it may be created)."
    ),
    registered=Truth.TRUE,
    method=Method.EXHAUSTIVE,
)
def bootstrap_repaired(bootstrapped: bool = True, user: User = REPAIRED) -> Finding:
    """All orders in which two users are created; a user is loaded from its own events only."""
    known = replace(NOBODY_KNOWN, bootstrapped=bootstrapped)
    return weighed(_first_command(replace(known, user=each)) for each in _readings(user))


#: The variants of `UserCommand`, whose fields are those of the seed.
COMMANDS: tuple[type[UserCommand], ...] = (CreateUser, UpdateName, DeactivateUser)


@CLAIMS.claim(
    "cqrs002-command-address",
    model="M13",
    source="seed 002, sections 4.1 and 4.2, UserCommand and command.aggregate_id()",
    statement=(
        "A command identifies its aggregate, so that aggregate_id() can be computed from it: "
        "commands meant for different users are different."
    ),
    registered=Truth.FALSE,
    method=Method.Z3_MODEL,
    repaired="cqrs002-command-address-repaired",
)
def command_address(addressed: bool = False) -> Finding:
    """A command of each variant for any two users and any contents: equal, whoever is meant."""
    return each_reason(_meant_for(variant, addressed) for variant in COMMANDS)


def _meant_for(variant: type[UserCommand], addressed: bool) -> Proof | Counterexample:
    members = [each.name for each in fields(variant)]
    users = z3.Consts("user1 user2", z3.DeclareSort("AggregateId"))
    contents = [[z3.Int(f"{member}{n}") for member in members] for n in (1, 2)]
    written = [
        [*([user] if addressed else []), *content]
        for user, content in zip(users, contents, strict=True)
    ]
    equal = z3.And([a == b for a, b in zip(*written, strict=True)])
    model = counterexample_of(z3.Implies(equal, users[0] == users[1]))
    if model is None:
        text = f"equal commands {variant.__name__} are meant for the same user"
        return Proof(Method.Z3_PROOF, text)
    found = model

    def value(term: z3.ExprRef) -> z3.ExprRef:
        return found.eval(term.translate(found.ctx), model_completion=True)

    meant = [str(value(user)) for user in users]
    commands = [variant(*(value(each).as_long() for each in content)) for content in contents]

    def replay() -> None:
        if meant[0] == meant[1] or commands[0] != commands[1]:
            raise NotReplayed("the commands differ, or are meant for the same user")

    steps = tuple(f"for {user}: {said}" for user, said in zip(meant, commands, strict=True))
    return Counterexample(Method.Z3_MODEL, "one command, two users", steps, replay)


@CLAIMS.claim(
    "cqrs002-command-address-repaired",
    model="M13",
    source="seed 002, sections 4.1 and 4.2, repair of UserCommand",
    statement="When each variant carries the aggregate id, equal commands are for the same user.",
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def command_address_repaired(addressed: bool = True) -> Finding:
    """For all ids and contents."""
    return command_address(addressed)

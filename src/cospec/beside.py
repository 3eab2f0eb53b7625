"""Python models beside a script: `--model LOCK=lease.py:LeaseLock(fenced=True)`.

The script uses `LOCK` as the name of a process whose events are the actions of the model: what
`@action` calls `acquire` and performs with the argument 1 is `acquire.1` of the script's channel
`acquire`.
"""

from __future__ import annotations

import importlib
import importlib.util
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from cospec.models.composition import process_of
from cospec.models.model import Act, ModelError, ModelSystem
from cospec.spec.semantics.events import Event
from cospec.spec.semantics.process import Process
from cospec.spec.syntax.errors import Diagnostic, Note, ScriptError
from cospec.spec.syntax.session import Given, Session

#: A name of CSPM, a file or a module, and a Python expression.
WRITTEN = re.compile(r"([A-Za-z]\w*'*)=(.+?\.py|[A-Za-z_][\w.]*):(.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Beside:
    """A model as it is asked for: the name it has in the script, the file or module that has the
    class, and an expression that gives the state in which it starts, or a list of such states."""

    name: str
    place: str
    expression: str

    @classmethod
    def of(cls, text: str) -> Beside:
        """The model that `NAME=PLACE:EXPRESSION` asks for.

        Raises:
            ValueError: the text is not of this form.
        """
        parts = WRITTEN.fullmatch(text)
        if parts is None:
            raise ValueError(f"{text!r} is not of the form NAME=PLACE:EXPRESSION")
        return cls(*parts.groups())


def given(models: Sequence[Beside]) -> Mapping[str, Given]:
    """The processes of models, by their names.

    Raises:
        ScriptError: a model cannot be had.
    """
    found: dict[str, Given] = {}
    for model in models:
        if model.name in found:
            raise _wrong(model, f"two models are to be called `{model.name}`")
        found[model.name] = partial(_process, model.name, _starts(model))
    return found


def _starts(model: Beside) -> list[Any]:
    """The states in which a model may start."""
    module = _module(model)
    try:
        value = eval(model.expression, dict(vars(module)))  # the user's own code
    except Exception as error:
        says = f"`{model.expression}` raises {type(error).__name__}: {error}"
        raise _wrong(model, says, *_defined(module)) from error
    starts = list(value) if isinstance(value, list | tuple) else [value]
    try:
        if len({type(each) for each in starts}) != 1:
            raise ModelError("the states it may start in must be of one class, and one at least")
        ModelSystem(*starts)
    except ModelError as error:
        says = f"`{model.expression}` is no state of a model: {error}"
        raise _wrong(model, says, *_defined(module)) from error
    return starts


def _module(model: Beside) -> ModuleType:
    try:
        if model.place.endswith(".py"):
            return _of_file(Path(model.place))
        return importlib.import_module(model.place)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{model.place}.".startswith(f"{error.name}."):
            raise _raising(model, error) from error
        advice = "an installed module such as `cospec.models.channels`, or a path that ends in .py"
        raise _wrong(model, f"there is no module `{model.place}`", advice) from error
    except FileNotFoundError as error:
        if error.filename != str(Path(model.place).resolve()):
            raise _raising(model, error) from error
        raise _wrong(model, f"there is no file `{model.place}`") from error
    except Exception as error:
        raise _raising(model, error) from error


def _raising(model: Beside, error: Exception) -> ScriptError:
    says = f"`{model.place}` cannot be imported: {type(error).__name__}: {error}"
    return _wrong(model, says)


def _of_file(path: Path) -> ModuleType:
    """The module that a file is. It may import what stands beside it."""
    path = path.resolve()
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    known, sys.modules[path.stem] = sys.modules.get(path.stem), module  # dataclasses look there
    sys.path.insert(0, str(path.parent))
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(path.parent))
        if known is not None:
            sys.modules[path.stem] = known
    return module


def _defined(module: ModuleType) -> list[str]:
    """The model classes of a module, as advice."""
    names = []
    for name, each in vars(module).items():
        if isinstance(each, type) and each.__module__ == module.__name__:
            if any(hasattr(method, "__cospec_mark__") for method in vars(each).values()):
                names.append(f"`{name}`")
    return [f"the models in `{module.__name__}`: {', '.join(names)}"] if names else []


def _process(name: str, starts: Sequence[Any], session: Session) -> Process:
    def event(act: Act) -> Event:
        try:
            found: Event = session.event(str(act))
        except ScriptError as error:
            message = f"`{act}`, an action of the model `{name}`, is no event of the script"
            channel = f"`channel {act.name}{' : …' if act.arguments else ''}`"
            known = tuple(Note(problem.message) for problem in error.diagnostics)
            note = Note(f"the script needs {channel} for it")
            raise ScriptError(Diagnostic("X609", message, None, "", (*known, note))) from error
        return found

    return process_of(*starts, event=event)


def _wrong(model: Beside, says: str, *advice: str) -> ScriptError:
    text = f"{model.name}={model.place}:{model.expression}"
    notes = (Note(f"asked for by `--model '{text}'`"), *map(Note, advice))
    return ScriptError(Diagnostic("X608", says, None, "", notes))

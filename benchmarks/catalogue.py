"""The models: their sources, what is asked of them, and how large they are made.

Each has a source in CSPM, in PROMELA and in Python, in `models/` under one name, the same
step for step. Every source has its parameters as constants at its top, with the smallest values
that make sense, and is complete as it stands; `render` puts other values in their place.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

SOURCES = Path(__file__).parent / "models"

#: Holds of every model, and is decided only when every state has been visited.
WHOLE = "RUN(Events) [T= SYSTEM"

#: May be decided with fewer (partial order reduction); holds of those models that are free from it.
DEADLOCK_FREE = "SYSTEM :[deadlock free]"

Parameters = Mapping[str, int | bool]


@dataclass(frozen=True, slots=True)
class Size:
    """One instance of a model: its parameters, its states and its transitions.

    The counts are those that cospec and SPIN both came to (and plain Python, up to the medium
    size); those of the huge size follow from the formulas in README.md. Every run compares its own
    with them.
    """

    parameters: Parameters
    states: int
    transitions: int

    def __str__(self) -> str:
        shown = []
        for name, value in self.parameters.items():
            if isinstance(value, bool):
                shown += [name] if value else []
            else:
                shown.append(f"{name}={value}")
        return " ".join(shown)


@dataclass(frozen=True, slots=True)
class Model:
    """What is explored, and whether it is free from deadlock."""

    name: str
    title: str
    stem: str
    deadlock_free: bool
    sizes: Mapping[str, Size] = field(repr=False)

    def source(self, language: str) -> Path:
        """The file in this language: csp, pml or py."""
        return SOURCES / f"{self.stem}.{language}"

    def render(self, language: str, parameters: Parameters) -> str:
        """The script (csp) or the PROMELA source (pml) with these parameters."""
        text = self.source(language).read_text(encoding="utf-8")
        for name, value in parameters.items():
            text = _DEFINE[language](text, name, value)
        return text


def _cspm(text: str, name: str, value: int | bool) -> str:
    shown = str(value).lower()  # true, false
    return _replaced(text, rf"^({name} = )\w+", shown)


def _promela(text: str, name: str, value: int | bool) -> str:
    return _replaced(text, rf"^(#define {name} )\w+", str(int(value)))


def _replaced(text: str, pattern: str, shown: str) -> str:
    text, count = re.subn(pattern, rf"\g<1>{shown}", text, flags=re.MULTILINE)
    if count != 1:
        raise ValueError(f"{count} places match {pattern!r}, where 1 was expected")
    return text


_DEFINE = {"csp": _cspm, "pml": _promela}


def _philosophers(
    mended: bool, leaves: bool, sizes: Mapping[str, tuple[int, int, int]]
) -> dict[str, Size]:
    return {
        name: Size({"N": n, "MENDED": mended, "LEAVES": leaves}, states, transitions)
        for name, (n, states, transitions) in sizes.items()
    }


MODELS = (
    Model(
        "philosophers",
        "dining philosophers, deadlocking",
        "philosophers",
        False,
        _philosophers(
            mended=False,
            leaves=False,
            sizes={
                "tiny": (3, 111, 273),
                "small": (7, 61_183, 352_569),
                "medium": (9, 1_426_431, 10_568_439),
                "large": (10, 6_887_423, 56_698_870),
            },
        ),
    ),
    Model(
        "mended",
        "dining philosophers, one left-handed",
        "philosophers",
        True,
        _philosophers(
            mended=True,
            leaves=False,
            sizes={
                "tiny": (3, 96, 232),
                "small": (7, 52_224, 298_240),
                "medium": (9, 1_217_536, 8_957_696),
                "large": (10, 5_878_784, 48_091_136),
            },
        ),
    ),
    Model(
        "banquet",
        "dining philosophers who get up in a step of its own",
        "philosophers",
        False,
        _philosophers(
            mended=False,
            leaves=True,
            sizes={
                "tiny": (3, 214, 564),
                "small": (6, 46_656, 246_612),
                "medium": (8, 1_679_616, 11_837_296),
                "large": (9, 10_077_694, 79_901_712),
                "huge": (11, 362_797_054, 3_515_676_208),
            },
        ),
    ),
    Model(
        "milner",
        "Milner's scheduler",
        "milner",
        True,
        {
            "tiny": Size({"N": 3}, 37, 73),
            "small": Size({"N": 11}, 33_793, 202_753),
            "medium": Size({"N": 16}, 1_572_865, 13_369_345),
            "large": Size({"N": 18}, 7_077_889, 67_239_937),
        },
    ),
    Model(
        "alternating-bit",
        "alternating bit, lossy channels of capacity K, D data",
        "alternating_bit",
        True,
        {
            "tiny": Size({"K": 2, "D": 2}, 420, 1_508),
            "small": Size({"K": 6, "D": 8}, 46_812, 213_188),
            "medium": Size({"K": 16, "D": 8}, 693_252, 3_340_528),
            "large": Size({"K": 32, "D": 8}, 5_122_116, 25_134_032),
        },
    ),
    Model(
        "two-phase-commit",
        "two-phase commit with crashes",
        "two_phase_commit",
        False,
        {
            "tiny": Size({"N": 2}, 528, 1_479),
            "small": Size({"N": 4}, 47_608, 214_791),
            "medium": Size({"N": 5}, 430_838, 2_307_544),
            "large": Size({"N": 6}, 3_843_620, 23_850_067),
        },
    ),
    Model(
        "ring",
        "ring of N processes, M messages each, queues of K",
        "ring",
        False,
        {
            "tiny": Size({"N": 3, "M": 1, "K": 1}, 265, 462),
            "small": Size({"N": 3, "M": 2, "K": 2}, 17_518, 44_190),
            "medium": Size({"N": 3, "M": 3, "K": 3}, 663_397, 1_885_686),
            "large": Size({"N": 3, "M": 4, "K": 3}, 6_155_008, 16_460_958),
        },
    ),
)

BY_NAME = {model.name: model for model in MODELS}

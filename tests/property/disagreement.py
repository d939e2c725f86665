"""What a random spec shows to be wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")


class Disagreement(AssertionError):
    """What must hold of a spec does not. `stage` says what was done, `kind` tells faults of one stage apart."""

    def __init__(self, stage: str, message: str, text: str, kind: str = "") -> None:
        super().__init__(f"{stage}: {message}\n{text}")
        self.stage = stage
        self.message = message
        self.kind = kind


def staged(stage: str, text: str, run: Callable[[], Result]) -> Result:
    """What a stage gives; whatever it raises is a fault of that stage."""
    try:
        return run()
    except Disagreement:
        raise
    except Exception as error:
        raise Disagreement(stage, f"{type(error).__name__}: {error}", text, type(error).__name__) from error

"""Ctrl-C and SIGTERM during a training: the update that runs is finished first; a second Ctrl-C ends it at once."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dlspec.training.run import Run

WATCHED = (signal.SIGINT, signal.SIGTERM)


class Interrupted(KeyboardInterrupt):
    """A training was broken off by a signal, after its state was saved: `run` is what there is of it."""

    def __init__(self, run: Run, number: int) -> None:
        super().__init__(f"interrupted; go on with --resume ({run.path})")
        self.run = run
        self.exit_code = 128 + number


class Interrupt:
    """While it is entered, `number` is the first signal that came; None until then.

    In threads other than the first, where Python lets nobody watch signals, it does nothing.
    """

    def __init__(self) -> None:
        self.number: int | None = None
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Interrupt:
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._received) for number in WATCHED}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _received(self, number: int, frame: FrameType | None) -> None:
        if self.number is not None:
            raise KeyboardInterrupt
        self.number = number

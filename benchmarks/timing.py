"""Times of one thing and of another beside it.

A ratio is that of two things done in turns, so that what slows the machine down slows both. Within a pair each is done
`rounds` times, always alternating, and stands for its median time; the figures of all pairs make the spread.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from statistics import median
from time import perf_counter

from benchmarks.table import Spread

THREADS = 1
"""What every measurement runs on: with more threads the figures depend on what else the machine does."""

PAIRS = 9

Action = Callable[[], object]


def seconds(action: Action, times: int = PAIRS) -> Spread:
    """How long something takes, after once for warming up."""
    action()
    return Spread.of([timed(action) for _ in range(times)])


def ratio(one: Action, other: Action, *, pairs: int = PAIRS, rounds: int = 1) -> Spread:
    """How long `one` takes, in times of the `other`, after once each for warming up."""
    one()
    other()
    return Spread.of([pair(one, other, rounds, turned=bool(place % 2)) for place in range(pairs)])


def pair(one: Action, other: Action, rounds: int, *, turned: bool) -> float:
    """The ratio of a pair; `turned` says which of the two begins, which could matter."""
    times: tuple[list[float], list[float]] = ([], [])
    gc.collect()
    for _ in range(rounds):
        for which in (1, 0) if turned else (0, 1):
            times[which].append(_clocked((one, other)[which]))
    return median(times[0]) / median(times[1])


def timed(action: Action) -> float:
    """The seconds of one call. Garbage of what was before is collected first, so that nobody else pays for it."""
    gc.collect()
    return _clocked(action)


def _clocked(action: Action) -> float:
    start = perf_counter()
    action()
    return perf_counter() - start

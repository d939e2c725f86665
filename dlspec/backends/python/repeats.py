"""Finds chains of equal parts in a list of calls: what becomes a loop."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

LONGEST = 4
"""Calls in one part."""


@dataclass(frozen=True, slots=True)
class Link:
    """A call in a chain. `token` is equal for calls that are the same but for their own weights.

    `linked`: its data is the result of the call before, which nothing else reads. `worth` is how many parts a loop
    must have for this call to be worth one, None where it owns nothing.
    """

    token: Hashable
    linked: bool
    worth: int | None


@dataclass(frozen=True, slots=True)
class Run:
    """`count` equal parts of `length` calls each, from call number `start`."""

    start: int
    length: int
    count: int


def find_runs(links: Sequence[Link | None]) -> list[Run]:
    """The runs, in order; None is a call that cannot be in one. Time grows with the number of calls alone."""
    runs: list[Run] = []
    place = 0
    while place < len(links):
        run = _best(links, place)
        if run is None:
            place += 1
        else:
            runs.append(run)
            place += run.length * run.count
    return runs


def _best(links: Sequence[Link | None], start: int) -> Run | None:
    for length in range(1, LONGEST + 1):
        part = links[start : start + length]
        if len(part) < length or any(link is None for link in part):
            return None
        if any(not link.linked for link in part[1:] if link is not None):
            return None
        worths = [link.worth for link in part if link is not None and link.worth is not None]
        if not worths:
            continue
        count = _count(links, start, length)
        if count >= min(worths):
            return Run(start, length, count)
    return None


def _count(links: Sequence[Link | None], start: int, length: int) -> int:
    """How many times the part stands there in a row."""
    place = start + length
    while place < len(links):
        link, before = links[place], links[place - length]
        if link is None or before is None or not link.linked or link.token != before.token:
            break
        place += 1
    return (place - start) // length

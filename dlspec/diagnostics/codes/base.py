"""What a diagnostic code is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Code:
    """A kind of finding, with its own documentation (shown by `dlspec explain CODE`).

    `id` is DL and three digits, `name` what a reader would call it, `meaning` says what is wrong and why it
    matters; `wrong` and `right` are examples (a snippet of a spec, or a command line).
    """

    id: str
    name: str
    meaning: str
    wrong: str
    right: str
    severity: Severity = "error"

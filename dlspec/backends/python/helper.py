"""What a definition that generated code needs now and then is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Helper:
    """Source of a definition, and the global names in it."""

    source: str
    uses: tuple[str, ...]

"""What a verification found: a row for each check and pair of backends."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """A comparison. `worst` is the difference that is largest for its bound, `where` the tensor or step that has it."""

    check: str
    pair: str
    worst: float
    bound: float
    where: str
    ok: bool


@dataclass(frozen=True, slots=True)
class Verification:
    """All rows, and what could not be compared, with the reason."""

    rows: tuple[Row, ...]
    left_out: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether every bound holds."""
        return all(row.ok for row in self.rows)

    def as_json(self) -> dict[str, Any]:
        """`{"ok", "rows": [{"check", "pair", "worst", "bound", "where", "ok"}]}`."""
        return {"ok": self.ok, "rows": [asdict(row) for row in self.rows]}

"""What a data block has learnt from its training part, as plain data that is saved with the run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from dlspec.diagnostics.codes import data as codes
from dlspec.diagnostics.report import fail

FORMAT = 1
"""The version of the JSON; a newer one is refused."""


class Fitted(BaseModel):
    """What the transforms have learnt, by unit, and what follows from it.

    `units` holds for `standardize` {mean, scale}, `min_max` {low, high}, `impute` {value}, `bucketize` {edges}: a flat
    list with an item for each component (of `edges` a single one where they were given); for `category` {kinds, size},
    for `vocabulary` {kinds, marks, size}.
    `columns` holds the columns of each root, `sizes` the numbers for the names of sizes (`digits.label.classes`),
    `names` the kinds of fields that are categories.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    format: int = FORMAT
    data: str
    columns: dict[str, list[str]]
    units: dict[str, dict[str, Any]]
    sizes: dict[str, int]
    names: dict[str, list[str]]

    def save(self, path: Path) -> None:
        """Write it as JSON."""
        path.write_text(json.dumps(self.model_dump(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Fitted:
        """What `save` wrote."""
        try:
            read = json.loads(path.read_text(encoding="utf-8"))
            newer = isinstance(read, dict) and isinstance(read.get("format"), int) and read["format"] > FORMAT
            if newer:
                message = f"'{path.name}' was saved by a newer version of dlspec (format {read['format']})"
                raise fail(codes.UNREADABLE_DATA, message, help="install a newer dlspec")
            return cls.model_validate(read)
        except (OSError, ValueError, RecursionError, ValidationError) as error:
            message = f"'{path.name}' is no saved preprocessing"
            raise fail(codes.UNREADABLE_DATA, message, help="train again") from error

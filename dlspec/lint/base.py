"""What a rule is: a function from a resolved spec to findings."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from dlspec.diagnostics.report import Diagnostic
from dlspec.ir.resolve import Resolution

Rule = Callable[[Resolution], Iterator[Diagnostic]]

"""All rules, in order."""

from __future__ import annotations

from dlspec.diagnostics.report import Diagnostic
from dlspec.ir.resolve import Resolution
from dlspec.lint.base import Rule
from dlspec.lint.hidden_layer import hidden_layer
from dlspec.lint.no_split import no_split
from dlspec.lint.unused_binding import unused_binding

RULES: tuple[Rule, ...] = (no_split, hidden_layer, unused_binding)


def lint(resolution: Resolution) -> list[Diagnostic]:
    """What the rules find."""
    return [finding for rule in RULES for finding in rule(resolution)]

"""Schedules in Python: the generated `learning_rate`, equal to the catalogue's own functions to the last bit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from dlspec.backends.python.layout import literal
from dlspec.catalog import schedules as catalog
from dlspec.catalog.base import Schedule


def learning_rate_lines(rate: float, phases: Sequence[Schedule]) -> list[str]:
    """The statements of `learning_rate(step, steps_per_epoch)`."""
    text = literal(rate)
    lines: list[str] = []
    lengths = [_length(phase) for phase in phases]
    known = [length for length in lengths if length]
    for place, (phase, length) in enumerate(zip(phases, lengths, strict=True)):
        if isinstance(phase, catalog.Constant) and place == len(phases) - 1:
            return [*lines, f"return {text}"]
        if not length:
            length = "left" if known else "total"
            lines.append(f"{length} = EPOCHS * steps_per_epoch{''.join(f' - {each}' for each in known)}")
        factor, end = _LOWERINGS[type(phase)](phase, length)
        if place == len(phases) - 1:
            return [*lines, *_last(phase, text, length, factor, end)]
        result = text if factor == "1.0" else f"{text} * ({factor})"
        lines += [f"if step < {length}:", f"    return {result}", f"step -= {length}"]
    return [f"return {text}"]


def _last(phase: Schedule, rate: str, length: str, factor: str, end: str) -> list[str]:
    """The last phase, which goes on with its last value, or with its periods."""
    if isinstance(phase, catalog.Restarts):
        grows = [f"    period *= {phase.growth}"] if phase.growth > 1 else []
        loop = [f"period = {length}", "while step >= period:", "    step -= period", *grows]
        return [*loop, f"factor = {factor}", f"return {rate} * factor"]
    if phase.periodic:
        return [f"return {rate} * {factor}"]
    return [f"factor = {factor} if step < {length} else {end}", f"return {rate} * factor"]


def _length(phase: Schedule) -> str:
    if phase.steps is not None:
        return str(phase.steps)
    if phase.epochs is not None:
        return "steps_per_epoch" if phase.epochs == 1 else f"{phase.epochs} * steps_per_epoch"
    return ""


def _part(length: str) -> str:
    """`step / length`, as one factor."""
    return f"step / ({length})" if "*" in length else f"step / {length}"


def _constant(phase: Schedule, length: str) -> tuple[str, str]:
    return "1.0", "1.0"


def _warmup(phase: Schedule, length: str) -> tuple[str, str]:
    assert isinstance(phase, catalog.Warmup)
    rising = _part(length).replace("step", "(step + 1)", 1)
    if phase.start:
        rising = f"{literal(phase.start)} + {literal(1.0 - phase.start)} * ({rising})"
    return rising, "1.0"


def _linear(phase: Schedule, length: str) -> tuple[str, str]:
    assert isinstance(phase, catalog.Linear)
    return f"1.0 + {literal(phase.final - 1.0)} * ({_part(length)})", literal(phase.final)


def _cosine(phase: Schedule, length: str) -> tuple[str, str]:
    assert isinstance(phase, catalog.Cosine)
    return _between(phase.final, f"0.5 * (1.0 + math.cos(math.pi * ({_part(length)})))"), literal(phase.final)


def _polynomial(phase: Schedule, length: str) -> tuple[str, str]:
    assert isinstance(phase, catalog.Polynomial)
    return _between(phase.final, f"(1.0 - {_part(length)}) ** {literal(phase.power)}"), literal(phase.final)


def _restarts(phase: Schedule, length: str) -> tuple[str, str]:
    assert isinstance(phase, catalog.Restarts)
    return _between(phase.final, "0.5 * (1.0 + math.cos(math.pi * (step / period)))"), ""


def _step_decay(phase: Schedule, length: str) -> tuple[str, str]:
    assert isinstance(phase, catalog.StepDecay)
    period = f"({length})" if "*" in length else length
    return f"{literal(phase.factor)} ** (step // {period})", ""


def _exponential(phase: Schedule, length: str) -> tuple[str, str]:
    assert isinstance(phase, catalog.Exponential)
    return f"{literal(phase.factor)} ** ({_part(length)})", ""


def _between(final: float, factor: str) -> str:
    """`final + (1 - final) * factor`."""
    return f"{literal(final)} + {literal(1.0 - final)} * ({factor})" if final else factor


_LOWERINGS: Mapping[type[Schedule], Callable[[Schedule, str], tuple[str, str]]] = {
    catalog.Constant: _constant,
    catalog.Warmup: _warmup,
    catalog.Linear: _linear,
    catalog.Cosine: _cosine,
    catalog.Polynomial: _polynomial,
    catalog.StepDecay: _step_decay,
    catalog.Exponential: _exponential,
    catalog.Restarts: _restarts,
}
"""For each phase its factor (an expression of `step`) and the value at which it stays."""

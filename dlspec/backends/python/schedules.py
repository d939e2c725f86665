"""Schedules in Python: the generated `learning_rate`, equal to the catalogue's own functions to the last bit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from dlspec.backends.python.layout import literal
from dlspec.catalog import schedules as catalog
from dlspec.catalog.base import Schedule


def learning_rate_lines(rate: float, phases: Sequence[Schedule], *, higher: bool = False) -> list[str]:
    """The statements of `learning_rate(step, steps_per_epoch)`; `higher` says which figures a plateau finds better."""
    text = literal(rate)
    lines: list[str] = []
    lengths = [_length(phase) for phase in phases]
    known = [length for length in lengths if length]
    for place, (phase, length) in enumerate(zip(phases, lengths, strict=True)):
        if isinstance(phase, catalog.Constant) and place == len(phases) - 1:
            return [*lines, f"return {text}"]
        if isinstance(phase, catalog.Plateau):
            return [*lines, *_plateau_lines(phase, text, known, higher)]
        last = place == len(phases) - 1
        if not length:
            length = lengths[place] = "left" if known else "total"
            lines.append(f"{length} = {_left(known, guarded=not last or isinstance(phase, catalog.InverseSqrt))}")
        if isinstance(phase, catalog.InverseSqrt):
            factor, end = _root(lengths[:place], f"min(step, {length})" if last else "step"), ""
        else:
            factor, end = _LOWERINGS[type(phase)](phase, length)
        inside = [f"    {line}" for line in _inside(phase, length)]
        if last:
            return [*lines, *_last(phase, text, length, factor, end, inside)]
        result = text if factor == "1.0" else f"{text} * ({factor})"
        lines += [f"if step < {length}:", *inside, f"    return {result}", f"step -= {length}"]
    return [f"return {text}"]


def _left(known: Sequence[str], *, guarded: bool) -> str:
    """What phases of these lengths leave; below 0 a last phase is over at once, but step numbers must not go back."""
    left = f"EPOCHS * steps_per_epoch{''.join(f' - {each}' for each in known)}"
    return f"max(0, {left})" if guarded and known else left


def _last(phase: Schedule, rate: str, length: str, factor: str, end: str, inside: Sequence[str]) -> list[str]:
    """The last phase, which goes on with its last value, or with its periods."""
    if isinstance(phase, catalog.Restarts):
        grows = [f"    period *= {phase.growth}"] if phase.growth > 1 else []
        loop = [f"period = {length}", "while step >= period:", "    step -= period", *grows]
        return [*loop, f"factor = {factor}", f"return {rate} * factor"]
    if phase.periodic or isinstance(phase, catalog.InverseSqrt):
        return [f"return {rate} * {factor}"]
    if inside:
        held = [f"factor = {end}", f"if step < {length}:", *inside, f"    factor = {factor}"]
        return [*held, f"return {rate} * factor"]
    return [f"factor = {factor} if step < {length} else {end}", f"return {rate} * factor"]


def _plateau_lines(phase: catalog.Plateau, rate: str, before: Sequence[str], higher: bool) -> list[str]:
    """A plateau behind phases of these lengths: the epochs count that end after it has begun."""
    figures = f"(seen or {{}}).get({literal(phase.monitor)}, ())"
    if before:
        start = before[0] if len(before) == 1 else f"({' + '.join(before)})"
        figures = f"{figures}[{start} // steps_per_epoch :]"
    factor, _ = _plateau(phase, "")
    better = factor.replace(")", ", higher=True)") if higher else factor
    return [f"figures = {figures}", f"return {rate} * {better}"]


def monitors_of(schedules: Iterable[Sequence[Schedule]]) -> tuple[str, ...]:
    """The figures that plateaus look at."""
    phases = (phase for phases in schedules for phase in phases)
    return tuple(dict.fromkeys(phase.monitor for phase in phases if isinstance(phase, catalog.Plateau)))


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


def _inverse_sqrt(phase: Schedule, length: str) -> tuple[str, str]:
    return _root((), "step"), ""


def _root(before: Sequence[str], step: str) -> str:
    """The factor of `inverse_sqrt` behind phases of these lengths."""
    known = sum(int(each) for each in before if each.isdigit())
    others = [each for each in before if not each.isdigit()]
    if not others:
        return f"math.sqrt({max(1, known)} / ({known + 1} + {step}))"
    first = " + ".join([*others, *([str(known)] if known else [])])
    if "left" in others:
        first = f"max(1, {first})"
    elif " " in first:
        first = f"({first})"
    return f"math.sqrt({first} / ({' + '.join([*others, str(known + 1)])} + {step}))"


def _one_cycle(phase: Schedule, length: str) -> tuple[str, str]:
    assert isinstance(phase, catalog.OneCycle)
    return "low + (1.0 - low) * (0.5 * (1.0 - math.cos(math.pi * share)))", literal(phase.final)


def _inside(phase: Schedule, length: str) -> list[str]:
    """What is worked out for the factor of a phase that is not over."""
    if not isinstance(phase, catalog.OneCycle):
        return []
    count = f"({length})" if "*" in length else length
    falling = f"({length} - 1 - step) / ({length} - 1 - peak)"
    return [
        f"peak = {literal(phase.rise)} * {count} - 1",
        f"low, share = ({literal(phase.start)}, step / peak) if step < peak else ({literal(phase.final)}, {falling})",
    ]


def _step_decay(phase: Schedule, length: str) -> tuple[str, str]:
    assert isinstance(phase, catalog.StepDecay)
    period = f"({length})" if "*" in length else length
    return f"{literal(phase.factor)} ** (step // {period})", ""


def _exponential(phase: Schedule, length: str) -> tuple[str, str]:
    assert isinstance(phase, catalog.Exponential)
    return f"{literal(phase.factor)} ** ({_part(length)})", ""


def _plateau(phase: Schedule, length: str) -> tuple[str, str]:
    assert isinstance(phase, catalog.Plateau)
    return f"plateau(figures, {literal(phase.factor)}, {phase.patience})", ""


def _between(final: float, factor: str) -> str:
    """`final + (1 - final) * factor`."""
    return f"{literal(final)} + {literal(1.0 - final)} * ({factor})" if final else factor


_LOWERINGS: Mapping[type[Schedule], Callable[[Schedule, str], tuple[str, str]]] = {
    catalog.Constant: _constant,
    catalog.Warmup: _warmup,
    catalog.Linear: _linear,
    catalog.Cosine: _cosine,
    catalog.Polynomial: _polynomial,
    catalog.InverseSqrt: _inverse_sqrt,
    catalog.OneCycle: _one_cycle,
    catalog.StepDecay: _step_decay,
    catalog.Exponential: _exponential,
    catalog.Restarts: _restarts,
    catalog.Plateau: _plateau,
}
"""For each phase its factor (an expression of `step`) and the value at which it stays."""

PLATEAU = '''
def plateau(figures: Sequence[float], factor: float, patience: int, *, higher: bool = False) -> float:
    """A factor that falls when more than `patience` epochs have brought no relative improvement of 1e-4."""
    rate, waited = 1.0, 0
    best: float | None = None
    for figure in figures:
        value = -figure if higher else figure
        if math.isfinite(value) and (best is None or value < best - 1e-4 * abs(best)):
            best, waited = value, 0
        else:
            waited += 1
        if waited > patience:
            rate, waited = rate * factor, 0
    return rate
'''
"""The catalogue's `reduced` as generated code has it."""

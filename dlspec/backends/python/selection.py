"""Conditions that pick weights out of all those of a model, as a programmer would write them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from dlspec.backends.python.layout import literal

MOST_PREFIXES = 4
"""With more prefixes than these a list of names is as plain."""


def condition(chosen: Collection[str], dimensions: Mapping[str, int]) -> str:
    """A condition on `name` and `p` that holds for the chosen parameters alone; an empty string where that is all.

    `dimensions` gives every parameter's number of dimensions, by its key in the module.
    """
    chosen = set(chosen)
    rest = dimensions.keys() - chosen
    if not rest:
        return ""
    return (
        _by_dimensions(chosen, rest, dimensions)
        or _by_last_name(chosen, rest, dimensions)
        or _by_common_prefix(chosen, rest)
        or _by_prefix(chosen, rest, dimensions)
        or _by_one_dimension(chosen, rest, dimensions)
        or f"name in {_set_text(chosen, dimensions)}"
    )


def _by_dimensions(chosen: set[str], rest: set[str], dimensions: Mapping[str, int]) -> str:
    if all(dimensions[key] > 1 for key in chosen) and all(dimensions[key] <= 1 for key in rest):
        return "p.ndim > 1"
    if all(dimensions[key] <= 1 for key in chosen) and all(dimensions[key] > 1 for key in rest):
        return "p.ndim <= 1"
    return ""


def _by_one_dimension(chosen: set[str], rest: set[str], dimensions: Mapping[str, int]) -> str:
    inside, outside = {dimensions[key] for key in chosen}, {dimensions[key] for key in rest}
    if not inside & outside:
        for sizes, sign in ((inside, "=="), (outside, "!=")):
            if len(sizes) == 1:
                return f"p.ndim {sign} {sizes.pop()}"
    return ""


def _by_last_name(chosen: set[str], rest: set[str], dimensions: Mapping[str, int]) -> str:
    inside, outside = {_last(key) for key in chosen}, {_last(key) for key in rest}
    if inside & outside or not all("." in key for key in dimensions):
        return ""
    if len(inside) <= len(outside):
        return f"name.endswith({_either(f'.{last}' for last in sorted(inside))})"
    return f"not name.endswith({_either(f'.{last}' for last in sorted(outside))})"


def _by_common_prefix(chosen: set[str], rest: set[str]) -> str:
    for names, others, test in ((chosen, rest, "name.startswith"), (rest, chosen, "not name.startswith")):
        prefix = _common(names)
        if prefix and not any(key.startswith(prefix) for key in others):
            return f"{test}({literal(prefix)})"
    return ""


def _common(names: set[str]) -> str:
    """What all names begin with, up to the end of a word."""
    low, high = min(names), max(names)
    length = next((place for place, (a, b) in enumerate(zip(low, high, strict=False)) if a != b), len(low))
    return low[: max(low.rfind(".", 0, length), low.rfind("_", 0, length)) + 1]


def _by_prefix(chosen: set[str], rest: set[str], dimensions: Mapping[str, int]) -> str:
    inside, outside = _prefixes(chosen, rest, dimensions), _prefixes(rest, chosen, dimensions)
    best = min((each for each in (inside, outside) if each), key=len, default=())
    if not 0 < len(best) <= MOST_PREFIXES:
        return ""
    return f"{'' if best == inside else 'not '}name.startswith({_either(best)})"


def _prefixes(chosen: set[str], rest: set[str], dimensions: Mapping[str, int]) -> tuple[str, ...]:
    """The fewest dotted prefixes that cover the chosen keys and no other; empty where some key has none."""
    found: list[str] = []
    taken = {prefix for key in rest for prefix in _all_prefixes(key)}
    for key in dimensions:
        if key in chosen and not key.startswith(tuple(found)):
            prefix = next((each for each in _all_prefixes(key) if each not in taken), None)
            if prefix is None:
                return ()
            found.append(prefix)
    return tuple(found)


def _all_prefixes(key: str) -> list[str]:
    parts = key.split(".")
    return [".".join(parts[:length]) + "." for length in range(1, len(parts))]


def _last(key: str) -> str:
    return key.rpartition(".")[2]


def _either(texts: Iterable[str]) -> str:
    several = tuple(texts)
    return literal(several[0]) if len(several) == 1 else literal(several)


def _set_text(chosen: set[str], dimensions: Mapping[str, int]) -> str:
    return "{" + ", ".join(literal(key) for key in dimensions if key in chosen) + "}"

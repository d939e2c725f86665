"""Weights of a model that fulfil conditions, in Keras: by their names in the spec."""

from __future__ import annotations


def chosen(*conditions: str) -> str:
    """The weights that fulfil the conditions, one by one: `p for p in parameters(model).values() if p.ndim > 1`."""
    held = [each for each in conditions if each]
    by_name = any("name" in each for each in held)
    source = "name, p in parameters(model).items()" if by_name else "p in parameters(model).values()"
    return f"p for {source}" + (f" if {' and '.join(held)}" if held else "")


def chosen_list(*conditions: str) -> str:
    """The same as a list."""
    return f"[{chosen(*conditions)}]" if any(conditions) else "list(parameters(model).values())"

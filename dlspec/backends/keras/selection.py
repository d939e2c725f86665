"""Weights of a model that fulfil conditions, in Keras: by their names in the spec."""

from __future__ import annotations


def source(*, named: bool) -> str:
    """What a loop over the weights begins with, behind `for`."""
    return "name, p in parameters(model).items()" if named else "p in parameters(model).values()"


def chosen(*conditions: str, named: bool = False) -> str:
    """The weights that fulfil the conditions, one by one: `p for p in parameters(model).values() if p.ndim > 1`.

    Each comes with its `name` where a condition has that, or `named` asks for it.
    """
    held = [each for each in conditions if each]
    by_name = named or any("name" in each for each in held)
    return f"p for {source(named=by_name)}" + (f" if {' and '.join(held)}" if held else "")


def chosen_list(*conditions: str) -> str:
    """The same as a list."""
    return f"[{chosen(*conditions)}]" if any(conditions) else "list(parameters(model).values())"

"""Parameters of a model that fulfil conditions, in PyTorch."""

from __future__ import annotations


def generator(model: str, *conditions: str) -> str:
    """The parameters that fulfil the conditions, one by one: `p for p in model.parameters() if p.ndim > 1`."""
    held = [each for each in conditions if each]
    by_name = any("name" in each for each in held)
    source = f"name, p in {model}.named_parameters()" if by_name else f"p in {model}.parameters()"
    return f"p for {source}" + (f" if {' and '.join(held)}" if held else "")

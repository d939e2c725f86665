"""Functions of generated code that take canonical weights in and give them out again."""

from __future__ import annotations

from collections.abc import Mapping

from dlspec.backends.keras.common import split_path

VARIABLE = '''
def variable(model: Any, path: str) -> Any:
    """The variable at a path of attributes and places in lists."""
    found = model
    for name in path.split("."):
        found = found[int(name)] if name.isdigit() else getattr(found, name)
    return found
'''

LOAD = '''
def load_weights(model: keras.Model, arrays: Mapping[str, np.ndarray]) -> None:
    """Set weights and running statistics by name, channels first; an unknown name or another shape is an error."""
    for name, array in arrays.items():
        path, layout = WEIGHTS[name]
        own = variable(model, path)
        before = keras.ops.convert_to_numpy(own)
        shape = from_keras(before, layout).shape
        if shape != array.shape:
            raise ValueError(f"{name} has the shape {shape}, not {array.shape}")
        own.assign(to_keras(array, layout, before))
'''

READ = '''
def read_weights(model: keras.Model) -> dict[str, np.ndarray]:
    """Copies of all weights and running statistics by name, channels first."""
    return {
        name: np.array(from_keras(keras.ops.convert_to_numpy(variable(model, path)), layout))
        for name, (path, layout) in WEIGHTS.items()
    }
'''

SWAP = '''
def swap_gates(array: np.ndarray) -> np.ndarray:
    """The first two of three gates exchanged: Keras has the update gate first."""
    return array.reshape(3, -1, *array.shape[1:])[[1, 0, 2]].reshape(array.shape)
'''

SWAPPED = ("gates", "input_bias", "state_bias")
ROWS = {"input_bias": 0, "state_bias": 1}


def weights_functions(weights: Mapping[str, str]) -> list[str]:
    """`load_weights`, `read_weights`, and what they need, for the layouts that there are."""
    layouts = {split_path(path)[1] for path in weights.values()}
    swap = [SWAP] if layouts & set(SWAPPED) else []
    return [VARIABLE, *swap, _to_keras(layouts), _from_keras(layouts), LOAD, READ]


def _to_keras(layouts: set[str]) -> str:
    lines = [
        "def to_keras(array: np.ndarray, layout: str, before: np.ndarray) -> np.ndarray:",
        '    """What a variable holds for an array that has the outputs first; `before` is what it held."""',
    ]
    if layouts & set(SWAPPED):
        lines += [f"    if layout in {_set(SWAPPED, layouts)}:", "        array = swap_gates(array)"]
    for name, row in ROWS.items():
        if name in layouts:
            both = "[array, before[1]]" if row == 0 else "[before[0], array]"
            lines += [f'    if layout == "{name}":', f"        return np.stack({both})"]
    return "\n".join([*lines, *_end("array", layouts, "(0, 1), (-1, -2)", ".reshape(before.shape)")])


def _from_keras(layouts: set[str]) -> str:
    lines = [
        "def from_keras(array: np.ndarray, layout: str) -> np.ndarray:",
        '    """What a variable holds, with the outputs first."""',
    ]
    for name, row in ROWS.items():
        if name in layouts:
            lines += [f'    if layout == "{name}":', f"        return swap_gates(array[{row}])"]
    if "depthwise" in layouts:
        lines += ['    if layout == "depthwise":', "        array = array.reshape(*array.shape[:-2], 1, -1)"]
    moved = "np.moveaxis(array, (-1, -2), (0, 1))"
    if "gates" in layouts:
        lines += ['    if layout == "gates":', f"        return swap_gates({moved})"]
    kernels = [name for name in ("kernel", "depthwise") if name in layouts]
    if kernels:
        return "\n".join([*lines, f"    return {moved} if layout in {_set(kernels, layouts)} else array"])
    return "\n".join([*lines, "    return array"])


def _end(array: str, layouts: set[str], axes: str, shape: str) -> list[str]:
    kernels = [name for name in ("kernel", "depthwise", "gates") if name in layouts]
    if not kernels:
        return [f"    return {array}"]
    return [f"    return np.moveaxis({array}, {axes}){shape} if layout in {_set(kernels, layouts)} else {array}"]


def _set(names: object, layouts: set[str]) -> str:
    inside = ", ".join(f'"{name}"' for name in names if name in layouts)  # type: ignore[attr-defined]
    return f"{{{inside}}}"

"""The data sets of `builtin`: their columns, known without loading them, and how they are loaded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dlspec.tensor import Element, TensorType

if TYPE_CHECKING:
    import numpy as np

    Columns = dict[str, np.ndarray[Any, np.dtype[Any]]]


@dataclass(frozen=True, slots=True)
class DataSet:
    """What a data set holds, one number or word for each column and row; `load` gives the columns as arrays."""

    columns: Mapping[str, TensorType]
    load: Callable[[], Columns]


def _columns(**names: Element) -> dict[str, TensorType]:
    return {name: TensorType(element, ()) for name, element in names.items()}


def _floats(names: tuple[str, ...]) -> dict[str, TensorType]:
    return dict.fromkeys(names, TensorType("float", ()))


_PIXELS = tuple(f"pixel_{row}_{column}" for row in range(8) for column in range(8))
_IRIS = ("sepal_length", "sepal_width", "petal_length", "petal_width")
_WINE = (
    "alcohol", "malic_acid", "ash", "alcalinity_of_ash", "magnesium", "total_phenols", "flavanoids",
    "nonflavanoid_phenols", "proanthocyanins", "color_intensity", "hue", "od280_od315", "proline",
)  # fmt: skip
_NUCLEUS = (
    "radius", "texture", "perimeter", "area", "smoothness", "compactness", "concavity", "concave_points", "symmetry",
    "fractal_dimension",
)  # fmt: skip
_CANCER = (
    *(f"mean_{name}" for name in _NUCLEUS),
    *(f"{name}_error" for name in _NUCLEUS),
    *(f"worst_{name}" for name in _NUCLEUS),
)
_DIABETES = ("age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6")


def _sklearn(loader: str, names: tuple[str, ...], target: str, *, words: bool = False) -> Callable[[], Columns]:
    """Scikit-learn's set of that name: its features under `names`, its target as `target` (by its words) and `target`.

    Whole class numbers stay whole.
    """

    def load() -> Columns:
        import numpy as np
        from sklearn import datasets

        bunch = getattr(datasets, loader)()
        columns = {name: np.ascontiguousarray(values) for name, values in zip(names, bunch.data.T, strict=True)}
        columns[target] = np.asarray(bunch.target_names, dtype=object)[bunch.target] if words else bunch.target
        return columns | {"target": bunch.target}

    return load


def _sunspots() -> Columns:
    import numpy as np
    from statsmodels.datasets import sunspots

    frame = sunspots.load_pandas().data
    return {
        "year": frame["YEAR"].to_numpy().astype(np.int64),
        "sunspots": frame["SUNACTIVITY"].to_numpy().astype(np.float64),
    }


def _co2() -> Columns:
    import numpy as np
    from statsmodels.datasets import co2

    frame = co2.load_pandas().data
    days = frame.index.to_numpy().astype("datetime64[D]")
    return {"date": days.astype(str).astype(object), "co2": frame["co2"].to_numpy().astype(np.float64)}


DATA_SETS: dict[str, DataSet] = {
    "digits": DataSet(
        _floats(_PIXELS) | _columns(digit="int", target="int"), _sklearn("load_digits", _PIXELS, "digit")
    ),
    "iris": DataSet(
        _floats(_IRIS) | _columns(species="string", target="int"),
        _sklearn("load_iris", _IRIS, "species", words=True),
    ),
    "wine": DataSet(_floats(_WINE) | _columns(cultivar="int", target="int"), _sklearn("load_wine", _WINE, "cultivar")),
    "breast_cancer": DataSet(
        _floats(_CANCER) | _columns(diagnosis="string", target="int"),
        _sklearn("load_breast_cancer", _CANCER, "diagnosis", words=True),
    ),
    "diabetes": DataSet(
        _floats(_DIABETES) | _columns(progression="float", target="float"),
        _sklearn("load_diabetes", _DIABETES, "progression"),
    ),
    "sunspots": DataSet(_columns(year="int", sunspots="float"), _sunspots),
    "co2": DataSet(_columns(date="string", co2="float"), _co2),
}

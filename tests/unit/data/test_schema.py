"""Columns of sources, from headers."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from dlspec.catalog.sources import Builtin, Csv, Npz
from dlspec.data.builtin import DATA_SETS
from dlspec.data.load import load
from dlspec.data.schema import schema, select
from dlspec.diagnostics.report import DlspecError
from dlspec.tensor import TensorType

REPOSITORY = Path(__file__).parents[3]


@pytest.mark.parametrize("name", DATA_SETS)
def test_a_builtin_set_has_the_columns_that_are_known_of_it(name: str, tmp_path: Path) -> None:
    known = schema(Builtin(name=name), tmp_path)
    columns = load(Builtin(name=name), tmp_path, ["*"])
    kinds = {"f": "float", "i": "int", "O": "string"}
    assert {column: TensorType(kinds[v.dtype.kind], v.shape[1:]) for column, v in columns.items()} == known  # type: ignore[arg-type]
    assert len({len(values) for values in columns.values()}) == 1


def test_builtin_rows_are_those_that_are_published(tmp_path: Path) -> None:
    counts = {name: len(next(iter(load(Builtin(name=name), tmp_path, ["*"]).values()))) for name in DATA_SETS}
    assert counts == {
        "digits": 1797, "iris": 150, "wine": 178, "breast_cancer": 569, "diabetes": 442, "sunspots": 309, "co2": 2284,
    }  # fmt: skip


def test_pixels_are_row_major(tmp_path: Path) -> None:
    from sklearn.datasets import load_digits

    names = select(schema(Builtin(name="digits"), tmp_path), "pixel_*")
    columns = load(Builtin(name="digits"), tmp_path, ["pixel_*"])
    image = np.stack([columns[name][5] for name in names]).reshape(8, 8)
    np.testing.assert_array_equal(image, load_digits().images[5])


def test_csv_columns_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('\ufeff"name, first",age\nx,1\n', encoding="utf-8")
    assert schema(Csv(path="a.csv"), tmp_path) == {"name, first": TensorType("any", ()), "age": TensorType("any", ())}


def test_npz_types_and_shapes(tmp_path: Path) -> None:
    np.savez_compressed(
        tmp_path / "a.npz",
        image=np.zeros((3, 1, 8, 8), np.uint8),
        fortran=np.asfortranarray(np.zeros((3, 2), np.float32)),
        flag=np.zeros(3, bool),
        word=np.array(["a", "bc", "d"]),
        version=np.array(3),
    )
    assert schema(Npz(path="a.npz"), tmp_path) == {
        "image": TensorType("int", (1, 8, 8)),
        "fortran": TensorType("float", (2,)),
        "flag": TensorType("bool", ()),
        "word": TensorType("string", ()),
    }


def test_select_keeps_file_order_and_takes_only_stars() -> None:
    columns = dict.fromkeys(["p_2", "p_10", "p_1", "q", "a.b", "axb", "p["])
    assert select(columns, "p_*") == ["p_2", "p_10", "p_1"]
    assert select(columns, "a.b") == ["a.b"]
    assert select(columns, "a.*") == ["a.b"]
    assert select(columns, "p[*") == ["p["]
    assert select(columns, "*1*") == ["p_10", "p_1"]


def message(error: pytest.ExceptionInfo[DlspecError]) -> tuple[str, str, str]:
    (found,) = error.value.diagnostics
    return found.code.id, found.message, found.help


@pytest.mark.parametrize(
    ("path", "code", "help"),
    [
        ("houzes.csv", "DL402", "did you mean 'houses.csv'?"),
        ("zzz.csv", "DL402", "the folder has houses.csv"),
        ("nowhere/houses.csv", "DL402", "no folder 'nowhere'"),
        (".", "DL402", ""),
        ("../outside.csv", "DL403", "under the folder"),
        ("/etc/passwd", "DL403", "under the folder"),
        ("link.csv", "DL403", "under the folder"),
        ("a/../../outside.csv", "DL403", "under the folder"),
        ("hou\0ses.csv", "DL402", "file's name"),
        ("x" * 5000, "DL402", ""),
    ],
)
def test_paths(path: str, code: str, help: str, tmp_path: Path) -> None:
    folder = tmp_path / "spec"
    folder.mkdir()
    (folder / "houses.csv").write_text("a\n1\n", encoding="utf-8")
    (tmp_path / "outside.csv").write_text("a\n1\n", encoding="utf-8")
    (folder / "link.csv").symlink_to(tmp_path / "outside.csv")
    with pytest.raises(DlspecError) as error:
        schema(Csv(path=path), folder)
    assert message(error)[0] == code
    assert help in message(error)[2]


def test_a_path_outside_may_be_allowed_and_a_root_lies_above(tmp_path: Path) -> None:
    (tmp_path / "spec").mkdir()
    (tmp_path / "a.csv").write_text("a\n1\n", encoding="utf-8")
    assert list(schema(Csv(path="../a.csv"), tmp_path / "spec", allow_outside=True)) == ["a"]
    assert list(schema(Csv(path="../a.csv"), tmp_path / "spec", root=tmp_path)) == ["a"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"\x89PNG\r\n\x1a\n\xff\xd8\xff", "UTF-8"),
        (b"a\0b,c\n1,2\n", "no text"),
        (b"a,b,a\n1,2,3\n", "'a' twice"),
        (b'"a,b\n1,2\n', "end of data"),
        (b'"a"x,b\n', "expected after"),
        (b"a" * (1 << 21), "field larger"),
        (b"a," * (1 << 23) + b"b", "does not end"),
    ],
)
def test_bad_csv_headers(content: bytes, words: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(DlspecError) as error:
        schema(Csv(path="a.csv"), tmp_path)
    assert message(error)[0] == "DL404"
    assert words in message(error)[1]


def broken_npz(path: Path, kind: str) -> None:
    if kind == "text":
        path.write_text("no archive", encoding="utf-8")
    elif kind == "objects":
        np.savez(path, a=np.array([{}, None], dtype=object))
    elif kind == "complex":
        np.savez(path, a=np.zeros(3, complex))
    elif kind == "nothing":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("readme.txt", "x")
    else:
        np.savez(path, a=np.arange(10))
        whole = path.read_bytes()
        with zipfile.ZipFile(path) as archive:
            array = archive.read("a.npy")
        changed = {
            "short": array[:-8],
            "bomb": array.replace(b"(10,)", b"(9**9,)"),
            "huge": array.replace(b"(10,), ", b"(99999999999,), "),
            "junk": b"\x93NUMPY\x01\x00\xff\xff" + b"[" * 70000,
            "magic": b"garbage" * 20,
        }
        if kind == "cut":
            path.write_bytes(whole[: len(whole) // 2])
            return
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("a.npy", changed[kind])


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("text", "no archive"),
        ("objects", "Python objects"),
        ("complex", "<c16"),
        ("nothing", "no arrays"),
        ("short", "damaged"),
        ("bomb", "damaged"),
        ("huge", "damaged"),
        ("junk", "damaged"),
        ("magic", "damaged"),
        ("cut", "no archive"),
    ],
)
def test_bad_archives(kind: str, words: str, tmp_path: Path) -> None:
    broken_npz(tmp_path / "a.npz", kind)
    with pytest.raises(DlspecError) as error:
        schema(Npz(path="a.npz"), tmp_path)
    assert message(error)[0] == "DL404"
    assert words in message(error)[1]


def test_unknown_names() -> None:
    with pytest.raises(DlspecError) as error:
        schema(Builtin(name="digit"), Path())
    assert message(error)[::2] == ("DL401", "did you mean 'digits'?")
    with pytest.raises(DlspecError) as error:
        select({"age": 1, "city": 2}, "agee")
    assert message(error)[::2] == ("DL405", "did you mean 'age'?")
    with pytest.raises(DlspecError) as error:
        select({"pixel_0": 1}, "pixle_*")
    assert message(error)[::2] == ("DL405", "did you mean 'pixel_0'?")


def test_headers_are_read_without_numpy(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=np.zeros((3, 2)))
    code = (
        "import sys; from pathlib import Path; from dlspec.catalog.sources import Builtin, Npz;"
        "from dlspec.data.schema import schema; schema(Builtin(name='digits'), Path());"
        f"schema(Npz(path='a.npz'), Path({str(tmp_path)!r}));"
        "print(sorted({'numpy', 'pandas', 'sklearn', 'statsmodels'} & set(sys.modules)))"
    )
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

"""The bundled library: what its files declare, in full size, and small on every backend."""

from __future__ import annotations

from pathlib import Path

import pytest

import dlspec
from dlspec.diagnostics.span import SourceFile
from dlspec.ir.files import LIBRARY
from dlspec.ir.summary import summarize
from dlspec.pipeline import check, resolve
from dlspec.syntax.printer import format_source
from dlspec.syntax.source import read_source
from dlspec.training.verify.measure import verify_spec
from tests.unit.library.small import SMALL

FILES = sorted(LIBRARY.rglob("*.dl"))

QUICK = (
    "lenet5", "alexnet", "vgg11", "googlenet", "unet", "vit_tiny", "llama", "bilstm_tagger", "rnn_forecaster",
    "lstm_forecaster", "gru_forecaster", "tcn", "mlp", "wide_and_deep", "ft_transformer", "autoencoder", "vae",
    "dcgan_generator", "dcgan_discriminator",
)  # fmt: skip
"""What is verified in a few seconds each, even on a busy machine; the rest is verified by `make test-all`."""


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(LIBRARY)))
def test_a_file_is_right_and_formatted(path: Path) -> None:
    source = read_source(path, str(path))
    assert list(check(path, source=source).report) == []
    assert format_source(source) == source.text


def test_every_model_of_the_library_has_a_small_one() -> None:
    declared = set()
    for path in LIBRARY.glob("*.dl"):
        declared |= set(resolve(path).program.models)
    assert declared == set(SMALL)


@pytest.mark.parametrize("name", SMALL)
def test_a_model_is_imported_from_any_folder_and_compiles(name: str, tmp_path: Path) -> None:
    path = tmp_path / "spec.dl"
    path.write_text(SMALL[name].spec(name), encoding="utf-8")
    spec = dlspec.load(path)
    assert not [found for found in spec.check() if found.severity == "error"]
    for target in ("torch", "keras", "onnx"):
        assert spec.compile(target)


@pytest.mark.parametrize(
    "name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in SMALL]
)
def test_a_model_means_the_same_everywhere(name: str) -> None:
    pytest.importorskip("tensorflow")
    found = verify_spec(Path("spec.dl"), source=SourceFile("spec.dl", SMALL[name].spec(name)))
    assert found.left_out == ()
    assert [row for row in found.rows if not row.ok] == []


def test_an_import_alone_is_about_what_it_imports(tmp_path: Path) -> None:
    path = tmp_path / "spec.dl"
    path.write_text("from std.vision import resnet18 as small, lenet5\n", encoding="utf-8")
    program = resolve(path).program
    assert {name: summarize(program, name).parameters for name in program.models} == {
        "small": 11_689_512,
        "lenet5": 61_706,
    }

"""What is compared, and what is said of the rest."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dlspec.catalog.base import Weight
from dlspec.catalog.initializers import Zeros
from dlspec.diagnostics.codes import runtime as codes
from dlspec.diagnostics.report import DlspecError
from dlspec.diagnostics.span import SourceFile
from dlspec.training.verify import engines as engines_module
from dlspec.training.verify.engines import Engines, installed
from dlspec.training.verify.measure import verify_spec
from dlspec.training.verify.subjects import moved, subjects_of_spec
from dlspec.training.verify.table import Verification
from tests.unit.ir.specs import ACCEPTANCE
from tests.unit.verify.planted import verified

TORCH_AND_ONNX = Engines(("torch", "onnx"))


def found(text: str, folder: Path = ACCEPTANCE) -> Verification:
    return verify_spec(folder / "spec.dl", source=SourceFile("spec.dl", text), engines=TORCH_AND_ONNX)


def checks(verification: Verification) -> set[tuple[str, str]]:
    return {(row.check, row.where.partition(":")[0]) for row in verification.rows}


def test_models_by_their_defaults_and_by_train_headers() -> None:
    verification = verified((ACCEPTANCE / "vae.dl").read_text())
    assert verification.ok
    models = {(check, name) for check in ("forward", "gradient") for name in ("encoder", "decoder", "vae")}
    assert checks(verification) == models | {("steps", "vae"), ("metrics", "vae")}


def test_a_model_whose_sizes_come_from_data_is_compared_both_ways() -> None:
    verification = found((ACCEPTANCE / "matrix_factorisation.dl").read_text())
    assert verification.ok
    assert checks(verification) == {
        ("forward", "factors by its defaults"),
        ("forward", "factors"),
        ("metrics", "factors"),
    }


def test_onnx_takes_part_in_what_it_can_do() -> None:
    verification = found((ACCEPTANCE / "conditional_gan.dl").read_text())
    assert verification.ok
    assert {row.pair for row in verification.rows} == {"PyTorch and ONNX, float32"}
    assert {row.check for row in verification.rows} == {"forward", "metrics"}


def test_missing_data_leaves_the_models(tmp_path: Path) -> None:
    verification = found((ACCEPTANCE / "matrix_factorisation.dl").read_text(), tmp_path)
    assert verification.ok
    assert checks(verification) == {("forward", "factors")}
    assert verification.left_out == ("the training: there is no file 'data/ratings.csv'",)


def test_random_numbers_stand_for_data_that_nothing_here_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(*arguments: object, **options: object) -> None:
        raise codes_fail()

    monkeypatch.setattr("dlspec.training.verify.subjects.prepared_for", absent)
    verification = found((ACCEPTANCE / "lenet5.dl").read_text())
    assert verification.ok
    assert ("metrics", "lenet5") in checks(verification)
    assert verification.left_out == ("the data of lenet5 (no scikit-learn): random numbers stand for it",)


def codes_fail() -> DlspecError:
    from dlspec.diagnostics.report import fail

    return fail(codes.MISSING_BACKEND, "no scikit-learn")


def test_what_cannot_be_compared_is_named() -> None:
    verification = found("model still { input x: float[3]\n output y = x -> relu }")
    assert verification.rows == ()
    assert verification.left_out == (
        "still: no gradient of an output reaches a weight, so it has nothing to be verified by",
    )


def test_a_wrong_spec_is_refused() -> None:
    with pytest.raises(DlspecError, match="desne"):
        found("model net { input x: float[3]\n output y = x -> desne(3) }")


def test_one_backend_is_not_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines_module, "find_spec", lambda name: None if name != "torch" else object())
    assert installed()[0] == ("torch",)
    assert [text.partition(":")[0] for text in installed()[1]] == ["Keras", "ONNX"]
    with pytest.raises(DlspecError, match="only PyTorch is installed") as error:
        verify_spec(ACCEPTANCE / "xor_mlp.dl")
    assert error.value.diagnostics[0].code is codes.MISSING_BACKEND


def test_weights_that_are_constant_are_moved_and_padding_stays() -> None:
    start = {
        "bias": np.zeros(4, np.float32),
        "table": np.zeros((3, 2), np.float32),
        "kernel": np.arange(4, dtype=np.float32),
    }
    declared = {
        "bias": Weight("bias", (4,), Zeros(), "bias"),
        "table": Weight("weight", (3, 2), Zeros(), zero_row=1),
        "kernel": Weight("weight", (4,), Zeros()),
    }
    after = moved(start, declared)
    assert len(np.unique(after["bias"])) == 4
    assert (after["table"][1] == 0).all()
    assert (after["table"][0] != 0).all()
    np.testing.assert_array_equal(after["kernel"], start["kernel"])
    assert (start["table"] == 0).all()


def test_training_begins_at_the_initial_weights() -> None:
    (subject,) = subjects_of_spec(ACCEPTANCE / "lenet5.dl").subjects
    assert subject.fields is not None
    assert subject.held_out is not None
    assert set(subject.fields) == {"image", "label"}
    assert len(subject.held_out["image"]) < len(subject.fields["image"])
    np.testing.assert_array_equal(subject.start["c1.conv.weight"], subject.weights["c1.conv.weight"])

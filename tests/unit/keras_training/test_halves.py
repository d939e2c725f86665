"""Weights that Keras keeps in one variable: a setting that means one of them alone is refused, never done to both."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlspec.backends.keras.emit import emit_models
from dlspec.diagnostics.report import DlspecError
from dlspec.training.backends import emitted
from tests.conformance.one_layer import LENGTHS, cases, fixed_layer, fixed_type, one_layer
from tests.unit.keras_training.programs import opened
from tests.unit.train_settings.specs import SERIES, compiled, written

REFUSED = {
    "optimizer": 'optimizer sgd(lr=0.1), on="*.bias_hh"',
    "rate": 'rate "*.bias_ih", 0.5',
    "freeze": 'freeze "*.gru.bias_hh"',
    "freeze ": 'freeze "*.bias_ih", until=1; freeze "*.bias_hh", until=2',
    "penalty": 'penalty l2(0.1), on="*.bias_ih"',
    "penalty ": 'penalty l2(0.1), on="*.bias_ih"; penalty l2(0.1), on="*.bias_hh"',
    "constraint": 'constraint non_negative, on="*.bias_hh"',
}
TAKEN = [
    "",
    'freeze "*.gru.*"',
    'freeze "*.bias_ih"; freeze "*.bias_hh"',
    'rate "*.bias*", 0.5',
    'rate "*.bias_ih", 0.5; rate "*.bias_hh", 0.5',
    'optimizer sgd(lr=0.1), on="*.bias*"',
    'penalty l2(0.1), on="*.gru.*"',
    'constraint non_negative, on="*.bias_*"',
    'freeze "*.weight_hh"; rate "*.weight_ih", 0.5',
]


@pytest.mark.parametrize("setting", REFUSED)
def test_half_a_variable_is_refused(setting: str, tmp_path: Path) -> None:
    program, training = compiled(written(tmp_path, SERIES, REFUSED[setting]))
    assert emitted("torch", program, training)
    with pytest.raises(DlspecError) as caught:
        emitted("keras", program, training)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code.id == "DL706"
    assert f"'p.gru.bias_ih' from 'p.gru.bias_hh' in `{setting.strip()}`" in diagnostic.message
    assert diagnostic.help is not None
    assert "torch" in diagnostic.help


@pytest.mark.parametrize("settings", TAKEN)
def test_whole_variables_are_not(settings: str, tmp_path: Path) -> None:
    program, training = compiled(written(tmp_path, SERIES, settings))
    assert "def fit" in emitted("keras", program, training)


def test_each_half_is_loaded_by_itself(tmp_path: Path) -> None:
    session: Any = opened(tmp_path, *compiled(written(tmp_path, SERIES)))
    before = session.weights()
    for name in ("p.gru.bias_hh", "p.gru.bias_ih"):
        new = np.arange(12.0)
        session.load_weights({name: new})
        before |= {name: new}
        after = session.weights()
        for each, value in before.items():
            np.testing.assert_array_equal(after[each], value, err_msg=each)


def test_only_the_gru_has_two_in_one() -> None:
    found = set()
    for each in cases():
        sizes = LENGTHS[0]
        inputs = tuple(fixed_type(type, sizes) for type in each.inputs)
        case = type(each)(each.name, fixed_layer(each.layer, sizes), inputs, each.outputs)
        program = one_layer(case)
        paths = list(emit_models(program, [program.models["net"]]).models[program.models["net"]].weights.values())
        places = [path.partition(":")[0] for path in paths]
        if len(places) > len(set(places)):
            found.add(case.name)
    assert found == {"gru"}

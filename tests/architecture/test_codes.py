"""Every diagnostic code is documented, has a place of its own and a golden case."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType

import pytest

from dlspec.diagnostics.codes import all_codes, data, files, lint, names, runtime, shapes, syntax, training
from dlspec.diagnostics.codes.base import Code

GROUPS: dict[str, ModuleType] = {
    "DL1": syntax,
    "DL2": names,
    "DL3": shapes,
    "DL4": data,
    "DL5": training,
    "DL6": files,
    "DL7": runtime,
    "DL8": lint,
}
DECLARED: list[tuple[str, Code]] = [(prefix, code) for prefix, group in GROUPS.items() for code in group.CODES]
WITHOUT_A_CASE = {"DL704": "no command takes a model's file: tests/unit/onnx/test_runtime.py has it"}
CASES = Path(__file__).parents[1] / "diagnostics" / "cases"
each_code = pytest.mark.parametrize(("prefix", "code"), DECLARED, ids=[code.id for _, code in DECLARED])


@pytest.mark.parametrize("attribute", ["id", "name"])
def test_ids_and_names_are_unique(attribute: str) -> None:
    values = [getattr(code, attribute) for _, code in DECLARED]
    assert sorted(values) == sorted(set(values))


def test_all_codes_are_the_declared_ones() -> None:
    assert all_codes() == {code.id: code for _, code in DECLARED}


@pytest.mark.parametrize("group", GROUPS.values(), ids=GROUPS)
def test_every_code_of_a_module_is_in_its_tuple(group: ModuleType) -> None:
    assert {id(value) for value in vars(group).values() if isinstance(value, Code)} == {id(c) for c in group.CODES}


@each_code
def test_id_is_in_the_range_of_its_group(prefix: str, code: Code) -> None:
    assert re.fullmatch(rf"{prefix}\d\d", code.id)


@each_code
def test_code_is_documented(prefix: str, code: Code) -> None:
    assert all(text.strip() for text in (code.name, code.meaning, code.wrong, code.right))
    assert code.wrong != code.right


@each_code
def test_code_has_a_golden_case(prefix: str, code: Code) -> None:
    if code.id in WITHOUT_A_CASE:
        return
    assert any(case.is_dir() for case in CASES.glob(f"{code.id}_*")), f"tests/diagnostics/cases/{code.id}_… is missing"


def test_every_golden_case_belongs_to_a_code() -> None:
    assert {case.name.split("_")[0] for case in CASES.iterdir()} <= set(all_codes())

"""Every sample of the data families has the shapes worked out by hand, every bad one is refused in its words."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from pydantic import ValidationError

from dlspec.catalog.base import BadSample, Entry, Layer, Misfit, Sample
from dlspec.catalog.dump import dump_entry
from dlspec.catalog.index import FAMILIES, find, load_entry

KINDS = ("source", "root", "transform", "augmentation", "data setting")


def uses(table: str) -> list[Any]:
    found = []
    for kind in KINDS:
        for family, names in FAMILIES[kind].items():
            samples = getattr(import_module(f"dlspec.catalog.samples.{family}"), table)
            for name in names:
                cases = enumerate(samples.get(name, ()))
                found += [pytest.param(kind, name, use, id=f"{name}-{number}") for number, use in cases]
    return found


def made(kind: str, name: str, arguments: dict[str, Any]) -> Entry:
    cls = find(kind, name)
    assert cls is not None
    entry = cls.model_validate(arguments)
    entry.check()
    return entry


def used(kind: str, name: str, bad: BadSample) -> None:
    entry = made(kind, name, bad.arguments)
    assert isinstance(entry, Layer)
    entry.infer(*bad.inputs)


@pytest.mark.parametrize(("kind", "name", "sample"), uses("SAMPLES"))
def test_sample(kind: str, name: str, sample: Sample) -> None:
    entry = made(kind, name, sample.arguments)
    assert load_entry(dump_entry(entry)) == entry
    if isinstance(entry, Layer):
        results = entry.infer(*sample.inputs)
        assert tuple(each.shape for each in (results if isinstance(results, tuple) else (results,))) == sample.outputs


@pytest.mark.parametrize(("kind", "name", "bad"), uses("BAD_SAMPLES"))
def test_bad_sample(kind: str, name: str, bad: BadSample) -> None:
    with pytest.raises((Misfit, ValidationError)) as caught:
        used(kind, name, bad)
    assert bad.message in str(caught.value)

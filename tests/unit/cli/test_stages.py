"""Values and stages of the compiler as text, and what the backends have."""

from __future__ import annotations

import pytest

from dlspec.catalog.index import all_entries, find
from dlspec.cli.availability import backends
from dlspec.cli.spelling import call_text, signature, value_text
from dlspec.cli.stages import tree_text
from dlspec.diagnostics.span import SourceFile
from dlspec.syntax.parser import parse


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "none"), (True, "true"), (3, "3"), (0.5, "0.5"), ((2, (3, 4)), "[2, [3, 4]]"), ("same", "same")],
)
def test_value_text(value: object, text: str) -> None:
    assert value_text(value) == text


def test_calls_show_what_is_no_default() -> None:
    conv, normal = find("layer", "conv"), find("initializer", "normal")
    assert conv is not None
    assert normal is not None
    layer = conv(channels=8, kernel=(3, 3), padding="same", init=normal(std=0.02))
    assert call_text(layer) == "conv(channels=8, kernel=[3, 3], padding=same, init=normal(std=0.02))"
    relu = find("layer", "relu")
    assert relu is not None
    assert call_text(relu()) == signature(relu) == "relu"


def test_signature_shows_defaults() -> None:
    dropout = find("layer", "dropout")
    assert dropout is not None
    assert signature(dropout) == "dropout(rate=0.5)"


def test_tree_has_a_line_a_node_with_its_place() -> None:
    tree, problems = parse(SourceFile("a.dl", "width = [64, 32]\n"))
    assert not problems
    lines = tree_text(tree).split("\n")
    assert lines[0].startswith("File ")
    assert [line.strip() for line in lines if "Number" in line] == [
        "items: Number value=64 (1:10)",
        "items: Number value=32 (1:14)",
    ]


@pytest.mark.parametrize("kind", ["loss", "optimizer", "schedule", "penalty", "constraint"])
def test_what_a_training_alone_uses_is_for_both_that_train(kind: str) -> None:
    # tests/unit/torch_training and keras_training hold the tables against the catalogue.
    assert [entry for entry in all_entries()[kind] if backends(entry) != {"torch": "yes", "keras": "yes"}] == []


def test_backends_of_layers_transforms_and_settings() -> None:
    conv, standardize, epochs = find("layer", "conv"), find("transform", "standardize"), find("train setting", "epochs")
    assert None not in (conv, standardize, epochs)
    assert backends(conv) == {"torch": "yes", "keras": "yes", "onnx": "yes"}
    assert backends(standardize) == {"onnx": "yes"}
    assert backends(epochs) == {}

"""Errors planted in generated code and graphs: each is found, in the check and the tensor where it is."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from onnx import helper, numpy_helper

from tests.unit.verify.planted import ADAM, HELD, IMAGES, SEQUENCES, SGD, verified, verified_graph

IN_MODELS = {
    "eps of a norm": (IMAGES, "nn.BatchNorm2d(4)", "nn.BatchNorm2d(4, eps=1e-3)", "forward"),
    "padding on the other side": (IMAGES, "F.pad(image, (0, 1, 0, 1))", "F.pad(image, (1, 0, 1, 0))", "forward"),
    "padding counted in the mean": (IMAGES, ", count_include_pad=False", "", "forward"),
    "another slope": (IMAGES, "negative_slope=0.1", "negative_slope=0.2", "forward"),
    "gelu by tanh": (IMAGES, "F.gelu(", 'F.gelu(approximate="tanh", input=', "forward"),
    "order of concat": (IMAGES, "torch.cat([left, right]", "torch.cat([right, left]", "forward"),
    "flatten in another order": (IMAGES, ".flatten(1)", ".movedim(1, -1).flatten(1)", "forward"),
    "transposed weight": (
        IMAGES,
        "self.logits_dense_2(",
        "(lambda x: F.linear(x, self.logits_dense_2.weight.T, self.logits_dense_2.bias))(",
        "forward",
    ),
    "missing bias": (IMAGES, "self.logits_dense(", "(lambda x: F.linear(x, self.logits_dense.weight))(", "forward"),
    "groups of a norm": (IMAGES, "nn.GroupNorm(2, 8)", "nn.GroupNorm(4, 8)", "forward"),
    "momentum of running statistics": (IMAGES, "nn.BatchNorm2d(4)", "nn.BatchNorm2d(4, momentum=0.9)", "statistics"),
    "nothing but another way": (IMAGES, "torch.tanh(", "(lambda x: torch.tanh(x) + 0 * x.detach())(", None),
    "gradient cut off": (IMAGES, "torch.tanh(", "(lambda x: torch.tanh(x.detach()))(", "gradient"),
    "no causal mask": (SEQUENCES, "causal=True", "causal=False", "forward"),
    "axis of softmax": (SEQUENCES, "dim=-1", "dim=1", "forward"),
}
"""What is wrong: the spec, a text of its code, another text, the first check that breaks (None: nothing is wrong)."""


@pytest.mark.parametrize(("text", "old", "new", "check"), IN_MODELS.values(), ids=IN_MODELS)
def test_an_error_in_a_model_is_found(text: str, old: str, new: str, check: str | None) -> None:
    found = verified(text, old, new)
    broken = [row for row in found.rows if not row.ok]
    assert (broken[0].check if broken else None) == check
    assert found.ok == (check is None)


IN_TRAININGS = {
    "sum in place of the mean": (SGD, "label_smoothing=0.1)", 'label_smoothing=0.1, reduction="sum")', "gradient"),
    "no label smoothing": (SGD, ", label_smoothing=0.1", "", "gradient"),
    "a factor in the loss": (SGD, "0.1 * F.mse_loss", "0.2 * F.mse_loss", "gradient"),
    "half of the penalty": (SGD, "return 0.01 * sum", "return 0.005 * sum", "gradient"),
    "a penalty on outputs that is not divided": (HELD, "size / len(x) if batched else size", "size", "gradient"),
    "a call that does not count": (HELD, "(penalised(self.shared", "((lambda y, *_, **__: y)(self.shared", "gradient"),
    "orthogonal by another matrix": (HELD, "rows @ rows.T - torch.eye", "rows @ rows.T - 2 * torch.eye", "gradient"),
    "no constraints": (HELD, "\n    constrain(model)", "", "steps"),
    "another bound": (HELD, "p.clamp_(-0.1, 0.1)", "p.clamp_(-0.1, 0.09)", "steps"),
    "a norm of the whole kernel": (HELD, "dim=tuple(range(1, p.ndim)), keepdim=True", "", "steps"),
    "no weight decay": (SGD, "weight_decay=0.01", "weight_decay=0.0", "steps"),
    "weight decay on biases": (SGD, '"weight_decay": 0.0', '"weight_decay": 0.01', "steps"),
    "momentum as an average": (SGD, "momentum=0.9", "momentum=0.9, dampening=0.9", "steps"),
    "momentum of Nesterov": (SGD, "momentum=0.9", "momentum=0.9, nesterov=True", "steps"),
    "no clipping": (SGD, "clip_norm(model.parameters(), 1.0)", "", "steps"),
    "warm-up a step late": (SGD, "(step + 1) / 5", "step / 5", "steps"),
    "second moment of adam": (ADAM, "lr=0.01", "lr=0.01, betas=(0.9, 0.99)", "steps"),
    "eps of adam": (ADAM, "lr=0.01", "lr=0.01, eps=1e-5", "steps"),
    "dropout left on": (ADAM, "self.logits_dense(", "(lambda x: self.logits_dense(F.dropout(x)))(", "forward"),
}


@pytest.mark.parametrize(("text", "old", "new", "check"), IN_TRAININGS.values(), ids=IN_TRAININGS)
def test_an_error_in_a_training_is_found(text: str, old: str, new: str, check: str) -> None:
    broken = [row for row in verified(text, old, new).rows if not row.ok]
    assert broken
    assert broken[0].check == check


@pytest.mark.parametrize(
    "text", [IMAGES, SEQUENCES, SGD, ADAM, HELD], ids=["images", "sequences", "sgd", "adam", "held"]
)
def test_right_code_passes(text: str) -> None:
    found = verified(text)
    assert found.ok
    assert found.left_out == ()


def test_the_worst_tensor_is_named() -> None:
    wrong = "F.linear(code, self.logits_dense.weight, 0.5 * self.logits_dense.bias)"
    rows = verified(SGD, "self.logits_dense(code)", wrong).rows
    forward = next(row for row in rows if row.check == "forward")
    assert forward.where == "net: logits"
    assert forward.worst > forward.bound
    gradient = next(row for row in rows if row.check == "gradient")
    assert gradient.where == "net: logits.dense.bias"


def test_the_first_step_that_differs_much_is_named() -> None:
    rows = verified(SGD, "momentum=0.9", "momentum=0.8").rows
    (steps,) = (row for row in rows if row.check == "steps" and row.pair.endswith("float64"))
    assert re.match(r"net: step \d+$", steps.where)
    assert 1e-3 < steps.worst < 1


# ---------------------------------------------------------------- ONNX


def _attribute(operator: str, name: str, value: Any) -> Callable[[Any], None]:
    def change(graph: Any) -> None:
        (node, *_) = (node for node in graph.node if node.op_type == operator)
        kept = [each for each in node.attribute if each.name != name]
        del node.attribute[:]
        node.attribute.extend([*kept, helper.make_attribute(name, value)])

    return change


def _swap_inputs(graph: Any) -> None:
    (node, *_) = (node for node in graph.node if node.op_type == "Concat" and node.name.startswith("logits"))
    node.input[0], node.input[1] = node.input[1], node.input[0]


def _swap_gates(graph: Any) -> None:
    """The cell's gate and the input's, in the weights of the recurrent product of the graph."""
    (node, *_) = (node for node in graph.node if node.op_type == "LSTM")
    values = next(each for each in graph.initializer if each.name == "y.lstm.weight_ih")
    array = numpy_helper.to_array(values).copy()
    array[:6], array[12:18] = array[12:18].copy(), array[:6].copy()
    values.CopyFrom(numpy_helper.from_array(array, values.name))
    assert node is not None


IN_GRAPHS = {
    "eps of batch_norm": (IMAGES, _attribute("BatchNormalization", "epsilon", 1e-3)),
    "another slope": (IMAGES, _attribute("LeakyRelu", "alpha", 0.01)),
    "pads at the start": (IMAGES, _attribute("Conv", "pads", [1, 1, 0, 0])),
    "padding counted": (IMAGES, _attribute("AveragePool", "count_include_pad", 1)),
    "gelu by tanh": (IMAGES, _attribute("Gelu", "approximate", "tanh")),
    "order of concat": (IMAGES, _swap_inputs),
    "eps of layer_norm": (SEQUENCES, _attribute("LayerNormalization", "epsilon", 1e-3)),
    "order of gates": (SEQUENCES, _swap_gates),
}


@pytest.mark.parametrize(("text", "change"), IN_GRAPHS.values(), ids=IN_GRAPHS)
def test_an_error_in_a_graph_is_found(text: str, change: Callable[[Any], None]) -> None:
    (row,) = verified_graph(text, change).rows
    assert row.check == "forward"
    assert not row.ok
    assert row.where.startswith("net: ")

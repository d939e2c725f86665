"""Which classes there are, what their arguments are called, and what the text looks like."""

from __future__ import annotations

import ast
import keyword
import re
from textwrap import dedent

import pytest

from dlspec.backends.torch.emit import emit_model_file
from dlspec.tensor import TensorType
from tests.unit.torch_model.specs import load, program_of, published


def classes(source: str) -> dict[str, str]:
    """The source of each class."""
    return {
        node.name: ast.get_source_segment(source, node) or ""
        for node in ast.parse(source).body
        if isinstance(node, ast.ClassDef)
    }


def test_blocks_of_one_structure_are_one_class() -> None:
    found = classes(emit_model_file(published("resnet50"), "resnet50"))
    assert list(found) == ["Bottleneck", "Bottleneck2", "Resnet50"]
    assert found["Bottleneck"] == dedent('''\
        class Bottleneck(nn.Module):
            """The block `bottleneck`."""

            def __init__(self, in_channels: int, channels: int, stride: int) -> None:
                super().__init__()
                self.main_conv = nn.Conv2d(in_channels, channels, 1, bias=False)
                self.main_batch_norm = nn.BatchNorm2d(channels)
                self.main_conv_2 = nn.Conv2d(channels, channels, 3, stride=stride, padding=1, bias=False)
                self.main_batch_norm_2 = nn.BatchNorm2d(channels)
                self.main_conv_3 = nn.Conv2d(channels, 4 * channels, 1, bias=False)
                self.main_batch_norm_3 = nn.BatchNorm2d(4 * channels)
                self.skip_conv = nn.Conv2d(in_channels, 4 * channels, 1, stride=stride, bias=False)
                self.skip_batch_norm = nn.BatchNorm2d(4 * channels)

            def forward(self, x: Tensor) -> Tensor:
                """x [N, in_channels, H, H] -> [N, 4 * channels, H2, H2]."""
                main = F.relu(self.main_batch_norm(self.main_conv(x)))
                main = F.relu(self.main_batch_norm_2(self.main_conv_2(main)))
                main = self.main_batch_norm_3(self.main_conv_3(main))
                skip = self.skip_batch_norm(self.skip_conv(x))
                return F.relu(main + skip)''')
    assert "self.logits_bottlenecks_3 = nn.ModuleList(Bottleneck2(channels=256) for _ in range(5))" in found["Resnet50"]
    assert "for bottleneck in self.logits_bottlenecks_3:\n            x = bottleneck(x)" in found["Resnet50"]


@pytest.mark.parametrize(
    ("block", "uses", "signature"),
    [
        ("block b(n) { return in -> dense(n) }", "b(3) -> b(5)", "in_features: int, n: int"),
        ("block b(n) { return in -> dense(2 * n) }", "b(3) -> b(5)", "in_features: int, n: int"),
        ("block b(n) { return in -> dense(n) -> dense(n) }", "b(3) -> b(5)", "in_features: int, n: int"),
        ("block b(p) { return in -> dropout(p) }", "b(0.1) -> b(0.2)", "p: float"),
        ("block b(p) { return in * p }", "b(0.1) -> b(0.2)", "p: float"),
        ("block b(flag) { return in -> dense(8, bias=flag) }", "b(true) -> b(false)", "flag: bool"),
        ("block b(n) { return in -> dense(8) * n }", "b(5) -> b(7)", "n: int"),
        ("block b(n) { return in -> dense(n * n) -> dense(8) }", "b(2) -> b(3)", "dense_out_features: int"),
        ("block b(nn) { return in -> dense(nn) -> dense(8) }", "b(2) -> b(3)", "nn_2: int"),
        ("block b(torch) { return in -> dense(torch) -> dense(8) }", "b(2) -> b(3)", "torch_2: int"),
        ("block b(self) { return in -> dense(self) -> dense(8) }", "b(2) -> b(3)", "self_2: int"),
        ("block b(n) { return in -> relu }", "b(1) -> b(2)", None),
    ],
)
def test_what_differs_is_an_argument(block: str, uses: str, signature: str | None) -> None:
    program = program_of(f"{block}\nmodel m {{\n  input x: float[8]\n  output y = x -> {uses}\n}}\n")
    source = emit_model_file(program, "m")
    found = classes(source)
    assert list(found) == ["B", "M"]
    given = re.search(r"def __init__\(self, (.*?)\) -> None", found["B"])
    assert (given[1] if given else None) == signature
    load(source)["build"]()


def test_a_default_that_depends_on_another_argument_is_no_difference_to_hide() -> None:
    """Where the stride is the kernel it is left out of the text, so the two pools cannot be one class."""
    program = program_of(
        "block pool(k, s) { return in -> max_pool(k, stride=s) }\n"
        "model m {\n  input x: float[1, 16]\n  output y = x -> pool(2, 2) -> pool(3, 2)\n}\n"
    )
    assert list(classes(emit_model_file(program, "m"))) == ["Pool", "Pool2", "M"]


def test_several_outputs_are_a_named_tuple() -> None:
    program = program_of("model m {\n  input x: float[2]\n  output count = x -> relu\n  output class_ = x -> exp\n}\n")
    found = classes(emit_model_file(program, "m"))
    assert re.findall(r"^    (\w+): Tensor$", found["MOutput"], re.MULTILINE) == ["count_2", "class_"]


@pytest.mark.parametrize(
    "name", ["train", "forward", "type", "parameters", "lambda", "print", "self", "draws", "torch", "_x", "__x", "F"]
)
def test_names_that_mean_something_are_changed_in_the_code_alone(name: str) -> None:
    program = program_of(
        f"model m {{\n  input {name}: float[2]\n  {name}1 = dense(3)\n  output y = {name} -> {name}1\n}}\n"
    )
    code = load(emit_model_file(program, "m"))
    ((canonical, key), _) = code["WEIGHTS"].items()
    assert canonical == f"{name}1.weight"
    attribute = key.split(".")[0]
    assert not keyword.iskeyword(attribute)
    assert key in code["build"]().state_dict()


def test_documentation_of_the_spec_is_in_the_code() -> None:
    program = program_of(
        '# Says "hello".\n# Ends with """\nmodel m {\n  input x: float[2]\n  output y = x -> relu\n}\n'
    )
    about = ast.get_docstring(ast.parse(emit_model_file(program, "m")).body[-5], clean=True)
    assert about == "Says \"hello\".\nEnds with '''"


def test_a_size_learned_from_data_must_be_known() -> None:
    from dlspec.catalog.dense import Dense
    from dlspec.diagnostics.report import DlspecError
    from dlspec.ir.program import INPUT, Module, Node, Port, Program, Result, Unit
    from dlspec.tensor import Sym

    size = Sym.named("corpus.tokens.size")
    module = Module(
        name="m", declaration="m", kind="model",
        inputs=(Port(name="x", type=TensorType("float", (3,))),),
        units=(Unit(name="y.dense", layer=Dense(size=size)),),
        nodes=(Node(unit=0, inputs=((INPUT, 0),), outputs=(TensorType("float", (size,)),), origin="m.dl:3:4"),),
        outputs=(Result(name="y", ref=(0, 0)),),
    )  # fmt: skip
    with pytest.raises(DlspecError, match=r"DL705\]: 'y.dense': the size corpus.tokens.size has to be a number"):
        emit_model_file(Program(source="m.dl", modules=(module,), models={"m": "m"}), "m")


def test_a_layer_without_a_lowering_is_named() -> None:
    from dlspec.backends.torch.table import lowering_of
    from dlspec.catalog.base import Layer

    class Odd(Layer):
        entry = "odd"

        def infer(self, *inputs: TensorType) -> TensorType:
            return inputs[0]

    with pytest.raises(KeyError, match="PyTorch has no lowering of the layer 'odd'"):
        lowering_of(Odd())

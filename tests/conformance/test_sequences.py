"""Recurrent layers and attention as specs, on both backends, against PyTorch's own modules.

The bound is that of SEMANTICS.md: abs(a - b) <= 1e-5 + 1e-4 * abs(b).
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from dlspec.backends.onnx.emit import emit_model
from dlspec.backends.onnx.runtime import OnnxSession
from dlspec.backends.torch.emit import emit_model_file
from dlspec.diagnostics.report import DlspecError
from dlspec.diagnostics.span import SourceFile
from dlspec.ir.program import Program
from dlspec.ir.weights import weights_of
from dlspec.pipeline import checked, resolve

Array = np.ndarray[Any, np.dtype[Any]]
torch.set_num_threads(1)


def program_of(text: str) -> Program:
    return checked(resolve(Path("net.dl"), source=SourceFile("net.dl", text))).program


def sequence_model(layer: str, inputs: str = "x: float[T, 3]", data: str = "x", names: str = "y") -> Program:
    """A model `net` in which the unit `layer` makes all outputs."""
    outputs = "\n".join(f"output out_{name} = {name}" for name in names.split(", "))
    return program_of(f"model net {{\ninput {inputs}\nlayer = {layer}\n{names} = {data} -> layer\n{outputs}\n}}\n")


def random_weights(program: Program) -> dict[str, Array]:
    rng = np.random.default_rng(0)
    declared = weights_of(program, program.models["net"])
    return {
        name: rng.normal(0, 0.4, [int(str(size)) for size in weight.shape]).astype(np.float32)
        for name, weight in declared.items()
    }


def results(program: Program, weights: dict[str, Array], inputs: dict[str, Array]) -> list[list[Array]]:
    """The outputs of the generated PyTorch code, and of ONNX Runtime with weights inside and as inputs."""
    code: dict[str, Any] = {}
    exec(compile(emit_model_file(program, "net"), "net.py", "exec"), code)
    model = code["build"]().eval()
    code["load_weights"](model, weights)
    with torch.no_grad():
        found = model(*map(torch.from_numpy, inputs.values()))
    ours = [each.numpy() for each in (found if isinstance(found, tuple) else (found,))]
    inside = OnnxSession(emit_model(program, "net", weights).SerializeToString()).predict(inputs)
    outside = OnnxSession(emit_model(program, "net").SerializeToString()).predict({**inputs, **weights})
    return [ours, list(inside.values()), list(outside.values())]


def assert_close(found: Array, wanted: Tensor | Array) -> None:
    assert found.shape == tuple(wanted.shape)
    np.testing.assert_allclose(found, np.asarray(wanted), rtol=1e-4, atol=1e-5)


def normal(*shape: int, seed: int = 1) -> Array:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


# ---------------------------------------------------------------- recurrent layers

RECURRENT = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}
STATES = {"rnn": ("h",), "gru": ("h",), "lstm": ("h", "c")}
N, TIME, SIZE = 4, 9, 6


def pytorch(name: str, weights: dict[str, Array], bidirectional: bool) -> nn.RNNBase:
    """PyTorch's own module with these weights; where we have one bias, its second is zero."""
    module: nn.RNNBase = RECURRENT[name](3, SIZE, batch_first=True, bidirectional=bidirectional)
    state = {key: torch.zeros_like(value) for key, value in module.state_dict().items()}
    for key in state:
        stem, _, reverse = key.partition("_l0")
        ours = f"layer.{stem}{reverse}"
        if ours not in weights and stem == "bias_ih":
            ours = f"layer.bias{reverse}"
        if ours in weights:
            state[key] = torch.from_numpy(weights[ours])
    module.load_state_dict(state)
    return module


def flat(state: Tensor) -> Tensor:
    """`[directions, N, size]` as `[N, directions * size]`."""
    return state.transpose(0, 1).flatten(1)


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("name", RECURRENT)
@torch.no_grad()
def test_sequence_and_states(name: str, bidirectional: bool) -> None:
    both = ", bidirectional=true" if bidirectional else ""
    names = ", ".join(("y", *STATES[name]))
    program = sequence_model(f"{name}({SIZE}, return_state=true{both})", names=names)
    weights, x = random_weights(program), normal(N, TIME, 3)
    y, end = pytorch(name, weights, bidirectional)(torch.from_numpy(x))
    wanted = [y, *map(flat, end if isinstance(end, tuple) else (end,))]
    for found in results(program, weights, {"x": x}):
        for one, other in zip(found, wanted, strict=True):
            assert_close(one, other)


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("name", RECURRENT)
@torch.no_grad()
def test_mask_is_a_sequence_without_the_masked_steps(name: str, bidirectional: bool) -> None:
    """Each example by itself through PyTorch, with the steps that are there and from the initial state that is given.

    The masks: all, the first, the last, some here and there, none.
    """
    width = SIZE * (1 + bidirectional)
    both = ", bidirectional=true" if bidirectional else ""
    states = STATES[name]
    inputs = f"x: float[T, 3], mask: bool[T], {', '.join(f'{each}0: float[{width}]' for each in states)}"
    # The keywords stand the other way round than the layer has its inputs.
    given = ", ".join(f"{each}={each}0" for each in reversed(states))
    program = sequence_model(
        f"{name}({SIZE}, return_state=true{both}, mask=mask, {given})", inputs, names=", ".join(("y", *states))
    )
    weights = random_weights(program)
    mask = np.zeros((5, TIME), bool)
    mask[0], mask[1, :4], mask[2, 5:], mask[3, [1, 4, 7]] = True, True, True, True
    x, start = normal(5, TIME, 3), {f"{each}0": normal(5, width, seed=place) for place, each in enumerate(states)}
    module = pytorch(name, weights, bidirectional)
    for found in results(program, weights, {"x": x, "mask": mask, **start}):
        for example in range(5):
            there = mask[example]
            begin = [torch.from_numpy(each[example]).reshape(1 + bidirectional, 1, SIZE) for each in start.values()]
            y, end = torch.zeros(TIME, width), tuple(begin)
            if there.any():
                part = torch.from_numpy(x[example : example + 1, there])
                steps, end = module(part, tuple(begin) if len(begin) > 1 else begin[0])
                y[torch.from_numpy(there)] = steps[0]
            assert_close(found[0][example], y)
            for one, other in zip(found[1:], end if isinstance(end, tuple) else (end,), strict=True):
                assert_close(one[example], other.flatten())


@pytest.mark.parametrize("name", RECURRENT)
@torch.no_grad()
def test_second_of_two_runs_begins_where_the_first_ends(name: str) -> None:
    """One bound layer on both halves is the layer on the whole."""
    states = ", ".join(STATES[name])
    program = program_of(
        f"model net {{\ninput x: float[8, 3]\nlayer = {name}(6, return_state=true)\n"
        f"first, {states} = x[:5] -> layer\nrest = (x[5:], {states}) -> layer\noutput y = rest[0]\n}}\n"
    )
    weights, x = random_weights(program), normal(N, 8, 3)
    for (found,) in results(program, weights, {"x": x}):
        assert_close(found, pytorch(name, weights, False)(torch.from_numpy(x))[0][:, 5:])


def test_bias_that_pytorch_has_beside_ours_is_not_trained() -> None:
    program = sequence_model("lstm(6)")
    code: dict[str, Any] = {}
    exec(compile(emit_model_file(program, "net"), "net.py", "exec"), code)
    model = code["build"]()
    model(torch.randn(2, 5, 3)).sum().backward()
    torch.optim.SGD(model.parameters(), lr=0.1).step()
    assert set(model.state_dict()) == {f"layer.{name}_l0" for name in ("weight_ih", "weight_hh", "bias_ih")}
    assert model.layer.bias_hh_l0.tolist() == [0.0] * 24
    assert model.layer.bias_ih_l0.abs().max() > 0
    doubled = model.double()
    assert doubled(torch.randn(2, 5, 3).double()).dtype == torch.float64


def test_generated_code_begins_as_declared() -> None:
    """Orthogonal recurrent weights, zero biases, input weights within the bound of Xavier."""
    code: dict[str, Any] = {}
    exec(compile(emit_model_file(sequence_model("lstm(40)"), "net"), "net.py", "exec"), code)
    cell = code["build"]().layer
    assert torch.allclose(cell.weight_hh_l0.mT @ cell.weight_hh_l0, torch.eye(40), atol=1e-5)
    assert cell.bias_ih_l0.abs().max() == 0
    bound = (6 / (160 + 3)) ** 0.5
    assert 0.9 * bound < cell.weight_ih_l0.abs().max() <= bound


# ---------------------------------------------------------------- attention


def multihead(weights: dict[str, Array], heads: int) -> nn.MultiheadAttention:
    """PyTorch's own module with these weights."""
    names = ("query", "key", "value")
    size = len(weights["layer.output_weight"])
    module = nn.MultiheadAttention(size, heads, batch_first=True)
    module.load_state_dict(
        {
            "in_proj_weight": torch.from_numpy(np.concatenate([weights[f"layer.{name}_weight"] for name in names])),
            "in_proj_bias": torch.from_numpy(np.concatenate([weights[f"layer.{name}_bias"] for name in names])),
            "out_proj.weight": torch.from_numpy(weights["layer.output_weight"]),
            "out_proj.bias": torch.from_numpy(weights["layer.output_bias"]),
        }
    )
    return module


def attention_model(arguments: str, mask: str = "") -> Program:
    inputs = "q: float[A, 8], k: float[B, 8], v: float[B, 8]" + (f", mask: {mask}" if mask else "")
    return sequence_model(f"attention({arguments}{', mask=mask' if mask else ''})", inputs, "(q, k, v)")


def attention_inputs(**mask: Array) -> dict[str, Array]:
    return {"q": normal(N, 5, 8), "k": normal(N, 7, 8, seed=2), "v": normal(N, 7, 8, seed=3), **mask}


def tensors(inputs: dict[str, Array]) -> Iterable[Tensor]:
    return (torch.from_numpy(inputs[name]) for name in "qkv")


@pytest.mark.parametrize("heads", [1, 2, 8])
@torch.no_grad()
def test_attention_is_that_of_pytorch(heads: int) -> None:
    program, inputs = attention_model(f"{heads}"), attention_inputs()
    weights = random_weights(program)
    for (found,) in results(program, weights, inputs):
        assert_close(found, multihead(weights, heads)(*tensors(inputs), need_weights=False)[0])


@torch.no_grad()
def test_masks_of_keys_of_pairs_and_added() -> None:
    rng = np.random.default_rng(7)
    keys, pairs = rng.random((N, 7)) < 0.6, rng.random((N, 5, 7)) < 0.6
    keys[:, 0] = pairs[:, :, 1] = True  # PyTorch's module gives NaN where there is nothing to attend to.
    added = normal(N, 5, 7, seed=9)
    for type, mask, theirs in (
        ("bool[B]", keys, {"key_padding_mask": torch.from_numpy(~keys)}),
        ("bool[A, B]", pairs, {"attn_mask": torch.from_numpy(~pairs).repeat_interleave(2, 0)}),
        ("float[A, B]", added, {"attn_mask": torch.from_numpy(added).repeat_interleave(2, 0)}),
    ):
        program, inputs = attention_model("2", type), attention_inputs(mask=mask)
        weights = random_weights(program)
        for (found,) in results(program, weights, inputs):
            assert_close(found, multihead(weights, 2)(*tensors(inputs), need_weights=False, **theirs)[0])


@pytest.mark.parametrize("type", ["bool[B]", "bool[A, B]", "float[A, B]"])
@pytest.mark.parametrize("causal", ["false", "true"])
def test_nothing_to_attend_to_gives_the_bias_of_the_output(type: str, causal: str) -> None:
    program = attention_model(f"2, causal={causal}", type)
    weights = random_weights(program)
    shape = (N, 7) if type == "bool[B]" else (N, 5, 7)
    mask = np.zeros(shape, bool) if type.startswith("bool") else np.full(shape, -np.inf, np.float32)
    for (found,) in results(program, weights, attention_inputs(mask=mask)):
        assert_close(found, np.broadcast_to(weights["layer.output_bias"], (N, 5, 8)))


@torch.no_grad()
def test_causal_attention_of_scaled_dot_product() -> None:
    inputs = {name: normal(N, 6, 4, seed=place) for place, name in enumerate("qkv")}
    program = sequence_model(
        "scaled_dot_product(causal=true)", "q: float[T, 4], k: float[T, 4], v: float[T, 4]", "(q, k, v)"
    )
    wanted = nn.functional.scaled_dot_product_attention(*tensors(inputs), is_causal=True)
    for (found,) in results(program, {}, inputs):
        assert_close(found, wanted)


@torch.no_grad()
def test_rotary_scores_depend_on_distance_alone() -> None:
    """The property that the paper derives: q at place m with k at place n gives what m + s with n + s gives."""
    program = sequence_model("rotary_positions", "x: float[T, 8]")
    q, k = (np.repeat(normal(1, 1, 8, seed=seed), 200, axis=1) for seed in (1, 2))
    for (left,), (right,) in zip(results(program, {}, {"x": q}), results(program, {}, {"x": k}), strict=True):
        scores = left[0] @ right[0].T
        for distance in (0, 3, 50):
            diagonal = np.diagonal(scores, distance)
            assert_close(diagonal, np.full_like(diagonal, diagonal[0]))


def test_late_places_are_as_exact_as_early_ones() -> None:
    for layer in ("rotary_positions", "sinusoidal_positions"):
        program, x = sequence_model(layer, "x: float[T, 4]"), normal(1, 20_000, 4)
        ours, *others = results(program, {}, {"x": x})
        for other in others:
            assert_close(other[0], ours[0])


def test_learned_positions_refuse_a_longer_sequence() -> None:
    program = sequence_model("learned_positions(4)")
    weights = random_weights(program)
    with pytest.raises(RuntimeError, match="exceeds dimension size"):
        results(program, weights, {"x": normal(1, 5, 3)})
    session = OnnxSession(emit_model(program, "net", weights).SerializeToString())
    with pytest.raises(DlspecError, match="ONNX Runtime stopped"):
        session.predict({"x": normal(1, 5, 3)})
    assert_close(session.predict({"x": np.zeros((1, 3, 3), np.float32)})["out_y"][0], weights["layer.weight"][:3])


@pytest.mark.parametrize("layer", ["attention(2, dropout=0.5)", "scaled_dot_product(dropout=0.5)"])
def test_dropout_is_on_the_attention_weights_in_training(layer: str) -> None:
    """With values of 1, attention gives the sum of the weights that are left, over 0.5: whole multiples of a weight."""
    inputs = "q: float[4, 4], k: float[4, 4], v: float[4, 4]"
    program = sequence_model(layer, inputs, "(q, k, v)")
    code: dict[str, Any] = {}
    exec(compile(emit_model_file(program, "net"), "net.py", "exec"), code)
    model = code["build"]()
    for name, parameter in model.named_parameters():
        parameter.data = torch.eye(4) if "value.weight" in name or "output.weight" in name else parameter.data * 0
    zeros, ones = torch.zeros(500, 4, 4), torch.ones(500, 4, 4)
    torch.manual_seed(0)
    found = model(zeros, zeros, ones)
    assert torch.allclose((found * 2).round(), found * 2, atol=1e-5)
    assert 0 < (found == 0).double().mean() < 0.2
    # Each of 4 weights stays with probability 1/2: mean 1, and a deviation of 1/2 for each of 2000 rows or more.
    assert abs(found.mean().item() - 1) < 6 * 0.5 / 2000**0.5
    assert torch.allclose(model.eval()(zeros, zeros, ones), ones)


# ---------------------------------------------------------------- the language


def test_mask_goes_along_through_repeated_blocks() -> None:
    program = program_of(
        "block layer(heads) {\ninput x, mask = none\nreturn x + ((x, x, x) -> attention(heads, mask=mask))\n}\n"
        "model net {\ninput x: float[T, 8], mask: bool[T]\noutput y = x -> layer(2, mask=mask) * 3\n"
        "output z = x -> layer(4)\n}\n"
    )
    weights, x = random_weights(program), normal(N, 6, 8)
    mask = np.arange(6) < np.array([6, 3, 1, 5])[:, None]
    ours, *others = results(program, weights, {"x": x, "mask": mask})
    for other in others:
        for one, two in zip(ours, other, strict=True):
            assert_close(two, one)
    changed = np.where(mask[..., None], x, 9.0).astype(np.float32)
    again = results(program, weights, {"x": changed, "mask": mask})[0]
    for example, length in enumerate((6, 3, 1, 5)):
        assert_close(again[0][example, :length], ours[0][example, :length])


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        ("gru(4, mask=m)", "'gru' needs bool and was given int[T]"),
        ("gru(4, mask=3)", "'mask' of 'gru' takes a tensor, or none"),
        ("lstm(4, c=x)", "lstm: got 1 initial states"),
        ("lstm(4, mask=b, size=3)", "'size' of 'lstm' is given twice"),
        ("gru(4, activation=relu)", "'gru' has no argument 'activation'"),
        ("rnn(4, activation=gelu)", "'activation' of 'rnn' takes `tanh` or `relu`"),
    ],
)
def test_wrong_use_is_told(layer: str, message: str) -> None:
    text = f"model net {{\ninput x: float[T, 3], m: int[T], b: bool[T]\noutput y = x -> {layer}\n}}\n"
    with pytest.raises(DlspecError) as caught:
        program_of(text)
    assert message in caught.value.diagnostics[0].message


def test_whole_numbers_become_floats_and_a_mask_stays_bool() -> None:
    text = "model net {\ninput x: int[T, 3], b: bool[T]\noutput y = x -> lstm(4, mask=b)\n}\n"
    module = program_of(text).module("net")
    assert [unit.name for unit in module.units] == ["y.cast", "y.lstm"]
    assert module.nodes[-1].keywords == ("mask",)
    assert [module.type_of(ref).element for ref in module.nodes[-1].inputs] == ["float", "bool"]

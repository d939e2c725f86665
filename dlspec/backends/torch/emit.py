"""Program to PyTorch code: the classes of models as text, and the flows of a training step as statements."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import PurePath

from dlspec.backends.python.activity import UnitCall
from dlspec.backends.python.build import Classes
from dlspec.backends.python.chance import drawing_blocks
from dlspec.backends.python.classes import Style
from dlspec.backends.python.docs import docstring
from dlspec.backends.python.emitted import (
    EmittedFlow,
    EmittedModels,
    ModelClass,
    global_names,
    model_class,
    names_of,
    root_names,
)
from dlspec.backends.python.flow import make_flow
from dlspec.backends.python.layout import WIDTH, flat, literal, rendered
from dlspec.backends.python.prelude import prelude
from dlspec.backends.torch.body import LOCALS, TorchBody
from dlspec.backends.torch.flows import FlowNodes
from dlspec.backends.torch.helpers import HELPERS, IMPORTS, PACKAGES
from dlspec.ir.program import INPUT, Module, Program, Ref

FILE_NAMES = frozenset({"WEIGHTS", "build", "load_weights"})
"""What a model's file defines beside its classes."""


STYLE = Style(dict.fromkeys(("model", "block"), "nn.Module"), "forward", "list[Tensor]")


def emit_models(program: Program, modules: Sequence[str], *, reserved: Collection[str] = ()) -> EmittedModels:
    """The classes of these modules and of everything inside them, each class once.

    `reserved` are global names that the classes must not take (`build`, `fit`, `Step` …).
    """
    made = Classes(program, modules, TorchBody, STYLE, {*reserved, *HELPERS, *IMPORTS})
    models = {name: model_class(program, made, name) for name in modules}
    names = frozenset(name for source in made.sources for name in names_of(source, ("nn",)))
    return EmittedModels("\n\n".join(source.text for source in made.sources), models, names)


def emit_flow(
    program: Program,
    module: Module,
    emitted: EmittedModels,
    *,
    models: Mapping[str, str],
    inputs: Sequence[str],
    wanted: Sequence[Ref],
    draws: str | None = None,
    reserved: Collection[str] = (),
    training: str = "model.training",
    wishes: Mapping[Ref, str] | None = None,
    activity: Collection[UnitCall] = (),
) -> EmittedFlow:
    """What a step's module computes, as far as `wanted` needs it, as statements.

    `models` gives for each unit of kind module (by unit name) the expression of its instance (`model`,
    `model["generator"]`), `inputs` an expression for each input of the module (`batch["image"]`), `draws` the name of
    the mapping of draws (a key is a unit path in this module: `noise.random_normal`; its value is what the unit gives;
    what is missing is drawn by torch). `reserved` are local names that the statements must not assign. `training` is
    the expression that tells dropout and noise of the block itself whether this is training. `wishes` are names for
    results, used where they are free. `activity` are the calls of models whose penalties on outputs are collected.
    """
    takes = {name: emitted.models[name].takes_draws for name in emitted.models}
    nodes = FlowNodes(module, models, takes, draws, training, activity, drawing_blocks(program, module))
    flow = make_flow(
        nodes.items(),
        list(dict.fromkeys(wanted)),
        {(INPUT, place): text for place, text in enumerate(inputs)},
        outputs=wishes,
        reserved={*LOCALS, *reserved, *emitted.names},
        inline_last=False,
    )
    lines = [line for statement in flow.statements for line in rendered(statement, 0)]
    names = {*global_names(flow.statements), *(name for value in flow.values.values() for name in root_names(value))}
    return EmittedFlow(tuple(lines), {ref: flat(value) for ref, value in flow.values.items()}, frozenset(names))


def render_prelude(names: Collection[str]) -> str:
    """Imports and helper definitions for these global names, ready to stand at the head of a file after its docstring;
    it begins with `from __future__ import annotations`. Unknown names are left alone.

    Known: `torch`, `Tensor`, `nn`, `F`, `np`, `math`, `Mapping`, `Sequence`, `Iterable`, `Iterator`, `Callable`,
    `NamedTuple`, `Protocol`, `Any` and every helper of the model code.
    """
    return prelude(set(names), HELPERS, PACKAGES)


def emit_model_file(program: Program, model_name: str) -> str:
    """A standalone file for one model: its classes, `build`, `WEIGHTS` and `load_weights`."""
    module = program.models[model_name]
    emitted = emit_models(program, [module], reserved=FILE_NAMES)
    model = emitted.models[module]
    origin = PurePath(program.source).name
    about = docstring(f"The model `{model_name}`{f' of {origin}' if origin else ''}, compiled to PyTorch by dlspec.", 0)
    names = {*emitted.names, "Mapping", "np", "torch", "nn"}
    parts = ["\n".join([*about, "", render_prelude(names)]), emitted.classes, *_functions(model)]
    return "\n\n".join(part.strip("\n") + "\n" for part in parts)


def _functions(model: ModelClass) -> list[str]:
    about = docstring("Name of each weight and running statistic -> its key in `state_dict()`.", 0)
    weights = [*weights_lines(model.weights), *about]
    build = f'''
def build() -> {model.name}:
    """The model, not yet trained."""
    return {model.construct}
'''
    return ["\n".join(weights), build, LOAD_WEIGHTS]


def weights_lines(weights: Mapping[str, str]) -> list[str]:
    """The table `WEIGHTS` as lines; a line of names that are too long says that it cannot be split."""
    if not weights:
        return ["WEIGHTS: dict[str, str] = {}"]
    entries = (f"    {literal(name)}: {literal(key)}," for name, key in weights.items())
    lines = [line if len(line) <= WIDTH else f"{line}  # noqa: E501" for line in entries]
    return ["WEIGHTS: dict[str, str] = {", *lines, "}"]


LOAD_WEIGHTS = '''
def load_weights(model: nn.Module, arrays: Mapping[str, np.ndarray]) -> None:
    """Set weights and running statistics by name; an unknown name or another shape is an error."""
    state = model.state_dict()
    for name, array in arrays.items():
        own = state[WEIGHTS[name]]
        if own.shape != array.shape:
            raise ValueError(f"{name} has the shape {tuple(own.shape)}, not {array.shape}")
        own.copy_(torch.tensor(array))
'''

"""Program to Keras code: the classes of models as text, and the flows of a training step as statements."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import PurePath

from dlspec.backends.keras.body import LOCALS, Layouts
from dlspec.backends.keras.common import split_path
from dlspec.backends.keras.flows import FlowNodes, laid_out_step
from dlspec.backends.keras.helpers import HELPERS, IMPORTS, PACKAGES
from dlspec.backends.keras.reserved import KEPT
from dlspec.backends.keras.weights import weights_functions
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
from dlspec.backends.python.flow import live_items, make_flow
from dlspec.backends.python.layout import WIDTH, flat, literal, rendered
from dlspec.backends.python.prelude import prelude
from dlspec.ir.program import INPUT, Module, Program, Ref

FILE_NAMES = frozenset({"WEIGHTS", "build", "load_weights", "read_weights", "variable", "to_keras", "from_keras"})
"""What a model's file defines beside its classes."""

STYLE = Style({"model": "keras.Model", "block": "layers.Layer"}, "call", "Activity")


def emit_models(program: Program, modules: Sequence[str], *, reserved: Collection[str] = ()) -> EmittedModels:
    """The classes of these modules and of everything inside them, each class once.

    `reserved` are global names that the classes must not take (`build`, `fit`, `Step` …). The weights of a model are
    given as `path:layout`, the path of a variable and how it is laid out (see `weights_lines`).
    """
    made = Classes(program, modules, Layouts().body, STYLE, {*reserved, *HELPERS, *IMPORTS})
    models = {name: model_class(program, made, name) for name in modules}
    names = frozenset(name for source in made.sources for name in names_of(source, ("keras", "layers")))
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
    training: str = "training",
    wishes: Mapping[Ref, str] | None = None,
    activity: Collection[UnitCall] = (),
    keeps: str = f"model.{KEPT}",
) -> EmittedFlow:
    """What a step's module computes, as far as `wanted` needs it, as statements over canonical tensors.

    `models` gives for each unit of kind module (by unit name) the expression of its instance (`model`,
    `models["generator"]`), `inputs` an expression for each input of the module (`batch["image"]`), `draws` the name of
    the mapping of draws (a key is a unit path in this module: `noise.random_normal`; its value is what the unit gives;
    what is missing is drawn by Keras). `reserved` are local names that the statements must not assign. `training` is
    the expression that tells models, and dropout of the block itself, whether this is training. `wishes` are names
    for results, used where they are free. `activity` are the calls of models whose penalties on outputs are collected.
    Layers and blocks of the step itself that draw numbers last from call to call: `keeps` is the mapping they are in.
    """
    takes = {name: emitted.models[name].takes_draws for name in emitted.models}
    laid = laid_out_step(module, list(dict.fromkeys(wanted)))
    nodes = FlowNodes(laid, models, takes, draws, training, activity, drawing_blocks(program, module), keeps)
    items, needed = nodes.items(), list(dict.fromkeys(laid.canonical[ref] for ref in wanted))
    flow = make_flow(
        items,
        needed,
        {(INPUT, place): text for place, text in enumerate(inputs)},
        outputs={laid.canonical[ref]: name for ref, name in (wishes or {}).items() if ref in laid.canonical},
        reserved={*LOCALS, *reserved, *emitted.names},
        inline_last=False,
    )
    lines = [line for statement in flow.statements for line in rendered(statement, 0)]
    names = {*global_names(flow.statements), *(name for value in flow.values.values() for name in root_names(value))}
    values = {ref: flat(flow.values[laid.canonical[ref]]) for ref in wanted}
    live = {laid.module.nodes[place].unit for item in live_items(items, needed) for place, _ in item.results}
    kept = dict(pair for unit, pair in nodes.kept.items() if unit in live)
    names |= {name for new in kept.values() for name in root_names(new)}
    return EmittedFlow(tuple(lines), values, frozenset(names), kept)


def render_prelude(names: Collection[str]) -> str:
    """Imports and helper definitions for these global names, ready to stand at the head of a file after its docstring;
    it begins with `from __future__ import annotations`. Unknown names are left alone.

    Known: `keras`, `layers`, `ops`, `initializers`, `Tensor`, `np`, `math`, `Mapping`, `Sequence`, `Iterable`,
    `Iterator`, `Callable`, `NamedTuple`, `Protocol`, `Any` and every helper of the model code.
    """
    return prelude(set(names), HELPERS, PACKAGES)


def emit_model_file(program: Program, model_name: str) -> str:
    """A standalone file for one model: its classes, `build`, `WEIGHTS`, `load_weights` and `read_weights`."""
    module = program.models[model_name]
    emitted = emit_models(program, [module], reserved=FILE_NAMES)
    model = emitted.models[module]
    origin = PurePath(program.source).name
    about = docstring(f"The model `{model_name}`{f' of {origin}' if origin else ''}, compiled to Keras by dlspec.", 0)
    names = {*emitted.names, "Any", "Mapping", "np", "keras"}
    parts = ["\n".join([*about, "", render_prelude(names)]), emitted.classes, *_functions(model)]
    return "\n\n".join(part.strip("\n") + "\n" for part in parts)


def _functions(model: ModelClass) -> list[str]:
    build = f'''
def build() -> {model.name}:
    """The model, not yet trained."""
    return {model.construct}
'''
    return ["\n".join(weights_lines(model.weights)), build, *weights_functions(model.weights)]


def weights_lines(weights: Mapping[str, str]) -> list[str]:
    """The table `WEIGHTS` as lines, from `path:layout`; a line that is too long and cannot be split says so."""
    about = docstring("Name of each weight and running statistic -> its variable, and how that is laid out.", 0)
    if not weights:
        return ["WEIGHTS: dict[str, tuple[str, str]] = {}", *about]
    lines = [line for name, path in weights.items() for line in _entry(name, *split_path(path))]
    return ["WEIGHTS: dict[str, tuple[str, str]] = {", *lines, "}", *about]


def _entry(name: str, place: str, layout: str) -> list[str]:
    line = f"    {literal(name)}: {literal((place, layout))},"
    if len(line) <= WIDTH:
        return [line]
    lines = [f"    {literal(name)}: (", f"        {literal(place)},", f"        {literal(layout)},", "    ),"]
    return [line if len(line) <= WIDTH else f"{line}  # noqa: E501" for line in lines]

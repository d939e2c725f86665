"""`dlspec compile`: standalone code and ONNX graphs, or any stage on the way there."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dlspec.cli.console import put, put_exactly, say
from dlspec.cli.errors import FINE, UsageProblem
from dlspec.cli.files import STDIN
from dlspec.cli.options import Backend, SetOption
from dlspec.cli.specs import whole_of
from dlspec.diagnostics.report import placed_in
from dlspec.diagnostics.span import SourceFile

if TYPE_CHECKING:
    from dlspec.artifacts import Arrays
    from dlspec.ir.program import Program

EXAMPLE = "dlspec compile digits.dl --to torch -o build"


class Stage(StrEnum):
    """What `--emit` prints."""

    AST = "ast"
    IR = "ir"
    GRAPH = "graph"
    TORCH = "torch"
    KERAS = "keras"
    ONNX = "onnx"


def compile(
    file: Annotated[
        str, typer.Argument(metavar="FILE|RUN", help="A spec (- is standard input), or a run.", show_default=False)
    ],
    to: Annotated[Backend | None, typer.Option("--to", help="What to compile to.", show_default=False)] = None,
    out: Annotated[Path, typer.Option("-o", "--out", metavar="DIR", help="Where the files go.")] = Path("."),
    model: Annotated[str | None, typer.Option("--model", metavar="NAME", help="One model.", show_default="all")] = None,
    weights: Annotated[
        Path | None,
        typer.Option("--weights", metavar="FILE", help="Trained weights, as safetensors.", show_default=False),
    ] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", min=0, metavar="N", help="Draw initial weights.", show_default=False)
    ] = None,
    emit: Annotated[
        Stage | None, typer.Option("--emit", help="Print a stage instead of writing files.", show_default=False)
    ] = None,
    set: SetOption = [],  # noqa: B006 - typer copies it
    force: Annotated[bool, typer.Option("--force", help="Replace files that dlspec has not written.")] = False,
) -> int:
    """Write code that needs its framework alone, or ONNX files.

    torch, keras: MODEL.py for each model, and LABEL_train.py for each training, which brings its models along. onnx:
    MODEL.onnx for each model. With weights (--weights, --seed, or those of a run) the code gets them beside it, as
    MODEL.npz; an ONNX file without weights takes them as inputs.
    """
    if weights is not None and seed is not None:
        raise UsageProblem("--weights and --seed exclude each other", "give one of them")
    if emit is Stage.AST:
        put(_tree_of(file))
        return FINE
    program, arrays, sources = _program_of(file, set)
    given = weights or arrays
    if emit is not None:
        _emit(program, emit, model)
        return FINE
    if to is None:
        raise UsageProblem("say what to compile to", "write --to torch, --to keras or --to onnx")
    from dlspec.api import compile_program

    with placed_in(sources):
        files = compile_program(program, to.value, out, model=model, weights=given, seed=seed, force=force)
    put("\n".join(str(out / name) for name in files))
    if to is not Backend.ONNX and model is None:
        _say_what_waits(program)
    return FINE


def _say_what_waits(program: Program) -> None:
    """The trainings that were left out, because they take sizes from data that compiling does not read."""
    from dlspec.artifacts import sizes_from_data

    for train in program.trains:
        sizes = sizes_from_data(program, train)
        if sizes:
            say(f"left out: the training '{train.label}' takes {', '.join(sizes)} from its data; compile a run of it")


def _program_of(file: str, set: list[str]) -> tuple[Program, Arrays | None, tuple[SourceFile, ...]]:
    """The program of a spec with its texts, or of a run with its weights."""
    path = Path(file)
    if path == STDIN or path.is_file() or path.suffix == ".dl":
        program, sources = whole_of(path, set)
        return program, None, sources
    from dlspec.training.run import Run

    if set:
        raise UsageProblem("a run is what it is: --set changes specs alone", "compile the spec, with --weights")
    run = Run.open(file)
    models = {use.name: use.module for use in run.train.models}
    return run.program.model_copy(update={"models": models, "trains": (run.train,)}), run.weights(), ()


def _tree_of(file: str) -> str:
    from dlspec.cli.files import source_of
    from dlspec.cli.stages import tree_text
    from dlspec.diagnostics.report import DlspecError
    from dlspec.syntax.parser import parse

    tree, problems = parse(source_of(Path(file)))
    if problems:
        raise DlspecError(problems)
    return tree_text(tree)


def _emit(program: Program, stage: Stage, model: str | None) -> None:
    """Print a stage of the program."""
    from dlspec import artifacts

    program = artifacts.with_trained_models(program)
    models = artifacts.chosen_models(program, model)
    if stage is Stage.IR:
        put(program.model_dump_json(indent=2))
    elif stage is Stage.GRAPH:
        from dlspec.cli.stages import graph_text

        put("\n\n".join(graph_text(program, name) for name in models))
    elif stage is Stage.ONNX:
        from dlspec.backends.onnx.text import model_text

        put("\n\n".join(model_text(each) for each in artifacts.onnx_models(program, models, None).values()))
    else:
        files = artifacts.python_files(
            stage.value, program, models, artifacts.whole_trains(program) if model is None else (), None
        )
        # One file alone is ready to be piped into a file.
        heads = {name: f"# {name}\n\n" if len(files) > 1 else "" for name in files}
        put_exactly("\n\n".join(heads[name] + content.decode() for name, content in files.items()))

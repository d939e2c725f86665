"""dlspec from Python: a spec as an object, with the command line's verbs as methods."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from dlspec import artifacts, pipeline
from dlspec.diagnostics.codes import runtime as codes
from dlspec.diagnostics.report import Diagnostic, Report, fail, placed_in
from dlspec.diagnostics.span import SourceFile
from dlspec.ir.program import Program
from dlspec.ir.resolve import MAX_PARAMETERS, Resolution, room
from dlspec.syntax.source import read_source

if TYPE_CHECKING:
    from dlspec.training.run import Run
    from dlspec.training.verify.table import Verification

Setting = bool | int | float | str | tuple[Any, ...] | list[Any] | None
"""A value for `settings`; text is an expression of the language, as behind `--set`."""


def load(path: str | Path, settings: Mapping[str, Setting] | None = None) -> Spec:
    """The spec in a file, with some parameters or settings changed as by `--set`.

    >>> spec = dlspec.load("digits.dl", {"width": 64, "optimizer.lr": 1e-2})
    """
    return Spec(path, settings)


class Spec:
    """A spec. Its file is read when it is loaded, and resolved when something of it is first asked for.

    What is wrong is raised as `DlspecError`, whose text is what the command line shows.
    """

    def __init__(
        self,
        path: str | Path,
        settings: Mapping[str, Setting] | None = None,
        *,
        source: SourceFile | None = None,
        max_parameters: int = MAX_PARAMETERS,
    ) -> None:
        self.path = Path(path)
        self.overrides = tuple((name, _spelt(value)) for name, value in (settings or {}).items())
        self.source = source or read_source(self.path)
        self._max_parameters = max_parameters

    def __repr__(self) -> str:
        return f"Spec({str(self.path)!r})"

    @cached_property
    def _resolution(self) -> Resolution:
        return pipeline.resolve(
            self.path, source=self.source, overrides=self.overrides, max_parameters=self._max_parameters
        )

    @property
    def program(self) -> Program:
        """The resolved program: every model, data block and training, with all shapes.

        >>> dlspec.load("digits.dl").program.trains[0].label
        'digits_cnn'
        """
        return pipeline.checked(self._resolution).program

    @property
    def whole(self) -> tuple[Program, list[Diagnostic]]:
        """The program without what this version cannot do, and the diagnostics that say what that is.

        >>> program, left_out = dlspec.load("digits.dl").whole
        """
        return pipeline.whole_part(self._resolution)

    @property
    def sources(self) -> tuple[SourceFile, ...]:
        """The texts that the spec is made of: its own and those it imports."""
        return tuple(self._resolution.sources.values())

    def check(self) -> list[Diagnostic]:
        """Everything that is wrong with the spec, and the linter's notes where nothing is; raises nothing for it.

        >>> dlspec.load("digits.dl").check()
        []
        """
        return list(self._findings)

    @cached_property
    def _findings(self) -> Report:
        """The report of the resolution; the linter knows the text alone, not what was changed in it."""
        with room():
            return self._resolution.report if self.overrides else pipeline.linted(self._resolution).report

    def format(self) -> str:
        """The text in its usual form.

        >>> print(dlspec.load("digits.dl").format())
        """
        from dlspec.syntax.printer import format_source

        return format_source(self.source)

    def summary(self, model: str | None = None) -> dict[str, Any]:
        """Parameters, multiply-adds, memory and layers of each model by name, or of the one that is named.

        >>> dlspec.load("digits.dl").summary()["digits_cnn"]["parameters"]
        151498
        """
        from dlspec.ir.summary import summarize

        program = artifacts.with_trained_models(self.whole[0])
        return {name: summarize(program, name).as_json() for name in artifacts.chosen_models(program, model)}

    def compile(
        self,
        to: Literal["torch", "keras", "onnx"] = "torch",
        out: str | Path | None = None,
        *,
        model: str | None = None,
        weights: str | Path | artifacts.Arrays | None = None,
        seed: int | None = None,
        force: bool = False,
    ) -> dict[str, bytes]:
        """The files that the spec is compiled to, by name; written into the folder `out` where one is given.

        PyTorch, Keras: `<model>.py` for each model and `<label>_train.py` for each training. ONNX: `<model>.onnx`.
        `model` limits it to one model. `weights` is a safetensors file or arrays by name, `seed` draws initial ones;
        Python code gets them as `<model>.npz`. A file in `out` that dlspec has not written is replaced only with
        `force`.

        >>> dlspec.load("digits.dl").compile("torch", "build").keys()
        dict_keys(['digits_cnn.py', 'digits_cnn_train.py'])
        """
        with room(), placed_in(self.sources):
            return compile_program(self.whole[0], to, out, model=model, weights=weights, seed=seed, force=force)

    def train(self, label: str | None = None, *, backend: str = "torch", data: Any = None, **options: Any) -> Run:
        """Train the (one) `train` block, or the one of that label; gives the run.

        `data` is a mapping of arrays or a DataFrame in place of the spec's source. `options` are those of
        `dlspec.training.train.train`: `device`, `runs`, `resume`, `log_every`, `progress`.

        >>> run = dlspec.load("digits.dl").train()
        >>> run.evaluate("test")
        """
        from dlspec.training.train import train

        return train(self.path, label, backend=backend, data=data, overrides=self.overrides, **options)

    def verify(self, tell: Callable[[str], None] = lambda text: None) -> Verification:
        """Compare the installed backends on every model and training: outputs, gradients, training steps, metrics.

        `tell` is called with what is measured, as it goes on.

        >>> dlspec.load("digits.dl").verify().ok
        True
        """
        from dlspec.training.verify.measure import verify_spec

        return verify_spec(
            self.path, source=self.source, overrides=self.overrides, max_parameters=self._max_parameters, tell=tell
        )


def compile_program(
    program: Program,
    to: str,
    out: str | Path | None = None,
    *,
    model: str | None = None,
    weights: str | Path | artifacts.Arrays | None = None,
    seed: int | None = None,
    force: bool = False,
) -> dict[str, bytes]:
    """What `Spec.compile` says, for a program at hand."""
    if to not in ("torch", "keras", "onnx"):
        raise fail(codes.MISSING_BACKEND, f"there is no backend '{to}'", help="compile to torch, keras or onnx")
    program = artifacts.with_trained_models(program)
    models = artifacts.chosen_models(program, model)
    arrays: artifacts.Arrays | None = None
    if seed is not None:
        arrays = artifacts.initial_arrays(program, models, seed)
    elif weights is not None:
        arrays = artifacts.weights_in(Path(weights)) if isinstance(weights, str | Path) else weights
    folder = None if out is None else Path(out)
    if to == "onnx":
        return _onnx(artifacts.onnx_models(program, models, arrays), folder, force)
    files = artifacts.python_files(
        to, program, models, artifacts.whole_trains(program) if model is None else (), arrays
    )
    if folder is not None:
        if not force:
            artifacts.require_free(folder, files)
        for name, content in files.items():
            with artifacts.writing(folder / name) as path:
                path.write_bytes(content)
    return files


def _onnx(models: Mapping[str, Any], folder: Path | None, force: bool) -> dict[str, bytes]:
    if folder is None:
        return {name: model.SerializeToString(deterministic=True) for name, model in models.items()}
    from dlspec.backends.onnx.emit import save_model

    if not force:
        artifacts.require_free(folder, models)
    files = {}
    for name, model in models.items():
        with artifacts.writing(folder / name) as path:
            save_model(model, path)
            files[name] = path.read_bytes()
    return files


def _spelt(value: Setting) -> str:
    """A value as a spec writes it."""
    if value is None or isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_spelt, value))}]"
    return str(value)

"""A run that has been made: its figures and weights, evaluation, predictions, export."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dlspec.backends.session import Session
from dlspec.data.fitted import Fitted
from dlspec.data.load import Columns, from_arrays, load_file
from dlspec.data.prepare import Prepared, columns_needed, transform
from dlspec.data.table import table_of
from dlspec.diagnostics.codes import runtime as codes
from dlspec.diagnostics.report import fail
from dlspec.ir.program import Data, ModelUse, Program, Train
from dlspec.tensor import Sym
from dlspec.training.backends import session_of
from dlspec.training.checks import check_parts
from dlspec.training.figures import evaluated
from dlspec.training.files import read_arrays, read_json, read_lines
from dlspec.training.folder import RunFolder, find_run
from dlspec.training.plan import plan_of
from dlspec.training.predictions import Predictions, decoded
from dlspec.training.setup import Setup, choose, data_of, hash_of_parts, parts_of, prepared_for, wanted_by
from dlspec.training.stored import read_program

if TYPE_CHECKING:
    from dlspec.training.export import Exported

Array = np.ndarray[Any, np.dtype[Any]]

GIVEN = "data"
"""What an evaluation calls data that was given to it."""


class Run:
    """A run by its folder. What it needs is read when it is asked for."""

    def __init__(self, folder: RunFolder, *, setup: Setup | None = None) -> None:
        self.folder = folder
        self._setup = setup

    @classmethod
    def open(cls, where: str | Path, runs: Path | None = None) -> Run:
        """The run that a path, a label (the newest that has weights) or `label/number` means."""
        run = cls(find_run(where, runs))
        run.folder.read_manifest()
        return run

    def __repr__(self) -> str:
        return f"Run('{self.path}')"

    # ---------------------------------------------------------------- what is in the folder

    @property
    def path(self) -> Path:
        """The folder."""
        return self.folder.path

    @property
    def label(self) -> str:
        """The training's label."""
        return self.train.label

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """Versions, seed, hashes, how it was started."""
        return self.folder.read_manifest()

    @property
    def result(self) -> dict[str, Any]:
        """Losses and metrics of every part, on the final weights."""
        return read_json(self.folder.result)

    @property
    def history(self) -> list[dict[str, Any]]:
        """A row an epoch."""
        return read_lines(self.folder.metrics)

    def weights(self) -> dict[str, Array]:
        """The final weights and running statistics, by canonical name."""
        return read_arrays(self.folder.weights)

    @property
    def root(self) -> Path:
        """The folder of the spec, where paths of its data begin."""
        spec = self.manifest.get("spec")
        folder = spec.get("folder") if isinstance(spec, dict) else None
        return (self.path / str(folder or ".")).resolve()

    @cached_property
    def program(self) -> Program:
        """What was trained, with the sizes learned from data."""
        return self._setup.program if self._setup else read_program(self.folder.program, self.root)

    @cached_property
    def train(self) -> Train:
        """The `train` block."""
        return self._setup.train if self._setup else choose(self.program, str(self.manifest.get("label")))

    @property
    def data(self) -> Data:
        """The `data` block."""
        return data_of(self.program, self.train)

    @cached_property
    def fitted(self) -> Fitted:
        """What the transforms have learned."""
        return Fitted.load(self.folder.data)

    # ---------------------------------------------------------------- evaluation

    def evaluate(self, split: str | None = None, *, data: Any = None) -> dict[str, Any]:
        """`{"split", "metrics", "examples"}`: the figures of a part, or of data that is given (a file, arrays).

        Without either it is the test part, or the validation part where there is no other.
        """
        if data is not None:
            part, fields = GIVEN, self._fields_of(data)
            check_parts(self.program, self.train, {part: fields})
        else:
            part, fields = self._part(split)
        count = len(next(iter(fields.values())))
        if not count:
            raise fail(codes.NO_SUCH_PART, "there are no rows to evaluate", help="give some, or let more pass `keep`")
        with self.session() as session:
            figures = evaluated(session, self.train, session.put(fields), self._batch)
        return {"split": part, "metrics": figures, "examples": count}

    @property
    def _batch(self) -> int:
        """The batch of the training, so that figures are the very same."""
        examples = self.manifest.get("data", {}).get("examples", {}).get("train", 1)
        return plan_of(self.train, examples).batch

    def _fields_of(self, data: Any) -> dict[str, Array]:
        """The fields that the losses and metrics use, of new data."""
        names = [port.name for port in self.train.fields]
        source = "the data given"
        if isinstance(data, str | Path):
            source = f"'{Path(data).name}'"
            rows = [*names, *self.data.drop_missing]
            data = load_file(
                Path(data),
                columns_needed(self.data, self.fitted, rows),
                optional=self._columns(),
                source=self.data.source,
            )
        fields = transform(
            self.data, self.fitted, data, fields=names, wanted=wanted_by(self.train), select_rows=True, source=source
        )
        return {name: fields[name] for name in names}

    def _columns(self) -> list[str]:
        return [name for names in self.fitted.columns.values() for name in names]

    def _part(self, split: str | None) -> tuple[str, dict[str, Array]]:
        parts = self.parts()
        if split is None:
            split = next(part for part in ("test", "validation", "train") if part in parts)
        if split not in parts:
            raise fail(
                codes.NO_SUCH_PART,
                f"the data has no part '{split}'",
                help=f"it has {', '.join(parts)}; `split` in the data block makes others",
            )
        return split, parts[split]

    def parts(self) -> dict[str, dict[str, Array]]:
        """The fields of every part as they were trained on; a diagnostic where the data is not what it was."""
        if self._setup is not None:
            return self._setup.parts
        parts = parts_of(self.train, self.prepared)
        if hash_of_parts(parts) != self.manifest.get("data", {}).get("hash"):
            raise fail(
                codes.RUN_CHANGED,
                f"the data is not what '{self.path}' was trained on",
                help="evaluate on new data with `--data FILE`, or train again",
            )
        return parts

    @cached_property
    def prepared(self) -> Prepared:
        """The data, prepared again from its source."""
        if self._setup is not None:
            return self._setup.prepared
        self._need_source()
        return prepared_for(self.program, self.train, self.root, None)

    def _need_source(self) -> None:
        if self.manifest.get("data", {}).get("source") == "given":
            raise fail(
                codes.NO_SUCH_PART,
                f"'{self.path}' was trained on data given in Python, which is not kept",
                help="give it again, as in `run.evaluate(data=frame)`",
            )

    def table(self, data: Any = None) -> Columns:
        """The raw columns of the run's data, or of what is given in its place."""
        if data is not None:
            return from_arrays(data)
        if self._setup is not None and self._setup.given is not None:
            return from_arrays(self._setup.given)
        self._need_source()
        return table_of(self.data, self.root, None, False)

    # ---------------------------------------------------------------- predictions

    def predict(self, data: Any, *, model: str | None = None) -> Predictions:
        """Predictions for raw inputs: a file, a mapping of arrays, or a DataFrame.

        Classes come as their names with probabilities, numbers in the target's own units.
        """
        use = self.model(model)
        inputs, count = self.inputs_of(use, data)
        outputs = self.outputs(inputs, use) if count else {}
        return decoded(self.program, self.train, use, self.data, self.fitted, outputs)

    def model(self, name: str | None = None) -> ModelUse:
        """The model of that name, or the only one."""
        models = {use.name: use for use in self.train.models}
        if name is None and len(models) == 1:
            return self.train.models[0]
        if name not in models:
            message = f"the run has no model '{name}'" if name else f"the run has several models: {', '.join(models)}"
            raise fail(codes.WHICH_MODEL, message, help=f"name one of {', '.join(models)} with --model")
        return models[name]

    def inputs_of(self, use: ModelUse, data: Any) -> tuple[dict[str, Array], int]:
        """The inputs of a model made of raw data by the fitted preprocessing, and how many rows there are.

        What the training computes itself (as noise) has no column, and is taken as it is by its name.
        """
        ports = {port.name: port.type for port in self.program.module(use.module).inputs}
        known = {result.name for result in self.data.module.outputs}
        fields = [name for name in ports if name in known]
        others = [name for name in ports if name not in known]
        source = "the data given"
        if isinstance(data, str | Path):
            source = f"'{Path(data).name}'"
            needed = [*columns_needed(self.data, self.fitted, fields), *others]
            data = load_file(Path(data), needed, source=self.data.source)
        missing = [name for name in others if name not in data]
        if missing:
            raise fail(
                codes.WRONG_INPUT,
                f"the input '{missing[0]}' of '{use.name}' is no field of the data: the training computes it",
                help=f"give it as a column or array of the name '{missing[0]}'",
            )
        wanted = {name: ports[name].element for name in fields}
        # A model that takes sequences of any length takes one that is shorter than those it was trained on.
        free = all(isinstance(next(iter(ports[name].shape), 0), Sym) for name in fields)
        inputs = (
            transform(self.data, self.fitted, data, fields=fields, wanted=wanted, short_windows=free, source=source)
            if fields
            else {}
        )
        for name in others:
            inputs[name] = np.asarray(data[name], dtype=np.float32 if ports[name].element == "float" else np.int64)
        ordered = {name: inputs[name] for name in ports}
        return ordered, len(next(iter(ordered.values())))

    def outputs(self, inputs: dict[str, Array], use: ModelUse, *, single: bool = False) -> dict[str, Array]:
        """A model's outputs for its inputs, in inference mode; `single` computes in float32, as exports do."""
        with self.session(single=single) as session:
            return session.predict(inputs, model=use.name)

    @contextmanager
    def session(self, *, single: bool = False) -> Iterator[Session]:
        """The trained model on its backend, ready on the CPU; closed at the end of the `with` block.

        It computes in the precision of the training, or (`single`) in float32.
        """
        weights = self.weights()
        kept = {name: entry for name, entry in self.train.settings.items() if not (single and name == "precision")}
        train = self.train.model_copy(update={"settings": kept})
        with session_of(str(self.manifest.get("backend")), self.program, train, "cpu") as session:
            session.load_weights(weights)
            yield session

    # ---------------------------------------------------------------- export

    def export(self, path: str | Path, *, model: str | None = None, data: Any = None, force: bool = False) -> Exported:
        """Write weights and preprocessing as one ONNX file, once it has been checked against the trained model.

        It is checked on rows of the run's own data, or of `data` (a mapping of arrays or a DataFrame).
        """
        from dlspec.training.export import export_run

        return export_run(self, Path(path), model=model, data=data, force=force)

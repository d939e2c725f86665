"""The main job from end to end: check a spec, train it on PyTorch and on Keras from the same initial weights, export
ONNX, run all three on the test part, draw the curves on top of each other.

Run by `make demo`. Writes the runs beside the spec, the ONNX file into the first run's folder, and
docs/images/digits.png.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import dlspec

HERE = Path(__file__).parent
SPEC = HERE / "digits.dl"
PICTURE = HERE.parent / "docs" / "images" / "digits.png"
REPEATS = 20
BOUND = 1e-4
"""How far ONNX Runtime may be from the model that it was exported from."""

Result = tuple[str, float, float, str]
"""A runtime, its accuracy on the test part, its milliseconds, and how far its outputs are from PyTorch's."""


def main() -> int:
    """Everything once; exit status 1 where the spec or the agreement of the runtimes is wrong."""
    spec = dlspec.load(SPEC)
    problems = [found for found in spec.check() if found.severity == "error"]
    print(f"check   {SPEC.name}: {problems or 'no error'}")
    if problems:
        return 1
    runs = {name: spec.train(backend=backend) for name, backend in (("PyTorch", "torch"), ("Keras", "keras"))}
    for name, run in runs.items():
        print(f"train   {name}: {len(run.history)} epochs, run folder {run.path.relative_to(HERE)}")
    model = runs["PyTorch"].path / "digits.onnx"
    runs["PyTorch"].export(model, force=True)
    print(f"export  {model.relative_to(HERE)}, {model.stat().st_size / 1024:.0f} KiB, preprocessing inside")
    results, worst = compare(runs, model)
    print()
    print(table(results))
    draw({name: run.history for name, run in runs.items()})
    print(f"\nThe loss curves are in {PICTURE.relative_to(HERE.parent)}.")
    return 0 if worst <= BOUND else 1


def compare(runs: dict[str, dlspec.Run], model: Path) -> tuple[list[Result], float]:
    """Each runtime on the test part. Keras and ONNX Runtime get PyTorch's weights for the difference of the outputs,
    Keras its own for the accuracy."""
    from dlspec.backends.onnx.runtime import OnnxSession

    run = runs["PyTorch"]
    rows, columns = run.prepared.rows["test"], run.table()
    pixels = np.stack([columns[name] for name in run.fitted.columns["pixel"]], axis=1)[rows].astype(np.float32)
    labels = columns["digit"][rows].astype(int)
    inputs = {"image": run.parts()["test"]["image"]}

    def accuracy(outputs: dict[str, Any]) -> float:
        return float((outputs["logits"].argmax(axis=1) == labels).mean())

    def difference(outputs: dict[str, Any]) -> float:
        return float(np.abs(outputs["logits"] - reference["logits"]).max())

    with run.session() as session:
        reference, seconds = timed(lambda: session.predict(inputs))
        results = [("PyTorch", accuracy(reference), seconds * 1000, "reference")]
    with runs["Keras"].session() as session:
        own, seconds = timed(lambda: session.predict(inputs))
        session.load_weights(run.weights())
        same = difference(session.predict(inputs))
        results.append(("Keras", accuracy(own), seconds * 1000, f"{same:.1e}"))
    onnx = OnnxSession(model)
    outputs, seconds = timed(lambda: onnx.predict({"pixel": pixels}))
    worst = max(same, difference(outputs))
    results.append(("ONNX Runtime", accuracy(outputs), seconds * 1000, f"{difference(outputs):.1e}"))
    return results, worst


def timed(action: Callable[[], Any]) -> tuple[Any, float]:
    """The result, and the median seconds of several calls."""
    result = action()
    seconds = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        action()
        seconds.append(time.perf_counter() - start)
    return result, float(np.median(seconds))


def table(results: list[Result]) -> str:
    """One table of what was compared."""
    lines = [f"{'test part':14}{'accuracy':>10}{'ms':>9}{'same weights, largest difference':>35}", "-" * 68]
    for name, accuracy, milliseconds, difference in results:
        lines.append(f"{name:14}{accuracy:>10.4f}{milliseconds:>9.2f}{difference:>35}")
    return "\n".join(lines)


def draw(histories: dict[str, list[dict[str, Any]]]) -> None:
    """Loss and accuracy over the epochs, of both backends on top of each other."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    colours = {"train": "#4878a8", "validation": "#d9823b"}
    for (backend, history), style in zip(histories.items(), ("-", "--"), strict=True):
        epochs = [row["epoch"] + 1 for row in history]
        for axis, name in zip(axes, ("loss", "accuracy"), strict=True):
            for part, colour in colours.items():
                figures = [row[part][name] for row in history]
                axis.plot(epochs, figures, style, label=f"{part}, {backend}", color=colour, linewidth=2)
    for axis, name in zip(axes, ("loss", "accuracy"), strict=True):
        axis.set(xlabel="epoch", ylabel=name)
        axis.xaxis.get_major_locator().set_params(integer=True)
        axis.grid(alpha=0.3)
        axis.spines[["top", "right"]].set_visible(False)
    axes[0].set_yscale("log")
    axes[0].legend(frameon=False)
    figure.suptitle("examples/digits.dl on PyTorch and on Keras, from the same initial weights")
    PICTURE.parent.mkdir(exist_ok=True)
    figure.savefig(PICTURE, dpi=110)
    pyplot.close(figure)


if __name__ == "__main__":
    sys.exit(main())

"""The main job from end to end: check a spec, train it, export ONNX, compare both on the test part, draw the curves.

Run by `make demo`. Writes the run beside the spec, the ONNX file into the run folder, and docs/images/digits.png.
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


def main() -> int:
    """Everything once; exit status 1 where the spec or the agreement of both runtimes is wrong."""
    spec = dlspec.load(SPEC)
    problems = [found for found in spec.check() if found.severity == "error"]
    print(f"check   {SPEC.name}: {problems or 'no error'}")
    if problems:
        return 1
    run = spec.train()
    print(f"train   {len(run.history)} epochs, run folder {run.path.relative_to(HERE)}")
    model = run.path / "digits.onnx"
    run.export(model, force=True)
    print(f"export  {model.relative_to(HERE)}, {model.stat().st_size / 1024:.0f} KiB, preprocessing inside")
    rows, worst = compare(run, model)
    print()
    print(table(rows, worst))
    draw(run.history)
    print(f"\nThe loss curves are in {PICTURE.relative_to(HERE.parent)}.")
    return 0 if worst <= 1e-4 else 1


def compare(run: dlspec.Run, model: Path) -> tuple[list[tuple[str, float, float]], float]:
    """Accuracy and milliseconds of each runtime on the test part, and the largest difference of their outputs."""
    from dlspec.backends.onnx.runtime import OnnxSession

    rows = run.prepared.rows["test"]
    columns = run.table()
    pixels = np.stack([columns[name] for name in run.fitted.columns["pixel"]], axis=1)[rows].astype(np.float32)
    labels = columns["digit"][rows].astype(int)
    fields = run.parts()["test"]
    onnx = OnnxSession(model)
    with run.session() as session:
        torch_logits, torch_time = timed(lambda: session.predict({"image": fields["image"]}))
        onnx_logits, onnx_time = timed(lambda: onnx.predict({"pixel": pixels}))
    results = (("PyTorch", torch_logits, torch_time), ("ONNX Runtime", onnx_logits, onnx_time))
    rows_of_table = [
        (name, float((outputs["logits"].argmax(axis=1) == labels).mean()), seconds * 1000)
        for name, outputs, seconds in results
    ]
    return rows_of_table, float(np.abs(torch_logits["logits"] - onnx_logits["logits"]).max())


def timed(action: Callable[[], Any]) -> tuple[Any, float]:
    """The result, and the median seconds of several calls."""
    result = action()
    seconds = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        action()
        seconds.append(time.perf_counter() - start)
    return result, float(np.median(seconds))


def table(rows: list[tuple[str, float, float]], worst: float) -> str:
    """One table of what was compared."""
    lines = [f"{'test part':14}{'accuracy':>10}{'ms':>9}{'largest difference':>21}", "-" * 54]
    for place, (name, accuracy, milliseconds) in enumerate(rows):
        difference = "reference" if place == 0 else f"{worst:.1e}"
        lines.append(f"{name:14}{accuracy:>10.4f}{milliseconds:>9.2f}{difference:>21}")
    return "\n".join(lines)


def draw(history: list[dict[str, Any]]) -> None:
    """The loss of training and validation over the epochs, and the accuracy beside it."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
    epochs = [row["epoch"] + 1 for row in history]
    for axis, name in zip(axes, ("loss", "accuracy"), strict=True):
        for part, colour in (("train", "#4878a8"), ("validation", "#d9823b")):
            axis.plot(epochs, [row[part][name] for row in history], label=part, color=colour, linewidth=2)
        axis.set(xlabel="epoch", ylabel=name)
        axis.xaxis.get_major_locator().set_params(integer=True)
        axis.grid(alpha=0.3)
        axis.spines[["top", "right"]].set_visible(False)
    axes[0].set_yscale("log")
    axes[0].legend(frameon=False)
    figure.suptitle("examples/digits.dl: training on PyTorch")
    PICTURE.parent.mkdir(exist_ok=True)
    figure.savefig(PICTURE, dpi=110)
    pyplot.close(figure)


if __name__ == "__main__":
    sys.exit(main())

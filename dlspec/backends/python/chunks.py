"""Sequences cut in time: the generated `chunks`, and `over_time`, which puts together what their updates gave."""

from __future__ import annotations

from dlspec.backends.python.layout import literal
from dlspec.backends.python.plan import Plan
from dlspec.backends.python.text import Part

CHUNKS = '''
def chunks(batch: Batch) -> Iterator[tuple[int, Batch]]:
    """The chunks of TIME steps that a batch is cut into, with their lengths."""
    length = batch[FIRST].shape[1]
    for start in range(0, length, TIME):
        cut = {name: batch[name][:, start : start + TIME] for name in FIELDS}
        yield min(TIME, length - start), {**batch, **cut}
'''

OVER_TIME = '''
def over_time(results: Sequence[tuple[int, dict[str, Tensor], Outputs]]) -> tuple[dict[str, Tensor], Outputs]:
    """The mean of each figure over the chunks, by their lengths, and what the metrics compare in one piece."""
    steps = sum(length for length, _, _ in results)
    figures = {name: sum(length * made[name] for length, made, _ in results) / steps for name in results[0][1]}
    outputs = {
        name: tuple(
            parts[-1] if axis is None else JOIN
            for axis, *parts in zip(AXES[name], *(made[name] for _, _, made in results), strict=True)
        )
        for name in results[0][2]
    }
    return figures, outputs
'''


def chunk_parts(plan: Plan, join: str) -> list[Part]:
    """The functions, where time is cut; `join` is the expression that concatenates `parts` along `axis`."""
    if plan.truncation is None:
        return []
    fields = plan.truncation.fields
    texts = [
        CHUNKS.replace("FIRST", literal(fields[0])).replace("FIELDS", literal(fields)),
        OVER_TIME.replace("JOIN", join),
    ]
    return [Part(_axes(plan)), *(Part(text.strip("\n").split("\n")) for text in texts)]


def _axes(plan: Plan) -> list[str]:
    """The table of dimensions of time."""
    assert plan.truncation is not None
    rows = [
        f"    {literal(name)}: {literal(tuple(None if axis is None else axis + 1 for axis in axes))},"
        for name, axes in plan.truncation.metrics.items()
    ]
    about = '"""Where time is in what each metric compares, behind the batch; None where it is not."""'
    head = "AXES: dict[str, tuple[int | None, ...]] = {"
    return [head, *rows, "}", about] if rows else [f"{head}}}", about]

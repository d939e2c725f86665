"""The plain training loop of the generated file: `fit`, the same for every framework but for some words."""

from __future__ import annotations

from dataclasses import dataclass

from dlspec.backends.python.docs import docstring
from dlspec.backends.python.layout import literal
from dlspec.backends.python.plan import Plan
from dlspec.catalog.base import Metric
from dlspec.catalog.train_settings import Stop


@dataclass(frozen=True, slots=True)
class Words:
    """How a framework says it; `{}` stands for what goes in.

    `parameters` are further ones of `fit`; `start` gets the model ready, `tensors` moves arrays to the device, `seed`
    seeds the generators, `order` is the order of the examples, `split` cuts it into batches, `batch` takes the rows of
    a batch, `places` their numbers as an array, `keep` copies the weights and `put_back` sets them.
    """

    parameters: tuple[str, ...]
    start: tuple[str, ...]
    tensors: str
    seed: str
    order: str
    split: str
    batch: str
    places: str
    keep: str
    put_back: str


AUGMENT = "Callable[[int, np.ndarray, Mapping[str, np.ndarray]], Mapping[str, np.ndarray]]"
"""The type of what changes the examples of a batch at random."""

UPDATES = '''
def updates(count: int) -> Iterator[tuple[int, Step]]:
    """The updates of an epoch of so many batches: which one sees which batch. Each repetition takes the next."""
    place = 0
    while place < count:
        for step in STEPS:
            for repetition in range(step.repeat):
                place += repetition > 0
                if place == count:
                    return
                yield place, step
        place += 1
'''


def updates_lines(plan: Plan) -> list[str]:
    """`updates`, where a step is made several times in its turn."""
    return UPDATES.strip("\n").split("\n") if repeats(plan) else []


def fit_lines(plan: Plan, words: Words) -> list[str]:
    """`fit`."""
    return [
        *_fit_head(plan, words),
        *_fit_start(plan, words),
        "    try:",
        "        for epoch in range(epochs):",
        *(f"            {line}" for line in _epoch(plan, words)),
        "    except KeyboardInterrupt:",
        '        print(f"interrupted after {len(history)} epochs")',
        *(f"    {line}" for line in _switch(plan, "eval")),
        *(["    if kept:", f"        {words.put_back}"] if plan.stop and plan.stop.restore_best else []),
        "    return history",
    ]


def _fit_head(plan: Plan, words: Words) -> list[str]:
    size = "int | None" if plan.batch is None else "int"
    metrics = ["    metrics: Mapping[str, Callable[..., float]] | None = None,"] if plan.metrics else []
    monitor = ""
    if plan.stop:
        back = ", whose weights are put back" if plan.stop.restore_best else ""
        monitor = (
            f" It stops when `{plan.stop.monitor}` has not got better for more than {plan.stop.patience} epochs"
            f" after its best one{back}."
        )
    about = (
        "Train the model; gives a row of figures for each epoch.\n\n"
        "`train` and `validation` map the name of each field to an array with the examples in its first dimension"
        + ("; `metrics` maps the name of a metric to a function of what it compares." if plan.metrics else ".")
        + (
            " `augment` is given the epoch, the numbers of a batch's examples and their fields, and gives the fields"
            " that are changed at random."
            if plan.augmented
            else ""
        )
        + monitor
    )
    return [
        "def fit(",
        f"    model: {plan.model_type},",
        "    train: Mapping[str, np.ndarray],",
        "    validation: Mapping[str, np.ndarray] | None = None,",
        "    *,",
        "    epochs: int = EPOCHS,",
        f"    batch_size: {size} = BATCH,",
        "    seed: int = SEED,",
        *(f"    {parameter}," for parameter in words.parameters),
        *metrics,
        *([f"    augment: {AUGMENT} | None = None,"] if plan.augmented else []),
        ") -> list[dict[str, Any]]:",
        *docstring(about, 1),
    ]


def _fit_start(plan: Plan, words: Words) -> list[str]:
    lines = [f"    {line}" for line in words.start]
    if len(plan.steps) == 1:
        lines.append(f"    optimizer = make_optimizer{plan.steps[0].suffix}(model)")
    else:
        lines.append("    optimizers = {step.name: step.make_optimizer(model) for step in STEPS}")
    lines += [
        f"    columns = {words.tensors.format('train')}",
        f"    held_out = None if validation is None else {words.tensors.format('validation')}",
        "    count = len(next(iter(columns.values())))",
    ]
    if plan.batch is None:
        lines.append("    batch_size = batch_size or count")
    if plan.accumulate > 1:
        lines.append("    step_size = ACCUMULATE * batch_size")
    lines += [
        f"    steps_per_epoch = math.ceil(count / {_step_size(plan)})",
        f"    {words.seed}",
        "    history: list[dict[str, Any]] = []",
    ]
    if plan.monitors:
        begun = ", ".join(f"{literal(monitor)}: []" for monitor in plan.monitors)
        lines.append(f"    seen: dict[str, list[float]] = {{{begun}}}")
    if plan.stop:
        worst = "-math.inf" if higher_is_better(plan, plan.stop.monitor) else "math.inf"
        kept = "best, kept, waited = " + worst + ", {}, 0" if plan.stop.restore_best else f"best, waited = {worst}, 0"
        lines.append(f"    {kept}")
    return lines


def _epoch(plan: Plan, words: Words) -> list[str]:
    order = "np.random.default_rng([seed, epoch]).permutation(count)" if plan.shuffle else "np.arange(count)"
    return [
        "start_epoch(model, epoch)",
        *_switch(plan, "train"),
        f"order = {words.order.format(order)}",
        *(_one_step(plan, words) if len(plan.steps) == 1 else _many_steps(plan, words)),
        *_switch(plan, "eval"),
        *_row(plan),
        *(line for monitor in plan.monitors for line in _noted(monitor)),
        *(_stopping(plan, plan.stop, words) if plan.stop else []),
    ]


def _switch(plan: Plan, mode: str) -> list[str]:
    """`train` gives the model the weights that are trained, `eval` their average."""
    if plan.average is None:
        return []
    if len(plan.steps) == 1:
        return [f"optimizer.{mode}()"]
    return ["for part in STEPS:", f"    optimizers[part.name].{mode}()"]


def _noted(monitor: str) -> list[str]:
    """The figures that learning rates depend on."""
    part, _, name = monitor.partition(".")
    line = f"seen[{literal(monitor)}].append(row[{literal(part)}][{literal(name)}])"
    return [line] if part == "train" else ["if held_out is not None:", f"    {line}"]


def _step_size(plan: Plan) -> str:
    """The examples of a step."""
    return "batch_size" if plan.accumulate == 1 else "step_size"


def _split(plan: Plan, words: Words) -> str:
    """The order cut into what each step sees."""
    return words.split.replace("batch_size", _step_size(plan))


def _given_rate(plan: Plan) -> str:
    return "(step, steps_per_epoch, seen)" if plan.monitors else "(step, steps_per_epoch)"


def _one_step(plan: Plan, words: Words) -> list[str]:
    suffix, given = plan.steps[0].suffix, ", draws" if plan.random_units else ""
    return [
        "results = []",
        f"for step, rows in enumerate({_split(plan, words)}, start=epoch * steps_per_epoch):",
        *(f"    {line}" for line in _batch(plan, words)),
        f"    rate = learning_rate{suffix}{_given_rate(plan)}",
        f"    figures, outputs = train_step{suffix}(model, optimizer, batch, rate{given})",
        "    results.append(({name: (value, len(rows)) for name, value in figures.items()}, outputs))",
    ]


def _batch(plan: Plan, words: Words) -> list[str]:
    draws = [f"draws = {words.tensors.format('draw(len(rows), seed, step)')}"] if plan.random_units else []
    return [f"batch = {words.batch}", *_augmented(plan, words), *draws]


def _augmented(plan: Plan, words: Words) -> list[str]:
    if not plan.augmented:
        return []
    chosen = "{name: values[places] for name, values in train.items()}"
    return [
        "if augment:",
        f"    places = {words.places}",
        f"    batch |= {words.tensors.format(f'augment(epoch, places, {chosen})')}",
    ]


def _many_steps(plan: Plan, words: Words) -> list[str]:
    given = ", draws" if plan.random_units else ""
    update = [
        f"rate = part.learning_rate{_given_rate(plan)}",
        f"figures, outputs = part.train_step(model, optimizers[part.name], batch, rate{given})",
        "results[part.name].append(({name: (value, len(rows)) for name, value in figures.items()}, outputs))",
    ]
    start = "results: dict[str, list[Any]] = {part.name: [] for part in STEPS}"
    if repeats(plan):
        return [
            start,
            f"slices = {_split(plan, words)}",
            "for place, part in updates(len(slices)):",
            "    step, rows = epoch * steps_per_epoch + place, slices[place]",
            *(f"    {line}" for line in (*_batch(plan, words), *update)),
        ]
    return [
        start,
        f"for step, rows in enumerate({_split(plan, words)}, start=epoch * steps_per_epoch):",
        *(f"    {line}" for line in _batch(plan, words)),
        "    for part in STEPS:",
        *(f"        {line}" for line in update),
    ]


def repeats(plan: Plan) -> bool:
    """Whether a step is made several times in its turn."""
    return any(step.step.repeat > 1 for step in plan.steps)


def _row(plan: Plan) -> list[str]:
    """The figures of an epoch."""
    if len(plan.steps) == 1:
        lines = ["figures = average([each for each, _ in results])"]
        scores = ["if metrics:", "    figures |= score(metrics, joined([outputs for _, outputs in results]))"]
        rate = "rate"
    else:
        lines = [
            "figures: dict[str, float] = {}",
            "for made in filter(None, results.values()):",
            "    for name, value in average([each for each, _ in made]).items():",
            "        figures[name] = figures.get(name, 0.0) + value  # `loss` and `penalty` of the steps add up",
        ]
        scores = ["    if metrics:", "        figures |= score(metrics, joined([outputs for _, outputs in made]))"]
        rate = f"STEPS[0].learning_rate{_given_rate(plan)}"
    lines += scores if plan.metrics else []
    lines += [
        f'row = {{"epoch": epoch, "step": step + 1, "train": figures, "lr": {rate}}}',
        "if held_out is not None:",
    ]
    if plan.metrics:
        lines += [
            "    figures, outputs = evaluate(model, batches(held_out, batch_size))",
            '    row["validation"] = figures | score(metrics or {}, outputs)',
        ]
    else:
        lines.append('    row["validation"], _ = evaluate(model, batches(held_out, batch_size))')
    return [*lines, "history.append(row)"]


def _stopping(plan: Plan, stop: Stop, words: Words) -> list[str]:
    part, _, name = stop.monitor.partition(".")
    sign = ">" if higher_is_better(plan, stop.monitor) else "<"
    keep = [f"    kept = {words.keep}"]
    lines = [
        f"monitored = row[{literal(part)}][{literal(name)}]",
        f"if monitored {sign} best:",
        "    best, waited = monitored, 0",
        *(keep if stop.restore_best else []),
        "else:",
        "    waited += 1",
        f"if waited > {stop.patience}:",
        "    break",
    ]
    if part == "train":
        return lines
    return ["if held_out is not None:", *(f"    {line}" for line in lines)]


def higher_is_better(plan: Plan, monitor: str) -> bool:
    """Which direction of a figure is the better one: losses fall, metrics say so themselves."""
    name = monitor.partition(".")[2] or monitor
    for metric in plan.metrics:
        if metric.name == name and isinstance(metric.metric, Metric):
            return metric.metric.higher_is_better
    return False

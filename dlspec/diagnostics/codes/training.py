"""DL5xx: train, step and tune blocks."""

from __future__ import annotations

from dlspec.diagnostics.codes.base import Code

UNKNOWN_MODEL = Code(
    "DL501",
    "unknown-model",
    "A `train`, `step` or `tune` names a model that is not declared, or not in the header of the block.",
    "train digit_cnn on digits { … }",
    "train digits_cnn on digits { … }",
)
UNKNOWN_DATA = Code(
    "DL502",
    "unknown-data",
    "A `train` or `tune` names a data block that is not declared.",
    "train m on digit { … }",
    "train m on digits { … }",
)
UNFED_INPUT = Code(
    "DL503",
    "model-input-without-data",
    "The model has an input for which the data has no field, and the block no binding, of that name.",
    'data d { … picture = column("p*") }\nmodel m { input image: float[64] … }',
    'data d { … image = column("p*") }\nmodel m { input image: float[64] … }',
)
AMBIGUOUS = Code(
    "DL504",
    "ambiguous-name",
    "A name could be two things in a `train` block: a field of the data and an output of the model.",
    'data d { … logits = column("y") }      # and the model has an output `logits`',
    'data d { … target = column("y") }',
)
UNCLEAR_LOSS = Code(
    "DL505",
    "unclear-loss",
    "A loss without a flow takes the one output and the one field that nothing else consumes; here there are more, "
    "or none.",
    "loss cross_entropy            # two outputs",
    "loss (logits, label) -> cross_entropy",
)
NOT_A_LOSS = Code(
    "DL506",
    "not-a-loss",
    "What stands as a loss or metric is none: it must end in one, or give one number for each example.",
    "loss (logits, label) -> concat",
    "loss (logits, label) -> cross_entropy",
)
MISSING_SETTING = Code(
    "DL507",
    "missing-setting",
    "A `train` block, or a step of it, lacks a setting that it cannot do without: a loss or an optimizer; a `tune` "
    "block lacks its goal.",
    "train m on d {\n  optimizer adam\n}",
    "train m on d {\n  loss mse\n  optimizer adam\n}",
)
UNKNOWN_FIGURE = Code(
    "DL508",
    "unknown-figure",
    "A setting watches a figure that the training does not report: a split that the data does not have, or a name "
    "that is no loss term and no metric.",
    "stop monitor=validation.acuracy",
    "stop monitor=validation.accuracy",
)
DUPLICATE_LABEL = Code(
    "DL509",
    "duplicate-label",
    "Two `train` blocks have one label, which names their runs.",
    "train m on a { … }\ntrain m on b { … }",
    "train m on a { … }\ntrain m on b as second { … }",
)
UNKNOWN_PATH = Code(
    "DL510",
    "unknown-path",
    "A path of a search or of `--set` fits no parameter of a model and no setting of the training.",
    "search optimzer.lr = log_uniform(1e-4, 1e-1)",
    "search optimizer.lr = log_uniform(1e-4, 1e-1)",
)
UNCOVERED_WEIGHTS = Code(
    "DL511",
    "weights-without-an-optimizer",
    "Every optimizer has a pattern, and some weights match none of them: they would stay as they are.",
    'optimizer adam, on="encoder.*"',
    'optimizer adam\noptimizer sgd, on="encoder.*"',
)
MIXED_STEPS = Code(
    "DL512",
    "settings-outside-of-steps",
    "A block with `step`s has a loss, optimizer or the like outside of them; each step has its own.",
    "train g, d on faces {\n  optimizer adam\n  step d { … }\n}",
    "train g, d on faces {\n  step d { optimizer adam … }\n}",
)
BAD_SCHEDULE = Code(
    "DL513",
    "bad-schedule",
    "The phases of a schedule do not fit one after another, or what stands in one is no phase.",
    "schedule cosine -> linear",
    "schedule warmup(epochs=2) -> cosine",
)
WRONG_DATA_SHAPE = Code(
    "DL514",
    "data-does-not-fit-the-model",
    "A field has another shape or element type than the model's input of that name.",
    'image = column("pixel_*")                 # float[64], and the input is float[1, 8, 8]',
    'image = column("pixel_*") -> reshape(1, 8, 8)',
)
NOTHING_TO_TRAIN = Code(
    "DL515",
    "nothing-to-train",
    "The model that a training or step updates has no weights, or the loss depends on none of them.",
    "model m {\n  input x: float[4]\n  output y = x -> sum\n}\ntrain m on d { … }",
    "model m {\n  input x: float[4]\n  output y = x -> dense(1)\n}\ntrain m on d { … }",
)
CANNOT_TRUNCATE = Code(
    "DL516",
    "cannot-truncate",
    "`truncate` cuts sequences into chunks and carries the state of recurrent layers from one to the next. It needs a "
    "sequence (an input whose first dimension is a symbolic size), a recurrent layer that reads it forwards, and no "
    "other layer or loss that looks at several time steps at once.",
    "output y = x -> lstm(32, bidirectional=true) -> dense(64)\ntrain m on d { truncate 32 … }",
    "output y = x -> lstm(32) -> dense(64)\ntrain m on d { truncate 32 … }",
)
NOTHING_TO_ACCUMULATE = Code(
    "DL517",
    "nothing-to-accumulate",
    "`accumulate` makes one update of several batches, and with `batch all` an epoch has just one.",
    "batch all\naccumulate 4",
    "batch 32\naccumulate 4",
)

CODES: tuple[Code, ...] = (
    UNKNOWN_MODEL, UNKNOWN_DATA, UNFED_INPUT, AMBIGUOUS, UNCLEAR_LOSS, NOT_A_LOSS, MISSING_SETTING, UNKNOWN_FIGURE,
    DUPLICATE_LABEL, UNKNOWN_PATH, UNCOVERED_WEIGHTS, MIXED_STEPS, BAD_SCHEDULE, WRONG_DATA_SHAPE, NOTHING_TO_TRAIN,
    CANNOT_TRUNCATE, NOTHING_TO_ACCUMULATE,
)  # fmt: skip

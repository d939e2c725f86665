"""DL2xx: names, arguments and values."""

from __future__ import annotations

from dlspec.diagnostics.codes.base import Code

UNKNOWN_NAME = Code(
    "DL201",
    "unknown-name",
    "A name is used that nothing in this place binds: no binding above, no input, no parameter, no declaration of the "
    "file or its imports, and nothing of the catalogue.",
    "model m {\n  input x: float[4]\n  output y = hiden -> dense(1)\n}",
    "model m {\n  input x: float[4]\n  hidden = x -> dense(8)\n  output y = hidden -> dense(1)\n}",
)
UNKNOWN_LAYER = Code(
    "DL202",
    "unknown-layer",
    "Right of an arrow stands a name that is no layer of the catalogue, no block, no model and no bound layer.",
    "x -> desne(10)",
    "x -> dense(10)",
)
UNKNOWN_ARGUMENT = Code(
    "DL203",
    "unknown-argument",
    "A call or setting gives an argument that what is called does not take.",
    "x -> conv(8, 3x3, strides=2)",
    "x -> conv(8, 3x3, stride=2)",
)
MISSING_ARGUMENT = Code(
    "DL204",
    "missing-argument",
    "A call or setting leaves out an argument that has no default.",
    "x -> conv(8)",
    "x -> conv(8, 3x3)",
)
REPEATED_ARGUMENT = Code(
    "DL205",
    "repeated-argument",
    "One argument is given twice: by position and by keyword, or by keyword two times.",
    "x -> dense(10, size=20)",
    "x -> dense(10)",
)
BAD_ARGUMENT = Code(
    "DL206",
    "bad-argument",
    "An argument has the wrong type, or a value outside of what is allowed.",
    "x -> dropout(1.5)",
    "x -> dropout(0.5)",
)
TOO_MANY_ARGUMENTS = Code(
    "DL207",
    "too-many-arguments",
    "A call gives more arguments by position than there are parameters.",
    "x -> relu(1, 2)",
    "x -> relu",
)
BAD_CHOICE = Code(
    "DL208",
    "bad-choice",
    "A parameter takes one of a few bare names, and something else was written.",
    "x -> conv(8, 3x3, padding=smae)",
    "x -> conv(8, 3x3, padding=same)",
)
DUPLICATE_NAME = Code(
    "DL209",
    "duplicate-name",
    "One name is bound twice in one scope. Each name is one thing, so that a reader finds it in one place.",
    "h = x -> dense(8)\nh = h -> relu",
    "h = x -> dense(8)\na = h -> relu",
)
NOT_A_LAYER = Code(
    "DL210",
    "not-a-layer",
    "Something stands where a layer belongs and is none: right of an arrow, or as an argument that takes a layer.",
    "width = 8\ny = x -> width",
    "width = 8\ny = x -> dense(width)",
)
NOT_A_TENSOR = Code(
    "DL211",
    "not-a-tensor",
    "Something stands where data belongs and is none, such as a layer that was given no data.",
    "output y = dense(10)",
    "output y = x -> dense(10)",
)
BAD_OPERATION = Code(
    "DL212",
    "bad-operation",
    "An operator or function cannot work on these values.",
    'width = "8" * 2.5',
    "width = 8 * 2",
)
NOT_KNOWN_YET = Code(
    "DL213",
    "known-only-at-run-time",
    "A compile-time choice depends on a size that is known only when the model runs, or only after the data were read.",
    "y = a if in.shape[0] == 4 else b      # in: float[T, 8]",
    "y = a if in.shape[1] == 8 else b",
)
BOUND_REPEATED = Code(
    "DL214",
    "bound-layer-repeated",
    "A layer bound to a name is one layer with one set of weights; `* n` and layer parameters need fresh ones.",
    "h = dense(8)\ny = x -> h * 3",
    "y = x -> dense(8) * 3",
)
NOT_CALLABLE = Code(
    "DL215",
    "not-callable",
    "Something is called that takes no arguments: a tensor, a number, or a layer that is already bound.",
    "h = x -> dense(8)\ny = h(3)",
    "h = x -> dense(8)\ny = h -> dense(3)",
)
BAD_ATTRIBUTE = Code(
    "DL216",
    "unknown-attribute",
    "A value has no attribute of that name. Tensors have `shape`; a bound layer has its weights; a field of data has "
    "`classes` or `size` where it learns kinds.",
    "n = x.shapes[0]",
    "n = x.shape[0]",
)
BAD_UNPACKING = Code(
    "DL217",
    "wrong-number-of-values",
    "A binding names more or fewer values than its right side gives.",
    "mean, spread = x -> dense(8)",
    "mean = x -> dense(8)\nspread = x -> dense(8)",
)
MISPLACED_STATEMENT = Code(
    "DL218",
    "statement-of-another-place",
    "A step holds the settings of one update, such as `loss` and `optimizer`; `epochs`, `batch` and the other settings "
    "of the whole training stand outside of it, and so do bindings. `repeat` belongs to a step.",
    "train g, d on faces {\n  step d { epochs 20 … }\n}",
    "train g, d on faces {\n  step d { … }\n  epochs 20\n}",
)
MISSING_RESULT = Code(
    "DL219",
    "missing-result",
    "A model has no `output`, or a block no `return`: nothing comes out of it.",
    "model m {\n  input x: float[4]\n  h = x -> dense(8)\n}",
    "model m {\n  input x: float[4]\n  output h = x -> dense(8)\n}",
)
MISSING_INPUT = Code(
    "DL220",
    "missing-input",
    "A model has no input, or one without a type, or a layer was not given all the data it takes.",
    "model m {\n  output y = constant([1])\n}",
    "model m {\n  input x: float[4]\n  output y = x -> dense(1)\n}",
)
NOT_IN_THIS_VERSION = Code(
    "DL221",
    "not-in-this-version",
    "The name belongs to the language, and this version of dlspec cannot do it yet.",
    'data photos {\n  source images("photos")\n}',
    'data photos {\n  source npz("photos.npz")\n}',
)
UNKNOWN_SETTING = Code(
    "DL222",
    "unknown-setting",
    "A line of a `data`, `train` or `tune` block begins with a word that is no setting there.",
    "train m on d {\n  epoch 20\n}",
    "train m on d {\n  epochs 20\n}",
)
REPEATED_SETTING = Code(
    "DL223",
    "repeated-setting",
    "A setting that may stand once stands twice.",
    "epochs 10\nepochs 20",
    "epochs 20",
)
ENDLESS_BLOCK = Code(
    "DL224",
    "endless-block",
    "A block uses itself without an end, or blocks are nested more than 100 deep.",
    "block b { return in -> b }",
    "block b { return in -> relu }",
)
BAD_TYPE = Code(
    "DL225",
    "bad-type",
    "A type is written that does not exist, or a dimension that is no whole number and no symbolic size.",
    "input x: flot[3]",
    "input x: float[3]",
)
UNKNOWN_WEIGHTS = Code(
    "DL226",
    "no-such-weights",
    "A pattern matches no weight of the model, so the setting would do nothing.",
    'penalty l2(1e-4), on="encodr.*"',
    'penalty l2(1e-4), on="encoder.*"',
)
NO_SOURCE = Code(
    "DL227",
    "data-without-a-source",
    "A `data` block does not say where its data comes from.",
    'data d {\n  x = column("x")\n}',
    'data d {\n  source csv("d.csv")\n  x = column("x")\n}',
)
SETTING_BOUND = Code(
    "DL228",
    "setting-written-as-a-binding",
    "A line of a `data` or `train` block binds the name of a setting with `=`. A setting is a call without "
    "parentheses, so the line would bind a name and set nothing.",
    "train m on d {\n  epochs = 20\n}",
    "train m on d {\n  epochs 20\n}",
)

CODES: tuple[Code, ...] = (
    UNKNOWN_NAME, UNKNOWN_LAYER, UNKNOWN_ARGUMENT, MISSING_ARGUMENT, REPEATED_ARGUMENT, BAD_ARGUMENT,
    TOO_MANY_ARGUMENTS, BAD_CHOICE, DUPLICATE_NAME, NOT_A_LAYER, NOT_A_TENSOR, BAD_OPERATION, NOT_KNOWN_YET,
    BOUND_REPEATED, NOT_CALLABLE, BAD_ATTRIBUTE, BAD_UNPACKING, MISPLACED_STATEMENT, MISSING_RESULT, MISSING_INPUT,
    NOT_IN_THIS_VERSION, UNKNOWN_SETTING, REPEATED_SETTING, ENDLESS_BLOCK, BAD_TYPE, UNKNOWN_WEIGHTS, NO_SOURCE,
    SETTING_BOUND,
)  # fmt: skip

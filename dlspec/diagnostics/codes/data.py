"""DL4xx: sources, columns, flows and values of data."""

from __future__ import annotations

from dlspec.diagnostics.codes.base import Code

UNKNOWN_DATA_SET = Code(
    "DL401",
    "unknown-data-set",
    "`builtin` was given a name that is none of the data sets which scikit-learn and statsmodels bring along.",
    'source builtin("mnsit")',
    'source builtin("digits")',
)
MISSING_DATA_FILE = Code(
    "DL402",
    "missing-data-file",
    "The file of a source does not exist. Its path begins at the folder of the spec that names it.",
    'source csv("houses.cvs")',
    'source csv("houses.csv")',
)
PATH_OUTSIDE = Code(
    "DL403",
    "path-outside",
    "The path of a source leads out of the folder of the spec: it is absolute, has too many `..`, or passes a symbolic "
    "link. A spec from somebody else cannot read what is not beside it.",
    'source csv("/home/me/houses.csv")',
    'source csv("data/houses.csv")',
)
UNREADABLE_DATA = Code(
    "DL404",
    "unreadable-data",
    "A file of data is not what its source says: empty, no UTF-8 text, a header with one name twice, a damaged "
    "archive, or an array of pickled objects.",
    'source csv("photo.png")',
    'source csv("houses.csv")',
)
UNKNOWN_COLUMN = Code(
    "DL405",
    "unknown-column",
    "The source has no column of that name, or none that matches the pattern.",
    'age = column("agee")',
    'age = column("age")',
)
RAGGED_ROW = Code(
    "DL406",
    "ragged-row",
    "A row of a CSV file has more or fewer values than the header has names. A value with a comma in it needs quotes.",
    "name,price\nBaker Street, London,100",
    'name,price\n"Baker Street, London",100',
)
COLUMNS_DO_NOT_FIT = Code(
    "DL407",
    "columns-do-not-fit",
    "Columns that are used together do not fit: arrays with different numbers of rows, a pattern over columns that "
    "hold more than one number a row, or fields with a window beside fields without.",
    'past = column("sales") -> window(7)\nprice = column("price")',
    'past = column("sales") -> window(7)\nprice = column("price") -> window(7)',
)
MISSING_VALUES = Code(
    "DL408",
    "missing-values",
    "Rows have no value in a column, and nothing handles them: they are neither filled in nor left out.",
    'age = column("age") -> standardize',
    'age = column("age") -> impute(median) -> standardize',
)
NOT_A_NUMBER = Code(
    "DL409",
    "not-a-number",
    "A flow that works on numbers met text, or whole numbers are wanted and there are others.",
    'city = column("city") -> standardize',
    'city = column("city") -> category',
)
NOT_FINITE = Code(
    "DL410",
    "not-finite",
    "A field is infinite or undefined in some row: the column is, or a transform made it so, as the logarithm of a "
    "negative number is undefined. One such value would make the whole training NaN.",
    'gain = column("gain") -> log',
    'gain = column("gain") -> clamp(min=0) -> log1p',
)
TOO_MANY_KINDS = Code(
    "DL411",
    "too-many-kinds",
    "The training part has more kinds than `category(n)` has numbers for.",
    'city = column("city") -> category(3)',
    'city = column("city") -> category(40)',
)
UNSEEN_KIND = Code(
    "DL412",
    "unseen-kind",
    "A row has a kind that the training part does not have, so `category` has no number for it.",
    'city = column("city") -> category',
    'city = column("city") -> category(unseen=other)',
)
EMPTY_DATA = Code(
    "DL413",
    "empty-data",
    "No row is left: the file has none, or `keep` and `drop_missing` leave out all of them.",
    "keep age > 200",
    "keep age > 20",
)
BAD_SPLIT = Code(
    "DL414",
    "bad-split",
    "The rows cannot be divided as `split` says: a part would be empty, or a kind or group has too few rows.",
    "split train=0.99, test=0.01      # of 20 rows",
    "split train=0.8, test=0.2",
)
NOT_ON_DATA = Code(
    "DL415",
    "not-on-data",
    "A layer stands in a flow of data that cannot be computed there: it has weights, draws at random, or has no "
    "NumPy form.",
    'x = column("x") -> dropout(0.5)',
    'x = column("x") -> standardize',
)
TEXT_FIELD = Code(
    "DL416",
    "text-field",
    "A field is text (or dates), and models take numbers.",
    'city = column("city")',
    'city = column("city") -> category',
)
NUMBER_OUT_OF_RANGE = Code(
    "DL417",
    "number-out-of-range",
    "A whole number that stands for one of n classes or places is below 0, or n and above.",
    'label = column("digit")                  # 1 to 10, for 10 logits',
    'label = column("digit") -> category(10)  # 0 to 9',
)
NOTHING_TO_LEARN = Code(
    "DL418",
    "nothing-to-learn",
    "A transform learns from the training part, and there is nothing to learn from: every value of it is missing, or "
    "what would be shared differs in shape.",
    'age = column("always_empty") -> impute(mean)',
    'age = column("age") -> impute(mean)',
)
OTHER_ROOT = Code(
    "DL419",
    "other-root",
    "A flow of data begins with what its source does not have: `characters`, `words` and `lines` are of a text, "
    "`column` of all other sources.",
    'source csv("reviews.csv")\ntokens = words -> vocabulary',
    'source csv("reviews.csv")\ntokens = column("review") -> words -> vocabulary -> pad_to(100)',
)
NO_VOCABULARY = Code(
    "DL420",
    "no-vocabulary",
    "`vocabulary(like=…)` takes the vocabulary of another field, and there is no such field, it has none, or it lacks "
    "a mark.",
    'answer = column("answer") -> words -> vocabulary(like=questions)',
    'answer = column("answer") -> words -> vocabulary(like=question)',
)
BAD_AUGMENTATION = Code(
    "DL421",
    "bad-augmentation",
    "`augment` says what cannot be done: it takes a field, or several in a tuple, through augmentations, each of which "
    "needs fields of a certain shape; and the pictures that come out must be as large as those that go in, for the "
    "other parts are not augmented.",
    "augment image -> random_crop(6x6)             # of float[1, 8, 8]",
    "augment image -> random_crop(8x8, padding=1)",
)

CODES: tuple[Code, ...] = (
    UNKNOWN_DATA_SET, MISSING_DATA_FILE, PATH_OUTSIDE, UNREADABLE_DATA, UNKNOWN_COLUMN, RAGGED_ROW, COLUMNS_DO_NOT_FIT,
    MISSING_VALUES, NOT_A_NUMBER, NOT_FINITE, TOO_MANY_KINDS, UNSEEN_KIND, EMPTY_DATA, BAD_SPLIT, NOT_ON_DATA,
    TEXT_FIELD, NUMBER_OUT_OF_RANGE, NOTHING_TO_LEARN, OTHER_ROOT, NO_VOCABULARY, BAD_AUGMENTATION,
)  # fmt: skip

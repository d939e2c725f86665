"""DL1xx: the text is not in the language."""

from __future__ import annotations

from dlspec.diagnostics.codes.base import Code

UNEXPECTED = Code(
    "DL101",
    "unexpected-text",
    "Something stands where the language has no place for it. The message says what could stand there instead.",
    "x = image -> -> relu",
    "x = image -> relu",
)
UNCLOSED_BRACKET = Code(
    "DL102",
    "unclosed-bracket",
    "A bracket or brace is opened and never closed. It is reported where it was opened, since everything behind it "
    "is read as its content.",
    "model net {\n  input x: float[4]\n  output y = x -> dense(8, bias=false\n}",
    "model net {\n  input x: float[4]\n  output y = x -> dense(8, bias=false)\n}",
)
STRAY_BRACKET = Code(
    "DL103",
    "stray-bracket",
    "A closing bracket or brace has no opening one, or closes one of another kind.",
    "sizes = [64, 128)",
    "sizes = [64, 128]",
)
BAD_STRING = Code(
    "DL104",
    "unclosed-string",
    "A string ends on the line it began on, with the same double quote.",
    'data d {\n  source csv("rows.csv)\n}',
    'data d {\n  source csv("rows.csv")\n}',
)
BAD_ESCAPE = Code(
    "DL105",
    "unknown-escape",
    'A backslash in a string stands before one of four characters: `\\"`, `\\\\`, `\\n` and `\\t`.',
    'data d {\n  source csv("data\\rows.csv")\n}',
    'data d {\n  source csv("data/rows.csv")\n}',
)
BAD_NUMBER = Code(
    "DL106",
    "bad-number",
    "Numbers are written `3`, `1_000`, `0.5` or `1e-3`, and sizes `3x3`: whole numbers with `x` between them, no "
    "spaces.",
    "width = 2x",
    "width = 2",
)
BAD_CHARACTER = Code(
    "DL107",
    "unknown-character",
    "The language does not use this character outside of strings and comments.",
    "width = 64;",
    "width = 64",
)
RESERVED_WORD = Code(
    "DL108",
    "reserved-word",
    "The words `input output return if else for in and or not true false none` are reserved: none of them is a name. "
    "Only the implicit input of a block is called `in`.",
    "model net {\n  input input: float[4]\n  output y = x -> dense(1)\n}",
    "model net {\n  input x: float[4]\n  output y = x -> dense(1)\n}",
)
BAD_NAME = Code(
    "DL109",
    "bad-name",
    "A name has letters of the English alphabet, digits and underscores, begins with no digit, and has at most 64 "
    "characters.",
    "größe = 64",
    "groesse = 64",
)
ARROW_TARGET = Code(
    "DL110",
    "not-a-layer-after-arrow",
    "Right of an arrow stands a name, a call or a layer in parentheses, optionally `* n`. An operator binds tighter "
    "than an arrow, so `x -> relu + y` would add `y` to a layer.",
    "block b {\n  return in -> relu + in\n}",
    "block b {\n  return (in -> relu) + in\n}",
)
UNKNOWN_DECLARATION = Code(
    "DL111",
    "unknown-declaration",
    "A file holds imports, bindings and the declarations `data`, `block`, `model`, `train` and `tune`.",
    "modle net {\n  input x: float[4]\n  output y = x -> dense(1)\n}",
    "model net {\n  input x: float[4]\n  output y = x -> dense(1)\n}",
)
OUTSIDE_BLOCK = Code(
    "DL112",
    "statement-outside-block",
    "Settings, inputs, outputs, `return` and `step` belong inside the braces of a declaration.",
    "epochs 20",
    "train net on rows {\n  epochs 20\n}",
)
MISSING_ELSE = Code(
    "DL113",
    "if-without-else",
    "`A if C else B` is an expression: it needs both sides. There is no `if` statement.",
    "block b(deep = true) {\n  return in -> relu if deep\n}",
    "block b(deep = true) {\n  return in -> relu if deep else in\n}",
)
UNFINISHED = Code(
    "DL114",
    "unfinished-line",
    "The text ends after an operator, an arrow, an `=` or a comma, with nothing to the right of it.",
    "tower = dense(64) ->",
    "tower = dense(64) -> relu",
)
POSITIONAL_AFTER_KEYWORD = Code(
    "DL115",
    "positional-after-keyword",
    "Arguments given by place come first, those given by name after them.",
    "stem = conv(kernel=3x3, 64)",
    "stem = conv(64, kernel=3x3)",
)
EQUALS_FOR_COMPARISON = Code(
    "DL116",
    "equals-for-comparison",
    "`=` gives a name its value; `==` compares.",
    "block b(stride = 1) {\n  return in if stride = 1 else in -> relu\n}",
    "block b(stride = 1) {\n  return in if stride == 1 else in -> relu\n}",
)
IMPORT_FORM = Code(
    "DL117",
    "import-form",
    'An import says where from and what: `from "file.dl" import name`, or `from std.vision import resnet50` for the '
    "bundled library.",
    'import "layers.dl"',
    'from "layers.dl" import residual',
)
MISSING_COMMA = Code(
    "DL118",
    "missing-comma",
    "Arguments, items and names in a list are separated by commas.",
    "stem = conv(64 3x3)",
    "stem = conv(64, 3x3)",
)
PYTHON_COLON = Code(
    "DL119",
    "colon",
    "A colon stands before a type and inside a slice. Bodies are in braces, and arguments are given with `=`.",
    "stem = conv(64, padding: same)",
    "stem = conv(64, padding=same)",
)
COMPARISON_CHAIN = Code(
    "DL120",
    "comparison-chain",
    "One comparison at a time: `a < b < c` would compare a truth value with a number.",
    "small = 1 < width < 64",
    "small = 1 < width and width < 64",
)
TOO_DEEP = Code(
    "DL121",
    "nested-too-deep",
    "Expressions may be nested up to 100 brackets deep. Nothing that a person writes needs more; a long model is a "
    "long flow, which may have any length.",
    "x = " + "(" * 101 + "1" + ")" * 101,
    "x = (((1)))",
)
NESTED_DECLARATION = Code(
    "DL122",
    "nested-declaration",
    "Declarations stand side by side in a file, not inside one another.",
    "model net {\n  block b { return in -> relu }\n  input x: float[4]\n  output y = x -> b\n}",
    "block b { return in -> relu }\n\nmodel net {\n  input x: float[4]\n  output y = x -> b\n}",
)
MISPLACED_STATEMENT = Code(
    "DL123",
    "misplaced-statement",
    "Each kind of statement has its places: `input` in models and blocks, `output` in models, `return` in blocks, "
    "`step` in train, settings in data, train, tune and step.",
    "block b {\n  output y = in -> relu\n}",
    "block b {\n  return in -> relu\n}",
)
MISSING_BRACE = Code(
    "DL124",
    "missing-brace",
    "What a declaration or a step holds stands in braces, the first of them on the line of the name.",
    "model net\n{\n  input x: float[4]\n  output y = x -> dense(1)\n}",
    "model net {\n  input x: float[4]\n  output y = x -> dense(1)\n}",
)
TYPE_WITHOUT_SHAPE = Code(
    "DL125",
    "type-without-shape",
    "The type of an input has its shape in brackets, without the batch dimension: `float[3, 32, 32]`. `float[]` is "
    "one number for each example.",
    "model net {\n  input x: float\n  output y = x -> dense(1)\n}",
    "model net {\n  input x: float[]\n  output y = x -> dense(1)\n}",
)
NOT_A_STATEMENT = Code(
    "DL126",
    "not-a-statement",
    "A line in a body is a binding `name = …`, a setting, or begins with `input`, `output`, `return` or `step`. An "
    "expression alone has no effect, and there are no `if` and `for` statements.",
    "model net {\n  input x: float[4]\n  x -> dense(1)\n}",
    "model net {\n  input x: float[4]\n  output y = x -> dense(1)\n}",
)
UNREADABLE = Code(
    "DL127",
    "unreadable-file",
    "The file cannot be read: it is missing, not a file, or not open to you.",
    "dlspec check missing.dl",
    "dlspec check present.dl",
)
NOT_UTF8 = Code(
    "DL128",
    "not-utf-8",
    "Specs are text in UTF-8; this file has bytes that are none.",
    "dlspec check weights.safetensors",
    "dlspec check net.dl",
)
TOO_LARGE = Code(
    "DL129",
    "file-too-large",
    "A spec has at most 16 MiB. Data belongs in files of its own, which a `source` names.",
    "dlspec check data.csv",
    "dlspec check net.dl",
)

CODES: tuple[Code, ...] = (
    UNEXPECTED,
    UNCLOSED_BRACKET,
    STRAY_BRACKET,
    BAD_STRING,
    BAD_ESCAPE,
    BAD_NUMBER,
    BAD_CHARACTER,
    RESERVED_WORD,
    BAD_NAME,
    ARROW_TARGET,
    UNKNOWN_DECLARATION,
    OUTSIDE_BLOCK,
    MISSING_ELSE,
    UNFINISHED,
    POSITIONAL_AFTER_KEYWORD,
    EQUALS_FOR_COMPARISON,
    IMPORT_FORM,
    MISSING_COMMA,
    PYTHON_COLON,
    COMPARISON_CHAIN,
    TOO_DEEP,
    NESTED_DECLARATION,
    MISPLACED_STATEMENT,
    MISSING_BRACE,
    TYPE_WITHOUT_SHAPE,
    NOT_A_STATEMENT,
    UNREADABLE,
    NOT_UTF8,
    TOO_LARGE,
)

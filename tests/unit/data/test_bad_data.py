"""What is wrong with values: each diagnostic names the file, the row and the column, and says what to do."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from dlspec.data.fields import require_class_numbers
from dlspec.data.prepare import prepare, transform
from dlspec.diagnostics.report import DlspecError

GAPS = "age,city,price\n31,Rome,10\n,Oslo,20\n45,,30\n50,Lima,\n60,Rome,50\n"
TEXT = "a,b,c\n1,2,x\n2,oops,y\n3,4,z\n"
LIMITS = "x,big,inf\n1,1,1\n0,1e300,2\n-1,2,inf\n"
KINDS = "k,n\na,0\nb,1\nc,2\nd,1.5\n"

CASES: list[tuple[str, str, str, str]] = [
    (GAPS, 'f = column("age") -> standardize', "DL408", "1 of 5 rows has no 'age'"),
    (GAPS, 'f = column("age")', "DL408", "no 'age'"),
    (GAPS, 'f = column("city") -> category -> one_hot', "DL408", "1 of 5 rows has no 'city'"),
    (GAPS, 'f = (column("age"), column("price")) -> concat', "DL408", "'age'.*'price'"),
    (
        GAPS,
        'f = column("age") -> bucketize([40])\ndrop_missing f\ng = column("price")',
        "DL408",
        "1 of 4 rows has no 'price'",
    ),
    ('x\n" "\n1\n', 'f = column("x") -> impute(previous)', "DL408", "the first row has no value before it"),
    ("x,y\n,1\n,2\n", 'f = column("x") -> impute(mean)', "DL418", "every value of the training part is missing"),
    ("x,y\n,1\n,2\n", 'f = column("x") -> impute(most_frequent)', "DL418", "every value"),
    (TEXT, 'f = column("b") -> standardize', "DL409", "row 2 of 'd.csv', column 'b': 'oops' is not a number"),
    (TEXT, 'f = column("b") -> log', "DL409", "row 2 of 'd.csv', column 'b': 'oops' is not a number"),
    (TEXT, 'f = (column("a"), column("b")) -> concat -> rescale(2)', "DL409", "column 'b': 'oops'"),
    (TEXT, 'f = column("*") -> min_max', "DL409", "row 1 of 'd.csv', column 'c': 'x' is not a number"),
    (TEXT, 'f = column("b") -> impute(median)', "DL409", "'oops' is not a number"),
    (TEXT, 'f = column("c")', "DL416", "row 1 of 'd.csv', column 'c': the field is text, as 'x'"),
    (TEXT, 'f = (column("a"), column("c")) -> concat', "DL416", "row 1 of 'd.csv', column 'c'"),
    (
        LIMITS,
        'f = column("x") -> log',
        "DL410",
        "row 2 of 'd.csv', field 'f': the value is infinite behind 'log'.*2 rows",
    ),
    (
        LIMITS,
        'f = column("x") -> sqrt',
        "DL410",
        "row 3 of 'd.csv', field 'f': the value is undefined .NaN. behind 'sqrt'",
    ),
    (LIMITS, 'f = column("x") -> log -> standardize', "DL410", "the value is infinite"),
    (LIMITS, 'f = 1 / column("x")', "DL410", "behind 'divide'"),
    (LIMITS, 'f = column("inf")', "DL410", "row 3 of 'd.csv', field 'f': column 'inf' is infinite"),
    (LIMITS, 'f = column("inf") -> min_max', "DL410", "row 3 of 'd.csv', column 'inf': the value is infinite"),
    (LIMITS, 'f = column("inf") -> category', "DL410", "row 3 of 'd.csv', column 'inf': the value is infinite"),
    (LIMITS, 'f = column("big")', "DL410", "row 2 of 'd.csv', field 'f': column 'big' is infinite"),
    (KINDS, 'f = column("k") -> category(3)', "DL411", "4 kinds for 3 numbers: 'a', 'b', 'c', 'd'"),
    (KINDS, 'f = column("k") -> category(4, unseen=other)', "DL411", "one of them for what training never saw"),
    (
        KINDS,
        'f = column("k") -> category\nsplit train=0.5, test=0.5, by=order',
        "DL412",
        "row 3 of 'd.csv', column 'k': 'c' is not among the 2",
    ),
    (KINDS, 'f = column("n") -> one_hot(3)', "DL409", "row 4 of 'd.csv', column 'n': 1.5 is not a whole number"),
    (
        KINDS,
        'f = column("n") -> cast(bool) -> cast(float)\ng = column("k") -> cast(int)',
        "DL409",
        "column 'k': 'a' is not a number",
    ),
    (
        KINDS,
        'f = ([1, 2] + [0, 0], column("n") * 0 + 7 -> cast(int)) -> gather',
        "DL417",
        "the index 7 is outside 0 to 3",
    ),
    (KINDS, 'f = column("n")\nkeep f > 10', "DL413", "`keep` leaves out all 4 rows"),
    ("x,y\n,\n", 'f = column("x")\ndrop_missing f', "DL413", "`drop_missing` leaves out the one row"),
    ("x,y\n", 'f = column("x")', "DL413", "'d.csv' has no rows"),
    (KINDS, 'f = column("n") -> dropout(0.5)', "DL415", "'dropout' cannot be used on data"),
    (
        GAPS,
        'f = column("price") -> impute(mean)\nsplit train=0.5, test=0.5, by=time("age")',
        "DL408",
        "row 2 of 'd.csv', column 'age': the value is missing",
    ),
    (
        GAPS,
        'f = column("age") -> impute(mean)\nsplit train=0.5, test=0.5, by=time("city")',
        "DL408",
        "row 3 of 'd.csv', column 'city'",
    ),
    (
        "d,x\n2020-01-01,1\n1.2.2021,2\n",
        'f = column("x")\nsplit train=0.5, test=0.5, by=time("d")',
        "DL409",
        "row 2 of 'd.csv', column 'd': '1.2.2021' is no date",
    ),
    (KINDS, 'scale = standardize\nf = column("n") -> scale -> scale', "DL418", "used on its own result"),
    (
        KINDS,
        'scale = standardize\nf = column("n") -> scale\ng = (column("n"), column("n")) -> concat -> scale',
        "DL418",
        "tensors of different shapes",
    ),
    (
        GAPS,
        'f = column("age") -> impute(constant, value="none")',
        "DL409",
        "the text 'none' cannot be filled in among numbers",
    ),
]


@pytest.mark.parametrize(("text", "body", "code", "words"), CASES, ids=[f"{i}-{c[2]}" for i, c in enumerate(CASES)])
def test_diagnostics(text: str, body: str, code: str, words: str, block: Any) -> None:
    with pytest.raises(DlspecError) as error:
        prepare(block(body, text))
    found = error.value.diagnostics
    assert found[0].code.id == code
    assert all(each.help for each in found)
    assert re.search(words, str(error.value), re.DOTALL), str(error.value)


def test_rows_are_named_by_their_place_in_the_file(block: Any) -> None:
    text = "n,x\n" + "".join(f"{i},{'bad' if i == 77 else i}\n" for i in range(100))
    body = 'n = column("n")\nx = column("x") -> standardize\nkeep n > 50\nsplit train=0.5, test=0.5, by=order'
    with pytest.raises(DlspecError, match=r"row 78 of 'd.csv', column 'x': 'bad'"):
        prepare(block(body, text))


def test_several_columns_with_gaps_are_reported_at_once(block: Any) -> None:
    body = 'a = column("age")\nc = column("city") -> category\np = column("price")'
    with pytest.raises(DlspecError) as error:
        prepare(block(body, GAPS))
    assert [each.message.split("no ")[1] for each in error.value.diagnostics] == ["'age'", "'city'", "'price'"]


def test_fields_that_are_not_used_are_not_checked(block: Any) -> None:
    body = 'raw = column("city")\ncity = raw -> impute(most_frequent) -> category\nage = column("age")'
    prepared = prepare(block(body, GAPS), fields=["city"])
    assert list(prepared.splits["train"]) == ["city"]


def test_keep_and_drop_missing(block: Any) -> None:
    body = 'age = column("age")\nprice = column("price")\ndrop_missing age, price'
    assert prepare(block(body, GAPS)).rows["train"].tolist() == [0, 2, 4]
    body = (
        'age = column("age") -> impute(mean)\ncity = column("city") -> impute(most_frequent) -> category\nkeep age < 60'
    )
    kept = prepare(block(body, GAPS)).rows["train"]
    assert kept.tolist() == [0, 2, 3]


def test_new_data_is_checked_too(block: Any) -> None:
    data_block = block('x = column("x") -> standardize\nc = column("c") -> category', "x,c\n1,a\n2,b\n")
    fitted = prepare(data_block).fitted
    cases: list[tuple[dict[str, Any], str]] = [
        ({"x": [1.0, np.nan], "c": ["a", "b"]}, "1 of 2 rows has no 'x'"),
        ({"x": [1, 2], "c": ["a", "q"]}, "row 2 of the data given, column 'c': 'q' is not among the 2 kinds"),
        ({"x": [1, 2]}, "there is no column 'c'"),
        ({"x": [[1, 2]], "c": ["a"]}, r"'x' is \[2\] in a row, and was \[\]"),
        ({"x": [1, 2], "c": ["a"]}, "'x' has 2 rows, 'c' 1"),
        ({"x": ["one"], "c": ["a"]}, "'one' is not a number"),
    ]
    for columns, words in cases:
        with pytest.raises(DlspecError, match=words):
            transform(data_block, fitted, columns)


def test_rows_of_new_data_are_kept_or_selected(block: Any) -> None:
    data_block = block('x = column("x")\ny = column("y")\nkeep x > 0\ndrop_missing y', "x,y\n1,1\n")
    fitted = prepare(data_block).fitted
    new = {"x": [1.0, -1, 2, 3], "y": [5.0, 6, np.nan, 7]}
    assert transform(data_block, fitted, new, fields=["x"])["x"].tolist() == [1, -1, 2, 3]
    assert transform(data_block, fitted, new, fields=["x"], select_rows=True)["x"].tolist() == [1, 3]


def test_class_numbers() -> None:
    require_class_numbers(np.array([0, 9]), 10, "label")
    for bad in (10, -1):
        with pytest.raises(DlspecError, match=f"'label' has the class number {bad}, and there are 10 classes"):
            require_class_numbers(np.array([0, bad]), 10, "label")

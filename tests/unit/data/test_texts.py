"""Texts: how they are cut, and vocabularies against counts of their own; only the training part teaches them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlspec.data.fitted import Fitted
from dlspec.data.prepare import Prepared, prepare, transform
from dlspec.diagnostics.report import DlspecError

TALE = "Once a fox met a crow.\nThe crow didn't sing; the fox - sly - laughed.\n\nÄäß 42\n"
REVIEWS = ["Good, good film", "a BAD film", "", "good", "never again, never"]
Text = Callable[..., Prepared]


@pytest.fixture
def text(block: Any, tmp_path: Path) -> Text:
    """`text(body, content)` prepares a block on `t.txt`."""

    def made(body: str, content: str | bytes = TALE) -> Prepared:
        raw = content.encode() if isinstance(content, str) else content
        (tmp_path / "t.txt").write_bytes(raw)
        return prepare(block(body, source='text("t.txt")'))

    return made


def by_hand(pieces: list[str], marks: tuple[str, ...] = (), size: int | None = None) -> dict[str, int]:
    """The numbers of a vocabulary, from a Counter."""
    counts = Counter(pieces)
    ordered = sorted(counts, key=lambda piece: (-counts[piece], piece))
    return {piece: 2 + number for number, piece in enumerate([*marks, *ordered][: None if size is None else size - 2])}


def test_characters_are_numbered_by_frequency(text: Text) -> None:
    prepared = text("c = characters -> vocabulary")
    numbers = by_hand(list(TALE))
    assert prepared.splits["train"]["c"].tolist() == [numbers[character] for character in TALE]
    assert prepared.fitted.sizes == {"d.c.size": 2 + len(set(TALE))}
    assert prepared.fitted.names["c"] == ["", "<unknown>", *numbers]


def test_words_and_lines_of_a_text(text: Text) -> None:
    words = text("w = words -> lowercase -> vocabulary")
    names = words.fitted.names["w"]
    expected = "once a fox met a crow . the crow didn't sing ; the fox - sly - laughed . ääß 42"
    assert " ".join(names[number] for number in words.splits["train"]["w"]) == expected
    lines = text("l = lines -> words -> vocabulary -> pad_to(4)")
    assert lines.splits["train"]["l"].shape == (3, 4)
    assert (lines.splits["train"]["l"][2] != 0).tolist() == [True, True, False, False]


def test_ends_of_lines_and_a_byte_order_mark_are_no_characters_of_their_own(text: Text) -> None:
    plain = text("c = characters -> vocabulary")
    windows = text("c = characters -> vocabulary", b"\xef\xbb\xbf" + TALE.replace("\n", "\r\n").encode())
    np.testing.assert_array_equal(plain.splits["train"]["c"], windows.splits["train"]["c"])


def test_the_rarest_are_unknown_where_the_size_is_given(text: Text) -> None:
    prepared = text("w = words -> vocabulary(6)", "b b b a a d c c c x y")
    assert prepared.splits["train"]["w"].tolist() == [2, 2, 2, 4, 4, 5, 3, 3, 3, 1, 1]
    assert prepared.fitted.sizes == {}
    (state,) = prepared.fitted.units.values()
    assert state == {"kinds": ["", "<unknown>", "b", "c", "a", "d"], "marks": [], "size": 6}


@pytest.mark.parametrize("split", ["train=0.5, test=0.5, by=order", "train=0.5, test=0.5, seed=3"])
def test_a_vocabulary_learns_from_the_training_part_alone(text: Text, split: str) -> None:
    """Other characters in the test part change nothing that is learnt; there they are unknown."""
    body = f"c = characters -> vocabulary -> window(4, stride=4)\nsplit {split}"
    before = text(body, "abcd" * 20)
    characters = list("abcd" * 20)
    for row in before.rows["test"]:
        characters[row : row + 4] = "wxyz"
    after = text(body, "".join(characters))
    assert after.fitted == before.fitted
    np.testing.assert_array_equal(after.splits["train"]["c"], before.splits["train"]["c"])
    assert set(after.splits["test"]["c"].flat) == {1}
    assert set(before.splits["test"]["c"].flat) == {2, 3, 4, 5}


def test_parts_of_a_text_by_position_share_nothing(text: Text) -> None:
    content = "".join(chr(0x4E00 + i) for i in range(100))
    prepared = text("c = characters -> vocabulary -> window(5)\nsplit train=0.6, test=0.4, by=order", content)
    assert prepared.rows["train"].tolist() == list(range(56))
    assert prepared.rows["test"].tolist() == list(range(60, 96))


def test_columns_are_cut_padded_and_masked(block: Any) -> None:
    body = (
        't = column("t") -> lowercase -> words -> vocabulary\np = t -> pad_to(3)\nm = p -> present\n'
        'early = column("t") -> lowercase -> words -> pad_to(3) -> vocabulary(like=t)\n'
        'c = column("t") -> characters -> vocabulary'
    )
    prepared = prepare(block(body, "t\n"), source_override={"t": REVIEWS})
    fields = prepared.splits["train"]
    numbers = by_hand(["good", ",", "good", "film", "a", "bad", "film", "good", "never", "again", ",", "never"])
    assert numbers["good"] == 2
    assert fields["t"].shape == (5, 4)
    assert fields["t"][0].tolist() == [numbers[word] for word in ("good", ",", "good", "film")]
    assert fields["p"][1].tolist() == [numbers["a"], numbers["bad"], numbers["film"]]
    assert fields["m"].tolist() == [[True] * 3, [True] * 3, [False] * 3, [True, False, False], [True] * 3]
    assert fields["m"].dtype == bool
    np.testing.assert_array_equal(fields["early"], fields["p"])
    assert fields["c"].shape == (5, len("never again, never"))
    assert fields["c"][3].astype(bool).sum() == 4


def test_marks_stand_around_what_is_no_padding(block: Any) -> None:
    body = 't = column("t") -> lowercase -> words -> vocabulary(start="<s>", end="</s>")'
    prepared = prepare(block(body, "t\n"), source_override={"t": REVIEWS})
    rows = prepared.splits["train"]["t"]
    assert rows.shape == (5, 6)
    assert rows[:, 0].tolist() == [2] * 5
    assert rows[2].tolist() == [2, 3, 0, 0, 0, 0]
    assert rows[3].tolist() == [2, 4, 3, 0, 0, 0]
    assert rows[0, -1] == 3
    (state,) = prepared.fitted.units.values()
    assert state["kinds"][:5] == ["", "<unknown>", "<s>", "</s>", "good"]


def test_a_mark_in_the_text_is_that_mark(block: Any) -> None:
    body = 't = column("t") -> words -> vocabulary(start="|")'
    rows = prepare(block(body, "t\n"), source_override={"t": ["a | b", "| |"]}).splits["train"]["t"]
    assert rows[1].tolist() == [2, 2, 2, 0]


def test_new_texts_go_through_what_was_learnt(block: Any, tmp_path: Path) -> None:
    data = block('t = column("t") -> words -> vocabulary -> pad_to(3)', "t\n")
    prepared = prepare(data, source_override={"t": ["b b a", "c"]})
    prepared.fitted.save(tmp_path / "data.json")
    new = transform(data, Fitted.load(tmp_path / "data.json"), {"t": ["a b z q", "c"]})
    assert new["t"].tolist() == [[3, 2, 1], [4, 0, 0]]


def test_a_vocabulary_of_another_data_block(tmp_path: Path) -> None:
    from dlspec.pipeline import checked, resolve

    (tmp_path / "a.txt").write_text("x y y z z z")
    (tmp_path / "b.txt").write_text("q z")
    (tmp_path / "s.dl").write_text(
        'data a { source text("a.txt")\n w = words -> vocabulary\n}\n'
        'data b { source text("b.txt")\n w = words -> vocabulary(like=a.w)\n}\n'
        "model m(n = 4) { input w: int[]\n output y = w -> embedding(n, 2) }\n"
    )
    program = checked(resolve(tmp_path / "s.dl")).program
    blocks = {each.name: each for each in program.data}
    prepared = prepare(blocks["b"], others=blocks)
    assert prepared.splits["train"]["w"].tolist() == [1, 2]
    assert prepared.fitted.sizes == {"a.w.size": 5}
    assert str(blocks["b"].module.type_of(blocks["b"].module.outputs[0].ref).kinds) == "a.w.size"


@pytest.mark.parametrize(
    ("body", "content", "code", "words"),
    [
        ("c = characters -> vocabulary -> window(9)", "short", "DL414", "fewer than a window of 9"),
        ("c = lines -> vocabulary", "\n \n", "DL413", "has no rows"),
        ("c = characters -> vocabulary", b"ab\nc\xff\n", "DL404", "line 2 is no UTF-8 text"),
        ("c = characters -> vocabulary", b"a\0b", "DL404", "NUL characters"),
        ("c = characters -> vocabulary", "", "DL404", "it is empty"),
        ("c = characters", "abc", "DL416", "a model takes numbers"),
        ('c = column("x") -> vocabulary', "abc", "DL419", "a text, which has no columns"),
        ("c = characters -> vocabulary\nw = words -> vocabulary", "a b", "DL407", "different numbers of rows"),
        ("c = characters -> vocabulary(like=w)", "a b", "DL420", "no field with a vocabulary above this line"),
        ("c = characters -> vocabulary(like=d)", "a b", "DL420", "no field with a vocabulary"),
        ("c = characters -> vocabulary(like=e.f)", "a b", "DL420", "there is no data 'e'"),
    ],
)  # fmt: skip
def test_texts_that_cannot_be(text: Text, body: str, content: str | bytes, code: str, words: str) -> None:
    with pytest.raises(DlspecError, match=words) as caught:
        text(body, content)
    assert [each.code.id for each in caught.value.diagnostics] == [code]


def test_a_root_of_text_on_columns(block: Any) -> None:
    with pytest.raises(DlspecError, match="has columns, and `words` is of a text") as caught:
        block("w = words -> vocabulary", "words\nx\n")
    assert caught.value.diagnostics[0].code.id == "DL419"


def test_a_missing_text_has_no_words(block: Any) -> None:
    with pytest.raises(DlspecError, match="1 of 2 rows has no 't'"):
        prepare(block('t = column("t") -> words -> vocabulary', "t\n"), source_override={"t": ["a", None]})

"""What a run on a text predicts from a text."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dlspec.diagnostics.report import DlspecError
from dlspec.training.run import Run
from dlspec.training.train import train

SPEC = """
data tale {{
  source text("tale.txt")
  piece  = {root} -> vocabulary -> window(9, stride=8)
  tokens = piece[:-1]
  next   = piece[1:]
  split  train=0.8, validation=0.2, by=order
}}

model net(n = 40) {{
  input tokens: int[{length}]
  output logits = tokens -> embedding(n, 24) -> dense(n)
}}

train net(n = tale.piece.size) on tale {{
  loss      (logits, next) -> cross_entropy
  optimizer adam(lr=0.05)
  epochs    15
  batch     4
}}
"""


def trained(folder: Path, root: str, text: str, length: str = "T") -> Run:
    (folder / "tale.txt").write_text(text)
    spec = folder / "spec.dl"
    spec.write_text(SPEC.format(root=root, length=length))
    return train(spec)


def test_characters_come_back_as_a_text(tmp_path: Path) -> None:
    """In `abcdef…` every character tells the next, so the prediction is the text, one on."""
    run = trained(tmp_path, "characters", "abcdef" * 60)
    (tmp_path / "new.md").write_text("cdefabcdefabcdefab")
    found = Run.open(run.path).predict(tmp_path / "new.md")
    assert found.columns["next"].tolist() == ["defabcde", "fabcdefa"]
    assert found.columns["next.probability"].shape == (2, 8)
    assert (found.columns["next.probability"] > 0.9).all()
    short = run.predict({"characters": np.array(list("fab"), dtype=object)})
    assert short.columns["next"].tolist() == ["ab"]


def test_words_come_back_with_spaces(tmp_path: Path) -> None:
    run = trained(tmp_path, "words", "the fox met a crow . " * 30, length="8")
    (tmp_path / "new.txt").write_text("a crow . the fox met a crow . the")
    assert run.predict(tmp_path / "new.txt").columns["next"].tolist() == ["crow . the fox met a crow ."]
    (tmp_path / "new.txt").write_text("a crow")
    with pytest.raises(DlspecError, match=r"'new.txt' has 2 rows, fewer than a window of 9") as caught:
        run.predict(tmp_path / "new.txt")
    assert caught.value.diagnostics[0].code.id == "DL413"

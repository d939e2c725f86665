"""What a training shows."""

from __future__ import annotations

import io

from dlspec.training.progress import Bar, Lines, Quiet, progress_for

ROW = {
    "epoch": 2,
    "train": {"cross_entropy": 0.12345, "loss": 0.12345, "penalty": 0.5, "accuracy": 0.97},
    "validation": {"cross_entropy": 0.2, "loss": 0.2, "accuracy": float("nan")},
    "lr": 1e-3,
}


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_pipe_gets_a_line_an_epoch() -> None:
    out = io.StringIO()
    shown = progress_for(out)
    shown.begin(20, 2, 10)
    shown.update(3)
    shown.epoch(ROW)
    shown.end()
    assert isinstance(shown, Lines)
    assert out.getvalue() == (
        "epoch 3/20  loss 0.1235  penalty 0.5  accuracy 0.97  validation loss 0.2  validation accuracy nan"
        "  rate 0.001\n"
    )


def test_a_terminal_gets_a_bar() -> None:
    out = Terminal()
    shown = progress_for(out)
    shown.begin(20, 2, 10)
    shown.update(3)
    shown.epoch(ROW)
    shown.note("a note")
    shown.end()
    assert isinstance(shown, Bar)
    assert "a note" in out.getvalue()
    assert "epoch 4/20" in out.getvalue()
    assert "loss 0.1235  penalty 0.5" in out.getvalue()


def test_quiet_says_nothing() -> None:
    assert type(progress_for(Terminal(), quiet=True)) is Quiet

"""The command line as processes: every verb's main path."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

from tests.end_to_end.commands import SPEC, dlspec, environment, fine

ROWS = "sepal_length,petal_length,petal_width,species\n5.1,1.4,0.2,setosa\n6.7,5.8,2.2,virginica\n"
UNTOUCHED = {"torch", "tensorflow", "onnx", "onnxruntime", "numpy", "pandas", "sklearn", "rich", "lark"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "net.dl").write_text(SPEC, encoding="utf-8")
    return tmp_path


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the spec and a run of it."""
    folder = tmp_path_factory.mktemp("trained")
    (folder / "net.dl").write_text(SPEC, encoding="utf-8")
    (folder / "new.csv").write_text(ROWS, encoding="utf-8")
    told = json.loads(fine("train", "net.dl", "--quiet", "--log-every", "10", "--format", "json", folder=folder))
    assert told["run"] == str(Path("runs/net/1"))
    assert told["test"]["accuracy"] > 0.9
    return folder


# ---------------------------------------------------------------- check, fmt


def test_check_of_a_right_spec_says_one_line(folder: Path) -> None:
    done = dlspec("check", "net.dl", folder=folder)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "net.dl: no errors (1 data block, 1 model, 1 training)\n"


def test_check_of_several_files_reports_all(folder: Path) -> None:
    (folder / "bad.dl").write_text("model m {\n  input x: float[4]\n  output y = x -> dens(2)\n}\n")
    done = dlspec("check", "bad.dl", "net.dl", "nothing.dl", "--format", "json", folder=folder)
    assert done.returncode == 1
    found = json.loads(done.stdout)
    assert [(item["file"], item["line"], item["column"]) for item in found] == [("bad.dl", 3, 19), (None, None, None)]
    assert found[0]["help"] == "did you mean 'dense'?"
    keys = {"code", "severity", "message", "help", "file", "line", "column", "end_line", "end_column", "notes"}
    assert set(found[0]) == keys


@pytest.mark.parametrize(("format", "begin"), [("json", "["), ("sarif", "{"), ("github", "::error ")])
def test_check_formats_go_to_standard_output(format: str, begin: str, folder: Path) -> None:
    (folder / "bad.dl").write_text("x = (\n")
    done = dlspec("check", "bad.dl", "--format", format, folder=folder)
    assert done.returncode == 1
    assert done.stdout.startswith(begin)
    assert done.stderr == ""


def test_check_with_the_data_read(folder: Path) -> None:
    done = dlspec("check", "--data", "net.dl", folder=folder)
    assert done.returncode == 0
    assert "flowers for net: 105 train, 45 test" in done.stderr
    two_kinds = SPEC.replace("category(3)", "category(2)").replace("dense(3)", "dense(2)")
    (folder / "net.dl").write_text(two_kinds, encoding="utf-8")
    assert dlspec("check", "net.dl", folder=folder).returncode == 0
    done = dlspec("check", "--data", "net.dl", folder=folder)
    assert done.returncode == 1
    assert done.stderr.startswith("error[DL4")


def test_a_hundred_layers_are_checked_in_time_and_nothing_heavy_is_loaded(folder: Path) -> None:
    layers = "\n".join("    -> dense(64) -> relu" for _ in range(50))
    (folder / "deep.dl").write_text(f"model deep {{\n  input x: float[64]\n  output y = x\n{layers}\n}}\n")
    program = (
        "import sys; from dlspec.cli.main import main; code = main(['check', 'deep.dl']);"
        f"print(sorted({UNTOUCHED!r} & set(sys.modules))); sys.exit(code)"
    )
    # Compiled files are written, as on a user's machine; the first process writes the parser's table too.
    usual = environment(PYTHONPYCACHEPREFIX=str(folder / "cache"), PYTHONDONTWRITEBYTECODE="")
    seconds = []
    for _ in range(6):
        began = os.times()
        done = subprocess.run(
            [sys.executable, "-c", program], cwd=folder, env=usual, capture_output=True, text=True, check=False
        )
        ended = os.times()
        # Time on the processor: other tests run beside this one.
        seconds.append(ended.children_user + ended.children_system - began.children_user - began.children_system)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "[]\n"
    assert min(seconds[1:]) < 0.3


def test_fmt_writes_only_what_changes_and_keeps_mode_and_line_breaks(folder: Path) -> None:
    messy = SPEC.replace("  source", "       source").replace("\n", "\r\n")
    (folder / "messy.dl").write_bytes(messy.encode())
    (folder / "messy.dl").chmod(0o640)
    before = (folder / "net.dl").stat().st_mtime_ns
    done = dlspec("fmt", "net.dl", "messy.dl", folder=folder)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "messy.dl: formatted\n")
    assert (folder / "messy.dl").read_bytes() == SPEC.replace("\n", "\r\n").encode()
    assert (folder / "messy.dl").stat().st_mode & 0o777 == 0o640
    assert (folder / "net.dl").stat().st_mtime_ns == before
    assert sorted(path.name for path in folder.iterdir()) == ["messy.dl", "net.dl"]


def test_fmt_follows_links(folder: Path) -> None:
    (folder / "real.dl").write_text("a  =  1\n")
    (folder / "link.dl").symlink_to("real.dl")
    fine("fmt", "link.dl", folder=folder)
    assert (folder / "link.dl").is_symlink()
    assert (folder / "real.dl").read_text() == "a = 1\n"


def test_fmt_check_and_diff_change_nothing(folder: Path) -> None:
    (folder / "messy.dl").write_text("a  =  1\n")
    done = dlspec("fmt", "--check", "--diff", "messy.dl", "net.dl", folder=folder)
    assert done.returncode == 1
    assert done.stderr == "messy.dl: would be formatted\n"
    assert "-a  =  1\n+a = 1\n" in done.stdout
    assert (folder / "messy.dl").read_text() == "a  =  1\n"


def test_standard_input(folder: Path) -> None:
    assert fine("fmt", "-", folder=folder, stdin="# ä\na  =  1\n") == "# ä\na = 1\n"
    assert "net(facts: float[3])" in fine("summary", "-", folder=folder, stdin=SPEC)
    done = dlspec("check", "-", folder=folder, stdin="a = (")
    assert done.returncode == 1
    assert "<stdin>:1:5" in done.stderr


# ---------------------------------------------------------------- explain, summary, doctor, new


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("dl102", ["DL102: unclosed-bracket (error)", "Wrong:", "Right:"]),
        ("unclosed-bracket", ["DL102"]),
        ("conv", ["conv(channels, kernel, ", "output channels", "torch: yes", "onnx: yes", "Example:", "Formula: y["]),
        ("min_max", ["transform", "onnx: yes"]),
        ("mae", ["loss"]),
    ],
)
def test_explain(name: str, words: list[str], folder: Path) -> None:
    shown = fine("explain", name, folder=folder)
    assert [word for word in words if word not in shown] == []


def test_explain_shows_every_kind_of_a_name(folder: Path) -> None:
    found = json.loads(fine("explain", "constant", "--format", "json", folder=folder))
    assert {entry["kind"] for entry in found} == {"layer", "initializer", "schedule"}


def test_explain_lists_everything(folder: Path) -> None:
    listed = json.loads(fine("explain", "--list", "--format", "json", folder=folder))
    conv = next(entry for entry in listed["entries"]["layer"] if entry["name"] == "conv")
    backends = ("torch", "keras", "onnx")
    assert conv == {
        "name": "conv",
        "family": "conv",
        "backends": dict.fromkeys(backends, "yes"),
        "conformance": dict.fromkeys(backends, "passed"),
    }
    assert {"code": "DL102", "name": "unclosed-bracket"} in listed["codes"]


def test_summary(folder: Path) -> None:
    found = json.loads(fine("summary", "net.dl", "net", "--set", "width=16", "--format", "json", folder=folder))
    net = found["models"]["net"]
    assert net["parameters"] == 3 * 16 + 16 + 16 * 3 + 3
    assert net["outputs"] == {"logits": [3]}
    assert [layer["name"] for layer in net["layers"]] == ["logits.dense", "logits.relu", "logits.dense_2"]
    lines = fine("summary", "net.dl", "--depth", "1", folder=folder).splitlines()
    assert "logits  3 layers  [3]             59             48" in lines


def test_doctor(folder: Path) -> None:
    found = json.loads(fine("doctor", "--format", "json", folder=folder))
    assert found["packages"]["numpy"] == np.__version__
    assert found["backends"]["onnx"] == {"usable": True, "reason": "", "install": "", "devices": []}
    assert found["cores"] >= 1


@pytest.mark.parametrize("template", ["digits", "regression"])
def test_new_makes_a_spec_that_is_fine(template: str, tmp_path: Path) -> None:
    fine("new", "my-net", "--template", template, folder=tmp_path)
    made = tmp_path / "my-net"
    assert sorted(path.name for path in made.iterdir()) == [".gitignore", "README.md", "my-net.dl"]
    done = dlspec("check", "--data", "my-net.dl", folder=made)
    assert done.returncode == 0
    assert "note" not in done.stderr
    fine("fmt", "--check", "my-net.dl", folder=made)
    done = dlspec("new", "my-net", folder=tmp_path)
    assert done.returncode == 2
    assert "is there already" in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(("template", "figure", "least"), [("digits", "accuracy", 0.97), ("regression", "r2", 0.3)])
def test_new_makes_a_spec_that_trains(template: str, figure: str, least: float, tmp_path: Path) -> None:
    fine("new", "net", "--template", template, folder=tmp_path)
    told = json.loads(fine("train", "net.dl", "--format", "json", "--quiet", folder=tmp_path / "net"))
    assert told["test"][figure] > least


# ---------------------------------------------------------------- compile


def test_compiled_code_needs_pytorch_and_numpy_alone(folder: Path) -> None:
    told = fine("compile", "net.dl", "--to", "torch", "-o", "out", "--seed", "1", folder=folder)
    assert told.split() == [f"out/{name}" for name in ("net.py", "net.npz", "net_train.py")]
    program = (
        "import sys, numpy, torch, net, net_train\n"
        "model = net.build(); net.load_weights(model, numpy.load('net.npz'))\n"
        "print(list(model(torch.zeros(5, 3)).shape), 'dlspec' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=folder / "out", capture_output=True, text=True, check=False
    )
    assert done.stdout == "[5, 3] False\n", done.stderr


@pytest.mark.parametrize(
    ("stage", "begin"),
    [("ast", "File "), ("ir", "{"), ("graph", "model net\n"), ("onnx", "<"), ("torch", "# net.py\n")],
)
def test_every_stage_can_be_printed(stage: str, begin: str, folder: Path) -> None:
    assert fine("compile", "net.dl", "--emit", stage, folder=folder).startswith(begin)


def test_one_model_alone_is_ready_to_be_a_file(folder: Path) -> None:
    shown = fine("compile", "net.dl", "--emit", "torch", "--model", "net", folder=folder)
    fine("compile", "net.dl", "--to", "torch", folder=folder)
    assert (folder / "net.py").read_text(encoding="utf-8") == shown


# ---------------------------------------------------------------- train and what follows


def test_train_shows_a_table_and_where_the_run_is(folder: Path) -> None:
    done = dlspec("train", "net.dl", "--set", "epochs=2", "--set", "optimizer.lr=0.01", folder=folder)
    assert done.returncode == 0
    assert re.search(r"^ +train +test$", done.stdout, re.M)
    assert re.search(r"^accuracy +\d\.\d{4} +\d\.\d{4}$", done.stdout, re.M)
    assert done.stdout.endswith("2 epochs; the run is in runs/net/1\n")
    assert len(re.findall(r"^epoch \d/2 ", done.stderr, re.M)) == 2


@pytest.mark.parametrize("run", ["runs/net/1", "net", "net/1"])
def test_evaluate(run: str, trained: Path) -> None:
    found = json.loads(fine("evaluate", run, "--format", "json", folder=trained))
    result = json.loads((trained / "runs/net/1/result.json").read_text())
    assert (found["split"], found["examples"]) == ("test", 45)
    assert found["metrics"]["accuracy"] == result["test"]["accuracy"]


def test_predict_and_export_agree(trained: Path) -> None:
    rows: list[dict[str, Any]] = json.loads(fine("predict", "net", "new.csv", "--format", "json", folder=trained))
    assert [row["kind"] for row in rows] == ["setosa", "virginica"]
    assert fine("predict", "net", "new.csv", folder=trained).startswith("kind,kind.setosa,")
    fine("predict", "net", "new.csv", "-o", "out.csv", folder=trained)
    assert (trained / "out.csv").read_text().count("\n") == 3

    done = dlspec("export", "net", "-o", "net.onnx", folder=trained)
    assert (done.returncode, done.stdout) == (0, "net.onnx\n")
    assert "largest difference" in done.stderr
    session = onnxruntime.InferenceSession(trained / "net.onnx")
    columns = {"sepal_length": [5.1, 6.7], "petal_length": [1.4, 5.8], "petal_width": [0.2, 2.2]}
    feeds = {}
    for port in session.get_inputs():
        values = np.array(columns[port.name], np.float32)
        feeds[port.name] = values.reshape(-1, *port.shape[1:])
    logits = np.asarray(session.run(["logits"], feeds)[0], np.float64)
    probabilities = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    told = [[row[f"kind.{name}"] for name in ("setosa", "versicolor", "virginica")] for row in rows]
    np.testing.assert_allclose(probabilities, told, atol=1e-4)


def test_a_run_is_compiled_with_its_weights(trained: Path) -> None:
    fine("compile", "net", "--to", "onnx", "-o", "graphs", folder=trained)
    fine(
        "compile", "net.dl", "--to", "onnx", "--weights", "runs/net/1/weights.safetensors", "-o", "spec", folder=trained
    )
    x = {"facts": np.ones((2, 3), np.float32)}
    ones = [onnxruntime.InferenceSession(trained / place / "net.onnx").run(None, x)[0] for place in ("graphs", "spec")]
    np.testing.assert_array_equal(*ones)


@pytest.mark.skipif(os.name == "nt", reason="signals are Unix's")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_training_that_is_broken_off_can_go_on(number: int, code: int, folder: Path) -> None:
    command = [sys.executable, "-m", "dlspec", "train", "net.dl", "--set", "epochs=100000"]
    process = subprocess.Popen(command, cwd=folder, env=environment(), stderr=subprocess.PIPE, text=True)
    assert process.stderr
    assert process.stderr.readline().startswith("epoch 1/100000")
    process.send_signal(number)
    said = process.stderr.read()
    assert process.wait(30) == code
    assert "Traceback" not in said
    assert "--resume" in said.splitlines()[-1]
    assert (folder / "runs/net/1/weights.safetensors").is_file()
    shutil.rmtree(folder / "runs")


def test_a_model_is_none_the_worse_for_what_a_later_version_brings(folder: Path) -> None:
    text = """data d {
  source images("faces/")
  x = column("x")
}

model m {
  input x: float[4]
  output y = x -> dense(2)
}

train m on d {
  loss      mse
  optimizer adam
}
"""
    (folder / "later.dl").write_text(text, encoding="utf-8")
    done = dlspec("summary", "later.dl", "--format", "json", folder=folder)
    assert done.returncode == 0
    assert json.loads(done.stdout)["models"]["m"]["parameters"] == 10
    assert "left out: the source 'images' is not in this version of dlspec (later.dl:2:10)" in done.stderr
    assert dlspec("check", "later.dl", folder=folder).returncode == 1
    assert dlspec("train", "later.dl", folder=folder).returncode == 1

"""DL7xx: backends, runs and exports."""

from __future__ import annotations

from dlspec.diagnostics.codes.base import Code

MISSING_BACKEND = Code(
    "DL701",
    "missing-backend",
    "What was asked for needs a package that is not installed. dlspec itself brings none of the frameworks along; each "
    "is an extra of its own.",
    "dlspec compile digits.dl --to onnx",
    "pip install 'dlspec[onnx]'",
)
WEIGHTS_MISFIT = Code(
    "DL702",
    "weights-misfit",
    "A file of weights was made for another model: a weight is missing in it, or has another shape.",
    "dlspec compile wide.dl --to onnx --weights narrow.safetensors",
    "dlspec compile wide.dl --to onnx --weights wide.safetensors",
)
WRONG_INPUT = Code(
    "DL703",
    "wrong-input",
    "A model was given data that is not what it takes: an input is missing or unknown, or has another shape.",
    "session.predict({'picture': pixels})",
    "session.predict({'image': pixels})",
)
BAD_MODEL_FILE = Code(
    "DL704",
    "bad-model-file",
    "A file is no ONNX model, is damaged, needs a newer ONNX Runtime, or names weights outside of its own folder.",
    "OnnxSession(Path('report.pdf'))",
    "OnnxSession(Path('digits.onnx'))",
)
UNKNOWN_SIZE = Code(
    "DL705",
    "unknown-size",
    "The graph needs a size that no input of the model shows: it is learned from data that has not been read, or it "
    "is hidden in arithmetic.",
    "model m { input x: float[T * T, 8] … reshape(T, T, 8) }",
    "model m { input x: float[T, T, 8] … }",
)

UNSUPPORTED = Code(
    "DL706",
    "not-on-this-backend",
    "The runtime of a backend cannot do what a layer means, and dlspec does not put something else in its place.",
    "model net { input x: float[4]  output y = x -> relu }  # for a backend that has no relu",
    "dlspec compile net.dl --to torch   # a backend that has it",
)
NO_DEVICE = Code(
    "DL720",
    "no-device",
    "The device that was asked for is not there: a graphics card that PyTorch cannot see, or a name it does not know.",
    "dlspec train digits.dl --device cuda",
    "dlspec train digits.dl --device cpu",
)
OUT_OF_MEMORY = Code(
    "DL721",
    "out-of-memory",
    "The model, its data and what a step keeps for the gradients do not fit into the memory of the device.",
    "batch 65536",
    "batch 256",
)

NO_PRECISION = Code(
    "DL722",
    "no-such-precision",
    "The framework cannot compute a layer of the model in the precision that the spec asks for on this device, as an "
    "LSTM in `fp16` with PyTorch on the CPU.",
    "precision fp16            # and --device cpu",
    "precision bf16",
)

WHICH_TRAINING = Code(
    "DL740",
    "which-training",
    "The file has no `train` of that label, none at all, or several and none was named.",
    "dlspec train transfer.dl",
    "dlspec train transfer.dl finetuned",
)
DIVERGED = Code(
    "DL741",
    "training-diverged",
    "The loss is no finite number any more: the updates have grown beyond all bounds, or something was divided by "
    "zero. The weights of the last epoch in which all was well are kept in the run folder.",
    "optimizer sgd(lr=10)",
    "optimizer sgd(lr=0.01)\nclip norm=1.0",
)
UNKNOWN_RUN = Code(
    "DL742",
    "unknown-run",
    "There is no such run: no folder of that name, no run of that label, or none that has got so far as to have "
    "weights.",
    "dlspec evaluate runs/digits_cn/1",
    "dlspec evaluate runs/digits_cnn/1",
)
DAMAGED_RUN = Code(
    "DL743",
    "damaged-run",
    "A file of a run is missing, cut short or not what it should be.",
    "echo > runs/digits_cnn/1/manifest.json",
    "dlspec train digits.dl",
)
NEWER_RUN = Code(
    "DL744",
    "newer-run",
    "A run was written by a newer version of dlspec, in a form that this one does not know.",
    "dlspec evaluate runs/digits_cnn/1     # an older dlspec",
    "pip install --upgrade dlspec",
)
RUN_IN_USE = Code(
    "DL745",
    "run-in-use",
    "Another process is writing this run at the moment.",
    "dlspec train digits.dl --resume       # twice at the same time",
    "dlspec train digits.dl",
)
RUN_CHANGED = Code(
    "DL746",
    "changed-since",
    "The spec or its data is not what it was when the run began: going on would give another curve, and evaluating "
    "might count examples that were trained on.",
    "dlspec train digits.dl --resume       # after a change of the model",
    "dlspec train digits.dl",
)
NO_SUCH_PART = Code(
    "DL747",
    "no-such-part",
    "The data of the run has no such part, or is not there any more.",
    "dlspec evaluate runs/xor/1 --split test      # of data without `split`",
    "split train=0.8, test=0.2",
)
EXPORT_DIFFERS = Code(
    "DL748",
    "export-differs",
    "The exported model gave other numbers than the trained one on rows of the data, so it was not written.",
    "dlspec export runs/digits_cnn/1 -o model.onnx",
    "report the spec, please: this should not happen",
)
BAD_TARGET = Code(
    "DL749",
    "bad-target",
    "The targets are not what the loss is made for: `binary_cross_entropy` wants 0 to 1, `hinge` and `perceptron` "
    "-1 and +1, `ctc` sequences that fit into the time.",
    'target = column("target")             # 1 and 2, for binary_cross_entropy',
    'target = column("target") - 1',
)
FILE_EXISTS = Code(
    "DL750",
    "file-exists",
    "The file that was to be written is there already; nothing is overwritten unasked.",
    "dlspec export runs/digits_cnn/1 -o model.onnx",
    "dlspec export runs/digits_cnn/1 -o model.onnx --force",
)
UNWRITABLE = Code(
    "DL751",
    "cannot-write",
    "A file or folder cannot be written: no permission, no space left, or something else stands there.",
    "dlspec train digits.dl --runs /root/runs",
    "dlspec train digits.dl --runs ~/runs",
)
WHICH_MODEL = Code(
    "DL752",
    "which-model",
    "The spec or the run has several models and none was named, or it has no model of that name.",
    "dlspec export runs/generator/1 -o model.onnx",
    "dlspec export runs/generator/1 -o model.onnx --model generator",
)
CODES: tuple[Code, ...] = (
    MISSING_BACKEND, WEIGHTS_MISFIT, WRONG_INPUT, BAD_MODEL_FILE, UNKNOWN_SIZE, UNSUPPORTED, NO_DEVICE,
    OUT_OF_MEMORY, NO_PRECISION,
    WHICH_TRAINING, DIVERGED, UNKNOWN_RUN, DAMAGED_RUN, NEWER_RUN, RUN_IN_USE, RUN_CHANGED, NO_SUCH_PART,
    EXPORT_DIFFERS, BAD_TARGET, FILE_EXISTS, UNWRITABLE, WHICH_MODEL,
)  # fmt: skip

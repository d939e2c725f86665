"""How the generated `fit` says it in PyTorch."""

from __future__ import annotations

from dlspec.backends.python.fit import Words

FIT = Words(
    parameters=('device: torch.device | str = "cpu"',),
    start=("model.to(device)",),
    tensors="tensors({}, device)",
    seed="torch.manual_seed(seed)",
    order="torch.as_tensor({}, device=device)",
    split="order.split(batch_size)",
    batch="{name: column[rows] for name, column in columns.items()}",
    places="rows.cpu().numpy()",
    keep="{name: value.clone() for name, value in model.state_dict().items()}",
    put_back="model.load_state_dict(kept)",
)

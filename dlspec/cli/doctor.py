"""`dlspec doctor`: what is installed, what works, and what to install."""

from __future__ import annotations

import os
import platform
import sys
from dataclasses import asdict, dataclass
from typing import Any

from dlspec.cli.console import put, put_json, table
from dlspec.cli.errors import FINE
from dlspec.cli.options import FormatOption, Report
from dlspec.version import __version__

EXAMPLE = "dlspec doctor"

PACKAGES: dict[str, str] = {
    "lark": "", "pydantic": "", "typer": "", "rich": "", "numpy": "", "safetensors": "",
    "torch": "torch", "onnx": "onnx", "onnxruntime": "onnx",
    "scikit-learn": "data", "pandas": "data", "pyarrow": "data", "pillow": "data", "statsmodels": "data",
    "matplotlib": "plot", "quickjs-ng": "draw",
}  # fmt: skip
"""package -> the extra that brings it ("" for what dlspec itself needs)."""

PROBES: dict[str, str] = {
    "torch": "import torch\nfor place in range(torch.cuda.device_count()): print(torch.cuda.get_device_name(place))",
    "onnx": "import onnx, onnxruntime",
}
"""backend -> a program that runs where the backend does; it prints the graphics cards that the backend sees."""

PATIENCE = 120
"""Seconds that an import may take."""


@dataclass(frozen=True, slots=True)
class Usable:
    """Whether a backend works here; `reason` says why not, `install` what to do about it."""

    usable: bool
    reason: str = ""
    install: str = ""
    devices: tuple[str, ...] = ()


def doctor(format: FormatOption = Report.TEXT) -> int:
    """Show the machine, the packages and the backends that work, and what to install for those that do not."""
    found = _examined()
    if format is Report.JSON:
        put_json(found)
    else:
        put(_text(found))
    return FINE


def _examined() -> dict[str, Any]:
    backends = _backends()
    return {
        "dlspec": __version__,
        "python": platform.python_version(),
        "executable": sys.executable,
        "platform": platform.platform(),
        "cores": _cores(),
        "memory_bytes": _memory(),
        "gpus": list(backends["torch"].devices),
        "packages": {name: _version(name) for name in PACKAGES},
        "backends": {name: asdict(backend) for name, backend in backends.items()},
    }


def _cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _memory() -> int | None:
    """Bytes of memory, where the system tells."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None


def _version(package: str) -> str | None:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _backends() -> dict[str, Usable]:
    """Each backend tried in a process of its own, all at once: a broken one can crash, or take long."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor() as pool:
        return dict(zip(PROBES, pool.map(_tried, PROBES), strict=True))


def _tried(backend: str) -> Usable:
    import subprocess

    install = f"pip install 'dlspec[{backend}]'"
    missing = [name for name, extra in PACKAGES.items() if extra == backend and _version(name) is None]
    if missing:
        return Usable(False, f"{' and '.join(missing)} not installed", install)
    try:
        done = subprocess.run(
            [sys.executable, "-c", PROBES[backend]], capture_output=True, text=True, timeout=PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        return Usable(False, f"the import took more than {PATIENCE} seconds", install)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or [f"the import ended with {done.returncode}"])[-1]
        return Usable(False, last, install)
    return Usable(True, devices=tuple(done.stdout.splitlines()))


def _text(found: dict[str, Any]) -> str:
    memory = found["memory_bytes"]
    machine = f"{found['cores']} cores" + (f", {memory / 2**30:.1f} GiB of memory" if memory else "")
    head = [
        f"dlspec {found['dlspec']}, Python {found['python']} ({found['executable']})",
        f"{found['platform']}, {machine}",
        f"graphics cards: {', '.join(found['gpus']) or 'none that PyTorch can use'}",
    ]
    packages = [
        (name, version or "–", "" if version else f"pip install 'dlspec[{PACKAGES[name]}]'")
        for name, version in found["packages"].items()
    ]
    backends = [
        (name, "works" if each["usable"] else each["reason"], each["install"])
        for name, each in found["backends"].items()
    ]
    return "\n\n".join(
        ["\n".join(head), table(("package", "version", ""), packages), table(("backend", "", ""), backends)]
    )

"""Settings of every test: one thread for each process, no colours, Hypothesis' profiles, and what tests prove."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

# Before any test imports NumPy or a framework, which read these once: the workers of xdist share the cores.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("MPLBACKEND", "Agg")
os.environ["NO_COLOR"] = "1"

import pytest
from hypothesis import HealthCheck, settings

from tests.conformance.claims import PROOFS, Proofs, Reporting

settings.register_profile("default", max_examples=50, deadline=None, derandomize=True, print_blob=True)
settings.register_profile(
    "fuzz",
    max_examples=5_000,
    deadline=timedelta(seconds=2),
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--record FILE` writes what the tests that prove something have shown, `--claims FILE` what they would show."""
    parser.addoption("--record", type=Path, help="write the record of conformance to this file")
    parser.addoption("--claims", type=Path, help="write what the collected tests claim to this file")


def pytest_configure(config: pytest.Config) -> None:
    """Begin with nothing shown; reports come together where there are no further workers."""
    config.stash[PROOFS] = Proofs()
    if not hasattr(config, "workerinput"):
        options = config.getoption("--record"), config.getoption("--claims")
        config.pluginmanager.register(Reporting(config.stash[PROOFS], *options))


def pytest_itemcollected(item: pytest.Item) -> None:
    """Take down what a test claims."""
    item.config.stash[PROOFS].collect(item)

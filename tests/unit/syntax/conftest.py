"""Fixtures of the syntax tests: texts to trees, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dlspec.diagnostics.report import Diagnostic
from dlspec.diagnostics.span import SourceFile
from dlspec.syntax import ast
from dlspec.syntax.parser import parse


@pytest.fixture
def tree() -> Callable[[str], ast.File]:
    """The tree of a text that must be free of errors."""

    def read(text: str) -> ast.File:
        file, diagnostics = parse(SourceFile("test.dl", text))
        assert [f"{item.span}: {item.message}" for item in diagnostics] == []
        return file

    return read


@pytest.fixture
def problems() -> Callable[[str], list[Diagnostic]]:
    """What is wrong with a text."""
    return lambda text: parse(SourceFile("test.dl", text))[1]


@pytest.fixture
def value(tree: Callable[[str], ast.File]) -> Callable[[str], ast.Expr]:
    """The tree of an expression."""

    def read(text: str) -> ast.Expr:
        (binding,) = tree(f"x = {text}").declarations
        assert isinstance(binding, ast.Binding)
        return binding.value

    return read


@pytest.fixture
def body(tree: Callable[[str], ast.File]) -> Callable[..., tuple[ast.Statement, ...]]:
    """The statements of a body."""

    def read(text: str, kind: str = "train m on d") -> tuple[ast.Statement, ...]:
        (declaration,) = tree(f"{kind} {{\n{text}\n}}\n").declarations
        assert isinstance(declaration, ast.Train | ast.Data | ast.Block | ast.Model | ast.Tune)
        return declaration.body

    return read

"""Statements and declarations: what is built for each form."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dlspec.syntax import ast

Tree = Callable[[str], ast.File]
Body = Callable[..., tuple[ast.Statement, ...]]


def name(text: str) -> str:
    return f"Name(id='{text}')"


@pytest.mark.parametrize(
    ("text", "keyword", "arguments"),
    [
        ("batch all", "batch", [(None, "all")]),
        ("epochs 20", "epochs", [(None, "20")]),
        ("shuffle", "shuffle", []),
        ("loss (a, b) -> f", "loss", [(None, "(a, b) -> f")]),
        ("loss kl = (a, b) -> f(weight=0.5)", "loss", [("kl", "(a, b) -> f(weight=0.5)")]),
        ('penalty l1(1e-5), on="encoder.*"', "penalty", [(None, "l1(1e-5)"), ("on", '"encoder.*"')]),
        ("search optimizer.lr = log_uniform(1e-4, 1e-1)", "search", [("optimizer.lr", "log_uniform(1e-4, 1e-1)")]),
        ("keep label < 5", "keep", [(None, "label < 5")]),
        ("keep not label", "keep", [(None, "not label")]),
        ("threshold -1", "threshold", [(None, "-1")]),
        ("sizes [1, 2]", "sizes", [(None, "[1, 2]")]),
        ("augment (image, mask) -> f", "augment", [(None, "(image, mask) -> f")]),
        ("split train=0.7, validation=0.3", "split", [("train", "0.7"), ("validation", "0.3")]),
        ("split step=1, data=2, from=3, as=4", "split", [("step", "1"), ("data", "2"), ("from", "3"), ("as", "4")]),
        ("drop_missing a,\n  b", "drop_missing", [(None, "a"), (None, "b")]),
    ],
)
def test_setting(body: Body, text: str, keyword: str, arguments: list[tuple[str | None, str]]) -> None:
    (setting,) = body(text)
    assert isinstance(setting, ast.Setting)
    assert (setting.keyword, setting.keyword_span.text, setting.span.text) == (keyword, keyword, text)
    assert [(argument.name, argument.value.span.text) for argument in setting.arguments] == arguments


@pytest.mark.parametrize("word", ["data", "model", "block", "train", "tune", "on", "step", "import", "from", "as"])
def test_soft_words_are_names(body: Body, tree: Tree, word: str) -> None:
    (one, two) = body(f"{word} = {word} -> f\n{word}, b = g({word}={word}.{word})")
    assert repr(one) == f"Binding(names=({name(word)},), value=Flow(first={name(word)}, stages=({name('f')},)))"
    assert isinstance(two, ast.Binding)
    (declared,) = tree(f"{word} = 3").declarations
    assert isinstance(declared, ast.Binding)
    assert repr(tree(f"train {word}, {word} on {word} as {word} {{ }}").declarations[0]) == (
        f"Train(targets=({name(word)}, {name(word)}), data={name(word)}, label={name(word)}, body=(), doc='')"
    )


def test_inputs(body: Body) -> None:
    (first, second) = body("input tokens: int[T, 2 * n,], on: float[] = 3\ninput x, mask = none", "block b")
    assert isinstance(first, ast.Input)
    assert isinstance(second, ast.Input)
    assert repr(second.items[0]) == f"InputItem(name={name('x')}, type=None, default=None)"
    assert isinstance(second.items[1].default, ast.NoneLiteral)
    tokens, other = first.items
    assert tokens.type is not None
    assert [dim.span.text for dim in tokens.type.dims] == ["T", "2 * n"]
    assert tokens.type.span.text == "int[T, 2 * n,]"
    assert repr(other) == f"InputItem(name={name('on')}, type=TypeExpr(kind='float', dims=()), default=Number(value=3))"


def test_outputs(body: Body) -> None:
    statements = body("output mean\noutput logits = h -> dense(10)", "model m")
    assert repr(statements[0]) == f"Output(name={name('mean')}, value=None)"
    assert isinstance(statements[1], ast.Output)
    assert isinstance(statements[1].value, ast.Flow)


def test_return(body: Body) -> None:
    assert repr(body("return a", "block b")) == f"(Return(value={name('a')}),)"
    assert repr(body("return a, b", "block b")) == f"(Return(value=Tuple(items=({name('a')}, {name('b')}))),)"


def test_step(body: Body) -> None:
    (step,) = body("step discriminator {\n  loss real = f\n  optimizer adam\n}")
    assert isinstance(step, ast.Step)
    assert step.model.id == "discriminator"
    assert [type(each) for each in step.body] == [ast.Setting, ast.Setting]
    assert step.span.text.startswith("step discriminator {")
    assert step.span.text.endswith("}")


def test_bodies_on_one_line(body: Body, tree: Tree) -> None:
    assert len(body("step g { optimizer adam }\nstep d { }")) == 2
    assert repr(tree("block t { return in -> f }").declarations) == (
        f"(Block(name={name('t')}, parameters=(), "
        f"body=(Return(value=Flow(first={name('in')}, stages=({name('f')},))),), doc=''),)"
    )


@pytest.mark.parametrize(
    ("text", "built"),
    [
        ('from "a/b.dl" import x', ("a/b.dl", False, [("x", "x")])),
        (
            "from std.vision import resnet50, inception as block",
            ("std.vision", True, [("resnet50", "resnet50"), ("inception", "block")]),
        ),
        ('from "a.dl" import x as data,\n  y', ("a.dl", False, [("x", "data"), ("y", "y")])),
    ],
)
def test_import(tree: Tree, text: str, built: tuple[str, bool, list[tuple[str, str]]]) -> None:
    (item,) = tree(text).declarations
    assert isinstance(item, ast.Import)
    assert (item.path, item.bundled, [(each.name, each.alias) for each in item.names]) == built


@pytest.mark.parametrize(
    ("text", "parameters"),
    [
        ("", []),
        ("()", []),
        ("(width)", [("width", None, None)]),
        (
            "(width = 2, norm: layer = batch_norm(eps=1),)",
            [("width", None, "2"), ("norm", "layer", "batch_norm(eps=1)")],
        ),
        ("(\n  sizes: list,\n  on = none\n)", [("sizes", "list", None), ("on", None, "none")]),
    ],
)
def test_parameters(tree: Tree, text: str, parameters: list[tuple[str, str | None, str | None]]) -> None:
    for kind in (ast.Model, ast.Block):
        (declared,) = tree(f"{kind.__name__.lower()} m{text} {{ }}").declarations
        assert isinstance(declared, kind)
        found = [(p.name.id, p.type, p.default.span.text if p.default else None) for p in declared.parameters]
        assert found == parameters


def test_train(tree: Tree) -> None:
    text = "train tagger(\n  vocab = corpus.tokens.size,\n), other() on corpus as quick { epochs 1 }"
    (train,) = tree(text).declarations
    assert isinstance(train, ast.Train)
    assert [type(target) for target in train.targets] == [ast.Call, ast.Call]
    assert isinstance(train.targets[0], ast.Call)
    assert train.targets[0].arguments[0].name == "vocab"
    assert (train.data and train.data.id, train.label and train.label.id) == ("corpus", "quick")
    assert train.span.text == text


@pytest.mark.parametrize(("text", "data"), [("tune m on d { trials 1 }", "d"), ("tune quick { trials 1 }", None)])
def test_tune(tree: Tree, text: str, data: str | None) -> None:
    (tune,) = tree(text).declarations
    assert isinstance(tune, ast.Tune)
    assert (tune.data.id if tune.data else None) == data
    assert len(tune.body) == 1


def test_documentation(tree: Tree) -> None:
    file = tree(
        "# A file.\n#\n# More.\n\n# not mine\n\n# A model,\n#  in two lines.\nmodel m { } # behind\n# b\nblock b { }\n"
    )
    assert file.doc == "A file.\n\nMore."
    model, block = file.declarations
    assert isinstance(model, ast.Model)
    assert isinstance(block, ast.Block)
    assert (model.doc, block.doc) == ("A model,\n in two lines.", "b")


def test_a_comment_directly_above_belongs_to_the_declaration(tree: Tree) -> None:
    file = tree("\n# A model.\nmodel m { }")
    assert file.doc == ""
    assert isinstance(file.declarations[0], ast.Model)
    assert file.declarations[0].doc == "A model."


@pytest.mark.parametrize("text", ["", "\n\n", "   ", "# only a comment", "# one\n\n"])
def test_a_file_without_declarations(tree: Tree, text: str) -> None:
    file = tree(text)
    assert file.declarations == ()
    assert file.doc == text.strip().removeprefix("# ")

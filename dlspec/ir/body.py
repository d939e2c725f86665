"""The statements of a block or model, one after another; an error in one does not hide the others'."""

from __future__ import annotations

from dlspec.catalog.base import parameters
from dlspec.catalog.index import find
from dlspec.diagnostics.codes import names as codes
from dlspec.diagnostics.report import Diagnostic, DlspecError, fail
from dlspec.ir.builder import Tensor
from dlspec.ir.context import Expressions
from dlspec.ir.entries import named_call
from dlspec.ir.scope import Scope
from dlspec.ir.values import BoundLayer, Broken, Poisoned, Recipe, Value, describe
from dlspec.syntax import ast


class Body:
    """Runs a body in its scope; `inputs` are the values of the declared inputs."""

    def __init__(
        self, evaluator: Expressions, declaration: ast.Block | ast.Model, scope: Scope, inputs: dict[str, Value]
    ) -> None:
        self.evaluator = evaluator
        self.declaration = declaration
        self.scope = scope
        self.inputs = inputs
        self.is_model = isinstance(declaration, ast.Model)
        self.outputs: list[tuple[str, Tensor]] = []
        self.returned = False
        self.problems: list[Diagnostic] = []
        self.poisoned = False

    def run(self) -> list[tuple[str, Tensor]]:
        """The named outputs (a block's have the names `0`, `1` …)."""
        if not any(isinstance(statement, ast.Input) for statement in self.declaration.body) and not self.is_model:
            self.scope.names["in"] = self.inputs["in"]
        for statement in self.declaration.body:
            try:
                self._statement(statement)
            except DlspecError as error:
                self.problems.extend(error.diagnostics)
                self._spoil(statement)
            except Poisoned:
                self.poisoned = True
                self._spoil(statement)
        if self.problems:
            raise DlspecError(self.problems)
        if self.poisoned:
            raise Poisoned
        self._check_result()
        return self.outputs

    def _spoil(self, statement: ast.Statement) -> None:
        for name in _bound_names(statement):
            self.scope.names.setdefault(name.id, Broken())
            self.scope.places.setdefault(name.id, name.span)

    def _statement(self, statement: ast.Statement) -> None:
        match statement:
            case ast.Input():
                for item in statement.items:
                    self.scope.bind(item.name.id, self.inputs[item.name.id], item.name.span)
            case ast.Binding():
                bind_statement(self.evaluator, statement, self.scope)
            case ast.Output() if self.is_model:
                self._output(statement)
            case ast.Return() if not self.is_model:
                self._return(statement)

    def _output(self, statement: ast.Output) -> None:
        name = statement.name
        if any(each == name.id for each, _ in self.outputs):
            raise fail(
                codes.DUPLICATE_NAME, f"the output '{name.id}' stands twice", name.span,
                help="give the second one a name of its own",
            )  # fmt: skip
        if statement.value is None:
            value = self.evaluator.name(name, self.scope)
        else:
            value = self.evaluator.value(statement.value, self.scope.within(name.id))
            self.scope.bind(name.id, value, name.span)
        self.outputs.append((name.id, self._tensor(value, statement)))

    def _return(self, statement: ast.Return) -> None:
        if self.returned:
            raise fail(
                codes.DUPLICATE_NAME, "a block has one `return`", statement.span, help="return a tuple: `return a, b`"
            )
        value = self.evaluator.value(statement.value, self.scope.within(""))
        values = value if isinstance(value, tuple) and value else (value,)
        self.outputs = [(str(place), self._tensor(each, statement)) for place, each in enumerate(values)]
        self.returned = True

    def _tensor(self, value: Value, statement: ast.Output | ast.Return) -> Tensor:
        place = statement.value.span if statement.value is not None else statement.name.span
        if not isinstance(value, Tensor):
            first = next((name for name, each in self.scope.names.items() if isinstance(each, Tensor)), "x")
            help = f"give the layer data with an arrow: `{first} -> …`" if isinstance(value, Recipe) else ""
            if isinstance(value, tuple):
                help = "an output is one tensor: name them, as in `a, b = …`"
            raise fail(
                codes.NOT_A_TENSOR, f"what comes out is a tensor, and this is {describe(value)}", place, help=help
            )
        if self.is_model and not value.type.batched:
            builder, namer = self.scope.building
            return builder.to_batch(value, builder.example("output", place), namer, place)
        return value

    def _check_result(self) -> None:
        name = self.declaration.name
        if self.is_model and not self.outputs:
            raise fail(
                codes.MISSING_RESULT,
                f"the model '{name.id}' has no output",
                name.span,
                help="write `output y = …` in it",
            )
        if not self.is_model and not self.returned:
            raise fail(
                codes.MISSING_RESULT, f"the block '{name.id}' returns nothing", name.span, help="write `return …` in it"
            )


def bind_statement(evaluator: Expressions, statement: ast.Binding, scope: Scope) -> None:
    """`a = …` or `a, b = …`; a layer bound to a name becomes one layer."""
    first = statement.names[0]
    value = evaluator.value(statement.value, scope.within(first.id))
    if len(statement.names) == 1:
        if isinstance(value, Recipe) and not isinstance(value, BoundLayer) and scope.builder is not None:
            value = BoundLayer(first.id, value, scope.builder)
        scope.bind(first.id, value, first.span)
        return
    if not isinstance(value, tuple) or len(value) != len(statement.names):
        given = f"{len(value)} values" if isinstance(value, tuple) else "one value"
        raise fail(
            codes.BAD_UNPACKING, f"{len(statement.names)} names are bound, and the right side gives {given}",
            statement.names[0].span.to(statement.names[-1].span),
            help="name as many as there are" if isinstance(value, tuple) else _several(statement, evaluator, scope),
        )  # fmt: skip
    for name, each in zip(statement.names, value, strict=True):
        scope.bind(name.id, each, name.span)


def _several(statement: ast.Binding, evaluator: Expressions, scope: Scope) -> str:
    """How a right side would give several values."""
    flow = statement.value
    last = flow.stages[-1] if isinstance(flow, ast.Flow) else flow
    name, _ = named_call(last)
    cls = None if name is None or evaluator.is_bound(name, scope) else find("layer", name)
    if cls is not None and any(info.name == "return_state" for info in parameters(cls)):
        return f"`{name}(…, return_state=true)` gives the final state too"
    return f"bind each on a line of its own: `{statement.names[0].id} = …`"


def _bound_names(statement: ast.Statement) -> list[ast.Name]:
    match statement:
        case ast.Binding():
            return list(statement.names)
        case ast.Output():
            return [statement.name]
        case ast.Input():
            return [item.name for item in statement.items]
    return []

"""How a generated training reaches the weights and the generators of its models."""

from __future__ import annotations

from dlspec.backends.keras.plan import first_names
from dlspec.backends.keras.weights import weights_functions
from dlspec.backends.python.docs import docstring
from dlspec.backends.python.evaluation import draws_in_evaluation
from dlspec.backends.python.plan import Plan
from dlspec.backends.python.selection import condition

GENERATORS = '''
def generators(model: MODEL) -> list[keras.Variable]:
    """The states of what draws numbers in the model."""
    return [each for SOURCE if each.path.endswith("seed_generator_state")]
'''

SEED_GENERATORS = '''
def seed_generators(model: MODEL, seed: int) -> None:
    """Seed what draws numbers in the model, each generator with numbers of its own."""
    for place, state in enumerate(generators(model)):
        state.assign(np.random.SeedSequence([seed, place]).generate_state(2).astype("int64"))
'''

SEEDED = '''
@contextmanager
def seeded(model: MODEL, seed: int) -> Iterator[None]:
    """Seeds the generators for a while, and then puts them back where they were."""
    kept = [state.numpy() for state in generators(model)]
    seed_generators(model, seed)
    yield
    for state, value in zip(generators(model), kept, strict=True):
        state.assign(value)
'''


def _generators(plan: Plan) -> list[list[str]]:
    """`generators`, `seed_generators` and, where it is needed, `seeded`."""
    alone = len(plan.models) == 1
    source = "each in model.variables" if alone else "part in model for each in part.variables"
    texts = [GENERATORS, SEED_GENERATORS, *([SEEDED] if draws_in_evaluation(plan) else [])]
    texts = [text.replace("MODEL", plan.model_type).replace("SOURCE", source) for text in texts]
    return [text.strip("\n").split("\n") for text in texts]


def parameters_lines(plan: Plan) -> list[str]:
    """`parameters`, the variables that are trained, by the names of their weights."""
    # By name alone: how many dimensions a variable has is not known before it is looked up.
    held = condition(set(plan.trainable), dict.fromkeys(plan.weights, 0))
    shared = set(first_names(plan).values()) < set(plan.weights)
    twice = " A variable that holds two has the name of the first." if shared else ""
    named = f"{{name: variable(model, path) for name, (path, _) in WEIGHTS.items(){f' if {held}' if held else ''}}}"
    return [
        f"def parameters(model: {plan.model_type}) -> dict[str, keras.Variable]:",
        *docstring(f"The weights that are trained, by name.{twice}", 1),
        f"    return {named}",
    ]


def access_parts(plan: Plan) -> list[list[str]]:
    """`load_weights`, `read_weights`, `parameters` and the seeding of generators."""
    texts = [
        text.replace("model: keras.Model", f"model: {plan.model_type}") for text in weights_functions(plan.weights)
    ]
    return [*(text.strip("\n").split("\n") for text in texts), parameters_lines(plan), *_generators(plan)]

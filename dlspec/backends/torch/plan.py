"""How a training is laid out in a generated PyTorch file: the names that are taken, and how a model is reached."""

from __future__ import annotations

from dlspec.backends.python.layout import literal
from dlspec.backends.python.plan import FILE_NAMES, Dialect
from dlspec.backends.torch.emit import emit_models
from dlspec.backends.torch.loss_helpers import HELPERS as LOSS_HELPERS
from dlspec.backends.torch.optimizer_helpers import HELPERS as OPTIMIZER_HELPERS
from dlspec.backends.torch.update_helpers import HELPERS as UPDATE_HELPERS

RESERVED = frozenset(
    {
        *FILE_NAMES,
        *("track_statistics", "clip_norm"),
        *LOSS_HELPERS,
        *OPTIMIZER_HELPERS,
        *UPDATE_HELPERS,
        *("update", "chunks", "over_time", "AXES", "double_precision"),
    }
)
"""Names of the generated file that no class of a model may take."""

LOCALS = frozenset({"model", "batch", "draws", "activity", "count", "terms", *LOSS_HELPERS})
"""Names that no variable of a flow may take in the generated `losses`."""

MODULE_DICT = frozenset(
    {
        *(
            "add_module",
            "apply",
            "bfloat16",
            "buffers",
            "call_super_init",
            "children",
            "clear",
            "compile",
            "cpu",
            "cuda",
        ),
        *("double", "dump_patches", "eval", "extra_repr", "float", "forward", "get_buffer", "get_extra_state"),
        *("get_parameter", "get_submodule", "half", "ipu", "items", "keys", "load_state_dict", "modules", "mtia"),
        *("named_buffers", "named_children", "named_modules", "named_parameters", "parameters", "pop"),
        *("register_backward_hook", "register_buffer", "register_forward_hook", "register_forward_pre_hook"),
        *("register_full_backward_hook", "register_full_backward_pre_hook", "register_load_state_dict_post_hook"),
        *("register_load_state_dict_pre_hook", "register_module", "register_parameter"),
        *("register_state_dict_post_hook", "register_state_dict_pre_hook", "requires_grad_", "set_extra_state"),
        *("set_submodule", "share_memory", "state_dict", "to", "to_empty", "train", "training", "type", "update"),
        *("values", "xpu", "zero_grad", "T_destination"),
    }
)
"""Attributes of `nn.ModuleDict`, which it refuses as keys; a test holds them against PyTorch."""

TORCH = Dialect(
    emit_models=emit_models,
    reserved=RESERVED,
    refused=MODULE_DICT,
    several="nn.ModuleDict",
    key=str,
    reach=lambda key: f"model[{literal(key)}]",
    key_of=lambda code, name: code.weights[name],
)
"""Several models are a `nn.ModuleDict`, and weights are selected by their keys in `state_dict()`."""

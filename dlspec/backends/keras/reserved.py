"""Names that mean something to Keras or to the generated file, and are not free for a spec's."""

from __future__ import annotations

KEPT = "of_training"
"""What a step of a training keeps in the model it trains: its own layers that draw numbers, by name."""

MODULE_ATTRIBUTES = frozenset(
    {
        "activity_regularizer", "add_loss", "add_metric", "add_variable", "add_weight", "autocast", "build",
        "build_from_config", "built", "call", "call_signature_parameters", "compile", "compile_from_config",
        "compiled", "compiled_loss", "compiled_metrics", "compute_dtype", "compute_loss", "compute_mask",
        "compute_metrics", "compute_output_shape", "compute_output_spec", "count_params", "distribute_reduction_method",
        "distribute_strategy", "draws", "dtype", "dtype_policy", "evaluate", "export", "fit", "from_config",
        "get_build_config", "get_compile_config", "get_config", "get_layer", "get_metrics_result",
        "get_quantization_layer_structure", "get_state_tree", "get_weights", "input", "input_dtype", "input_shape",
        "input_spec", "jit_compile", "layers", "load_own_variables", "load_weights", "loss", "losses",
        "make_predict_function", "make_test_function", "make_train_function", "metrics", "metrics_names",
        "metrics_variables", "name", "non_trainable_variables", "non_trainable_weights", "optimizer", "output",
        "output_shape", "path", "predict", "predict_function", "predict_on_batch", "predict_step", "quantization_mode",
        "quantize", "quantized_build", "quantized_call", "rematerialized_call", "reset_metrics", "run_eagerly", "save",
        "save_own_variables", "save_weights", "self", "set_state_tree", "set_weights", "state_updates",
        "stateless_call", "stateless_compute_loss", "stop_training", "steps_per_execution", "summary", "supports_jit",
        "supports_masking", "symbolic_call", "test_function", "test_on_batch", "test_step", "to_json",
        "train_function", "train_on_batch", "train_step", "trainable", "trainable_variables", "trainable_weights",
        "training", "unrolled_steps_per_execution", "variable_dtype", "variables", "weights",
        # Engines add theirs to every layer: those of `torch.nn.Module` and of `tf.Module`.
        "T_destination", "add_module", "apply", "bfloat16", "buffers", "call_super_init", "children", "cpu", "cuda",
        "device", "double", "dump_patches", "eval", "extra_repr", "float", "forward", "get_buffer", "get_extra_state",
        "get_parameter", "get_submodule", "half", "ipu", "load_state_dict", "modules", "mtia", "name_scope",
        "named_buffers", "named_children", "named_modules", "named_parameters", "parameters",
        "register_backward_hook", "register_buffer", "register_forward_hook", "register_forward_pre_hook",
        "register_full_backward_hook", "register_full_backward_pre_hook", "register_load_state_dict_post_hook",
        "register_load_state_dict_pre_hook", "register_module", "register_parameter", "register_state_dict_post_hook",
        "register_state_dict_pre_hook", "requires_grad_", "set_extra_state", "set_submodule", "share_memory",
        "state_dict", "submodules", "super", "to", "to_empty", "torch_params", "train", "type", "xpu", "zero_grad",
        "with_name_scope",
        KEPT,
    }
)  # fmt: skip
"""What layers and models of Keras have, on every engine; a test holds it against them."""

ARGUMENTS = frozenset({"training", "mask"})
"""Arguments of `call` that Keras fills in itself."""

"""PyTorch: lowering tables, code as text, and the runtime that executes it."""

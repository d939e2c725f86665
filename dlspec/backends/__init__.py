"""Lowering of programs to frameworks: code or graphs, and the runtimes that execute exactly those."""

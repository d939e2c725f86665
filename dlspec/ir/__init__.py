"""AST to program: names and arguments resolved, blocks instantiated, shapes inferred, invariants verified."""

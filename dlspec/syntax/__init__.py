"""Text to AST and back: the parser and the formatter."""

"""Notes on what is allowed and seldom meant: one rule a file."""

"""Measurements of dlspec beside what one would use without it: `python -m benchmarks`."""

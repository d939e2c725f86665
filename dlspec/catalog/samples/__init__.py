"""Test cases of the catalogue, a module for each family; imported by tests alone."""

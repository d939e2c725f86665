"""Where something is wrong, what, why and the way out: spans, codes, diagnostics and their rendering."""

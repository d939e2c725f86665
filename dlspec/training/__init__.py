"""Training: the one loop for every backend, its run folder, checkpoints and metrics."""

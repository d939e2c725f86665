"""Keras 3: models as layers with the channels last, free of the engine; text alone, no framework is imported."""

"""What PyTorch and Keras code have in common: expressions, names, class templates, text."""

"""Pictures of models: the graph of a program as nested boxes, laid out in layers, as SVG or as a page."""

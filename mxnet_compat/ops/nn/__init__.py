"""Operators of neural networks, a file per family: layers, activations, normalisation, losses."""

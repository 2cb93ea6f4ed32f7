"""``mx.contrib.text``: vocabularies and token embeddings read from files."""
from . import embedding, utils, vocab

__all__ = ["embedding", "utils", "vocab"]

"""Counting tokens."""
import collections
import re

__all__ = ["count_tokens_from_str"]


def count_tokens_from_str(source_str, token_delim=" ", seq_delim="\n", to_lower=False, counter_to_update=None):
    """A Counter of the tokens of a text; both delimiters are regular expressions. ``counter_to_update`` is added to and
    returned."""
    if to_lower:
        source_str = source_str.lower()
    counter = collections.Counter() if counter_to_update is None else counter_to_update
    counter.update(token for token in re.split(f"{token_delim}|{seq_delim}", source_str) if token)
    return counter

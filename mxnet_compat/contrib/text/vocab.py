"""``Vocabulary``: tokens by index and back. The unknown token is first, reserved ones follow, then those of a counter."""
import collections

__all__ = ["Vocabulary"]


class Vocabulary:
    """Indices for the tokens of ``counter`` (a ``collections.Counter``), the most frequent first, equal ones by name.

    At most ``most_freq_count`` tokens are taken and none that occurs less than ``min_freq`` times. AssertionError for a
    counter of another class, a ``min_freq`` below 1, and reserved tokens that repeat or include ``unknown_token``.
    """

    def __init__(self, counter=None, most_freq_count=None, min_freq=1, unknown_token="<unk>", reserved_tokens=None):
        assert min_freq > 0, f"Vocabulary: min_freq must be at least 1, got {min_freq}"
        if reserved_tokens is not None:
            assert unknown_token not in reserved_tokens, (
                f"Vocabulary: the unknown token {unknown_token!r} is among reserved_tokens")
            assert len(set(reserved_tokens)) == len(reserved_tokens), "Vocabulary: reserved_tokens repeat a token"
        self._unknown_token = unknown_token
        self._reserved_tokens = None if reserved_tokens is None else list(reserved_tokens)
        self._idx_to_token = [unknown_token, *(reserved_tokens or ())]
        self._token_to_idx = {token: i for i, token in enumerate(self._idx_to_token)}
        if counter is not None:
            self._add_counted(counter, most_freq_count, min_freq)

    def _add_counted(self, counter, most_freq_count, min_freq):
        assert isinstance(counter, collections.Counter), (
            f"Vocabulary: counter must be a collections.Counter, got {type(counter).__name__}")
        room = len(counter) if most_freq_count is None else most_freq_count
        for token, count in sorted(counter.items(), key=lambda pair: (-pair[1], pair[0])):
            if count < min_freq or room <= 0:
                break
            if token not in self._token_to_idx:  # the unknown and reserved tokens take up no room
                self._add(token)
                room -= 1

    def _add(self, token):
        self._token_to_idx[token] = len(self._idx_to_token)
        self._idx_to_token.append(token)

    def __len__(self):
        return len(self._idx_to_token)

    @property
    def token_to_idx(self):
        """A dict from token to index."""
        return self._token_to_idx

    @property
    def idx_to_token(self):
        """The tokens by index."""
        return self._idx_to_token

    @property
    def unknown_token(self):
        """What stands for tokens that are not indexed; its index is 0."""
        return self._unknown_token

    @property
    def reserved_tokens(self):
        """The list given, or None."""
        return self._reserved_tokens

    def to_indices(self, tokens):
        """The index of a token, or a list of those of several; 0 for an unknown token."""
        if isinstance(tokens, list):
            return [self._token_to_idx.get(token, 0) for token in tokens]
        return self._token_to_idx.get(tokens, 0)

    def to_tokens(self, indices):
        """The token of an index, or a list of those of several. ValueError for what is no index."""
        if isinstance(indices, list):
            return [self._token(i) for i in indices]
        return self._token(indices)

    def _token(self, index):
        if not isinstance(index, int) or index >= len(self):
            raise ValueError(f"to_tokens: {index!r} is not an index below {len(self)}")
        return self._idx_to_token[index]

"""Vectors of tokens, read from text files: ``GloVe``, ``FastText``, files of one's own, and several side by side.

Nothing is downloaded: the files of GloVe and fastText must lie in ``embedding_root``. Vocabularies are in ``vocab.py``.
"""
import os
import warnings

import numpy as np

from ... import base, registry
from ... import ndarray as nd
from . import vocab
from ._files import FASTTEXT, GLOVE

__all__ = ["CompositeEmbedding", "CustomEmbedding", "FastText", "GloVe", "create", "get_pretrained_file_names", "register"]


def register(embedding_cls):
    """Register a subclass of ``_TokenEmbedding`` by its own name in lower case, for ``create``; returns it."""
    return registry.get_register_func(_TokenEmbedding, "token embedding")(embedding_cls)


def create(embedding_name, **kwargs):
    """A registered embedding by name. KeyError for an unknown pretrained file, AssertionError for an unknown name."""
    return registry.get_create_func(_TokenEmbedding, "token embedding")(embedding_name, **kwargs)


def get_pretrained_file_names(embedding_name=None):
    """The file names of an embedding, or a dict of all. KeyError for an unknown name."""
    known = registry.get_registry(_TokenEmbedding)
    if embedding_name is None:
        return {name: list(cls.pretrained_file_name_sha1) for name, cls in known.items()}
    if embedding_name not in known:
        raise KeyError(f"there is no token embedding {embedding_name!r}; known are {', '.join(sorted(known))}")
    return list(known[embedding_name].pretrained_file_name_sha1)


class _TokenEmbedding(vocab.Vocabulary):
    """A vocabulary with a vector for each token; the base class of the embeddings."""

    #: file name -> checksum or None; what ``get_pretrained_file_names`` lists
    pretrained_file_name_sha1 = {}

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self._vec_len = 0
        self._idx_to_vec = None

    @classmethod
    def _check_pretrained_file_names(cls, pretrained_file_name):
        if pretrained_file_name not in cls.pretrained_file_name_sha1:
            names = list(cls.pretrained_file_name_sha1)
            shown = ", ".join(names[:20]) + (" …" if len(names) > 20 else "")
            raise KeyError(f"{cls.__name__} has no pretrained file {pretrained_file_name!r}; there are {shown}")

    @classmethod
    def _get_pretrained_file(cls, embedding_root, pretrained_file_name):
        path = os.path.join(os.path.expanduser(embedding_root), cls.__name__.lower(), pretrained_file_name)
        if not os.path.isfile(path):
            raise NotImplementedError(f"{cls.__name__}: {path} is not there, and pretrained embeddings are not downloaded; "
                                      f"put the file of that name there")
        return path

    def _load_embedding(self, pretrained_file_path, elem_delim, init_unknown_vec, encoding="utf8"):
        """Add the tokens and vectors of a file: a token and its numbers a line. Repeated tokens and headers are skipped
        with a warning; a line of the unknown token gives its vector."""
        path = os.path.expanduser(pretrained_file_path)
        if not os.path.isfile(path):
            raise ValueError(f"there is no file of token embeddings {path}")
        unknown, vectors, length = None, [], None
        seen = set()
        with open(path, encoding=encoding) as lines:
            for number, line in enumerate(lines, 1):
                token, *elements = line.rstrip().split(elem_delim)
                assert elements, f"{path}: line {number} is not a token and numbers separated by {elem_delim!r}"
                vector = [float(e) for e in elements]
                if token == self.unknown_token and unknown is None:
                    unknown = vector
                    seen.add(token)
                elif token in seen:
                    warnings.warn(f"{path}: line {number} repeats the token {token} and is skipped")
                elif len(vector) == 1:
                    warnings.warn(f"{path}: line {number} has one number only for {token}, as a header, and is skipped")
                else:
                    length = length or len(vector)
                    assert len(vector) == length, (
                        f"{path}: line {number} has {len(vector)} numbers for {token}, {length} were expected")
                    vectors.append(vector)
                    self._add(token)
                    seen.add(token)
        if length is None:
            raise TypeError(f"{path} has no vectors")
        self._vec_len = length
        table = np.empty((len(self), length), "float32")
        table[len(self) - len(vectors):] = vectors
        table[0] = init_unknown_vec(shape=length).asnumpy() if unknown is None else unknown
        self._idx_to_vec = nd.array(table)

    def _index_tokens_from_vocabulary(self, vocabulary):
        self._token_to_idx = dict(vocabulary.token_to_idx)
        self._idx_to_token = list(vocabulary.idx_to_token)
        self._unknown_token = vocabulary.unknown_token
        self._reserved_tokens = vocabulary.reserved_tokens and list(vocabulary.reserved_tokens)

    def _set_idx_to_vec_by_embeddings(self, token_embeddings, vocab_len, vocab_idx_to_token):
        parts = []
        for embedding in token_embeddings:
            # the unknown token is unknown to each part under whatever name it has there
            rows = [0, *embedding.to_indices(vocab_idx_to_token[1:])]
            parts.append(embedding.idx_to_vec.asnumpy()[rows[:vocab_len]])
        table = np.concatenate(parts, axis=1)
        self._vec_len = table.shape[1]
        self._idx_to_vec = nd.array(table)

    def _build_embedding_for_vocabulary(self, vocabulary):
        if vocabulary is None:
            return
        assert isinstance(vocabulary, vocab.Vocabulary), (
            f"vocabulary must be a Vocabulary, got {type(vocabulary).__name__}")
        self._set_idx_to_vec_by_embeddings([self], len(vocabulary), vocabulary.idx_to_token)
        self._index_tokens_from_vocabulary(vocabulary)

    @property
    def vec_len(self):
        """The length of the vectors."""
        return self._vec_len

    @property
    def idx_to_vec(self):
        """The vectors by index, an NDArray of shape (number of tokens, ``vec_len``)."""
        return self._idx_to_vec

    def get_vecs_by_tokens(self, tokens, lower_case_backup=False):
        """The vector of a token, or the vectors of a list of them as rows; ``lower_case_backup`` then looks for the token
        in lower case. Unknown tokens have the vector of index 0."""
        single = not isinstance(tokens, list)
        rows = []
        for token in [tokens] if single else tokens:
            if lower_case_backup and token not in self._token_to_idx:
                token = token.lower()
            rows.append(self._token_to_idx.get(token, 0))
        if not rows:
            raise base.MXNetError("get_vecs_by_tokens: the list of tokens is empty")
        found = nd.Embedding(nd.array(rows), self._idx_to_vec, input_dim=len(self), output_dim=self._vec_len)
        return found[0] if single else found

    def update_token_vectors(self, tokens, new_vectors):
        """Replace the vectors of a token, or of a list of them (2-D), in place.

        ValueError for a token that is not indexed, AssertionError for shapes that do not fit.
        """
        assert self._idx_to_vec is not None, "update_token_vectors: there are no vectors yet"
        several = isinstance(tokens, list) and len(tokens) != 1
        tokens = tokens if isinstance(tokens, list) else [tokens]
        assert isinstance(new_vectors, nd.NDArray) and new_vectors.ndim in ((2,) if several else (1, 2)), (
            f"update_token_vectors: new_vectors must be a {'2-D' if several else '1-D or 2-D'} NDArray")
        if new_vectors.ndim == 1:
            new_vectors = new_vectors.expand_dims(0)
        assert new_vectors.shape == (len(tokens), self._vec_len), (
            f"update_token_vectors: new_vectors must have the shape {(len(tokens), self._vec_len)}, got {new_vectors.shape}")
        for token in tokens:
            if token not in self._token_to_idx:
                raise ValueError(f"update_token_vectors: {token} is not indexed; the vector of unknown tokens is that of "
                                 f"{self.unknown_token}")
        self._idx_to_vec[nd.array(self.to_indices(tokens))] = new_vectors


class _Pretrained(_TokenEmbedding):
    def _load(self, embedding_root, name, init_unknown_vec, vocabulary):
        self._check_pretrained_file_names(name)
        self._load_embedding(self._get_pretrained_file(embedding_root, name), " ", init_unknown_vec)
        self._build_embedding_for_vocabulary(vocabulary)


_ROOT = os.path.join(base.data_dir_default(), "embeddings")


@register
class GloVe(_Pretrained):
    """The vectors of GloVe from ``embedding_root/glove/pretrained_file_name``; of the tokens of ``vocabulary`` only, if
    given. KeyError for an unknown file name, NotImplementedError where the file is not there."""

    pretrained_file_name_sha1 = GLOVE

    def __init__(self, pretrained_file_name="glove.840B.300d.txt", embedding_root=_ROOT, init_unknown_vec=nd.zeros,
                 vocabulary=None, **kwargs):
        super().__init__(**kwargs)
        self._load(embedding_root, pretrained_file_name, init_unknown_vec, vocabulary)


@register
class FastText(_Pretrained):
    """The vectors of fastText from ``embedding_root/fasttext/pretrained_file_name``; otherwise as ``GloVe``."""

    pretrained_file_name_sha1 = FASTTEXT

    def __init__(self, pretrained_file_name="wiki.simple.vec", embedding_root=_ROOT, init_unknown_vec=nd.zeros,
                 vocabulary=None, **kwargs):
        super().__init__(**kwargs)
        self._load(embedding_root, pretrained_file_name, init_unknown_vec, vocabulary)


class CustomEmbedding(_TokenEmbedding):
    """Vectors from a file of one's own: a token and its numbers a line, separated by ``elem_delim``.

    ValueError where there is no such file, AssertionError for a line that is no token with numbers.
    """

    def __init__(self, pretrained_file_path, elem_delim=" ", encoding="utf8", init_unknown_vec=nd.zeros, vocabulary=None,
                 **kwargs):
        super().__init__(**kwargs)
        self._load_embedding(pretrained_file_path, elem_delim, init_unknown_vec, encoding)
        self._build_embedding_for_vocabulary(vocabulary)


class CompositeEmbedding(_TokenEmbedding):
    """For the tokens of a vocabulary, the vectors of several embeddings one after the other. AssertionError for arguments
    of other classes."""

    def __init__(self, vocabulary, token_embeddings):
        assert isinstance(vocabulary, vocab.Vocabulary), (
            f"vocabulary must be a Vocabulary, got {type(vocabulary).__name__}")
        parts = token_embeddings if isinstance(token_embeddings, list) else [token_embeddings]
        for part in parts:
            assert isinstance(part, _TokenEmbedding), (
                f"token_embeddings must be token embeddings, got {type(part).__name__}")
        super().__init__()
        self._index_tokens_from_vocabulary(vocabulary)
        self._set_idx_to_vec_by_embeddings(parts, len(self), self.idx_to_token)

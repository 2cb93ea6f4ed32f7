"""WikiText-2 and WikiText-103: sequences of words for language models, from the files that their authors published."""
import collections
import os
import zipfile

import numpy as np

from .... import ndarray as nd
from ....base import MXNetError
from ...data import dataset
from ...utils import download

__all__ = ["WikiText103", "WikiText2"]

EOS_TOKEN = "<eos>"
_HOME = os.path.join(os.environ.get("MXNET_HOME", os.path.join("~", ".mxnet")), "datasets")
_REPOSITORY = "https://apache-mxnet.s3-accelerate.dualstack.amazonaws.com/"


class _WikiText(dataset._DownloadedDataset):
    """(words, following words) as int32 arrays of ``seq_len`` indices of the vocabulary; lines end with ``<eos>``."""

    _data_file = {"train": "wiki.train.tokens", "validation": "wiki.valid.tokens", "test": "wiki.test.tokens"}

    def __init__(self, root, segment, vocab, seq_len):
        self._segment = segment
        self._vocab = vocab
        self._seq_len = seq_len
        self._counter = None
        super().__init__(root, None)

    @property
    def vocabulary(self):
        """The ``contrib.text.vocab.Vocabulary`` of the words."""
        return self._vocab

    @property
    def frequencies(self):
        """How often each word occurs, as a Counter."""
        return self._counter

    def _file(self):
        path = os.path.join(self._root, self._data_file[self._segment])
        if os.path.exists(path):
            return path
        base = os.environ.get("MXNET_GLUON_REPO", _REPOSITORY).rstrip("/")
        name, sha1 = self._archive
        archive = download(f"{base}/gluon/dataset/{self._namespace}/{name}", os.path.join(self._root, name),
                           sha1_hash=None if os.path.exists(os.path.join(self._root, name)) else sha1)
        try:
            with zipfile.ZipFile(archive) as source:
                members = {os.path.basename(member): member for member in source.namelist()}
                with source.open(members[os.path.basename(path)]) as content, open(path, "wb") as target:
                    while block := content.read(1 << 20):
                        target.write(block)
        except (zipfile.BadZipFile, KeyError) as error:
            raise MXNetError(f"{archive} is no archive with {os.path.basename(path)}: {error}") from error
        return path

    def _get_data(self):
        from ....contrib import text
        with open(self._file(), encoding="utf-8") as stream:
            lines = [line.split() for line in stream]
        lines = [words for words in lines if words]
        self._counter = collections.Counter(word for words in lines for word in words)
        if self._vocab is None:
            self._vocab = text.vocab.Vocabulary(counter=self._counter, reserved_tokens=[EOS_TOKEN])
        indices = np.array(self._vocab.to_indices([word for words in lines for word in [*words, EOS_TOKEN]]), np.int32)
        count = max(len(indices) - 1, 0) // self._seq_len
        if not count:
            raise MXNetError(f"{self._file()} has {len(indices)} words, too few for one sequence of {self._seq_len}")
        shape = count, self._seq_len
        self._data = nd.array(indices[:count * self._seq_len].reshape(shape), dtype=np.int32)
        self._label = nd.array(indices[1:count * self._seq_len + 1].reshape(shape), dtype=np.int32)


class WikiText2(_WikiText):
    """Two million words of good Wikipedia articles; ``segment`` is 'train', 'validation' or 'test' (KeyError).

    ``root`` holds ``wiki.train.tokens`` and so on, or the archive ``wikitext-2-v1.zip``; what is missing is fetched, and
    without a network the OSError names the file and its place. ``vocab`` is that of another segment.
    """

    _archive = ("wikitext-2-v1.zip", "3c914d17d80b1459be871a5039ac23e752a53cbe")
    _namespace = "wikitext-2"

    def __init__(self, root=os.path.join(_HOME, "wikitext-2"), segment="train", vocab=None, seq_len=35):
        super().__init__(root, segment, vocab, seq_len)


class WikiText103(_WikiText):
    """As WikiText2, with a hundred million words, from ``wikitext-103-v1.zip``."""

    _archive = ("wikitext-103-v1.zip", "0aec09a7537b58d4bb65362fee27650eeaba625a")
    _namespace = "wikitext-103"

    def __init__(self, root=os.path.join(_HOME, "wikitext-103"), segment="train", vocab=None, seq_len=35):
        super().__init__(root, segment, vocab, seq_len)


for _name in (*__all__, "_WikiText"):
    globals()[_name].__module__ = "mxnet.gluon.contrib.data.text"

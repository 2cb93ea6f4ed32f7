"""Sentences as numbers, and batches of sentences of similar length."""
import bisect
import random
import warnings

import numpy as np

from .. import ndarray
from ..io import DataBatch, DataDesc, DataIter

__all__ = ["BucketSentenceIter", "encode_sentences"]


def encode_sentences(sentences, vocab=None, invalid_label=-1, invalid_key="\n", start_label=0, unknown_token=None):
    """(sentences as lists of numbers, vocabulary) of lists of words.

    Without ``vocab`` words are numbered as they come, from ``start_label`` and without ``invalid_label``, which stands for
    ``invalid_key``. With it, a word that it lacks has the number of ``unknown_token`` (AssertionError without that).
    """
    learns = vocab is None
    if learns:
        vocab = {invalid_key: invalid_label}
    index = start_label

    def number(word):
        nonlocal index
        while index == invalid_label or not learns and index in vocab.values():
            index += 1
        vocab[word] = index
        index += 1
    coded = []
    for sentence in sentences:
        line = []
        for word in sentence:
            if word not in vocab:
                assert learns or unknown_token is not None, f"encode_sentences: the vocabulary lacks {word!r}"
                if not learns:
                    word = unknown_token
                if word not in vocab:
                    number(word)
            line.append(vocab[word])
        coded.append(line)
    return coded, vocab


class BucketSentenceIter(DataIter):
    """Batches of encoded sentences; those of a batch are padded with ``invalid_label`` to the length of their bucket.

    Labels are the sentences moved by one. ``buckets`` are lengths, by default those of at least ``batch_size`` sentences;
    longer sentences are left out (UserWarning), and so are buckets without a sentence (ValueError if none is left). Arrays
    are (batch, steps) with the layout 'NT', (steps, batch) with 'TN', ValueError for another. ``bucket_key`` of a batch is
    its length, ``default_bucket_key`` the longest.
    """

    def __init__(self, sentences, batch_size, buckets=None, invalid_label=-1, data_name="data",
                 label_name="softmax_label", dtype="float32", layout="NT"):
        super().__init__()
        if not buckets:
            counts = np.bincount([len(s) for s in sentences])
            buckets = [length for length, count in enumerate(counts) if count >= batch_size]
        buckets = sorted(buckets)
        rows, discarded = [[] for _ in buckets], 0
        for sentence in sentences:
            k = bisect.bisect_left(buckets, len(sentence))
            if k == len(buckets):
                discarded += 1
                continue
            row = np.full((buckets[k],), invalid_label, dtype=dtype)
            row[:len(sentence)] = sentence
            rows[k].append(row)
        buckets, rows = [b for b, r in zip(buckets, rows) if r], [r for r in rows if r]
        self.data = [np.asarray(r, dtype=dtype).reshape(-1, length) for r, length in zip(rows, buckets)]
        if discarded:
            warnings.warn(f"BucketSentenceIter: {discarded} sentences are longer than the largest bucket and are left out",
                          stacklevel=2)
        self.batch_size = batch_size
        self.buckets = buckets
        self.data_name = data_name
        self.label_name = label_name
        self.dtype = dtype
        self.invalid_label = invalid_label
        self.nddata = []
        self.ndlabel = []
        self.major_axis = layout.find("N")
        self.layout = layout
        if not buckets:
            raise ValueError("BucketSentenceIter: there is no bucket, or none for any of the sentences")
        self.default_bucket_key = max(buckets)
        if self.major_axis not in (0, 1) or "T" not in layout:
            raise ValueError(f"BucketSentenceIter: layout must be 'NT' or 'TN', got {layout!r}")
        shape = self._shape(self.default_bucket_key)
        self.provide_data = [DataDesc(name=data_name, shape=shape, layout=layout)]
        self.provide_label = [DataDesc(name=label_name, shape=shape, layout=layout)]
        self.idx = [(i, j) for i, rows in enumerate(self.data)
                    for j in range(0, len(rows) - batch_size + 1, batch_size)]
        self.curr_idx = 0
        self.reset()

    def _shape(self, length):
        return (self.batch_size, length) if self.major_axis == 0 else (length, self.batch_size)

    def reset(self):
        """Begin anew, with batches and sentences in another order."""
        self.curr_idx = 0
        random.shuffle(self.idx)
        for rows in self.data:
            np.random.shuffle(rows)
        self.nddata = []
        self.ndlabel = []
        for rows in self.data:
            label = np.full_like(rows, self.invalid_label)
            label[:, :-1] = rows[:, 1:]
            self.nddata.append(ndarray.array(rows, dtype=self.dtype))
            self.ndlabel.append(ndarray.array(label, dtype=self.dtype))

    def next(self):
        """The next batch; StopIteration at the end."""
        if self.curr_idx == len(self.idx):
            raise StopIteration
        i, j = self.idx[self.curr_idx]
        self.curr_idx += 1
        data, label = (a[j:j + self.batch_size] for a in (self.nddata[i], self.ndlabel[i]))
        if self.major_axis == 1:
            data, label = data.T, label.T
        return DataBatch([data], [label], pad=0, bucket_key=self.buckets[i],
                         provide_data=[DataDesc(name=self.data_name, shape=data.shape, layout=self.layout)],
                         provide_label=[DataDesc(name=self.label_name, shape=label.shape, layout=self.layout)])


BucketSentenceIter.__module__ = "mxnet.rnn.io"

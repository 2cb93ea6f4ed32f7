"""WikiText: reading the published files, and saying which is missing."""
import zipfile

import pytest
from mxnet.gluon.contrib.data import text

import mxnet as mx

CONTENT = " \n = Title = \n \n the cat sat on the mat . \n the <unk> ran , \n a b c d e f g h\n"


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    # nothing listens on port 9 of this machine
    monkeypatch.setenv("MXNET_GLUON_REPO", "http://127.0.0.1:9/")


class Words:
    """A vocabulary that numbers words by their first letter."""

    def to_indices(self, words):
        return [ord(word[0]) for word in words]


@pytest.mark.parametrize("packed", [False, True])
def test_sequences(tmp_path, packed):
    if packed:
        with zipfile.ZipFile(tmp_path / "wikitext-2-v1.zip", "w") as archive:
            archive.writestr("wikitext-2/wiki.train.tokens", CONTENT)
    else:
        (tmp_path / "wiki.train.tokens").write_text(CONTENT)
    words = text.WikiText2(str(tmp_path), vocab=Words(), seq_len=4)
    assert len(words) == 6
    line = "=T=<tcsotm.<t<r,<abcdefgh<"
    assert ["".join(map(chr, words[i][0].asnumpy())) for i in range(6)] == [line[4 * i:4 * i + 4] for i in range(6)]
    assert ["".join(map(chr, words[i][1].asnumpy())) for i in range(6)] == [line[4 * i + 1:4 * i + 5] for i in range(6)]
    assert words.frequencies["the"] == 3 and "<eos>" not in words.frequencies


def test_default_vocabulary(tmp_path):
    (tmp_path / "wiki.train.tokens").write_text(CONTENT)
    words = text.WikiText2(str(tmp_path), seq_len=4)
    # as MXNet 1.9.1 numbers them: reserved words, then the most frequent, then in order of characters
    assert words.vocabulary.idx_to_token[:8] == ["<unk>", "<eos>", "the", "=", ",", ".", "Title", "a"]
    assert words[0][0].asnumpy().tolist() == [3, 6, 3, 1] and words[5][1].asnumpy().tolist() == [12, 13, 14, 15]


def test_missing_file_is_named(tmp_path):
    with pytest.raises(OSError) as error:
        text.WikiText103(str(tmp_path))
    assert "wikitext-103-v1.zip" in str(error.value) and str(tmp_path) in str(error.value)


def test_refused(tmp_path):
    with pytest.raises(KeyError):
        text.WikiText2(str(tmp_path), segment="foo")
    (tmp_path / "wiki.test.tokens").write_text("too short")
    with pytest.raises(mx.MXNetError, match="too few"):
        text.WikiText2(str(tmp_path), segment="test", vocab=Words())
    (tmp_path / "wikitext-2-v1.zip").write_bytes(b"no archive")
    with pytest.raises(mx.MXNetError, match="no archive with wiki.valid.tokens"):
        text.WikiText2(str(tmp_path), segment="validation")

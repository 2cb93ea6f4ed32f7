"""The store of published parameters: what it takes from the cache, and what it says of what is not there."""
import hashlib

import pytest
from mxnet.gluon.model_zoo import model_store

import mxnet as mx


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    # nothing listens on port 9 of this machine
    monkeypatch.setenv("MXNET_GLUON_REPO", "http://127.0.0.1:9/")


def test_cached_file_is_taken(tmp_path, monkeypatch):
    net = mx.gluon.model_zoo.vision.mobilenet0_25()
    net.initialize()
    net(mx.nd.zeros((1, 3, 32, 32)))
    for p in net.collect_params().values():
        p.set_data(mx.nd.full(p.shape, 0.25))
    net.save_parameters(str(tmp_path / "file"))
    sha1 = hashlib.sha1((tmp_path / "file").read_bytes()).hexdigest()
    monkeypatch.setitem(model_store._model_sha1, "mobilenet0.25", sha1)
    (tmp_path / "file").rename(tmp_path / f"mobilenet0.25-{sha1[:8]}.params")
    assert model_store.get_model_file("mobilenet0.25", root=str(tmp_path)).endswith(f"-{sha1[:8]}.params")
    loaded = mx.gluon.model_zoo.vision.mobilenet0_25(pretrained=True, root=str(tmp_path))
    assert loaded.output.bias.data().asnumpy().max() == 0.25


def test_missing_file_is_named(tmp_path):
    with pytest.raises(OSError) as error:
        mx.gluon.model_zoo.vision.resnet18_v1(pretrained=True, root=str(tmp_path))
    for part in ("resnet18_v1-a0666292.params", str(tmp_path), "a0666292f0a30ff61f857b0b66efc0228eb6a54b"):
        assert part in str(error.value)
    assert list(tmp_path.iterdir()) == []


def test_file_of_other_content_is_not_taken(tmp_path):
    (tmp_path / "alexnet-44335d1f.params").write_bytes(b"something else")
    with pytest.warns(UserWarning, match="not the file that was published"), pytest.raises(OSError, match="alexnet"):
        model_store.get_model_file("alexnet", root=str(tmp_path))


def test_hashes():
    assert model_store.short_hash("vgg16") == "e660d456"
    assert len(model_store._model_sha1) == 34 and {len(h) for h in model_store._model_sha1.values()} == {40}
    with pytest.raises(ValueError, match="'nope'"):
        model_store.short_hash("nope")


def test_purge(tmp_path):
    for name in ("a.params", "b.params", "c.txt"):
        (tmp_path / name).write_text("x")
    model_store.purge(str(tmp_path))
    assert [p.name for p in tmp_path.iterdir()] == ["c.txt"]

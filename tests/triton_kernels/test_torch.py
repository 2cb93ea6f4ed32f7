"""What a card takes of torch, run: a stand-in for the module offers allocation, copies, views and streams, and nothing else."""
import sys
import types

import numpy as np
import pytest

from triton_kernels import device as devices


class _Only:
    """Attributes that are given; any other is a failure of the test."""

    def __init__(self, name, **given):
        self.__dict__.update(given, _name=name)

    def __getattr__(self, name):
        raise AssertionError(f"{self._name}.{name} of torch is used")


class _Tensor:
    """Bytes, as torch.empty gives them."""

    def __init__(self, a):
        self.a = a

    def data_ptr(self):
        return self.a.ctypes.data

    def __getitem__(self, key):
        assert isinstance(key, slice)
        return _Tensor(self.a[key])

    def cpu(self):
        return _Tensor(self.a.copy())

    def numpy(self):
        return self.a

    def copy_(self, other):
        assert self.a.shape == other.a.shape
        self.a[...] = other.a

    def __getattr__(self, name):
        raise AssertionError(f"Tensor.{name} of torch is used")


@pytest.fixture
def torch(monkeypatch):
    current, asked = [0], []

    def empty(nbytes, *, dtype, device):
        assert dtype == "uint8"
        asked.append((nbytes, device))
        return _Tensor(np.empty(nbytes, np.uint8))

    def set_device(k):
        current[0] = k
    cuda = _Only("cuda", current_device=lambda: current[0], set_device=set_device, synchronize=lambda k: None,
                 is_available=lambda: True, device_count=lambda: 2)
    module = types.ModuleType("torch")
    module.__getattr__ = lambda name: pytest.fail(f"torch.{name} is used")
    module.__dict__.update(uint8="uint8", empty=empty, from_numpy=_Tensor, cuda=cuda, device=lambda kind, k: (kind, k),
                           _C=_Only("_C", _cuda_getCurrentRawStream=lambda k: 70 + k), asked=asked, current=current)
    monkeypatch.setitem(sys.modules, "torch", module)
    return module


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int64", "uint8", "bool"])
def test_memory_comes_from_torch_and_goes_back(torch, dtype):
    card = devices.Torch(1)
    a = np.arange(12).reshape(3, 4).astype(dtype)
    b = card.upload(a)
    assert torch.asked == [(a.nbytes, ("cuda", 1))]
    np.testing.assert_array_equal(b.numpy(), a)
    np.testing.assert_array_equal(b[1:].numpy(), a[1:])
    assert card.upload(a[:0]).numpy().shape == (0, 4)


def test_copies_between_cards(torch):
    a = np.arange(6, dtype="float32")
    b = devices.Torch(0).upload(a)
    there = devices.Torch(1).receive(b[2:])
    assert there.device.index == 1
    np.testing.assert_array_equal(there.numpy(), a[2:])


def test_streams_are_those_of_torch(torch):
    card = devices.Torch(1)
    assert card.stream() == 71 and torch.current == [1]
    assert card.synchronize() is None


def test_cards_are_counted_by_torch(torch, monkeypatch):
    monkeypatch.delenv("MXNET_COMPAT_GPU", raising=False)
    assert devices.count() == 2


def test_the_stand_in_refuses_the_rest(torch):
    with pytest.raises(pytest.fail.Exception):
        torch.matmul  # noqa: B018
    with pytest.raises(AssertionError):
        devices.Torch(0).upload(np.ones(3)).owner.sum  # noqa: B018

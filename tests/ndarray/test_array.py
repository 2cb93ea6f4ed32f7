"""The array class: attributes, arithmetic off the fast path, exchange with others. MXNet's own results are in compat_tests."""
import pickle

import numpy as np
import pytest

import mxnet_compat as mx
from mxnet_compat import nd


@pytest.fixture
def x():
    return nd.array([[1.0, 2, 3], [4, 5, 6]])


def test_attributes(x):
    assert (x.shape, x.size, x.ndim, len(x), x.stype) == ((2, 3), 6, 2, 2, "default")
    assert x.dtype is np.float32 and x.context == mx.cpu() and x.grad is None
    with pytest.raises(AttributeError):
        x.shape = (3, 2)
    with pytest.raises(AttributeError):
        x.no_such_attribute = 1


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int8", "uint8", "int32", "int64"])
def test_arithmetic_keeps_the_type(dtype):
    a, b = nd.array([1, 2, 3], dtype=dtype), nd.array([3, 2, 1], dtype=dtype)
    for y in (a + b, a - b, a * b, a / b, a % b, a ** b, a == b, a < b, -a, abs(a), a + 1, 2.5 - a, a / 2, 7 % a, 2 ** a):
        assert y.dtype is a.dtype


def test_fast_and_general_path_agree(x):
    y = nd.array([[2.0], [0.5]])
    for name in ("__add__", "__sub__", "__mul__", "__truediv__", "__pow__"):
        fast = getattr(x, name)(y).asnumpy()
        general = getattr(x.astype("float64"), name)(y.astype("float64")).asnumpy()
        np.testing.assert_allclose(fast, general, rtol=1e-6)
        for number in (3, 0.5, np.float64(0.5), np.int32(2), True):
            expected = getattr(x.asnumpy().astype("float64"), name)(float(number))
            np.testing.assert_allclose(getattr(x, name)(number).asnumpy(), expected, rtol=1e-6)


def test_zero_dimensional_arrays_stay_arrays():
    a = nd.array(3.0)
    assert a.shape == () and (a + a).asnumpy() == 6 and (a * 2).dtype is np.float32
    with pytest.raises(IndexError):
        len(a)


def test_in_place_forms_write_the_same_memory(x):
    view = x[1]
    same = x
    x += 1
    x *= nd.array([[1.0], [2.0]])
    x -= 0.5
    x /= 2
    assert same is x and view.asnumpy().tolist() == [4.75, 5.75, 6.75]
    with pytest.raises(mx.MXNetError):
        x += nd.ones((4, 2, 3))
    with pytest.raises(TypeError):
        x += [1, 2, 3]


@pytest.mark.parametrize("other", [None, [1, 2], "a", np.ones((2, 3))])
def test_other_operands_are_type_errors(x, other):
    with pytest.raises(TypeError):
        x + other
    with pytest.raises(TypeError):
        other + x
    with pytest.raises(TypeError):
        x == other  # noqa: B015


def test_what_cannot_be_a_scalar(x):
    for f in (bool, lambda a: a.asscalar()):
        with pytest.raises(ValueError):
            f(x)
    for f in (float, int, lambda a: [1, 2][a]):
        with pytest.raises(TypeError):
            f(nd.array([1.0]))


def test_numpy_gets_copies(x):
    a = x.asnumpy()
    a[:] = 0
    b = np.asarray(x)
    assert b.dtype == np.float32 and b.sum() == 21
    assert np.array(x, dtype="float64").dtype == np.float64


def test_memory_shared_with_numpy_and_dlpack():
    source = np.arange(6, dtype="float32").reshape(2, 3)
    a = nd.from_numpy(source)
    assert not source.flags.writeable
    b = nd.from_dlpack(a.to_dlpack_for_write())
    b[0, 0] = 9
    assert a.asnumpy()[0, 0] == 9 == source[0, 0]
    c = nd.from_dlpack(a)
    c[:] = 1
    assert a.asnumpy().sum() == 6 and nd.from_dlpack(a).asnumpy().sum() == 6
    copied = nd.from_numpy(np.ones((2,), "int32"), zero_copy=False)
    assert copied.dtype is np.int32
    with pytest.raises(ValueError):
        nd.from_numpy(np.ones((2, 3)).T)


@pytest.mark.parametrize("protocol", [2, pickle.HIGHEST_PROTOCOL])
def test_pickles(x, protocol):
    x.attach_grad()
    y = pickle.loads(pickle.dumps(x, protocol))
    assert y.grad is None and y.asnumpy().tolist() == x.asnumpy().tolist() and type(y) is nd.NDArray


def test_copies_and_devices(x):
    assert x.as_in_context(mx.cpu()) is x and x.astype("float32", copy=False) is x
    moved = x.as_in_context(mx.cpu(1))
    assert moved.context == mx.cpu(1) and (moved + moved).context == mx.cpu(1)
    target = nd.zeros((2, 3), dtype="int32")
    assert x.copyto(target) is target and target.asnumpy().sum() == 21
    with pytest.raises(mx.MXNetError):
        x.copyto(nd.zeros((3, 2)))
    with pytest.raises(mx.MXNetError, match="gpu"):
        x.as_in_context(mx.gpu(0))
    with mx.Context("cpu", 2):
        assert nd.zeros((1,)).context == mx.cpu(2) == mx.current_context()
    assert mx.current_context() == mx.cpu()


def test_recorded_copies_carry_gradients(x):
    x.attach_grad()
    with mx.autograd.record():
        y = (x.copy() * 2).astype("float64").astype("float32").as_in_context(mx.cpu(1))
    y.backward()
    assert x.grad.asnumpy().tolist() == [[2] * 3] * 2


def test_gradient_buffers_keep_their_memory(x):
    x.attach_grad()
    buffer = x.grad
    with mx.autograd.record():
        y = x * x
    y.backward()
    assert buffer.asnumpy().tolist() == (2 * x.asnumpy()).tolist()
    assert not x._fresh_grad or x._fresh_grad is True
    x._fresh_grad = False
    assert x._fresh_grad is False


def test_recorded_assignment_of_the_whole_array_keeps_history():
    x = nd.array([1.0, 2.0])
    x.attach_grad()
    for key in (slice(None), Ellipsis, slice(0, 2)):
        t = nd.zeros((2, 2))
        with mx.autograd.record():
            t[key] = x * 2
            y = t * 3
        y.backward()
        assert x.grad.asnumpy().tolist() == [12, 12]
    with mx.autograd.record(), pytest.raises(mx.MXNetError, match="part"):
        nd.zeros((2, 2))[0] = x * 2


def test_results_of_one_element_convert_as_scripts_do_it():
    loss = nd.array([[2.5, 3.5]]).mean().asnumpy()
    assert isinstance(loss, np.ndarray) and type(loss).__name__ == "ndarray" and repr(loss) == repr(np.array([3], "float32"))
    with pytest.MonkeyPatch.context() as m:
        m.setattr("warnings.warn", None)
        assert "%.1f %d" % (loss, loss) == "3.0 3" and float(loss * 2) == 6 and int(nd.ones((1, 1)).asnumpy()) == 1
    assert type(pickle.loads(pickle.dumps(loss))) is np.ndarray
    for value in (loss.max(), loss.sum(), loss.mean(), np.sqrt(loss)[0], loss[0], loss.argmax()):
        assert isinstance(value, np.generic), value
    with pytest.raises(TypeError):
        float(np.concatenate([loss, loss]))
    assert type(nd.ones((2,)).asnumpy()) is np.ndarray

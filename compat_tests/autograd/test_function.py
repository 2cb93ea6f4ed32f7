"""``autograd.Function``: own backward passes with one and many arrays, nested, used wrongly.

Backward passes may run later than asked for: what they left behind, errors too, is looked at after reading gradients.
"""

import numpy as np
import pytest

import mxnet as mx
from mxnet import autograd, nd

POINTS = [0, 1, 2]

# With several threads at once the real package does not report every failed backward pass, so those cases run alone.
one_thread = pytest.mark.parametrize("thread_count", [1], indirect=True, ids=["alone"])


class Sigmoid(autograd.Function):
    def forward(self, x):
        self.seen_forward = autograd.is_recording(), autograd.is_training()
        y = 1 / (1 + nd.exp(-x))
        self.save_for_backward(y)
        return y

    def backward(self, dy):
        self.seen_backward = autograd.is_recording(), autograd.is_training()
        (y,) = self.saved_tensors
        return dy * y * (1 - y)


class QuotientAndProduct(autograd.Function):
    """Two arrays in, two out; ``change`` turns its two gradients into what backward returns."""

    def __init__(self, change=None):
        super().__init__()
        self.change = change

    def forward(self, x, y):
        self.save_for_backward(x, y)
        return x / y, x * y

    def backward(self, of_quotient, of_product):
        x, y = self.saved_tensors
        gradients = of_quotient / y + of_product * y, of_product * x - of_quotient * x / y / y
        return self.change(*gradients) if self.change else gradients


class Identity(autograd.Function):
    """Returns what ``shape_up`` makes of a copy of its input; its gradient is the first head's, times ten."""

    def __init__(self, shape_up):
        super().__init__()
        self.shape_up = shape_up

    def forward(self, x):
        return self.shape_up(x.copy())

    def backward(self, *heads):
        return heads[0] * 10


@pytest.fixture
def sigmoid():
    values = 1 / (1 + np.exp(-np.array(POINTS, "float64")))
    return values, values * (1 - values)


def test_sigmoid_of_the_guide(leaf, agree, sigmoid):
    x = leaf(POINTS)
    function = Sigmoid()
    with autograd.record():
        y = function(x)
    y.backward()
    agree(y, sigmoid[0])
    agree(x.grad, sigmoid[1])


@pytest.mark.parametrize("train", [True, False])
def test_both_passes_run_off_the_tape(train, leaf):
    x, function = leaf(POINTS), Sigmoid()
    with autograd.record(train_mode=train):
        y = function(x)
    y.backward(train_mode=train)
    x.grad.wait_to_read()
    assert function.seen_forward == (False, train)
    assert function.seen_backward == (False, train)


def test_without_recording_it_is_a_plain_call(agree, leaf, sigmoid):
    function = Sigmoid()
    y = function(leaf(POINTS))
    agree(y, sigmoid[0])
    assert function.seen_forward == (False, False)
    assert type(function.saved_tensors) is tuple
    with pytest.raises(mx.MXNetError):
        y.backward()


def test_inside_a_longer_graph(leaf, agree, sigmoid):
    x = leaf(POINTS)
    with autograd.record():
        y = (Sigmoid()(x * 2) * 3).sum()
    y.backward(nd.array([2]))
    s = 1 / (1 + np.exp(-2 * np.array(POINTS, "float64")))
    agree(x.grad, 2 * 3 * 2 * s * (1 - s))


def test_two_of_them_in_a_row_and_side_by_side(leaf, agree):
    x = leaf(POINTS)
    with autograd.record():
        y = Sigmoid()(Sigmoid()(x)) + Sigmoid()(x)
    y.backward()
    s = 1 / (1 + np.exp(-np.array(POINTS, "float64")))
    t = 1 / (1 + np.exp(-s))
    agree(x.grad, t * (1 - t) * s * (1 - s) + s * (1 - s))


def test_several_arrays_in_and_out(leaf, agree):
    numbers = np.random.RandomState(0).uniform(0.5, 1, (2, 10))
    x, y = leaf(numbers[0]), leaf(numbers[1])
    with autograd.record():
        quotient, product = QuotientAndProduct()(x, y)
    autograd.backward([quotient, product])
    by_function = x.grad.asnumpy(), y.grad.asnumpy()
    with autograd.record():
        heads = [x / y, x * y]
    autograd.backward(heads)
    agree(x.grad, by_function[0], rtol=1e-5)
    agree(y.grad, by_function[1], rtol=1e-5)
    agree(quotient, numbers[0] / numbers[1], rtol=1e-5)
    agree(product, numbers[0] * numbers[1], rtol=1e-5)


def test_a_head_that_nobody_asked_for_gets_zeros(leaf, agree):
    x, y = leaf([1, 2]), leaf([2, 4])
    with autograd.record():
        quotient, _ = QuotientAndProduct()(x, y)
    quotient.backward()
    agree(x.grad, [1 / 2, 1 / 4])
    agree(y.grad, [-1 / 4, -1 / 8])


def test_gradients_may_come_as_a_list(leaf, agree):
    x, y = leaf([1, 2]), leaf([2, 4])
    with autograd.record():
        _, product = QuotientAndProduct(lambda of_x, of_y: [of_x, of_y])(x, y)
    product.backward()
    agree(x.grad, [2, 4])
    agree(y.grad, [1, 2])


def test_inputs_without_a_gradient_of_their_own(leaf, agree):
    x, constant = leaf([1, 2]), nd.array([2, 4])
    with autograd.record():
        _, product = QuotientAndProduct()(x, constant)
    product.backward()
    agree(x.grad, [2, 4])
    assert constant.grad is None


@one_thread
@pytest.mark.parametrize(
    "change",
    [
        lambda of_x, of_y: None,
        lambda of_x, of_y: (of_x,),
        lambda of_x, of_y: of_x,
        lambda of_x, of_y: (of_x, of_y, of_y),
        lambda of_x, of_y: (1, 2),
    ],
    ids=["none", "one-in-a-tuple", "one", "three", "numbers"],
)
def test_what_backward_must_not_return(change, leaf):
    x, y = leaf([1, 2]), leaf([2, 4])
    with autograd.record():
        heads = QuotientAndProduct(change)(x, y)
    with pytest.raises(mx.MXNetError):
        autograd.backward(list(heads))
        x.grad.wait_to_read()
        y.grad.wait_to_read()


@pytest.mark.parametrize(
    "shape_up, kind, length",
    [
        (lambda x: x, nd.NDArray, None),
        (lambda x: [x], list, 1),
        (lambda x: (x,), tuple, 1),
        (lambda x: [x, x + 1], list, 2),
    ],
)
def test_forward_keeps_its_container(shape_up, kind, length, leaf, agree):
    x = leaf([1, 2])
    with autograd.record():
        y = Identity(shape_up)(x)
    assert type(y) is kind
    first = y if length is None else y[0]
    assert length is None or len(y) == length
    first.backward(nd.array([3, 4]))
    agree(x.grad, [30, 40])


def test_forward_may_not_return_its_input(leaf):
    class PassThrough(autograd.Function):
        def forward(self, x):
            return x

        def backward(self, dy):
            return dy

    with autograd.record(), pytest.raises(mx.MXNetError):
        PassThrough()(leaf([1, 2]))


def test_nine_times_over(leaf, agree):
    class Step(autograd.Function):
        def forward(self, x):
            return x + 1

        def backward(self, dy):
            return dy * 2

    x = leaf(np.zeros((3, 4)))
    with autograd.record():
        y = x
        for _ in range(9):
            y = Step()(y)
    y.backward()
    agree(y, np.full((3, 4), 9))
    agree(x.grad, np.full((3, 4), 2**9))


def test_a_function_in_the_forward_pass_of_another(leaf, agree, sigmoid):
    class Doubled(autograd.Function):
        def forward(self, x):
            return Sigmoid()(x) * 2

        def backward(self, dy):
            return dy * 5

    x = leaf(POINTS)
    with autograd.record():
        y = Doubled()(x)
    y.backward()
    agree(y, 2 * sigmoid[0])
    agree(x.grad, [5, 5, 5])


def test_a_graph_of_its_own_in_the_backward_pass(leaf, agree, sigmoid):
    class Squared(autograd.Function):
        def forward(self, x):
            self.save_for_backward(x)
            return x * x

        def backward(self, dy):
            x = self.saved_tensors[0].copy()
            x.attach_grad()
            with autograd.record():
                y = Sigmoid()(x)
            y.backward()
            return dy * x.grad

    x = leaf(POINTS)
    with autograd.record():
        y = Squared()(x)
    y.backward()
    agree(y, [0, 1, 4])
    agree(x.grad, sigmoid[1])


def test_retain_graph(leaf, agree, sigmoid):
    x = leaf(POINTS)
    with autograd.record():
        y = Sigmoid()(x)
    y.backward(retain_graph=True)
    x.grad[:] = 0
    y.backward()
    agree(x.grad, sigmoid[1])
    with pytest.raises(mx.MXNetError):
        y.backward()


def test_autograd_grad_through_a_function(leaf, agree, sigmoid):
    x = leaf(POINTS)
    with autograd.record():
        y = Sigmoid()(x)
    agree(autograd.grad(y, x)[0], sigmoid[1])
    agree(x.grad, [0, 0, 0])


def test_no_second_order(leaf):
    x = leaf(POINTS)
    with pytest.raises(mx.MXNetError):
        with autograd.record():
            (dx,) = autograd.grad(Sigmoid()(x), x, create_graph=True)
        dx.backward()


def test_an_instance_is_called_once(leaf):
    x, function = leaf(POINTS), Sigmoid()
    with autograd.record():
        function(x)
        with pytest.raises(AssertionError):
            function(x)


def test_an_exception_in_forward_comes_through(leaf, flags):
    class Failing(autograd.Function):
        def forward(self, x):
            raise ZeroDivisionError("in forward")

    with pytest.raises(ZeroDivisionError, match="in forward"), autograd.record():
        Failing()(leaf(POINTS))
    assert flags() == (False, False)


@one_thread
def test_an_exception_in_backward_is_an_mxnet_error(leaf, flags):
    class Failing(autograd.Function):
        def forward(self, x):
            return x * 1

        def backward(self, dy):
            raise ZeroDivisionError("in backward")

    x = leaf(POINTS)
    with autograd.record():
        y = Failing()(x)
    with pytest.raises(mx.MXNetError):
        y.backward()
        x.grad.wait_to_read()
    assert flags() == (False, False)


@one_thread
def test_methods_left_out(leaf):
    class OneWay(autograd.Function):
        def forward(self, x):
            return x * 1

    with pytest.raises(NotImplementedError):
        autograd.Function()(leaf(POINTS))
    x = leaf(POINTS)
    with autograd.record():
        y = OneWay()(x)
    with pytest.raises(mx.MXNetError):
        y.backward()
        x.grad.wait_to_read()

"""Scripts on operators of users: names, what their methods are given, gradients."""
import mxnet as mx
from mxnet import autograd, nd
from tests.scripts import Cases, raises

CASES = Cases()


class Scaled(mx.operator.CustomOp):
    """x = k * a and y = a + b; notes what it is given."""
    seen = []

    def __init__(self, k):
        super().__init__()
        self.k = k

    def forward(self, is_train, req, in_data, out_data, aux):
        self.seen.append(["forward", bool(is_train), req, [x.shape for x in in_data]])
        self.assign(out_data[0], req[0], in_data[0] * self.k)
        self.assign(out_data[1], req[1], in_data[0] + in_data[1])

    def backward(self, req, out_grad, in_data, out_data, in_grad, aux):
        self.seen.append(["backward", [r == "null" for r in req], [x.shape for x in out_grad]])
        self.assign(in_grad[0], req[0], out_grad[0] * self.k + out_grad[1])
        self.assign(in_grad[1], req[1], out_grad[1])


@mx.operator.register("scaled_and_sum")
class ScaledProp(mx.operator.CustomOpProp):
    def __init__(self, k="2", **rest):
        super().__init__(need_top_grad=True)
        self.k = float(k)
        Scaled.seen.append(["made", k, rest])

    def list_arguments(self):
        return ["a", "b"]

    def list_outputs(self):
        return ["x", "y"]

    def infer_shape(self, in_shape):
        return in_shape, [in_shape[0]] * 2, []

    def infer_type(self, in_type):
        return in_type, [in_type[0]] * 2, []

    def create_operator(self, ctx, shapes, dtypes):
        Scaled.seen.append(["created", str(ctx), [list(s) for s in shapes]])
        return Scaled(self.k)


def inputs():
    del Scaled.seen[:]
    a, b = nd.array([[1, 2]]), nd.array([[3, 4]])
    a.attach_grad()
    b.attach_grad("add")
    return a, b


def noted(*arrays):
    """What was noted by the time that these have values."""
    for a in arrays:
        a.wait_to_read()
    nd.waitall()
    return list(Scaled.seen)


def prop_of(outputs):
    """The symbol of an operator with these outputs."""
    class Prop(mx.operator.CustomOpProp):
        def list_outputs(self):
            return outputs
    mx.operator.register("named_" + "_".join(outputs))(Prop)
    return mx.sym.Custom(mx.sym.var("a"), op_type="named_" + "_".join(outputs), name="t")


@CASES.over(one=["output"], other=["prob"], two=["x", "y"], mixed=["output", "mask"])
def names_of_outputs(outputs):
    s = prop_of(outputs)
    inside = s.get_internals()
    return [s.list_outputs(), s[0].list_outputs(), s.name, inside.list_outputs(), inside["t_" + outputs[-1]].name,
            mx.sym.load_json(s.tojson()).list_outputs()]


@CASES
def recorded_call():
    a, b = inputs()
    for weight in (2, 0):
        with autograd.record():
            x, y = nd.Custom(a, b, op_type="scaled_and_sum", k=3)
            loss = x.sum() + weight * y.sum()
        loss.backward()
        notes = noted(loss, a.grad, b.grad)
    return x, y, a.grad, b.grad, notes


@CASES
def call_without_recording():
    a, b = inputs()
    x, y = nd.Custom(a, b, op_type="scaled_and_sum")
    return x, y, noted(x, y)


@CASES
def in_an_executor():
    a, b = inputs()
    s = mx.sym.Custom(mx.sym.var("a"), mx.sym.var("b"), op_type="scaled_and_sum", k=4, name="t")
    ex = s.simple_bind(mx.cpu(), a=(1, 2), b=(1, 2), grad_req={"a": "write", "b": "null"})
    ex.forward(is_train=True, a=a, b=b)
    ex.backward([nd.ones((1, 2)), nd.ones((1, 2)) * 2])
    return (list(ex.outputs), ex.grad_dict["a"], sorted(ex.output_dict), s.infer_shape(a=(2, 3), b=(2, 3)),
            s.infer_type(a="float32", b="float32"))


@CASES
def wrong_calls():
    a, _ = inputs()
    return [raises(nd.Custom, a), raises(lambda: nd.Custom(a, op_type="nowhere")),
            raises(lambda: nd.Custom(a, op_type="scaled_and_sum"))]

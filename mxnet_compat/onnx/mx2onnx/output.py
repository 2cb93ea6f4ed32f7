"""Heads of networks, softmax, and operators that do nothing in a prediction."""
from .graph import converts


@converts("_copy", "identity", "BlockGrad", "MakeLoss", "make_loss", "LinearRegressionOutput", "MAERegressionOutput",
          "SVMOutput", "IdentityAttachKLSparseReg", "_identity_with_attr_like_rhs", "_contrib_gradientmultiplier")
def _nothing(call):
    call.emit("Identity", call.ins[0])


@converts("LogisticRegressionOutput")
def _logistic(call):
    call.emit("Sigmoid", call.ins[0])


@converts("Dropout")
def _dropout(call):
    if call.p["mode"] == "always":
        raise call.no("mode='always'")
    call.emit("Dropout", call.ins[0], call.const(call.p["p"], "float32"))


def _divided(call, x):
    temperature = call.p["temperature"]
    return x if temperature in (None, 1.0) else call.mid("Div", x, call.const(temperature))


@converts("softmax", "softmin", "log_softmax")
def _softmax(call):
    if call.p.get("use_length"):
        raise call.no("use_length=True")
    x = call.mid("Neg", call.ins[0]) if call.op == "softmin" else call.ins[0]
    kind = "LogSoftmax" if call.op == "log_softmax" else "Softmax"
    if call.p["dtype"] is not None:
        x = call.cast(x, call.p["dtype"])
    call.emit(kind, _divided(call, x), axis=call.p["axis"])


def _over_rows(call):
    """Softmax over all that belongs to one item of the batch."""
    if call.ndim() == 2:
        call.emit("Softmax", call.ins[0], axis=1)
        return
    rows = call.mid("Softmax", call.mid("Flatten", call.ins[0], axis=1), axis=1)
    call.emit("Reshape", rows, call.mid("Shape", call.ins[0]))


@converts("SoftmaxActivation")
def _softmax_activation(call):
    call.emit("Softmax", call.ins[0], axis=1 if call.p["mode"] == "channel" else -1)


@converts("SoftmaxOutput")
def _softmax_output(call):
    if call.p["multi_output"]:
        call.emit("Softmax", call.ins[0], axis=1)
    elif call.p["preserve_shape"]:
        call.emit("Softmax", call.ins[0], axis=-1)
    else:
        _over_rows(call)

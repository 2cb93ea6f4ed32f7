"""Constants, ranges, random numbers."""
import numpy as np

from ..package import number_of
from .graph import converts


@converts("_zeros", "_ones", "_full", "_zeros_without_dtype")
def _filled(call):
    value = {"_ones": 1, "_full": call.p.get("value")}.get(call.op, 0)
    call.emit("Identity", call.const(np.full(call.fixed_out(), value, call.out_dtypes[0])))


@converts("_arange")
def _arange(call):
    start, stop, step = call.p["start"], call.p["stop"], call.p["step"]
    if call.p["infer_range"]:
        raise call.no("infer_range=True")
    start, stop = (0, start) if stop is None else (start, stop)
    values = np.repeat(np.arange(start, stop, step, dtype=call.out_dtypes[0]), call.p["repeat"])
    call.emit("Identity", call.const(values))


@converts("_contrib_arange_like")
def _arange_like(call):
    shape = call.fixed_out()
    count = int(np.prod(shape))
    values = call.p["start"] + call.p["step"] * (np.arange(count) // call.p["repeat"])
    call.emit("Identity", call.const(values.reshape(shape).astype(call.out_dtypes[0])))


@converts("_random_uniform", "_random_normal")
def _random(call):
    keys = ("low", "high") if call.op == "_random_uniform" else ("mean", "scale")
    ours = ("low", "high") if call.op == "_random_uniform" else ("loc", "scale")
    kind = "RandomUniform" if call.op == "_random_uniform" else "RandomNormal"
    call.emit(kind, shape=list(call.fixed_out()), dtype=number_of(call.out_dtypes[0]),
              **{k: float(call.p[o]) for k, o in zip(keys, ours)})


@converts("_random_uniform_like", "_random_normal_like")
def _random_like(call):
    if call.op == "_random_uniform_like":
        call.emit("RandomUniformLike", call.ins[0], low=float(call.p["low"]), high=float(call.p["high"]))
    else:
        call.emit("RandomNormalLike", call.ins[0], mean=float(call.p["loc"]), scale=float(call.p["scale"]))

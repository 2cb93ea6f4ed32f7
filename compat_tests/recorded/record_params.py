"""Records what real MXNet 1.9.1 writes and reads as array files and pickles, into ``params_golden.json`` beside it.

Run it with a Python that has the real package: ``python record_params.py [OUT.json]``; it imports nothing of ours.
The file holds ``saved`` (arrays and the bytes that ``nd.save`` made of them), ``read`` (handmade bytes and the arrays
that ``nd.load`` made of them), ``refused`` (handmade bytes that it refused) and ``pickled``.
"""
import json
import os
import pickle
import struct
import sys
import tempfile

import numpy as np

import mxnet as mx
from mxnet import nd

DTYPES = ["float16", "float32", "float64", "uint8", "int8", "int32", "int64", "bool"]
V1, V2, V3 = 0xF993FAC8, 0xF993FAC9, 0xF993FACA


def spec(array):
    """The JSON form of a numpy array: dtype, shape and little-endian bytes."""
    array = np.asarray(array)
    return {"dtype": array.dtype.names[0] if array.dtype.names else str(array.dtype), "shape": list(array.shape),
            "hex": array.tobytes().hex()}


def describe(array):
    """The JSON form of an NDArray, from what its public interface says."""
    if array.stype == "default":
        return spec(array.asnumpy())
    aux = [array.indices] if array.stype == "row_sparse" else [array.indptr, array.indices]
    return {"stype": array.stype, "shape": list(array.shape), "data": spec(array.data.asnumpy()),
            "aux": [spec(a.asnumpy()) for a in aux]}


def save(payload, module=nd):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "x.params")
        module.save(path, payload)
        with open(path, "rb") as stream:
            return stream.read()


def saved_cases():
    cases = {}

    def add(name, payload, np_shape=False, arrays=None, contexts=None):
        names = list(payload) if isinstance(payload, dict) else []
        values = list(payload.values()) if names else list(payload)
        cases[name] = {"arrays": arrays or [describe(v) for v in values], "names": names, "np_shape": np_shape,
                       "contexts": contexts or [[1, 0]] * len(values),
                       "hex": save(payload, mx.npx if np_shape else nd).hex()}

    ramp = np.array([[0, 1, 2], [3, 100, 127]])
    for dtype in DTYPES:
        add(f"dense {dtype}", [nd.array(ramp, dtype=dtype)])
    special = np.array([np.nan, np.inf, -np.inf, -0.0, 1e-45, 65504])
    for dtype in DTYPES[:3]:
        add(f"special {dtype}", [nd.array(special, dtype=dtype)])
    add("extreme int64", [nd.array(np.array([-2**63, 2**63 - 1]), dtype="int64")])
    add("nothing", [])
    add("one", [nd.ones((1,))])
    add("names", {"arg:w": nd.ones((2, 1)), "aux:\u00e9\u4e2d": nd.zeros((1,)), "": nd.ones((1,))})
    add("rank 6", [nd.array(np.arange(8).reshape(1, 2, 1, 2, 1, 2))])
    add("empty", {"a": nd.array(np.zeros((0, 3))), "b": nd.array(np.zeros((2, 0)), dtype="int8")})
    add("scalar", [nd.array(3.0)])
    add("scalars", {"a": nd.array(3.0), "b": nd.array(4, dtype="int8"), "c": nd.ones((2,))})
    add("view", [nd.array(ramp)[1:, 1:]])
    add("contexts", [nd.ones((2,), ctx=mx.cpu(3)), nd.ones((1,), ctx=mx.Context("cpu_shared", 0))],
        contexts=[[1, 3], [5, 0]])
    csr = nd.sparse.csr_matrix(([1., 2, 3], [0, 2, 1], [0, 2, 2, 3]), shape=(3, 4))
    rows = nd.sparse.row_sparse_array(([[1., 2], [3, 4]], [1, 3]), shape=(5, 2))
    add("csr", [csr])
    add("row_sparse", [rows])
    add("row_sparse rank 3", [nd.sparse.row_sparse_array((np.ones((2, 2, 1)), [1, 3]), shape=(5, 2, 1))])
    add("row_sparse rank 1", [nd.sparse.row_sparse_array((np.ones((2,)), [0, 4]), shape=(5,))])
    add("mixed", {"d": nd.ones((2,)), "c": csr, "r": rows})
    for dtype in DTYPES[:-1]:
        dense = nd.array(np.array([[0, 1], [0, 0]]), dtype=dtype)
        add(f"csr {dtype}", [dense.tostype("csr")])
        add(f"row_sparse {dtype}", [dense.tostype("row_sparse")])
    add("csr of zeros", [nd.zeros((3, 4)).tostype("csr")])
    add("row_sparse of zeros", [nd.zeros((3, 4)).tostype("row_sparse")])
    add("csr from zeros()", [nd.sparse.zeros("csr", (3, 4))])
    # A new csr array that no operator has filled has no memory, not even for indptr.
    handle = nd.sparse._new_alloc_handle("csr", (3, 4), mx.cpu(), True, "float32", ["int64", "int64"])
    add("csr never filled", [nd.sparse.CSRNDArray(handle)], arrays=[
        {"stype": "csr", "shape": [3, 4], "data": spec(np.zeros(0, "f4")), "aux": [spec(np.zeros(0, "i8"))] * 2}])
    add("row_sparse from zeros()", [nd.sparse.zeros("row_sparse", (3, 4))])
    mx.npx.set_np()
    add("np", {"x": mx.np.ones((2,)), "y": mx.np.array(3.0), "z": mx.np.zeros((0, 3))}, True)
    add("np float64", [mx.np.array([1, 2], dtype="float64"), mx.np.array(True, dtype="bool")], True)
    mx.npx.reset_np()
    return cases


def pack(code, *values):
    return struct.pack("<" + code, *values)


def handmade():
    """Files that no current writer makes, and damaged ones."""
    two = np.array([1, 2], "<f4").tobytes()
    oldest = pack("IIiii", 1, 2, 1, 0, 0) + two
    v1 = pack("Iiqiii", V1, 1, 2, 1, 0, 0) + two
    v2 = pack("Iiiqiii", V2, 0, 1, 2, 1, 0, 0) + two

    def file(arrays, names=(), magic=0x112, reserved=0):
        text = b"".join(pack("Q", len(n)) + n for n in names)
        return pack("QQQ", magic, reserved, len(arrays)) + b"".join(arrays) + pack("Q", len(names)) + text

    def dense(dims, dtype, data, context=(1, 0), stype=0, magic=V2):
        return pack(f"Iii{len(dims)}qiii", magic, stype, len(dims), *dims, *context, dtype) + data

    def csr(indptr, columns, values=(1, 2, 3), aux=6):
        index = {6: "<i8", 4: "<i4"}[aux]
        return (pack("Iiiqi2qiii", V2, 2, 1, len(values), 2, 3, 4, 1, 0, 0) + pack("iiq", aux, 1, len(indptr))
                + pack("iiq", aux, 1, len(columns)) + np.array(values, "<f4").tobytes()
                + np.array(indptr, index).tobytes() + np.array(columns, index).tobytes())

    cases = {
        "oldest form": file([oldest]), "V1": file([v1]), "all forms": file([oldest, v1, v2], [b"a", b"b", b"c"]),
        "oldest scalar": file([pack("Iiii", 0, 1, 0, 0) + two[:4]]),
        "V1 scalar": file([pack("Iiiii", V1, 0, 1, 0, 0) + two[:4]]),
        "oldest empty": file([pack("IIIiii", 2, 0, 3, 1, 0, 0)]),
        "V1 empty": file([pack("Iiqqiii", V1, 2, 0, 3, 1, 0, 0)]),
        "rank 32": file([dense([1] * 32, 0, two[:4])]),
        "oldest rank 32": file([pack("I32Iiii", *[32], *[1] * 32, 1, 0, 0) + two[:4]]),
        "bytes after the end": file([v2]) + b"junk", "reserved word": file([v2], reserved=5),
        "bfloat16": file([dense([2], 12, b"\x80\x3f\x00\x40")]),
        "bool of other bytes": file([dense([3], 7, b"\x00\x01\x01")]),
        "csr int32 indices": file([csr([0, 2, 2, 3], [0, 2, 1], aux=4)]),
        "csr unsorted columns": file([csr([0, 2, 2, 3], [2, 0, 1])]), "empty name": file([v2], [b""]),
    }
    for context in [(2, 0), (3, 1), (5, 0), (1, 3), (0, 0), (7, 7), (-1, 0)]:
        cases[f"context {context}"] = file([dense([2], 0, two, context)])
    for flag in (-1, 8, 9, 11, 13):
        cases[f"dtype {flag}"] = file([dense([2], flag, two)])
    for stype in (-1, 3, 4):
        cases[f"storage type {stype}"] = file([dense([2], 0, two, stype=stype)])
    cases.update({
        "other magic": file([v2], magic=0x113), "no bytes": b"", "no names": file([v2])[:-8],
        "cut in the data": file([v2])[:-9], "cut in the header": file([v2])[:20],
        "one name for two": file([v2, v2], [b"a"]), "two names for one": file([v2], [b"a", b"b"]),
        "dimension below 0": file([dense([-1], 0, two)]), "rank -5": file([pack("Iii", V2, 0, -5), v2]),
        "V3 csr": file([pack("Iiiq", V3, 2, 1, 0)]),
    })
    return cases


def read_cases():
    read, refused = {}, {}
    for name, data in handmade().items():
        try:
            result = nd.load_frombuffer(data)
        except mx.MXNetError:
            refused[name] = data.hex()
            continue
        names = list(result) if isinstance(result, dict) else []
        values = list(result.values()) if names else result
        read[name] = {"hex": data.hex(), "names": names, "arrays": [describe(v) for v in values]}
    return read, refused


def pickled_cases():
    csr = nd.sparse.csr_matrix(([1., 2, 3], [0, 2, 1], [0, 2, 2, 3]), shape=(3, 4))
    rows = nd.sparse.row_sparse_array(([[1., 2], [3, 4]], [1, 3]), shape=(5, 2))
    arrays = {"dense": nd.array([[1, 2], [3, 4]]), "int8": nd.array([1, -1], dtype="int8"), "csr": csr,
              "row_sparse": rows, "empty": nd.array(np.zeros((0, 3))), "cpu(1)": nd.ones((2,), ctx=mx.cpu(1))}
    cases = {}
    for name, array in arrays.items():
        cls, arguments, state = array.__reduce__()
        cases[name] = {"class": f"{cls.__module__}.{cls.__qualname__}", "arguments": list(arguments),
                       "keys": list(state), "state": bytes(state["handle"]).hex(), "array": describe(array),
                       "pickle": {p: pickle.dumps(array, protocol=p).hex() for p in (0, 2, 4)}}
    updater = mx.optimizer.get_updater(mx.optimizer.Adam())
    updater(0, nd.ones((2,)), nd.ones((2,)))
    mean, variance = updater.states[0]
    cases["optimizer states"] = {"pickle": {"4": updater.get_states(False).hex()}, "array": describe(mean),
                                 "array2": describe(variance)}
    return cases


def main():
    beside = os.path.join(os.path.dirname(os.path.abspath(__file__)), "params_golden.json")
    out = sys.argv[1] if len(sys.argv) > 1 else beside
    read, refused = read_cases()
    record = {"mxnet": mx.__version__, "numpy": np.__version__, "saved": saved_cases(), "read": read,
              "refused": refused, "pickled": pickled_cases()}
    with open(out, "w") as stream:
        json.dump(record, stream, indent=1, sort_keys=True)
        stream.write("\n")
    print({k: len(v) for k, v in record.items() if isinstance(v, dict)})


if __name__ == "__main__":
    main()

"""Array files: bytes recorded from real MXNet, round trips, hostile files, memory, and writing in one step.

What ``nd.save``, ``nd.load`` and pickling make of them is tested with the arrays.
"""
import copyreg
import io
import json
import os
import pathlib
import pickle
import random
import stat
import struct
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mxnet_compat.base import MXNetError
from mxnet_compat.ndarray import serialize
from mxnet_compat.ndarray.serialize import SparseRecord, dump_one, dumps, load_file, load_one, loads, save_file

GOLDEN = pathlib.Path(__file__).parents[2] / "compat_tests" / "recorded" / "params_golden.json"
RECORD = json.loads(GOLDEN.read_text())
BFLOAT16 = np.dtype([("bfloat16", np.uint16)])
V1, V2, V3 = 0xF993FAC8, 0xF993FAC9, 0xF993FACA
TWO = np.array([1, 2], "<f4").tobytes()


def built(spec):
    """The array that a recorded description stands for."""
    if "stype" in spec:
        return SparseRecord(spec["stype"], tuple(spec["shape"]), built(spec["data"]), [built(a) for a in spec["aux"]])
    dtype = BFLOAT16 if spec["dtype"] == "bfloat16" else np.dtype(spec["dtype"])
    return np.frombuffer(bytes.fromhex(spec["hex"]), dtype).reshape(spec["shape"])


def same(got, want):
    if isinstance(want, SparseRecord):
        return (got.stype == want.stype and got.shape == want.shape and same(got.data, want.data)
                and len(got.aux) == len(want.aux) and all(map(same, got.aux, want.aux)))
    return got.dtype == want.dtype and got.shape == want.shape and got.tobytes() == want.tobytes()


def parts(array):
    return [array.data, *array.aux] if isinstance(array, SparseRecord) else [array]


def pack(code, *values):
    return struct.pack("<" + code, *values)


def dense(dims, dtype=0, data=TWO, rank=None, magic=V2, stype=0):
    rank = len(dims) if rank is None else rank
    return pack(f"Iii{len(dims)}qiii", magic, stype, rank, *dims, 1, 0, dtype) + data


def listed(*arrays, names=(), count=None, named=None, magic=0x112):
    text = b"".join(pack("Q", len(n)) + n for n in names)
    count, named = len(arrays) if count is None else count, len(names) if named is None else named
    return pack("QQQ", magic, 0, count) + b"".join(arrays) + pack("Q", named) + text


def shape_of(dims):
    return pack(f"i{len(dims)}q", len(dims), *dims)


def sparse(stype, stored, shape, aux_shapes, arrays, aux_dtypes=(6, 6)):
    heads = b"".join(pack("i", d) + shape_of(s) for d, s in zip(aux_dtypes, aux_shapes))
    return (pack("Ii", V2, stype) + shape_of(stored) + shape_of(shape) + pack("iii", 1, 0, 0) + heads
            + b"".join(np.array(a, d).tobytes() for a, d in zip(arrays, ("<f4", "<i8", "<i8"))))


def csr(indptr, columns, shape=(3, 4), values=(1, 2, 3)):
    return sparse(2, [len(values)], shape, [[len(indptr)], [len(columns)]], [values, indptr, columns])


def rows(indices, shape=(5, 2), stored=None):
    stored = [len(indices), 2] if stored is None else stored
    return sparse(1, stored, shape, [[len(indices)]], [np.ones(stored), indices])


class TestRecorded:
    @pytest.mark.parametrize("name", RECORD["saved"])
    def test_written_bytes_are_those_of_mxnet(self, name):
        case = RECORD["saved"][name]
        arrays = [built(a) for a in case["arrays"]]
        assert dumps(arrays, case["names"], contexts=case["contexts"], np_shape=case["np_shape"]).hex() == case["hex"]

    @pytest.mark.parametrize("name", RECORD["saved"])
    def test_what_mxnet_wrote_is_read(self, name):
        case = RECORD["saved"][name]
        arrays, names = loads(bytes.fromhex(case["hex"]))
        assert names == case["names"]
        assert len(arrays) == len(case["arrays"]) and all(map(same, arrays, map(built, case["arrays"])))
        for part in (p for a in arrays for p in parts(a)):
            assert part.flags.owndata and part.flags.writeable

    @pytest.mark.parametrize("name", RECORD["read"])
    def test_what_mxnet_reads_is_read_alike(self, name):
        case = RECORD["read"][name]
        arrays, names = loads(bytes.fromhex(case["hex"]))
        assert names == case["names"]
        assert len(arrays) == len(case["arrays"]) and all(map(same, arrays, map(built, case["arrays"])))

    @pytest.mark.parametrize("name", RECORD["refused"])
    def test_what_mxnet_refuses_is_refused(self, name):
        with pytest.raises(MXNetError, match=r"^some\.params, offset \d+: expected .*, found "):
            loads(bytes.fromhex(RECORD["refused"][name]), "some.params")

    @pytest.mark.parametrize("name", [n for n in RECORD["pickled"] if "state" in RECORD["pickled"][n]])
    def test_state_of_a_pickled_array(self, name):
        case = RECORD["pickled"][name]
        array, state = built(case["array"]), bytes.fromhex(case["state"])
        assert same(load_one(state), array) and same(load_one(bytearray(state)), array)
        assert dump_one(array, context=(1, int(name == "cpu(1)"))) == state
        assert case["keys"] == ["handle"] and case["arguments"] == [None]

    @pytest.mark.parametrize("name", RECORD["pickled"])
    @pytest.mark.parametrize("protocol", ["0", "2", "4"])
    def test_pickles_of_mxnet_need_no_more_than_a_class_and_a_state(self, name, protocol):
        case = RECORD["pickled"][name]
        if protocol not in case["pickle"]:
            assert name == "optimizer states"
            protocol = "4"

        class Stand:
            def __init__(self, handle):
                assert handle is None

            def __setstate__(self, state):
                self.array = load_one(state["handle"])

        class Loader(pickle.Unpickler):
            def find_class(self, module, cls):
                if module.startswith("mxnet."):
                    found.append(f"{module}.{cls}")
                    return Stand
                assert module in ("builtins", "__builtin__", "_codecs", "copy_reg", copyreg.__name__)
                return super().find_class(module, cls)

        found = []
        got = Loader(io.BytesIO(bytes.fromhex(case["pickle"][protocol]))).load()
        if name == "optimizer states":
            assert list(got) == [0] and same(got[0][0].array, built(case["array"]))
            assert same(got[0][1].array, built(case["array2"]))
        else:
            assert found == [case["class"]] and same(got.array, built(case["array"]))


class TestRoundTrips:
    dtypes = st.sampled_from(list(serialize.DTYPE_FLAGS))

    @settings(max_examples=150, deadline=None)
    @given(st.data(), dtypes, st.lists(st.integers(0, 4), max_size=5), st.booleans())
    def test_dense(self, data, dtype, shape, np_shape):
        size = int(np.prod(shape)) * dtype.itemsize
        raw = data.draw(st.binary(min_size=size, max_size=size))
        if dtype.kind == "b":
            raw = bytes(b & 1 for b in raw)
        array = np.frombuffer(raw, dtype).reshape(shape)
        names = data.draw(st.sampled_from([[], ["\u4e2d x"]]))
        arrays, got = loads(dumps([array], names, np_shape=np_shape))
        assert got == names and same(arrays[0], array)
        assert same(load_one(dump_one(array, np_shape=np_shape)), array)

    @settings(max_examples=100, deadline=None)
    @given(st.lists(st.lists(st.sampled_from([0, 0, 1, 2]), min_size=3, max_size=3), min_size=1, max_size=6),
           st.sampled_from(["int32", "int64"]))
    def test_sparse(self, table, index):
        table = np.array(table, "float32")
        kept = np.flatnonzero(table.any(axis=1)).astype(index)
        entries = np.nonzero(table)
        indptr = np.concatenate([[0], np.cumsum((table != 0).sum(axis=1))]).astype(index)
        records = [SparseRecord("row_sparse", table.shape, table[kept], [kept]),
                   SparseRecord("csr", table.shape, table[entries], [indptr, entries[1].astype(index)])]
        got, _ = loads(dumps(records))
        assert all(map(same, got, records))

    def test_order_and_byte_order_of_the_source_do_not_matter(self):
        plain = np.arange(12, dtype="float32").reshape(3, 4)
        for source in (plain.astype(">f4"), np.asfortranarray(plain), np.repeat(plain, 2, 1)[:, ::2]):
            assert dumps([source]) == dumps([plain])
        assert dumps([np.float32(3)]) == dumps([np.array(3, "float32")])

    def test_kinds_of_buffers(self):
        data = dumps([np.arange(3.0)], ["x"])
        for kind in (bytearray, memoryview):
            assert same(loads(kind(data))[0][0], np.arange(3.0))

    def test_loaded_arrays_do_not_alias_the_bytes(self):
        data = bytearray(dumps([np.arange(3.0)]))
        (array,), _ = loads(data)
        data[-40:] = bytes(40)
        array += 1
        assert array.tolist() == [1, 2, 3]


HOSTILE = {
    "nothing": (b"", "16 bytes of the header"),
    "another file": (b"\x89PNG" + bytes(40), "the magic number 0x112"),
    "count beyond the file": (listed(dense([2]), count=2**63), "arrays in the bytes left"),
    "count one too many": (listed(dense([2]), count=2), "array 1"),
    "count of names": (listed(dense([2]), named=2**61), "names in the bytes left"),
    "fewer names": (listed(dense([2]), dense([2]), names=[b"a"]), "no names, or 2"),
    "more names": (listed(dense([2]), names=[b"a", b"b"]), "no names, or 1"),
    "repeated names": (listed(dense([2]), dense([2]), names=[b"a", b"a"]), "names that differ, found 'a' twice"),
    "long name": (listed(dense([2]), named=1) + pack("Q", 2**62), "at most 65536 bytes in name 0"),
    "cut name": (listed(dense([2]), named=1) + pack("Q", 9) + b"abc", "9 bytes of name 0, found 3"),
    "name not UTF-8": (listed(dense([2]), names=[b"\xff"]), "UTF-8 in name 0"),
    "name with zero": (listed(dense([2]), names=[b"a\0b"]), "no zero byte in name 0"),
    "no array": (listed(pack("I", 0xDEADBEEF) + bytes(20)), "found 0xdeadbeef"),
    "oldest rank 33": (listed(pack("I", 33) + bytes(150)), "a rank of at most 32, found 0x21"),
    "rank 33": (listed(dense([1] * 33)), "from 0 to 32, found 33"),
    "rank below 0": (listed(dense([2], rank=-1)), "from 0 to 32, found -1"),
    "rank beyond the file": (listed(dense([], rank=30)), "240 bytes of dimensions"),
    "dimension below 0": (listed(dense([2, -3])), "at least 0"),
    "product overflows to 2": (listed(dense([2**33, 2**31, 2])), "fewer than 2\\*\\*60"),
    "product overflows to 0": (listed(dense([2**32, 2**32])), "fewer than 2\\*\\*60"),
    "empty and huge": (listed(dense([0, 2**62])), "fewer than 2\\*\\*60"),
    "oldest product": (listed(pack("I3Iiii", 3, *[2**32 - 1] * 3, 1, 0, 0) + TWO), "fewer than 2\\*\\*60"),
    "data beyond the file": (listed(dense([2**40])), "4398046511104 bytes for array 0"),
    "data one too many": (dumps([np.zeros(3)])[:-9], "24 bytes for array 0"),
    "dtype": (listed(dense([2], dtype=10)), "a dtype of array 0 among 0, 1, 2, 3, 4, 5, 6, 7, 12, found 10"),
    "storage type": (listed(dense([2], stype=3)), "a storage type of array 0 from 0 to 2, found 3"),
    "V3 sparse": (listed(dense([2], stype=1, magic=V3)), "a storage type of array 0 from 0 to 0, found 1"),
    "csr indptr falls": (listed(csr([0, 3, 2, 3], [0, 2, 1])), "never falls"),
    "csr indptr start": (listed(csr([1, 2, 2, 3], [0, 2, 1])), "from 0 to 3"),
    "csr indptr end": (listed(csr([0, 2, 2, 2], [0, 2, 1])), "from 0 to 3"),
    "csr indptr end beyond": (listed(csr([0, 2, 2, 2**40], [0, 2, 1])), "from 0 to 3"),
    "csr indptr wraps": (listed(csr([0, 2**63 - 1, -2**63, 3], [0, 2, 1])), "never falls"),
    "csr column beyond": (listed(csr([0, 2, 2, 3], [0, 4, 1])), r"in \[0, 4\), found indices from 0 to 4"),
    "csr column below 0": (listed(csr([0, 2, 2, 3], [0, -1, 1])), r"in \[0, 4\), found indices from -1 to 1"),
    "csr short indptr": (listed(csr([0, 2, 3], [0, 2, 1])), "an indptr of length 4, found length 3"),
    "csr no indptr": (listed(csr([], [0, 2, 1])), "an indptr of length 4, found length 0"),
    "csr columns missing": (listed(csr([0, 2, 2, 3], [0, 2])), "3 column indices"),
    "csr rank 3": (listed(csr([0, 2, 2, 3], [0, 2, 1], shape=(3, 4, 1))), "csr array of rank 2"),
    "csr index dtype": (listed(sparse(2, [1], [1, 4], [[2], [1]], [[1], [0, 1], [0]], (0, 6))), "index array 0"),
    "csr rank of indices": (listed(sparse(2, [1], [1, 4], [[2, 1], [1]], [[1], [0, 1], [0]])), "rank 1"),
    "rows unsorted": (listed(rows([3, 1])), r"rise and lie in \[0, 5\)"),
    "rows repeated": (listed(rows([1, 1])), r"rise and lie in \[0, 5\)"),
    "row beyond": (listed(rows([1, 5])), r"rise and lie in \[0, 5\)"),
    "row below 0": (listed(rows([-1, 3])), r"rise and lie in \[0, 5\)"),
    "rows of another width": (listed(rows([1, 3], shape=(5, 3))), r"row_sparse array of shape \(5, 3\)"),
    "rows of another rank": (listed(rows([1, 3], shape=(5, 2, 1))), "stored rows of a row_sparse array"),
    "rows of a scalar": (listed(rows([1, 3], shape=())), "stored rows of a row_sparse array"),
    "more rows than there are": (listed(rows([0, 1, 2], shape=(2, 2))), "stored rows of a row_sparse array"),
    "row indices missing": (listed(rows([1], stored=[2, 2])), "2 row indices"),
    "huge sparse": (listed(sparse(1, [0, 2**40], [5, 2**40], [[2**40]], [[], []])), "0 row indices"),
    "indices beyond the file": (listed(sparse(2, [2**40], [1, 4], [[2], [2**40]], [[1]])), "bytes for array 0"),
}


class TestHostile:
    @pytest.mark.parametrize("name", HOSTILE)
    def test_refused_with_place_and_reason(self, name, tmp_path):
        data, message = HOSTILE[name]
        with pytest.raises(MXNetError, match=r"^x\.params, offset \d+: expected .*" + message):
            loads(data, "x.params")
        path = tmp_path / "x.params"
        path.write_bytes(data)
        with pytest.raises(MXNetError, match=message) as caught:
            load_file(path)
        assert str(caught.value).startswith(str(path))

    @pytest.mark.parametrize("name", HOSTILE)
    def test_nothing_is_allocated_for_a_lie(self, name):
        data = HOSTILE[name][0]
        tracemalloc.start()
        try:
            with pytest.raises(MXNetError):
                loads(data)
            assert tracemalloc.get_traced_memory()[1] < 50_000
        finally:
            tracemalloc.stop()

    @pytest.mark.parametrize("name", sorted(RECORD["saved"]))
    def test_every_cut_is_refused(self, name):
        data = bytes.fromhex(RECORD["saved"][name]["hex"])
        for size in range(len(data)):
            with pytest.raises(MXNetError):
                loads(data[:size])

    def test_bool_bytes_become_true_and_false(self):
        (array,), _ = loads(listed(dense([4], 7, b"\x00\x02\xff\x01")))
        assert array.view(np.uint8).tolist() == [0, 1, 1, 1]

    def test_mutations_give_an_error_or_arrays_within_the_file(self):
        rng = random.Random(20240607)
        seeds = [bytes.fromhex(c["hex"]) for part in ("saved", "read") for c in RECORD[part].values()]
        tricky = [0, 1, 2, 3, 7, 12, 31, 33, 127, 128, 200, 201, 202, 255]
        outcomes = {"refused": 0, "read": 0}
        for _ in range(20_000):
            data = bytearray(rng.choice(seeds))
            for _ in range(rng.randint(1, 3)):
                kind, at = rng.random(), rng.randrange(len(data) or 1)
                if kind < 0.6 and data:
                    data[at] = rng.choice(tricky)
                elif kind < 0.7 and data:
                    data[at] ^= 1 << rng.randrange(8)
                elif kind < 0.8:
                    del data[at:at + rng.choice([1, 4, 8])]
                elif kind < 0.9:
                    data[at:at] = rng.choice([b"\0", b"\xff" * 8, bytes(8), pack("I", V2)])
                else:
                    del data[at:]
            data = bytes(data)
            try:
                arrays, names = loads(data)
            except MXNetError:
                outcomes["refused"] += 1
                continue
            outcomes["read"] += 1
            assert sum(p.nbytes for a in arrays for p in parts(a)) <= len(data)
            assert all(map(same, loads(dumps(arrays, names))[0], arrays))
        assert min(outcomes.values()) > 2000


class TestMemory:
    size = 4_000_000

    def peak(self, call):
        tracemalloc.start()
        try:
            call()
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    def test_reading_takes_the_arrays_and_no_more(self, tmp_path):
        count = self.size // 16
        indptr = np.arange(count + 1)
        arrays = [np.zeros(self.size, "uint8"), np.ones(self.size, bool), np.zeros((2, 50), "float64"),
                  SparseRecord("csr", (count, 3), np.ones(count, "uint8"), [indptr, indptr[:-1] % 3]),
                  SparseRecord("row_sparse", (count, 1), np.ones((count, 1), "uint8"), [indptr[:-1]])]
        path, data = tmp_path / "x", dumps(arrays)
        path.write_bytes(data)
        for call in (lambda: loads(data), lambda: loads(memoryview(data)), lambda: load_file(path)):
            assert self.peak(call) < len(data) + 1_000_000

    def test_writing_chunks_copies_nothing(self, tmp_path):
        arrays = [np.zeros(self.size, "uint8"), np.ones(self.size, "int8")]
        path = tmp_path / "x"
        assert self.peak(lambda: save_file(path, serialize.dump_chunks(arrays))) < 1_000_000
        assert path.read_bytes() == dumps(arrays)

    def test_a_name_stays_small(self):
        with pytest.raises(MXNetError, match="at most 65536 bytes"):
            dumps([np.zeros(1)], ["x" * 65537])
        name = "x" * 65536
        assert loads(dumps([np.zeros(1)], [name]))[1] == [name]


class TestRefusedToWrite:
    @pytest.mark.parametrize("arrays, names, message", [
        ([np.zeros(1, "uint16")], [], "array 0 cannot be saved: its dtype is uint16"),
        ([np.zeros(1, "complex64")], ["w"], "'w' cannot be saved: its dtype is complex64"),
        ([np.array(["x"])], [], "its dtype is <U1"),
        ([np.zeros(1, object)], [], "its dtype is object"),
        ([[1.0]], [], "expected an array or SparseRecord, found list"),
        ([np.zeros(1)] * 2, ["a", "a"], "two arrays under one name: 'a'"),
        ([np.zeros(1)] * 2, ["a"], "2 arrays with 1 names"),
        ([np.zeros(1)], ["a\0b"], "no zero byte"),
        ([np.zeros(1)], ["\ud800"], "no UTF-8 form"),
        ([SparseRecord("csr", (1, 2), np.ones(1), [np.array([0, 1]), np.array([2])])], [], r"in \[0, 2\)"),
        ([SparseRecord("csr", (1, 2), np.ones(1), [np.array([0, 1])])], [], "2 index arrays of int32 or int64"),
        ([SparseRecord("row_sparse", (3,), np.ones(1), [np.array([0.0])])], [], r"found \['float64'\]"),
        ([SparseRecord("row_sparse", (3,), np.ones(2), [np.array([2, 0])])], [], r"rise and lie in \[0, 3\)"),
    ])
    def test_reason(self, arrays, names, message):
        with pytest.raises(MXNetError, match=message):
            dumps(arrays, names)

    def test_sparse_in_numpy_semantics(self):
        record = SparseRecord("row_sparse", (3,), np.ones(1), [np.array([2])])
        with pytest.raises(MXNetError, match="NumPy shape semantics know no row_sparse"):
            dumps([record], np_shape=True)

    def test_contexts_are_as_many_as_the_arrays(self):
        with pytest.raises(MXNetError, match="1 arrays with 0 names and 2 contexts"):
            dumps([np.zeros(1)], contexts=[(1, 0), (1, 1)])


class TestFiles:
    def test_str_and_path(self, tmp_path):
        for path in (tmp_path / "a", str(tmp_path / "b")):
            save_file(path, dumps([np.arange(4.0)], ["x"]))
            arrays, names = load_file(path)
            assert names == ["x"] and same(arrays[0], np.arange(4.0))
        assert sorted(os.listdir(tmp_path)) == ["a", "b"]

    def test_a_failure_leaves_the_old_file_and_nothing_else(self, tmp_path):
        def payload():
            yield b"new"
            raise MXNetError("cannot go on")

        path = tmp_path / "a"
        path.write_bytes(b"old")
        with pytest.raises(MXNetError, match="cannot go on"):
            save_file(path, payload())
        assert path.read_bytes() == b"old" and os.listdir(tmp_path) == ["a"]

    def test_the_new_bytes_are_on_disk_before_they_replace_the_old(self, tmp_path, monkeypatch):
        path, order = tmp_path / "a", []
        path.write_bytes(b"old")
        fsync, replace = os.fsync, os.replace
        monkeypatch.setattr(os, "fsync", lambda fd: (order.append(("fsync", path.read_bytes())), fsync(fd)))
        monkeypatch.setattr(os, "replace", lambda a, b: (
            order.append(("replace", pathlib.Path(a).read_bytes(), pathlib.Path(a).parent)), replace(a, b)))
        save_file(path, b"new")
        assert order == [("fsync", b"old"), ("replace", b"new", tmp_path)] and path.read_bytes() == b"new"

    def test_mode_of_new_and_old_files(self, tmp_path):
        mask = os.umask(0o027)
        try:
            save_file(tmp_path / "a", b"x")
            assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o640
            (tmp_path / "a").chmod(0o604)
            save_file(tmp_path / "a", b"y")
            assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o604
        finally:
            os.umask(mask)

    def test_links_are_followed(self, tmp_path):
        (tmp_path / "deep").mkdir()
        (tmp_path / "link").symlink_to(tmp_path / "deep" / "real")
        save_file(tmp_path / "link", b"x")
        assert (tmp_path / "link").is_symlink() and (tmp_path / "deep" / "real").read_bytes() == b"x"

    def test_devices_are_written_and_not_replaced(self):
        save_file("/dev/null", [b"x"])
        assert stat.S_ISCHR(os.stat("/dev/null").st_mode)

    def test_what_cannot_be_opened(self, tmp_path):
        for path in (tmp_path / "no" / "file", tmp_path):
            with pytest.raises(MXNetError, match="cannot write " + str(path)):
                save_file(path, b"x")
            with pytest.raises(MXNetError, match="cannot read " + str(path)):
                load_file(path)
        assert os.listdir(tmp_path) == []

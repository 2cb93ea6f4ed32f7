"""RecordIO: bytes recorded from real MXNet, round trips, indexes, other processes, damaged files, labels and images."""
import json
import os
import pathlib
import pickle
import random
import struct
import subprocess
import sys
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mxnet_compat import recordio
from mxnet_compat.base import MXNetError
from mxnet_compat.recordio import IRHeader, MXIndexedRecordIO, MXRecordIO, pack, pack_img, unpack, unpack_img

GOLDEN = pathlib.Path(__file__).parents[1] / "compat_tests" / "recorded" / "recordio_golden.json"
RECORD = json.loads(GOLDEN.read_text())
MAGIC = struct.pack("<I", 0xCED7230A)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def write(records, path="a.rec"):
    file = MXRecordIO(path, "w")
    for record in records:
        file.write(record)
    file.close()
    return pathlib.Path(path).read_bytes()


def read_all(file):
    out = []
    while (record := file.read()) is not None:
        out.append(record)
    return out


def read(data=None, path="a.rec"):
    if data is not None:
        pathlib.Path(path).write_bytes(data)
    file = MXRecordIO(path, "r")
    try:
        return read_all(file)
    finally:
        file.close()


def write_indexed(items, key_type=int):
    file = MXIndexedRecordIO("a.idx", "a.rec", "w", key_type)
    tells = []
    for key, data in items:
        tells.append(file.tell())
        file.write_idx(key, data)
    file.close()
    return tells


def part(kind, data, length=None):
    length = len(data) if length is None else length
    return MAGIC + struct.pack("<I", kind << 29 | length) + data + bytes(-len(data) % 4)


def in_child(function):
    """What ``function`` returns, or the exception it raises, in a forked child that ends at once."""
    receive, send = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            result = function()
        except BaseException as error:
            result = error
        os.write(send, pickle.dumps(result))
        os._exit(0)
    os.close(send)
    with open(receive, "rb") as stream:
        data = stream.read()
    os.waitpid(pid, 0)
    return pickle.loads(data)


class TestRecorded:
    @pytest.mark.parametrize("name", RECORD["written"])
    def test_bytes_both_ways(self, name):
        case = RECORD["written"][name]
        records = [bytes.fromhex(r) for r in case["records"]]
        assert write(records).hex() == case["hex"]
        assert read() == records

    @pytest.mark.parametrize("name, key_type", [("int", int), ("str", str)])
    def test_indexed_both_ways(self, name, key_type):
        case = RECORD["indexed"][name]
        assert write_indexed([(k, bytes.fromhex(d)) for k, d in case["items"]], key_type) == case["tells"]
        assert pathlib.Path("a.rec").read_bytes().hex() == case["rec"]
        assert pathlib.Path("a.idx").read_bytes().decode() == case["idx"]
        file = MXIndexedRecordIO("a.idx", "a.rec", "r", key_type)
        assert file.keys == case["keys"] and [list(i) for i in file.idx.items()] == case["offsets"]
        assert [file.read_idx(k).hex() for k in file.keys] == case["by_key"]
        file.close()

    @pytest.mark.parametrize("name", RECORD["read"])
    def test_what_mxnet_reads(self, name):
        case = RECORD["read"][name]
        assert [r.hex() for r in read(bytes.fromhex(case["hex"]))] == case["records"]

    @pytest.mark.parametrize("name", RECORD["refused"])
    def test_what_mxnet_refuses(self, name):
        case = RECORD["refused"][name]
        pathlib.Path("a.rec").write_bytes(bytes.fromhex(case["hex"]))
        file = MXRecordIO("a.rec", "r")
        assert [file.read().hex() for _ in case["records"]] == case["records"]
        with pytest.raises(MXNetError, match=r"^a\.rec, offset \d+: expected .*, found "):
            file.read()
        file.close()

    @pytest.mark.parametrize("case", RECORD["packed"])
    def test_packed(self, case):
        assert pack(tuple(case["header"]), b"abc").hex() == case["hex"]

    @pytest.mark.parametrize("case", RECORD["unpacked"])
    def test_unpacked(self, case):
        header, rest = unpack(bytes.fromhex(case["hex"]))
        assert type(header) is IRHeader and rest.hex() == case["rest"]
        assert header.flag == case["flag"] and list(header[2:]) == case["ids"]
        assert type(header.label).__name__ == case["type"] and np.asarray(header.label).tolist() == case["label"]
        assert str(getattr(header.label, "dtype", None)) == case["dtype"]
        assert case["repr"] is None or repr(header) == case["repr"]

    def test_pickles_of_mxnet_open_the_files_anew(self):
        case = RECORD["pickled"]
        pathlib.Path("a.rec").write_bytes(bytes.fromhex(case["rec"]))
        pathlib.Path("a.idx").write_text(case["idx"])
        plain, keyed = pickle.loads(bytes.fromhex(case["plain"])), pickle.loads(bytes.fromhex(case["keyed"]))
        assert type(plain) is MXRecordIO and type(keyed) is MXIndexedRecordIO
        assert plain.read() == b"record 0" and keyed.read_idx(2) == b"record 2" and keyed.read_idx(0) == b"record 0"
        assert plain.pid == keyed.pid == os.getpid()
        assert not pickle.loads(bytes.fromhex(case["closed"])).is_open
        # The same names in the state: real MXNet reads our pickles by them.
        assert [sorted(f.__getstate__()) for f in (plain, keyed)] == case["states"]
        assert all(f.__getstate__()["pid"] is None and f.__getstate__()["is_open"] for f in (plain, keyed))
        assert keyed.__getstate__()["fidx"] is None and plain.__getstate__()["uri"] == "a.rec"
        assert b"mxnet.recordio\nMXRecordIO" in pickle.dumps(plain, 2)
        plain.close()
        keyed.close()


class TestFiles:
    words = st.lists(st.sampled_from([MAGIC, b"abcd", b"x", MAGIC[:2], b"\0\0\0\0"]), max_size=8).map(b"".join)

    @settings(max_examples=150, deadline=None)
    @given(st.lists(words, max_size=5))
    def test_round_trip(self, records):
        data = write(records)
        assert read() == records
        assert len(data) % 4 == 0
        # A reader that looks for the magic number at multiples of four finds the starts of parts and nothing else.
        starts, at = [], 0
        while at < len(data):
            starts.append(at)
            at += 8 + -(-(struct.unpack_from("<I", data, at + 4)[0] & (1 << 29) - 1) // 4) * 4
        assert [i for i in range(0, len(data), 4) if data[i:i + 4] == MAGIC] == starts

    def test_reset_goes_to_the_start_and_empties_a_written_file(self):
        write([b"a", b"b"])
        file = MXRecordIO("a.rec", "r")
        assert read_all(file) == [b"a", b"b"]
        file.reset()
        assert read_all(file) == [b"a", b"b"] and file.read() is None
        file.close()
        file = MXRecordIO("a.rec", "w")
        file.write(b"old")
        file.reset()
        file.write(b"new")
        file.close()
        assert read() == [b"new"]

    def test_open_twice_starts_again(self):
        write([b"a", b"b"])
        file = MXRecordIO("a.rec", "r")
        file.read()
        file.open()
        assert file.read() == b"a"
        file.close()

    def test_closed(self):
        write([b"a"])
        file = MXRecordIO(pathlib.Path("a.rec"), "r")
        file.close()
        file.close()
        assert not file.is_open and file.pid is None
        with pytest.raises(RuntimeError, match="a.rec is closed"):
            file.read()
        file = MXRecordIO("a.rec", "w")
        file.close()
        with pytest.raises(RuntimeError, match="a.rec is closed"):
            file.write(b"x")

    def test_wrong_direction(self):
        write_indexed([(1, b"a")])
        reader = MXIndexedRecordIO("a.idx", "a.rec", "r")
        for call in (lambda: reader.write(b"x"), lambda: reader.write_idx(2, b"x"), reader.tell):
            with pytest.raises(AssertionError, match="opened for reading"):
                call()
        reader.close()
        writer = MXIndexedRecordIO("b.idx", "b.rec", "w")
        for call in (writer.read, lambda: writer.seek(1), lambda: writer.read_idx(1)):
            with pytest.raises(AssertionError, match="opened for writing"):
                call()
        writer.close()

    @pytest.mark.parametrize("flag", ["a", "rb", "wb", "", None])
    def test_flag(self, flag):
        with pytest.raises(ValueError, match="flag must be 'r' or 'w'"):
            MXRecordIO("a.rec", flag)
        assert not os.path.exists("a.rec")

    @pytest.mark.parametrize("path, flag", [("none.rec", "r"), ("none/a.rec", "w"), (".", "r")])
    def test_cannot_open(self, path, flag):
        with pytest.raises(MXNetError, match="cannot open the record file " + path):
            MXRecordIO(path, flag)

    @pytest.mark.parametrize("data", ["text", bytearray(b"x"), memoryview(b"x"), np.zeros(3), None])
    def test_only_bytes_are_records(self, data):
        file = MXRecordIO("a.rec", "w")
        with pytest.raises(TypeError, match="takes bytes, not "):
            file.write(data)
        file.close()
        assert read() == []

    def test_too_long(self, monkeypatch):
        monkeypatch.setattr(recordio, "_LENGTH_MASK", 99)
        file = MXRecordIO("a.rec", "w")
        file.write(bytes(99))
        with pytest.raises(MXNetError, match=r"fewer than 2\*\*29 bytes, not 100"):
            file.write(bytes(100))
        file.close()
        assert read() == [bytes(99)]

    def test_pipe(self):
        os.mkfifo("pipe")
        records = [b"a", b"abcd" + MAGIC, bytes(100_000)]
        pid = os.fork()
        if pid == 0:
            write_to = MXRecordIO("pipe", "w")
            for record in records:
                write_to.write(record)
            write_to.close()
            os._exit(0)
        assert read(path="pipe") == records
        os.waitpid(pid, 0)


class TestIndex:
    def test_seek_then_read_on(self):
        write_indexed([(i, b"%d" % i * 5) for i in range(5)])
        file = MXIndexedRecordIO("a.idx", "a.rec", "r")
        file.seek(3)
        assert file.read() == b"33333" and file.read() == b"44444" and file.read() is None
        assert file.read_idx(1) == b"11111" and file.read() == b"22222"
        file.reset()
        assert file.read() == b"00000" and file.keys == list(range(5))
        for key in (9, "1"):
            with pytest.raises(KeyError):
                file.read_idx(key)
        file.close()
        assert file.read_idx(4) == b"44444"
        file.close()

    def test_keys_are_converted(self):
        write_indexed([("7", b"a"), (8.9, b"b")])
        assert pathlib.Path("a.idx").read_text() == "7\t0\n8\t12\n"
        file = MXIndexedRecordIO("c.idx", "c.rec", "w", str)
        for key in ("a\tb", "a\n"):
            with pytest.raises(MXNetError, match="no tab and no line end"):
                file.write_idx(key, b"x")
        file.close()
        assert pathlib.Path("c.rec").read_bytes() == pathlib.Path("c.idx").read_bytes() == b""

    def test_missing_index(self):
        write([b"a"])
        with pytest.raises(FileNotFoundError):
            MXIndexedRecordIO("none.idx", "a.rec", "r")

    @pytest.mark.parametrize("text", [b"1\tx\n", b"1\n", b"x\t0\n", b"\n", b"1 0\n", b"1\t-4\n", b"1\t0.5\n",
                                      b"\xff\t0\n", b"1\t" + b"9" * 5000])
    def test_damaged_index(self, text):
        write([b"a"])
        pathlib.Path("a.idx").write_bytes(b"0\t0\n" + text)
        with pytest.raises(MXNetError, match="a.idx, line 2: expected a key, a tab and an offset"):
            MXIndexedRecordIO("a.idx", "a.rec", "r")

    def test_line_ends_and_further_columns(self):
        write([b"a", b"b"])
        pathlib.Path("a.idx").write_bytes(b"5\t12\tmore\r\n6\t0")
        file = MXIndexedRecordIO("a.idx", "a.rec", "r")
        assert file.idx == {5: 12, 6: 0} and file.read_idx(5) == b"b"
        file.close()

    @pytest.mark.parametrize("offset, message", [
        (4, "magic number"), (25, "is said to start at 25, and a.rec ends at 24"), (2**63, "is said to start at"),
        (10**30, "is said to start at")])
    def test_offsets_that_lead_nowhere(self, offset, message):
        write([b"a", b"b"])
        pathlib.Path("a.idx").write_text(f"1\t{offset}\n")
        file = MXIndexedRecordIO("a.idx", "a.rec", "r")
        with pytest.raises(MXNetError, match=message):
            file.read_idx(1)
        file.close()


class TestProcesses:
    def test_reading_in_a_child(self):
        write([b"0", b"1", b"2"])
        file = MXRecordIO("a.rec", "r")
        assert file.read() == b"0"
        error = in_child(file.read)
        assert type(error) is RuntimeError and "another process; reset()" in str(error)
        assert in_child(lambda: [file.reset(), file.read(), file.read()]) == [None, b"0", b"1"]
        assert file.read() == b"1"
        file.close()

    def test_reading_by_key_in_a_child(self):
        write_indexed([(i, b"%d" % i) for i in range(4)])
        file = MXIndexedRecordIO("a.idx", "a.rec", "r")
        file.seek(2)
        assert in_child(lambda: [file.read_idx(1), file.read()]) == [b"1", b"2"]
        assert in_child(lambda: [file.seek(3), file.read()]) == [None, b"3"]
        assert type(in_child(file.read)) is RuntimeError
        assert file.read() == b"2"
        file.close()

    def test_a_child_adds_nothing_to_a_written_file(self):
        file = MXIndexedRecordIO("a.idx", "a.rec", "w")
        file.write_idx(0, b"zero")
        for call in (lambda: file.write(b"x"), lambda: file.write_idx(1, b"x")):
            assert type(in_child(call)) is RuntimeError
        assert in_child(file.close) is None
        file.write_idx(1, b"one")
        file.close()
        assert read() == [b"zero", b"one"] and pathlib.Path("a.idx").read_text() == "0\t0\n1\t12\n"

    def test_a_child_that_ends_in_the_usual_way_adds_nothing(self):
        program = ("import os\nfrom mxnet_compat.recordio import MXIndexedRecordIO\n"
                   "f = MXIndexedRecordIO('a.idx', 'a.rec', 'w')\nf.write_idx(0, b'zero')\n"
                   "if os.fork():\n    os.wait()\n    f.write_idx(1, b'one')\n    f.close()\n")
        root = str(pathlib.Path(recordio.__file__).parents[1])
        subprocess.run([sys.executable, "-c", program], check=True, env={**os.environ, "PYTHONPATH": root})
        assert read() == [b"zero", b"one"] and pathlib.Path("a.idx").read_text() == "0\t0\n1\t12\n"

    def test_pickled_reader_starts_anew(self):
        write_indexed([(i, b"%d" % i) for i in range(3)])
        for file in (MXRecordIO("a.rec", "r"), MXIndexedRecordIO("a.idx", "a.rec", "r")):
            file.read()
            copy = pickle.loads(pickle.dumps(file))
            assert read_all(copy) == [b"0", b"1", b"2"] and file.read() == b"1"
            copy.close()
            file.close()
            assert not pickle.loads(pickle.dumps(file)).is_open

    def test_pickled_subclass_keeps_its_attributes(self):
        write([b"0"])
        file = Sub("a.rec", "r")
        file.extra = 3
        copy = pickle.loads(pickle.dumps(file))
        assert type(copy) is Sub and copy.extra == 3 and copy.read() == b"0"
        copy.close()
        file.close()

    def test_pickled_header(self):
        header = pickle.loads(pickle.dumps(IRHeader(0, 1.0, 2, 3)))
        assert header == (0, 1.0, 2, 3) and type(header) is IRHeader


class Sub(MXRecordIO):
    pass


class TestHostile:
    @pytest.mark.parametrize("data, at, message", [
        (part(0, b"abcd") + part(0, b"ab", 2**29 - 1), 12, "536870912 bytes of a record, found 4"),
        (part(0, b"ab", 100), 0, "100 bytes of a record, found 4"),
        (part(1, b"abcd"), 12, "the next part of a record, found the end of the file"),
        (part(1, b"abcd") + part(2, b"abcd"), 24, "the next part of a record, found the end of the file"),
        (part(1, b"abcd") + part(0, b"abcd"), 12, "the next part of a record, found one of kind 0"),
        (part(1, b"abcd") + part(1, b"a") + part(3, b""), 12, "the next part of a record, found one of kind 1"),
        (part(2, b"abcd"), 0, "the start of a record, found a part of kind 2"),
        (part(3, b"abcd"), 0, "the start of a record, found a part of kind 3"),
        (part(4, b"abcd"), 0, "the start of a record, found a part of kind 4"),
        (part(7, b"abcde"), 0, "the start of a record, found a part of kind 7"),
        (b"abc", 0, "8 bytes before a record, found 3"),
        (b"\x89PNG\r\n\x1a\n", 0, "magic number 0xced7230a before a record, found 0x474e5089"),
    ])
    def test_refused_with_place_and_reason(self, data, at, message):
        with pytest.raises(MXNetError, match=f"^a.rec, offset {at}: expected .*{message}"):
            read(data)

    def test_nothing_is_allocated_for_a_lie(self):
        pathlib.Path("a.rec").write_bytes(part(0, b"ab", 2**29 - 1))
        file = MXRecordIO("a.rec", "r")
        tracemalloc.start()
        try:
            with pytest.raises(MXNetError):
                file.read()
            assert tracemalloc.get_traced_memory()[1] < 50_000
        finally:
            tracemalloc.stop()
            file.close()

    def test_memory_of_many_parts(self):
        record = MAGIC * 50_000
        write([record])
        size = os.path.getsize("a.rec")
        file = MXRecordIO("a.rec", "r")
        tracemalloc.start()
        try:
            assert file.read() == record
            assert tracemalloc.get_traced_memory()[1] < size + 200_000
        finally:
            tracemalloc.stop()
            file.close()

    def test_mutations_give_an_error_or_records_within_the_file(self):
        rng = random.Random(7)
        seeds = [bytes.fromhex(c["hex"]) for c in RECORD["written"].values() if c["hex"]]
        outcomes = {"refused": 0, "read": 0}
        for _ in range(5_000):
            data = bytearray(rng.choice(seeds))
            for _ in range(rng.randint(1, 2)):
                at = rng.randrange(len(data) or 1)
                if rng.random() < 0.7 and data:
                    data[at] = rng.choice([0, 1, 4, 31, 32, 64, 96, 255])
                else:
                    del data[at:at + rng.choice([1, 4, 99])]
            try:
                records = read(data)
            except MXNetError:
                outcomes["refused"] += 1
                continue
            outcomes["read"] += 1
            assert sum(map(len, records)) <= len(data)
        assert min(outcomes.values()) > 500

    @pytest.mark.parametrize("data, message", [
        (b"", "at least 24 bytes of header, found 0"), (bytes(23), "at least 24 bytes of header, found 23"),
        (struct.pack("<IfQQ", 3, 0, 0, 0) + bytes(11), "3 labels, 12 bytes, found 11"),
        (struct.pack("<IfQQ", 2**32 - 1, 0, 0, 0) + bytes(8), "4294967295 labels, 17179869180 bytes, found 8")])
    def test_unpack(self, data, message):
        with pytest.raises(MXNetError, match=message):
            unpack(data)


class TestHeaders:
    def test_labels_own_their_memory(self):
        header, rest = unpack(pack(IRHeader(0, [1, 2], 3, 4), b"xy"))
        assert header.label.flags.owndata and header.label.flags.writeable and rest == b"xy"

    @pytest.mark.parametrize("kind", [bytearray, memoryview])
    def test_other_buffers(self, kind):
        header, rest = unpack(kind(pack(IRHeader(0, [1, 2], 3, 4), b"xy")))
        assert header.label.tolist() == [1, 2] and type(rest) is kind and bytes(rest) == b"xy"

    @pytest.mark.parametrize("header", [(0, 1, -1, 0), (0, 1, 2**64, 0), (0, 1, 1.5, 0), (0, 1, 0, "x")])
    def test_bad_fields(self, header):
        with pytest.raises(MXNetError, match="pack: expected ids from 0 to"):
            pack(header, b"")

    def test_bad_header_and_data(self):
        with pytest.raises(TypeError):
            pack((0, 1, 2), b"")
        with pytest.raises(TypeError):
            pack((0, 1, 2, 3), "text")
        with pytest.raises(ValueError):
            pack((0, "x", 2, 3), b"")

    def test_numpy_numbers(self):
        assert pack((0, np.float32(1.5), np.int64(2), np.uint8(3)), b"") == pack((0, 1.5, 2, 3), b"")


class TestImages:
    def test_without_pillow(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "PIL", None)
        image, record = np.zeros((2, 2), "uint8"), pack((0, 1, 2, 3), b"x")
        for call in (lambda: pack_img((0, 1, 2, 3), image), lambda: unpack_img(record)):
            with pytest.raises(ImportError, match="need Pillow; install it with: pip install pillow"):
                call()

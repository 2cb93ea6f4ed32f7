"""Records what real MXNet 1.9.1 writes and reads as RecordIO files, into ``recordio_golden.json`` beside it.

Run it with a Python that has the real package and OpenCV: ``python record_recordio.py [OUT.json]``. The file holds
``written`` (records and the bytes of their file), ``indexed``, ``read`` (handmade bytes and the records that came out),
``refused`` (handmade bytes that raised MXNetError), ``packed``, ``unpacked``, ``pickled`` and ``images``.
"""
import json
import os
import pickle
import struct
import sys
import tempfile

import cv2
import numpy as np

import mxnet as mx
from mxnet import recordio

MAGIC = struct.pack("<I", 0xCED7230A)


def content(path):
    with open(path, "rb") as stream:
        return stream.read()


def written():
    cases = {
        "lengths": [b"x" * n for n in range(10)], "none": [], "magic": [MAGIC], "magic twice": [MAGIC * 2],
        "magic first": [MAGIC + b"abc"], "magic last": [b"abcd" + MAGIC],
        "magic not aligned": [b"ab" + MAGIC, b"abc" + MAGIC],
        "magic inside": [b"a" * 8 + MAGIC + b"b" * 8 + MAGIC + b"ccc", b"next"],
        "part of magic": [MAGIC[:3], MAGIC[1:]],
        "magic at the cut": [b"abcd" + MAGIC[:2]],
        "mixed": [b"abc" + MAGIC + MAGIC + b"d" + MAGIC, b"", MAGIC * 3 + b"z"],
    }
    out = {}
    for name, records in cases.items():
        file = recordio.MXRecordIO("a.rec", "w")
        for record in records:
            file.write(record)
        file.close()
        out[name] = {"records": [r.hex() for r in records], "hex": content("a.rec").hex()}
    return out


def indexed():
    out = {}
    for name, key_type, items in [
            ("int", int, [(0, b"zero"), (7, b"seven"), (3, b"three" + MAGIC), (7, b"again")]),
            ("str", str, [("b", b"bee"), ("a c", b"")])]:
        file = recordio.MXIndexedRecordIO("a.idx", "a.rec", "w", key_type)
        tells = []
        for key, data in items:
            tells.append(file.tell())
            file.write_idx(key, data)
        file.close()
        file = recordio.MXIndexedRecordIO("a.idx", "a.rec", "r", key_type)
        out[name] = {"items": [[k, d.hex()] for k, d in items], "rec": content("a.rec").hex(), "tells": tells,
                     "idx": content("a.idx").decode(), "keys": file.keys, "offsets": list(file.idx.items()),
                     "by_key": [file.read_idx(k).hex() for k in file.keys]}
    return out


def read():
    def part(kind, data, length=None):
        length = len(data) if length is None else length
        return MAGIC + struct.pack("<I", kind << 29 | length) + data + bytes(-len(data) % 4)

    cases = {"padding of other bytes": MAGIC + b"\x03\0\0\0abcZ", "cut in the data": part(0, b"abcd", 16),
             "cut in the header": MAGIC, "one byte": b"x",
             "no padding": part(0, b"abc")[:-1], "other magic": b"abcdefgh",
             "length beyond the file": part(0, b"abcd", 2**29 - 1),
             "second damaged": part(0, b"abcd") + b"junkjunk",
             "two parts": part(1, b"abcd") + part(3, b"ef") + part(0, b"g")}
    good, refused = {}, {}
    for name, data in cases.items():
        with open("h.rec", "wb") as stream:
            stream.write(data)
        file, records = recordio.MXRecordIO("h.rec", "r"), []
        try:
            while True:
                record = file.read()
                if record is None:
                    break
                records.append(record.hex())
            good[name] = {"hex": data.hex(), "records": records}
        except mx.MXNetError:
            refused[name] = {"hex": data.hex(), "records": records}
    return good, refused


def packed():
    labels = [1, 2.5, True, [1, 2, 3], (4, 5.5), [], [[1, 2], [3, 4]]]
    headers = [[5, label, 2**63, 7] for label in labels]
    return [{"header": header, "hex": recordio.pack(header, b"abc").hex()} for header in headers]


def unpacked():
    out = []
    for case in packed():
        header, data = recordio.unpack(bytes.fromhex(case["hex"]))
        label = header.label
        out.append({"hex": case["hex"], "flag": header.flag, "label": np.asarray(label).tolist(), "ids": header[2:],
                    "type": type(label).__name__, "dtype": str(getattr(label, "dtype", None)), "rest": data.hex(),
                    "repr": repr(header) if type(label) is float else None})
    return out


def pickled():
    file = recordio.MXIndexedRecordIO("a.idx", "a.rec", "w")
    for key in range(3):
        file.write_idx(key, b"record %d" % key)
    file.close()
    rec, idx = content("a.rec").hex(), content("a.idx").decode()
    plain, keyed = recordio.MXRecordIO("a.rec", "r"), recordio.MXIndexedRecordIO("a.idx", "a.rec", "r")
    plain.read()
    closed = recordio.MXRecordIO("a.rec", "r")
    closed.close()
    pickles = {name: pickle.dumps(file, 2).hex() for name, file in
               [("plain", plain), ("keyed", keyed), ("closed", closed)]}
    # __getstate__ closes the file, so it comes last.
    return {"rec": rec, "idx": idx, "states": [sorted(f.__getstate__()) for f in (plain, keyed)], **pickles}


def images():
    y, x = np.mgrid[:13, :19]
    colour = np.stack([y * 15, x * 12, (y + x) * 7], -1).astype(np.uint8)
    grey = np.ascontiguousarray(colour[:, :, 1])
    kinds = {"grey": grey, "colour": colour, "alpha": np.dstack([colour, 255 - grey]), "one channel": grey[:, :, None],
             "deep grey": grey.astype(np.uint16) * 256 + 17, "floats": colour / 1.7 - 20}
    out = []
    for name, fmt, quality in [
            ("grey", ".jpg", 95), ("colour", ".jpg", 95), ("colour", ".JPEG", 40), ("alpha", ".jpg", 95),
            ("one channel", ".jpg", 100), ("floats", ".jpg", 95), ("grey", ".png", 3), ("colour", ".png", 95),
            ("alpha", ".png", 3), ("deep grey", ".png", 3), ("colour", ".bmp", 95)]:
        image = kinds[name]
        record = recordio.pack_img(recordio.IRHeader(0, 1.5, 2, 3), image, quality=quality, img_fmt=fmt)
        case = {"name": name, "fmt": fmt, "quality": quality, "record": record.hex(), "dtype": str(image.dtype),
                "shape": image.shape, "image": image.tobytes().hex(), "decoded": []}
        for mode in (-1, 0, 1):
            pixels = recordio.unpack_img(record, mode)[1]
            case["decoded"].append({"iscolor": mode, "shape": pixels.shape, "dtype": str(pixels.dtype),
                                    "hex": pixels.tobytes().hex()})
        out.append(case)
    return out


def main():
    beside = os.path.join(os.path.dirname(os.path.abspath(__file__)), "recordio_golden.json")
    out = os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else beside
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        good, refused = read()
        record = {"mxnet": mx.__version__, "cv2": cv2.__version__, "written": written(), "indexed": indexed(),
                  "read": good, "refused": refused, "packed": packed(), "unpacked": unpacked(), "pickled": pickled(),
                  "images": images()}
        os.chdir(os.path.dirname(out))
    with open(out, "w") as stream:
        json.dump(record, stream, indent=1, sort_keys=True)
        stream.write("\n")
    print({k: len(v) for k, v in record.items()})


if __name__ == "__main__":
    main()

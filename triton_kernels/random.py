"""Random numbers: the stream of numpy's Philox generator, computed where they are wanted.

``Generator`` stands for a ``numpy.random.Generator`` with a Philox bit generator: bulk draws are made by a kernel, element by
element from its number in the stream, and the host's generator is moved on as if it had drawn them. Deterministic.
Source: Salmon et al., Parallel random numbers: as easy as 1, 2, 3 (2011), Philox4x64-10.

Roofline: the bytes of the result at the bandwidth of the memory, or ten rounds of two wide products for each four numbers.
"""
import math

import numpy as np

from .device import Unsupported
from .language import tl, triton
from .launch import block, launch

__all__ = ["Generator"]


@triton.jit
def _philox(c0, k0, k1):
    """The four 64 bit numbers of the block with this counter, of which the upper words are 0."""
    c1, c2, c3 = tl.zeros_like(c0), tl.zeros_like(c0), tl.zeros_like(c0)
    for _ in tl.static_range(10):
        a0, a2 = c0, c2
        c0 = tl.umulhi(tl.full(c0.shape, 0xCA5A826395121157, tl.uint64), a2) ^ c1 ^ k0
        c2 = tl.umulhi(tl.full(c0.shape, 0xD2E7470EE14C6C93, tl.uint64), a0) ^ c3 ^ k1
        c1 = a2 * 0xCA5A826395121157
        c3 = a0 * 0xD2E7470EE14C6C93
        k0 = k0 + 0x9E3779B97F4A7C15
        k1 = k1 + 0xBB67AE8584CAA73B
    return c0, c1, c2, c3


@triton.jit
def philox_kernel(q, n, counter, first, key0, key1, half, stored, KIND: tl.constexpr, B: tl.constexpr):
    """Number ``i`` of a draw is number ``first + i`` after the start of the block ``counter``.

    ``KIND``: raw (64 bits), double (53 bits in [0, 1)), or single (24 bits in [0, 1), two from each 64 bits, of which the
    upper ones come second; with ``half`` the first is the rest ``stored`` of an earlier draw).
    """
    i = tl.program_id(0).to(tl.int64) * B + tl.arange(0, B)
    m = i < n
    if KIND == "single":
        at = tl.maximum(i - half, 0)
        word = at // 2 + first
    else:
        word = i + first
    c = tl.cast(counter, tl.int64) + word // 4
    k0 = tl.zeros_like(i) + key0
    k1 = tl.zeros_like(i) + key1
    r0, r1, r2, r3 = _philox(c.to(tl.uint64, bitcast=True), k0.to(tl.uint64, bitcast=True), k1.to(tl.uint64, bitcast=True))
    lane = word % 4
    r = tl.where(lane < 2, tl.where(lane == 0, r0, r1), tl.where(lane == 2, r2, r3))
    if KIND == "double":
        tl.store(q + i, (r >> 11).to(tl.float64) * 1.1102230246251565e-16, mask=m)
    elif KIND == "single":
        bits = tl.where(at % 2 == 0, r & 0xFFFFFFFF, r >> 32).to(tl.int64)
        bits = tl.where(i < half, tl.cast(stored, tl.int64), bits)
        tl.store(q + i, (bits >> 8).to(tl.float32) * 5.9604644775390625e-8, mask=m)
    else:
        tl.store(q + i, r, mask=m)


def _signed(word):
    """64 bits as the whole number that a kernel takes."""
    return int(np.array(word, np.uint64).view(np.int64))


class Generator:
    """A generator on a device beside ``host``, a numpy Generator of Philox; single numbers are drawn by the host."""

    #: Methods for a few numbers, which the host draws.
    SMALL = {"normal", "permutation"}

    def __init__(self, host, device):
        self.host, self.device = host, device

    def __getattr__(self, name):
        if name in self.SMALL:
            return getattr(self.host, name)
        raise Unsupported(f"numbers by {name} are drawn on the host")

    def random(self, size=None, dtype=np.float64):
        """Numbers in [0, 1), the same as the host would draw."""
        if size is None:
            return self.host.random(dtype=dtype)
        dtype = np.dtype(dtype)
        return self._draw(size, dtype, "single" if dtype == np.float32 else "double")

    def uniform(self, low=0.0, high=1.0, size=None):
        """Numbers in [low, high)."""
        if size is None:
            return self.host.uniform(low, high)
        return low + (high - low) * self.random(size)

    def integers(self, low, high, size, dtype=np.int64):
        """All 64 bits, ``integers(0, 1 << 64, n, np.uint64)``; other ranges are Unsupported."""
        if low or high != 1 << 64 or np.dtype(dtype) != np.uint64:
            raise Unsupported("whole numbers of a range")
        return self._draw(size, np.dtype(np.uint64), "raw")

    def _draw(self, size, dtype, kind):
        shape = (int(size),) if isinstance(size, (int, np.integer)) else tuple(size)
        y = self.device.empty(shape, dtype)
        n = math.prod(shape)
        if not n:
            return y
        bits = self.host.bit_generator
        state = bits.state
        counter, key = int(state["state"]["counter"][0]), state["state"]["key"]
        half = int(state["has_uint32"]) if kind == "single" else 0
        b = block(n, 512)
        launch(philox_kernel, triton.cdiv(n, b), y, n, _signed(counter), int(state["buffer_pos"]), _signed(key[0]),
               _signed(key[1]), half, int(state["uinteger"]), KIND=kind, B=b)
        words = -(-(n - half) // 2) if kind == "single" else n
        self._move_on(state, words, (n - half) % 2 if kind == "single" else None)
        return y

    def _move_on(self, state, words, odd):
        """Put the host's generator where it would be after ``words`` draws of 64 bits."""
        bits = self.host.bit_generator
        after = int(state["buffer_pos"]) + words
        last = 0
        if words:
            blocks, used = (after - 1) // 4, (after - 1) % 4 + 1
            if blocks:
                new = bits.state
                new["state"]["counter"] = _plus(state["state"]["counter"], blocks - 1)
                new["buffer_pos"] = 4
                bits.state = new
                last = int(bits.random_raw(used)[-1])
            else:
                last = int(bits.random_raw(words)[-1])
        if odd is not None:
            new = bits.state
            new["has_uint32"], new["uinteger"] = odd, last >> 32 if odd else 0
            bits.state = new


def _plus(counter, n):
    """A counter of four words moved on by ``n``."""
    total = sum(int(w) << 64 * k for k, w in enumerate(counter)) + n
    return np.array([total >> 64 * k & 0xFFFFFFFFFFFFFFFF for k in range(4)], np.uint64)

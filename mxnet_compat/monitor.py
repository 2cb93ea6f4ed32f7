"""``mx.monitor.Monitor``: statistics of what an executor computes, every so many batches."""
import logging
import math
import re

from . import autograd, ndarray
from .base import py_str
from .ndarray.core import NDArray

__all__ = ["Monitor"]


def _mean_size(x):
    return ndarray.norm(x) / math.sqrt(x.size)


class Monitor:
    """Statistics of outputs and gradients of operators, of arguments and auxiliary states, every ``interval`` batches.

    ``stat_func`` makes an array, or a list of arrays, of one; the square root of the mean square if it is not given.
    Only names that the regular expression ``pattern`` matches from their beginning are looked at, ``sort`` orders by
    name, ``monitor_all`` looks at the inputs of operators too. Call ``tic`` before a batch and ``toc`` after it.
    """
    __module__ = "mxnet.monitor"

    def __init__(self, interval, stat_func=None, pattern=".*", sort=False, monitor_all=False):
        self.stat_func = stat_func or _mean_size
        self.interval = interval
        self.activated = False
        self.queue = []
        self.step = 0
        self.exes = []
        self.re_prog = re.compile(pattern)
        self.sort = sort
        self.monitor_all = monitor_all

    def stat_helper(self, name, array):
        """What executors call for each array; they give names as bytes."""
        name = py_str(name) if isinstance(name, bytes) else name
        if self.activated and self.re_prog.match(name):
            with autograd.pause():
                self.queue.append((self.step, name, self.stat_func(array)))

    def install(self, exe):
        """Look at what this executor computes."""
        exe.set_monitor_callback(self.stat_helper, self.monitor_all)
        self.exes.append(exe)

    def tic(self):
        """Begin a batch."""
        if self.step % self.interval == 0:
            self.queue = []
            self.activated = True
        self.step += 1

    def toc(self):
        """End a batch: (number of the batch, name, statistics as text) of what was seen; nothing between intervals.

        AssertionError where ``stat_func`` gave something other than NDArrays.
        """
        if not self.activated:
            return []
        for exe in self.exes:
            for names, arrays in ((exe._symbol.list_arguments(), exe.arg_arrays),
                                  (exe._symbol.list_auxiliary_states(), exe.aux_arrays)):
                for name, array in zip(names, arrays):
                    self.stat_helper(name, array)
        self.activated = False
        if self.sort:
            self.queue.sort(key=lambda entry: entry[1])
        found, self.queue = [(step, name, _text(stat)) for step, name, stat in self.queue], []
        return found

    def toc_print(self):
        """End a batch and log what was seen."""
        for step, name, text in self.toc():
            logging.info("Batch: %7d %-30s %s", step, name, text)


def _text(stat):
    text = ""
    stat = [stat] if isinstance(stat, NDArray) else stat
    assert isinstance(stat, list), f"stat_func must give an NDArray or a list, got {type(stat).__name__}"
    for value in stat:
        assert isinstance(value, NDArray), f"stat_func must give NDArrays, got {type(value).__name__}"
        text += str(value.asscalar() if value.shape == (1,) else value.asnumpy()) + "\t"
    return text

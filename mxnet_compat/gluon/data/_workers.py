"""Processes that make batches: they read samples, put them together and hand the arrays over in shared memory.

A task is (iteration, index, indices of samples); the n-th batch goes to worker n modulo their number, so that random
augmentation repeats from a seed. Of an iteration that its reader left, tasks are dropped and finished batches freed.
Segments are named after the task, hence one can be removed even if the worker that made it was killed.
"""
import contextlib
import itertools
import multiprocessing
import multiprocessing.connection
import os
import pickle
import queue
import random
import secrets
import signal
import sys
import threading
import time
import traceback
import warnings
import weakref
from multiprocessing import resource_tracker
from multiprocessing.pool import RemoteTraceback

import numpy as np

from ... import random as mx_random
from ...backend import rng
from ...base import MXNetError
from ...context import CPU
from . import _segment

__all__ = ["WorkerPool"]

_PATIENCE = 5.0
_pools = weakref.WeakSet()


class _Worker:
    """The inside of a worker process."""

    def __init__(self, connection, dataset, batchify_fn, token):
        self.connection, self.dataset, self.batchify_fn, self.token = connection, dataset, batchify_fn, token
        self.parent = os.getppid()
        self.tasks, self.dropped, self.sending = queue.SimpleQueue(), set(), threading.Lock()

    def receive(self):
        """A thread that empties the pipe at once, so that the main process never waits to write a task."""
        try:
            while True:
                while not self.connection.poll(_PATIENCE):
                    if os.getppid() != self.parent:
                        raise EOFError
                message = pickle.loads(self.connection.recv_bytes())
                if message[0] == "drop":
                    with self.sending:
                        self.dropped.add(message[1])
                        self.connection.send_bytes(pickle.dumps(("dropped", message[1], None)))
                self.tasks.put(message)
        except (EOFError, OSError):
            # a segment that is being made is not known to the resource tracker yet: nobody would remove it
            with self.sending:
                os._exit(0)

    def run(self):
        threading.Thread(target=self.receive, daemon=True).start()
        while True:
            iteration, index, samples = self.tasks.get()
            if iteration == "drop":
                self.dropped.discard(index)
                continue
            if iteration in self.dropped:
                continue
            try:
                batch = self.batchify_fn([self.dataset[i] for i in samples])
                ok = True
            except Exception as error:
                batch, ok = _portable(error), False
            with self.sending:
                if iteration not in self.dropped:
                    self.send(iteration, index, batch, ok)

    def send(self, iteration, index, batch, ok):
        name = _name(self.token, iteration, index)
        try:
            message = _segment.dump((ok, batch), name)
        except Exception as error:
            message = _segment.dump((False, _portable(error)), name)
        try:
            self.connection.send_bytes(pickle.dumps((iteration, index, message)))
        except OSError:
            # the main process is gone
            os._exit(0)


def _name(token, iteration, index):
    return f"mxb{token}-{iteration:x}-{index:x}"


def _portable(error):
    """(the exception, or None where it does not pickle; its traceback as text)."""
    text = traceback.format_exc()
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        error = None
    return error, text


def _start(connection, dataset, batchify_fn, token, number):
    """What a worker process runs."""
    # the ends of pipes that a fork inherits would keep other workers from seeing that the main process is gone
    for pool in _pools:
        for other in pool.connections:
            other.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    # a fork has the generators of its parent, and workers must not all draw the same
    seed = (int(np.random.randint(1 << 31)) + number) % (1 << 32)
    mx_seed = int(rng.generator(CPU).integers(1 << 62)) + number
    random.seed(seed)
    np.random.seed(seed)
    mx_random.seed(mx_seed)
    _Worker(connection, dataset, batchify_fn, token).run()


def _close(processes, connections, pending, ready, token, owner):
    """End the processes and free what they had made. In a fork of the owner nothing is to be done."""
    if os.getpid() != owner:
        return
    for process in processes:
        process.terminate()
    for process in processes:
        process.join(_PATIENCE)
        if process.is_alive():
            process.kill()
            process.join()
    for connection in connections:
        with contextlib.suppress(EOFError, OSError):
            while connection.poll():
                name = pickle.loads(connection.recv_bytes())[2]
                if name is not None and name[0] is not None:
                    _segment.remove(name[0])
        connection.close()
    for iteration, index in pending:
        _segment.remove(_name(token, iteration, index))
    for name, *_ in ready.values():
        if name is not None:
            _segment.remove(name)
    pending.clear()
    ready.clear()


class WorkerPool:
    """``count`` processes that make batches of ``dataset`` with ``batchify_fn``, both as they are now.

    ``begin`` gives the number of a new iteration, ``submit`` a task of it, ``take`` its result. MXNetError where a
    worker died, multiprocessing.TimeoutError where it takes too long; the pool is closed then.
    """

    def __init__(self, count, dataset, batchify_fn):
        context = multiprocessing.get_context(multiprocessing.get_start_method(allow_none=True)
                                              or ("fork" if sys.platform == "linux" else None))
        # started before the workers, so that all of them report to one
        resource_tracker.ensure_running()
        self._token = f"{os.getpid():x}-{secrets.token_hex(3)}"
        self._iterations = itertools.count()
        self._lock = threading.Lock()
        self._left = []
        self._pending, self._ready = {}, {}
        self._told, self._owner = False, os.getpid()
        self.processes, self.connections = [], []
        _pools.add(self)
        for number in range(count):
            ours, theirs = context.Pipe()
            self.connections.append(ours)
            process = context.Process(target=_start, daemon=True,
                                      args=(theirs, dataset, batchify_fn, self._token, number))
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)
                process.start()
            self.processes.append(process)
            theirs.close()
        self._finalizer = weakref.finalize(self, _close, self.processes, self.connections, self._pending, self._ready,
                                           self._token, os.getpid())

    @property
    def closed(self):
        """Whether the processes are gone."""
        return not self._finalizer.alive

    def close(self):
        """End the processes and free what they had made."""
        self._finalizer()

    def begin(self):
        """The number of a new iteration."""
        return next(self._iterations)

    def _check(self):
        if self.closed:
            raise MXNetError("the workers of this iteration of the DataLoader were stopped after an error")

    def submit(self, iteration, index, samples):
        """Have the batch of these samples made."""
        message = pickle.dumps((iteration, index, samples), protocol=5)
        with self._lock:
            self._check()
            self._forget()
            number = index % len(self.connections)
            self._pending[iteration, index] = number
            try:
                self.connections[number].send_bytes(message)
            except OSError:
                self._died(number)

    def take(self, iteration, index, timeout):
        """The batch that was submitted under this number. An error of its making is raised here as what it was."""
        end = time.monotonic() + timeout
        key = iteration, index
        with self._lock:
            while key not in self._ready:
                self._check()
                self._forget()
                left = end - time.monotonic()
                ready = multiprocessing.connection.wait(self.connections, max(left, 0))
                if not ready and left <= 0:
                    self.close()
                    raise multiprocessing.TimeoutError(
                        f"a batch was not ready within {timeout} seconds; give the DataLoader a larger timeout, more "
                        "num_workers or a faster transform")
                self._receive(ready)
            ok, batch = _segment.load(self._ready.pop(key))
        if ok:
            return batch
        error, text = batch
        if error is None:
            raise MXNetError(f"a DataLoader worker failed:\n{text}")
        error.__cause__ = RemoteTraceback(text)
        raise error

    def drop(self, iteration):
        """Forget the tasks of an iteration and free its batches. May be called by the garbage collector at any time."""
        if self.closed or self._owner != os.getpid():
            return
        self._left.append(iteration)
        # where the lock is taken, its holder does it
        if self._lock.acquire(blocking=False):
            try:
                with contextlib.suppress(MXNetError):
                    self._forget()
            finally:
                self._lock.release()

    def _forget(self):
        while self._left:
            iteration = self._left.pop()
            mine = [key for key in self._pending if key[0] == iteration]
            waiting = {self._pending[key] for key in mine}
            for number in waiting:
                with contextlib.suppress(OSError):
                    self.connections[number].send_bytes(pickle.dumps(("drop", iteration, None)))
            end = time.monotonic() + _PATIENCE
            while waiting:
                # a batch that was on its way comes before the answer
                left = end - time.monotonic()
                ready = multiprocessing.connection.wait([self.connections[n] for n in waiting], max(left, 0))
                if not ready and left <= 0:
                    self.close()
                    break
                waiting -= self._receive(ready, iteration)
            for key in mine:
                self._pending.pop(key, None)
            for key in [key for key in self._ready if key[0] == iteration]:
                _segment.load(self._ready.pop(key))

    def _receive(self, connections, dropping=None):
        """Take one message of each; the numbers of the workers that have dropped the iteration ``dropping``."""
        dropped = set()
        for connection in connections:
            number = self.connections.index(connection)
            try:
                iteration, index, message = pickle.loads(connection.recv_bytes())
            except (EOFError, OSError):
                self._died(number)
            if iteration == "dropped":
                dropped.add(number)
                continue
            self._ready[iteration, index] = message
            self._pending.pop((iteration, index), None)
            if message[2] and not self._told:
                self._told = True
                warnings.warn("shared memory is full; batches of the DataLoader go through pipes, which is slower",
                              stacklevel=5)
        return dropped

    def _died(self, number):
        process = self.processes[number]
        process.join(_PATIENCE)
        code = process.exitcode
        self.close()
        raise MXNetError(f"a DataLoader worker (process {process.pid}) ended unexpectedly with exit code {code}"
                         + ("; it may have run out of memory" if code == -signal.SIGKILL else ""))

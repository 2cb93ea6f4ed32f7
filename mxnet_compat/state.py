"""Per-thread switches: whether a thread records and whether it trains. Here, at the bottom, since arrays and tape read them."""
import threading


class State(threading.local):
    """``recording`` and ``training`` of the current thread; ``retain``: a walk under way keeps the graph.

    ``filling``: the leaves (a set) into whose gradient buffers rules wrote themselves, in a walk that fills such buffers.
    """
    recording = False
    training = False
    retain = False
    filling = None


state = State()

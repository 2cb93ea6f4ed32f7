"""Per-thread switches: whether a thread records and whether it trains. Here, at the bottom, since arrays and tape read them."""
import threading


class State(threading.local):
    """``recording`` and ``training`` of the current thread; ``retain``: a walk under way keeps the graph."""
    recording = False
    training = False
    retain = False


state = State()

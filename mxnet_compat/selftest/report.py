"""What the self-test says: cases with outcomes, as a table while it runs, or as JSON at the end; and a progress line.

Nothing here knows what is tested.
"""
import contextlib
import sys
import textwrap
import time
import traceback

WIDTH = 78  # of the name column


class Report:
    """Collects cases; ``out`` is where lines go (None: nowhere, for ``--json``). ``devices`` are those to test on."""

    def __init__(self, devices, out=None):
        self.devices, self.out = devices, out
        self.section_name, self.cases, self.notes = "", [], []

    @property
    def failed(self):
        """How many cases failed."""
        return sum(c["outcome"] == "failed" for c in self.cases)

    def line(self, text=""):
        if self.out is not None:
            print(text, file=self.out, flush=True)

    def section(self, name, title):
        """Begin a section."""
        self.section_name = name
        self.line(f"\n{name}: {title}")

    def note(self, name, text):
        """Something to know that is neither right nor wrong."""
        self.notes.append({"section": self.section_name, "name": name, "text": text})
        self.line(f"  {name:<14} {text}")

    def row(self, label, outcome, seconds):
        """A line of the table."""
        self.line(f"  {label:<{WIDTH}} {outcome:<9}{seconds:6.2f} s")

    @contextlib.contextmanager
    def case(self, name, ctx=None, quiet=False):
        """One thing that must hold: failed if the body raises, whatever it raises. ``quiet`` prints failures only."""
        start, detail = time.perf_counter(), ""
        try:
            yield
        except Exception as e:
            # an assertion says all itself; of anything else the place is wanted too
            at = "" if isinstance(e, AssertionError) else " at {0.filename}:{0.lineno}".format(
                traceback.extract_tb(e.__traceback__)[-1])
            detail = f"{'' if isinstance(e, AssertionError) else type(e).__name__ + ': '}{str(e) or 'no message'}{at}"
        self.add(name, ctx, detail, time.perf_counter() - start, quiet)

    def add(self, name, ctx, detail, seconds, quiet=False):
        """Add a case that has run: failed if ``detail`` says why."""
        self.cases.append({"section": self.section_name, "name": name, "device": None if ctx is None else str(ctx),
                           "outcome": "failed" if detail else "passed", "detail": detail, "seconds": round(seconds, 4)})
        if detail or not quiet:
            self.row(name if ctx is None else f"{name} [{ctx}]", "FAILED" if detail else "ok", seconds)
        for text in textwrap.wrap(detail, WIDTH + 30):
            self.line(f"      {text}")

    def as_dict(self):
        """All of it, for ``--json``."""
        return {"passed": len(self.cases) - self.failed, "failed": self.failed, "notes": self.notes,
                "cases": self.cases}


def progress(items, what):
    """Iterate with a progress bar on a terminal's stderr: tqdm's where it is installed, else one plain line."""
    items = list(items)
    if not sys.stderr.isatty():
        yield from items
        return
    try:
        from tqdm import tqdm
    except ImportError:
        for i, item in enumerate(items, 1):
            sys.stderr.write(f"\r  {what} {i}/{len(items)} ")
            sys.stderr.flush()
            yield item
        sys.stderr.write("\r" + " " * (len(what) + 24) + "\r")
    else:
        yield from tqdm(items, desc=f"  {what}", leave=False, file=sys.stderr)

"""The section "gradients": every registered differentiable operator against finite differences, on each device.

One case an operator and device, over all its rows. Operators without a row fail, so that none is left out in silence.
"""
import collections
import os
import time

from . import gradcheck, rows
from .report import progress


def plan(operators, all_rows):
    """{operator name: its rows}, for the operators with something to differentiate and names that only a row knows."""
    names = {op.name: op.name for op in operators}
    names.update({alias: op.name for op in operators for alias in op.aliases})
    found = collections.defaultdict(list)
    for row in all_rows:
        found[names.get(row["op"], row["op"])].append(row)
    # a gradient that is an operator of its own is reached through the second order of the one it belongs to
    wanted = [op.name for op in operators if op.differentiable and not op.name.startswith("_backward_")]
    constant = {op.name for op in operators if not op.differentiable}
    return {name: found.get(name, []) for name in sorted({*wanted, *found} - constant)}


def _first_order(row):
    return {**row, "order": min(row.get("order", 2), 1)}


def check(report):
    """Run the plan; the table has a line a family, failures in full."""
    from ..ops import registry
    by_operator = plan(registry.operators(), rows.load())
    with report.case("every differentiable operator has a row of sample inputs"):
        missing = [name for name, its_rows in by_operator.items() if not its_rows]
        assert not missing, f"{len(missing)} have none in selftest/rows: {', '.join(missing)}"
    for ctx in report.devices:
        families = collections.defaultdict(lambda: [0, 0, 0, 0, 0.0])  # operators, rows, of order 0, failures, seconds
        checked = [(name, its_rows) for name, its_rows in by_operator.items() if its_rows]
        if ctx.device_type == "gpu" and os.environ.get("MXNET_COMPAT_GPU") == "interpret":
            if ctx.device_id:
                # interpreted devices are all the same
                continue
            report.note(str(ctx), "interpreted, so one row an operator and gradients of first order only")
            checked = [(name, [_first_order(its_rows[0])]) for name, its_rows in checked]
        for name, its_rows in progress(checked, f"gradients on {ctx}"):
            start, before = time.perf_counter(), report.failed
            with report.case(name, ctx, quiet=True):
                for row in its_rows:
                    gradcheck.check(row, ctx)
            total = families[its_rows[0]["family"]]
            smooth = [row for row in its_rows if row.get("order", 2)]
            for i, n in enumerate((1, len(smooth), len(its_rows) - len(smooth), report.failed - before,
                                   time.perf_counter() - start)):
                total[i] += n
        for family, (operators, count, without, failures, seconds) in sorted(families.items()):
            more = f", {without} more without differences" if without else ""
            report.row(f"{family} [{ctx}]: {operators} operators, {count} rows{more}",
                       f"{failures} FAILED" if failures else "ok", seconds)

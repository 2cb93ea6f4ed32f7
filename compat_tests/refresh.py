"""Brings expected_failures.txt up to date: `python -m compat_tests.refresh [--only PATTERN] [--add] [--list]`.

Runs the recorded cases on this package in a worker process, prints the agreement by family, and takes off the list what
agrees now. Cases that fail without being listed are regressions: they are printed, and listed only with --add.
"""
from __future__ import annotations

import argparse
import collections
import sys

from compat_tests import compare, isolate, store


def problems_of(run: isolate.Run) -> dict[str, list[str]]:
    """What disagrees with the expectation, by id; an empty list where a case agrees."""
    found = {}
    for case_id, entry in run.entries.items():
        got = store.outcome_of(entry)
        got.message = run.messages.get(case_id, "").replace(str(isolate.ROOT), "")
        found[case_id] = compare.disagreements(store.expected(case_id), got, store.case(case_id).tol)
    return found


def table(problems: dict[str, list[str]]) -> str:
    """Agreement by family: ``family  agreeing/all``."""
    count: dict[str, list[int]] = collections.defaultdict(lambda: [0, 0])
    for case_id, found in problems.items():
        for key in (case_id.split("/")[0], "~total"):
            count[key][0] += not found
            count[key][1] += 1
    return "\n".join(f"{family.strip('~'):12} {good:5}/{total}" for family, (good, total) in sorted(count.items()))


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="compat_tests.refresh", description=__doc__.split("\n")[0])
    parser.add_argument("--only", default="*", help="shell pattern on case ids; the rest of the list is left alone")
    parser.add_argument("--add", action="store_true", help="put newly failing cases on the list too")
    parser.add_argument("--list", action="store_true", help="print every disagreement")
    parser.add_argument("--python", default=sys.executable, help="the interpreter to run this package under")
    args = parser.parse_args(argv)
    listed = store.read_failures()
    problems = problems_of(isolate.run(store.matching(args.only), args.python, ours=True))
    if args.list:
        print("".join(f"{i}\n    " + "\n    ".join(found) + "\n" for i, found in problems.items() if found))
    kept = {i: reason for i, reason in listed.items() if i in store.all_cases() and i not in problems}
    new = {i: found[0] for i, found in problems.items() if found}
    regressions = sorted(new.keys() - listed.keys())
    store.write_failures({**kept, **{i: reason for i, reason in new.items() if args.add or i in listed}})
    print(table(problems))
    if regressions and not args.add:
        print("\nfailing and not listed (mend them, or list them with --add):")
        print("\n".join(f"{i}  {new[i]}" for i in regressions))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

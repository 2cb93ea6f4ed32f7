"""Expressions in MXNet's public API: reading them, evaluating them, writing down what the real package gave.

A recorder beside this file has ``SETUPS``, the text that runs before an expression, for each group, and ``encode``, which makes
JSON of a value. ``<name>_cases.txt`` has the expressions, one a line, in groups under ``## group``; ``<name>.json`` gets, for
each group, pairs of an expression and its outcome: what ``encode`` makes of the value, or ``["raises", class]``.
"""
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def read_cases(name):
    """Expressions by group."""
    groups = {}
    with open(os.path.join(HERE, f"{name}_cases.txt"), encoding="utf-8") as file:
        for line in file.read().split("\n"):
            if line.startswith("## "):
                group = groups.setdefault(line[3:], [])
            elif line:
                group.append(line)
    return groups


def replay(expression, setup, encode):
    """What an expression came to, in a fresh scope with fresh names and seeds."""
    import random

    import numpy as np

    import mxnet as mx

    scope = {}
    with mx.name.NameManager():
        exec(setup, scope)
    random.seed(1)
    mx.random.seed(1)
    np.random.seed(1)
    try:
        with mx.name.NameManager():
            return encode(eval(expression, scope))
    except Exception as e:
        return ["raises", type(e).__name__]


def record(name, setups, encode):
    """Record every expression: into ``<name>.json`` or the file that the command line names."""
    found = {}
    for group, expressions in read_cases(name).items():
        found[group] = [[expression, replay(expression, setups[group], encode)] for expression in expressions]
    target = sys.argv[1] if len(sys.argv) > 1 else os.path.join(HERE, f"{name}.json")
    with open(target, "w", encoding="utf-8") as file:
        file.write('{"groups": {')
        file.write(",".join(f'\n"{g}": [\n' + ",\n".join(map(json.dumps, cases)) + "\n]" for g, cases in found.items()))
        file.write("}}\n")
    print({g: len(c) for g, c in found.items()})

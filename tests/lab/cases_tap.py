# SPDX-License-Identifier: GPL-2.0-only
"""TAP in a few lines."""
import sys

_tests = _failed = 0


def ok(good, what, why=""):
    global _tests, _failed
    _tests += 1
    print(f"{'' if good else 'not '}ok {_tests} - {what}")
    if not good:
        _failed += 1
        print(f"#   {why}")


def done():
    print(f"1..{_tests}")
    sys.exit(1 if _failed else 0)

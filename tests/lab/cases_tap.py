# SPDX-License-Identifier: GPL-2.0-only
"""TAP in a few lines."""
import sys

# Only times were off: see about() and excuse().
STATUS_TIMES = 96

_tests = _failed = _off = 0
_excused = False


def excuse(on):
    """What fails while this is on is as good as about(): it is known not to be ours."""
    global _excused
    _excused = on


def ok(good, what, why=""):
    global _tests, _failed, _off
    _tests += 1
    print(f"{'' if good else 'not '}ok {_tests} - {what}")
    if not good:
        _failed += not _excused
        _off += _excused
        print(f"#   {why}")


def about(good, what, why=""):
    """As ok(), for what a host that stands still for a moment can get wrong: how long
    something took. If nothing else is wrong the test is run once more (tests/check)."""
    global _excused
    was, _excused = _excused, True
    ok(good, what, why)
    _excused = was


def done():
    print(f"1..{_tests}")
    sys.exit(1 if _failed else STATUS_TIMES if _off else 0)

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""usage: man-facts.py TOOL FOLDER

Compares the man pages of FOLDER with the program and with the module's source. Prints a
line "PAGE<tab>what is wrong" for each difference; nothing if there is none.
"""
import json
import re
import subprocess
import sys
from pathlib import Path

TOOL, FOLDER = sys.argv[1], Path(sys.argv[2])
SOURCE = Path(__file__).resolve().parent.parent
OPTION = re.compile(r"(?:^|(?<=\s))(--?[A-Za-z][\w.-]*)")


def complain(page, text):
    print(f"{page}\t{text}")


def run(*args):
    done = subprocess.run([TOOL, *args], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{args} failed: {done.stderr}")
    return done.stdout


def read(page):
    """The page with plain minus signs, \\f for fonts, without other escapes."""
    text = (FOLDER / page).read_text()
    text = text.replace(r"\-", "-").replace(r"\&", "").replace(r"\.", ".").replace("\\_", "_")
    return text.replace(r"\(aq", "'").replace(r"\\", "\\")


def plain(text):
    return re.sub(r"\\f[BIRP]", "", text)


def help_options(verb):
    """The options in the left column of a --help."""
    found = set()
    for line in run(verb, "--help").splitlines():
        match = re.match(r"  ? {0,5}((?:-\w, )?--?[\w.-]+)", line)
        if match and line.startswith("  "):
            found.update(OPTION.findall(match.group(1)))
    return found


def page_options(text):
    """Those that a page explains: its terms that begin with an option."""
    found = set()
    for line in text.splitlines():
        if not line.startswith(r"\fB-"):
            continue
        found.update(o.rstrip("=") for b in re.findall(r"\\fB(-.*?)\\f[RP]", line)
                     for o in OPTION.findall(b))
    return found


def section(text, name):
    """From a heading to the next one of its kind."""
    match = re.search(rf'^\.SH "?{name}"?$(.*?)(?=^\.SH |\Z)', text, re.M | re.S)
    return match.group(1) if match else ""


def check_uses(page, text, options):
    """Options in commands: "*record --over*", and "kvmexittop dump -d 5" in an example."""
    every = set().union(*options.values())
    for bold in re.findall(r"\\fB([^\\]+)\\f[RP]", text):
        words = bold.split()
        if words and words[0].startswith("--") and len(words[0]) > 2:
            if not set(OPTION.findall(bold)) <= every:
                complain(page, f"no verb has the option {bold}")
        elif words and words[0] in options:
            for option in set(OPTION.findall(bold)) - options[words[0]]:
                complain(page, f"{words[0]} has no option {option}")
    # In prose the name is bold, so these are commands.
    for args in re.findall(r"^(?:[#$] )?kvmexittop ([^|>\n']*)", text, re.M):
        words = re.split(r"(?:^|\s)--(?:\s|$)", args)[0].split()
        verb = words[0] if words and words[0] in options else "top"
        for option in OPTION.findall(" ".join(words)):
            if option not in options[verb]:
                complain(page, f"{verb} has no option {option}: kvmexittop {args.strip()}")


def keys_of(value):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from keys_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from keys_of(inner)


def check_fields(pages):
    """The names of all that is printed for programs."""
    fake = ("-C", "fake:two", "-d", "1", "--details")
    for page in ("kvmexittop-dump.1", "kvmexittop-report.1"):
        fields = set(re.findall(r"\\fI(\w+)\\f", section(pages[page], "FIELDS")))
        for key in sorted(set(keys_of(json.loads(run("dump", *fake)))) - fields):
            complain(page, f"FIELDS does not explain {key}")
    header = run("dump", *fake, "--csv").splitlines()[0].split(",")
    block = re.search(r"In this order:(.*?)\.fi", pages["kvmexittop-dump.1"], re.S)
    columns = re.sub(r"^\..*$", "", plain(block.group(1)), flags=re.M).split() if block else []
    if columns != header:
        complain("kvmexittop-dump.1", f"columns of CSV are {header}, not {columns}")
    page = "kvmexittop-slow.1"
    fields = set(re.findall(r"\\fI(\w+)\\f", section(pages[page], "JSON")))
    keys = set(json.loads(run("slow", "-C", "fake:two", "-n", "1", "--json")))
    for key in keys ^ fields - {"N"}:
        complain(page, f"JSON: {key} is explained, or printed, but not both")


def check_columns(pages):
    page = "kvmexittop-top.1"
    text = plain(section(pages[page], "COLUMNS"))
    for name in re.findall(r"^  (\w+) ", run("top", "-s", "help"), re.M):
        if not re.search(rf"\b({name}|{name.upper()})\b", text):
            complain(page, f"COLUMNS does not explain {name}")


def check_metrics(pages):
    page = "kvmexittop-export.1"
    printed = set()
    # The second host has what the first does not: a VM that ended.
    for host in ("two", "ended"):
        text = run("export", "-C", f"fake:{host}", "--once", "--per-vcpu")
        printed |= set(re.findall(r"^# TYPE (\w+)", text, re.M))
    told = set(re.findall(r"\\fB(kvmexittop_\w+)\\f", section(pages[page], "METRICS")))
    for name in sorted(printed - told):
        complain(page, f"METRICS does not explain {name}")


def check_module(pages):
    page = "kvmexit.4"
    source = "".join(p.read_text() for p in sorted(SOURCE.glob("module/*.c")))
    have = set(re.findall(r"^module_param\((\w+),", source, re.M))
    told = set(re.findall(r"^\\fB(\w+)\\fR=", section(pages[page], "PARAMETERS"), re.M))
    for name in have ^ told:
        complain(page, f"parameter {name} is explained, or there, but not both")
    log = " ".join(plain(section(pages[page], '"?KERNEL LOG"?')).split())
    for text in re.findall(r'\bpr_(?:err|warn|info|notice)\w*\(\s*"([^"]*)"', source):
        begin = re.split(r"[%,\\]", text)[0].rstrip("= ")
        if begin not in log:
            complain(page, f"KERNEL LOG does not explain '{begin}'")


def main():
    pages = {p.name: read(p.name) for p in sorted(FOLDER.glob("*.[1-9]"))}
    verbs = re.findall(r"^  (\w+)  ", run("--help"), re.M)
    if len(verbs) < 2:
        raise SystemExit(f"{TOOL} --help lists no verbs")
    options = {verb: help_options(verb) for verb in verbs}
    see = plain(section(pages["kvmexittop.1"], '"?SEE ALSO"?'))

    for verb in verbs:
        page = f"kvmexittop-{verb}.1"
        if page not in pages:
            complain(page, f"the verb {verb} has no page")
            continue
        told = page_options(pages[page])
        for option in sorted(options[verb] - told):
            complain(page, f"does not explain {option}, which --help has")
        for option in sorted(told - options[verb]):
            complain(page, f"explains {option}, which --help does not have")
        if f"kvmexittop-{verb}" not in plain(section(pages["kvmexittop.1"], "VERBS")) and \
           verb not in plain(section(pages["kvmexittop.1"], "VERBS")):
            complain("kvmexittop.1", f"VERBS does not name {verb}")
    for page, text in pages.items():
        name, number = page.rsplit(".", 1)
        if page != "kvmexittop.1" and f"{name}({number})" not in see:
            complain("kvmexittop.1", f"SEE ALSO does not name {name}({number})")
        check_uses(page, text, options)
    check_fields(pages)
    check_columns(pages)
    check_metrics(pages)
    check_module(pages)


main()

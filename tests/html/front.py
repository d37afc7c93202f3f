#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""front.py URL FOLDER: the exporter's front page as a browser sees it. TAP."""
import os
import sys

import browser

FAILED = 0
TESTS = 0


def ok(good, what, why=""):
    global FAILED, TESTS
    TESTS += 1
    print(f"{'' if good else 'not '}ok {TESTS} - {what}")
    if not good:
        FAILED += 1
        print(f"#   {why}")


def look(b, url, scheme, folder):
    b.media(scheme)
    b.open(url + "/")
    light, colours = browser.brightness(b.shot(f"{folder}/front-{scheme}.png"))
    ok(light > 200 if scheme == "light" else light < 80, f"{scheme}: it is {scheme}", light)
    ok(colours > 10, f"{scheme}: there is something on it", colours)
    ok(not b.complaints, f"{scheme}: the console is empty", b.complaints)
    others = [r for r in b.requests if r != url + "/" and not r.startswith("data:")]
    ok(url + "/" in b.requests and not others, f"{scheme}: it asks for nothing else", others)
    wide = b.evaluate("document.documentElement.scrollWidth > innerWidth")
    ok(wide is False, f"{scheme}: it fits", wide)


def main():
    url, folder = sys.argv[1:]
    path = browser.find()
    if not path:
        print("SKIP: there is no Chromium to look at the page with")
        return 77
    with open(os.path.join(folder, "chromium.log"), "wb") as log:
        b = browser.Browser(path, log, local=True)
        try:
            for width, scheme in ((1000, "light"), (1000, "dark"), (360, "light")):
                b.size(width, 700)
                look(b, url, scheme, folder)
            text = b.evaluate("document.body.innerText")
            ok("fakehost" in text and "Version" in text, "it says which host and version", text)
            link = b.evaluate("document.querySelector('a').href")
            ok(link == url + "/metrics", "and where the metrics are", link)
        finally:
            b.close()
    print(f"1..{TESTS}")
    return 1 if FAILED else 0


sys.exit(main())

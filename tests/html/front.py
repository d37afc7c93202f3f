#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""front.py URL FOLDER: the exporter's front page as a browser sees it; 77: there is none"""
import os
import sys

import browser
import page


def look(b, url, scheme, folder):
    b.media(scheme)
    b.open(url + "/")
    light, colours = browser.brightness(b.shot(f"{folder}/front-{scheme}.png"))
    page.check(light > 200 if scheme == "light" else light < 80,
               f"{scheme}: it is {scheme} ({light})")
    page.check(colours > 10, f"{scheme}: there is something on it ({colours})")
    page.check(not b.complaints, f"{scheme}: the console is empty ({b.complaints})")
    others = [r for r in b.requests if r != url + "/" and not r.startswith("data:")]
    page.check(url + "/" in b.requests and not others,
               f"{scheme}: it asks for nothing else ({others})")
    wide = b.evaluate("document.documentElement.scrollWidth > innerWidth")
    page.check(wide is False, f"{scheme}: it fits ({wide})")


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
            page.check("fakehost" in text and "Version" in text,
                       "it says which host and version")
            link = b.evaluate("document.querySelector('a').href")
            page.check(link == url + "/metrics", f"and where the metrics are ({link})")
        finally:
            b.close()
    return 1 if page.failed else 0


sys.exit(main())

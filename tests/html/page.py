# SPDX-License-Identifier: GPL-2.0-only
"""
usage: page.py file PAGE MAX_BYTES    is it well-formed and complete in itself?
       page.py browser PAGE SHOTS     what a browser makes of it; 77: there is none
"""
import base64
import hashlib
import html.parser
import os
import pathlib
import re
import sys

import browser

VOID = {"meta", "link", "br", "input", "path"}
# Their end may be left out, and they end here with the next of the same or their parent.
OPTIONAL = {"td": {"td", "th", "tr"}, "th": {"td", "th", "tr"}, "tr": {"tr"}, "li": {"li"},
            "dd": {"dt", "dd"}, "dt": {"dt", "dd"}}
ADDRESS = {"src", "srcset", "href", "action", "data", "poster", "formaction", "background",
           "xlink:href", "ping", "style"}

failed = 0


def check(ok, what):
    global failed
    print(("ok: " if ok else "not ok: ") + what)
    failed += not ok


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.stack, self.trouble, self.ids, self.links = [], [], set(), set()
        self.policy, self.script, self.titled = "", "", 0
        self.count = {}

    def complain(self, what):
        self.trouble.append("line %d: %s" % (self.getpos()[0], what))

    def handle_starttag(self, tag, attrs):
        names = [a[0] for a in attrs]
        if len(names) != len(set(names)):
            self.complain("an attribute twice: " + tag)
        self.count[tag] = self.count.get(tag, 0) + 1
        a = dict(attrs)
        for name in names:
            if name.startswith("on"):
                self.complain("a script in " + name)
            if name in ADDRESS and name != "style" and not re.match(r"#|data:,$", a[name] or ""):
                self.complain("leads out: %s=%s" % (name, a[name]))
            if name == "style" and "url" in (a[name] or ""):
                self.complain("leads out: style=" + a[name])
        if "id" in a:
            if a["id"] in self.ids:
                self.complain("an id twice: " + a["id"])
            self.ids.add(a["id"])
        if (a.get("href") or "").startswith("#"):
            self.links.add(a["href"][1:])
        if a.get("http-equiv") == "Content-Security-Policy":
            self.policy = a["content"]
        if tag == "svg" and not ("aria-label" in a or "role" in a or
                                 a.get("aria-hidden") == "true"):
            self.complain("a picture without words")
        while self.stack and tag in OPTIONAL.get(self.stack[-1], ()):
            self.stack.pop()
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.stack.pop()

    def handle_endtag(self, tag):
        while self.stack and self.stack[-1] != tag and self.stack[-1] in OPTIONAL:
            self.stack.pop()
        if not self.stack or self.stack[-1] != tag:
            self.complain("</%s> in %s" % (tag, self.stack[-3:]))
        else:
            self.stack.pop()

    def handle_data(self, data):
        if self.stack and self.stack[-1] == "script":
            self.script += data


def check_file(path, most):
    with open(path, "rb") as f:
        data = f.read()
    check(len(data) <= most, "%d bytes, %d at most" % (len(data), most))
    text = data.decode("utf-8")
    page = Page()
    page.feed(text)
    page.close()
    check(not page.trouble and not page.stack,
          "well-formed, nothing leads out %s%s" % (page.trouble[:5], page.stack))
    check(not re.search(r"https?:|//[a-z]|@import|url\(", text), "no addresses")
    check(page.links <= page.ids, "links lead somewhere")
    check(page.count.get("script") == 1, "one script")
    digest = base64.b64encode(hashlib.sha256(page.script.encode()).digest()).decode()
    check("script-src 'sha256-%s'" % digest in page.policy,
          "the policy's digest of the script is sha256-" + digest)
    check(page.policy.startswith("default-src 'none';"), "the policy")


def look(b, url, shot, scheme, width, height, scripts=True):
    """Open, and what is right in every way of looking at it."""
    b.scripts(scripts)
    b.media(scheme)
    b.size(width, height)
    b.open(url)
    png = b.shot(shot)
    name = os.path.basename(shot)
    check(not b.complaints, "%s: no complaints %s" % (name, b.complaints[:3]))
    away = [r for r in b.requests if r != url and r != "data:,"]
    check(url in b.requests and not away, "%s: nothing is asked for %s" % (name, away[:3]))
    mean, colours = browser.brightness(png)
    check(colours > 50, "%s: something is drawn (%d colours)" % (name, colours))
    check(mean > 190 if scheme == "light" else mean < 110,
          "%s: it is %s (%d)" % (name, scheme, mean))


def check_wide(b, width):
    over = b.evaluate("document.documentElement.scrollWidth")
    check(over <= width, "no wider than the screen (%s of %d)" % (over, width))


def check_scripts(b):
    check(b.evaluate("!document.getElementById('tools').hidden"), "tools are there")
    check(b.evaluate("document.querySelectorAll('#vms th button').length") > 8,
          "heads can be clicked")
    order = ("[...document.querySelectorAll('#vms tbody tr')].map(r => Number(r.cells[1]"
             ".textContent)).join()")
    head = "document.querySelectorAll('#vms th button')[1].click()"
    b.evaluate(head)
    down = [int(n) for n in b.evaluate(order).split(",")]
    b.evaluate(head)
    up = [int(n) for n in b.evaluate(order).split(",")]
    check(len(up) > 1 and up == sorted(up) and down == up[::-1], "sorting by pid")
    shown = ("[...document.querySelectorAll('#vms tbody tr')].filter(r => "
             "r.getClientRects().length).length")
    b.evaluate("const f = document.getElementById('filter'); f.value = 'WEB';"
               "f.dispatchEvent(new Event('input'))")
    check(b.evaluate(shown) == 1, "only VMs with a part of a name")
    b.evaluate("f.value = ''; f.dispatchEvent(new Event('input'))")
    check(b.evaluate(shown) == len(up), "and all of them again")
    closed = "document.querySelectorAll('details.vm:not([open])').length"
    b.evaluate("document.getElementById('open').click()")
    check(b.evaluate(closed) == 0, "open all")
    b.evaluate("document.getElementById('close').click()")
    check(b.evaluate(closed) == len(up), "close all")
    b.evaluate("document.querySelector('a[href^=\"#r-\"]').click()")
    b.evaluate("location.hash = document.querySelector('details.reason').id")
    b.call("Runtime.evaluate", expression="new Promise(r => setTimeout(r, 200))",
           awaitPromise=True)
    check(b.evaluate("document.querySelector('details.reason').open"),
          "a link opens what it leads to")
    check_tip(b)
    check(not b.complaints, "no complaints %s" % b.complaints[:3])


def check_tip(b):
    b.evaluate("scrollTo(0, 0); document.querySelector('.charts .plot').scrollIntoView()")
    box = b.evaluate("(() => { const r = document.querySelector('.charts .plot')"
                     ".getBoundingClientRect(); return [r.x, r.y, r.width, r.height]; })()")
    b.call("Input.dispatchMouseEvent", type="mouseMoved", x=box[0] + box[2] * 0.5,
           y=box[1] + box[3] * 0.5)
    tip = b.evaluate("document.getElementById('tip').hidden ? '' : "
                     "document.getElementById('tip').innerText")
    rows = b.evaluate("[...document.querySelector('.charts .data table').rows]"
                      ".map(r => r.cells[0].textContent.trim())")
    first = tip.split("\n")[0]
    check(first in rows and abs(rows.index(first) - len(rows) / 2) < 2,
          "numbers under the pointer: " + repr(tip[:40]))


def check_print(b, shots):
    b.media("light", "print")
    hidden = b.evaluate("[...document.querySelectorAll('details.vm .plot')].filter(p => "
                        "!p.checkVisibility({contentVisibilityAuto: true})).length")
    check(hidden == 0, "on paper all sections are open (%s are not)" % hidden)
    b.media("light")
    pdf = b.pdf(os.path.join(shots, "print.pdf"))
    check(pdf.startswith(b"%PDF") and len(pdf) > 50000, "a PDF of %d bytes" % len(pdf))


def check_browser(path, shots):
    program = browser.find()
    if not program:
        print("SKIP: there is no Chromium; apt-get install chromium")
        return 77
    url = pathlib.Path(path).resolve().as_uri()
    with open(os.path.join(shots, "chromium.log"), "wb") as log:
        b = browser.Browser(program, log)
        try:
            look(b, url, os.path.join(shots, "light.png"), "light", 1280, 2400)
            check_wide(b, 1280)
            check_scripts(b)
            look(b, url, os.path.join(shots, "dark.png"), "dark", 1280, 2400)
            look(b, url, os.path.join(shots, "narrow.png"), "light", 400, 2600)
            check_wide(b, 400)
            look(b, url, os.path.join(shots, "no-script.png"), "light", 1280, 2400, False)
            check_print(b, shots)
        finally:
            b.close()
    return 0


def main():
    if len(sys.argv) == 4 and sys.argv[1] == "file":
        check_file(sys.argv[2], int(sys.argv[3]))
    elif len(sys.argv) == 4 and sys.argv[1] == "browser":
        if check_browser(sys.argv[2], sys.argv[3]) == 77:
            sys.exit(77)
    else:
        sys.exit(__doc__)
    sys.exit(failed != 0)


if __name__ == "__main__":
    main()

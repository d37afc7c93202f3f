#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""usage: drive.py SHELL FOLDER-OF-COMPLETIONS

Types lines with a Tab at their end into an interactive shell. kvmexittop is a function
there that writes down its arguments, so that it is seen what the shell makes of the line.
"""
import fcntl
import os
import pty
import re
import select
import struct
import sys
import termios
import time

PROMPT = 'READY> '

# What is done first. In zsh and fish a function's name does not keep the command's
# completion from being used, nor in bash.
SETUP = {
    'bash': [
        "PS1='%s'" % PROMPT,
        'bind "set bell-style none"; bind "set enable-bracketed-paste off"',
        'bind "set page-completions off"; bind "set completion-query-items 0"',
        "kvmexittop() { printf '%s\\0' \"$@\" >args.new; mv args.new args; }",
        '. COMPLETIONS/kvmexittop.bash',
    ],
    'zsh': [
        "PROMPT='%s' RPROMPT='' LISTMAX=9999 KEYTIMEOUT=1" % PROMPT,
        'unsetopt beep prompt_sp zle_bracketed_paste 2>/dev/null',
        "kvmexittop() { printf '%s\\0' \"$@\" >args.new; mv args.new args; }",
        'fpath=(COMPLETIONS $fpath); autoload -U compinit; compinit -u -D',
    ],
    'fish': [
        "function fish_prompt; echo -n '%s'; end" % PROMPT,
        'function fish_right_prompt; end; function fish_greeting; end',
        "function kvmexittop; printf '%s\\0' $argv >args.new; mv args.new args; end",
        'source COMPLETIONS/kvmexittop.fish',
    ],
}
START = {
    'bash': ['bash', '--norc', '--noprofile', '-i'],
    'zsh': ['zsh', '-f', '-i'],
    'fish': ['fish', '--no-config', '-i'],
}

# A line up to the Tab, and the arguments that it becomes. A VM's name is a pattern.
CASES = [
    ('to', ['top']),
    ('dum', ['dump']),
    ('dump --ope', ['dump', '--openmetrics']),
    ('--asc', ['--ascii']),
    ('export --web.l', ['export', '--web.listen-address']),
    ('reasons EPT_V', ['reasons', 'EPT_VIOLATION']),
    ('reasons npf hypercal', ['reasons', 'npf', 'hypercall']),
    ('report two.kxr --reason tripl', ['report', 'two.kxr', '--reason', 'TRIPLE_FAULT']),
    ('top -s timesh', ['top', '-s', 'timeshare']),
    ('top --sort=timesh', ['top', '--sort=timeshare']),
    ('top -stimesh', ['top', '-stimeshare']),
    ('top --color alw', ['top', '--color', 'always']),
    ('reasons --isa v', ['reasons', '--isa', 'vmx']),
    ('dump -C mod', ['dump', '-C', 'module']),
    ('dump -C bpf:cl', ['dump', '-C', 'bpf:classic']),
    ('dump -Cbpf:cl', ['dump', '-Cbpf:classic']),
    ('dump --collector=bpf:co', ['dump', '--collector=bpf:core']),
    ('dump -C tw', ['dump', '-C', 'two.kxr']),
    ('report tw', ['report', 'two.kxr']),
    ('report --diff two.kxr tw', ['report', '--diff', 'two.kxr', 'two.kxr']),
    ('report two.kxr@1.', ['report', 'two.kxr@1..2']),
    ('replay sub\\ dir/', ['replay', "sub dir/it's two.kxr"]),
    ('replay oth', ['replay', 'other $(touch pwned).kxr']),
    ('report two.kxr -o not', ['report', 'two.kxr', '-o', 'notes.txt']),
    ('report two.kxr --output=not', ['report', 'two.kxr', '--output=notes.txt']),
    ('report two.kxr --vm we', ['report', 'two.kxr', '--vm', 'web1']),
    ('top -C two.kxr -p 12', ['top', '-C', 'two.kxr', '-p', '1201']),
    ('dump -- prin', None),
    ('dump -d 2 -- cat not', ['dump', '-d', '2', '--', 'cat', 'notes.txt']),
    ('nosuchverb --ve', ['nosuchverb', '--ve']),
    # What names do to a line
    ('top --vm xa', ['top', '--vm', 'xa$(touch pwned)`touch pwned`']),
    ('top --vm=xa', ['top', '--vm=xa$(touch pwned)`touch pwned`']),
    ("top --vm 'xa", ['top', '--vm', 'xa$(touch pwned)`touch pwned`']),
    ('top --vm "xa', ['top', '--vm', 'xa$(touch pwned)`touch pwned`']),
    ('top --vm xb', ['top', '--vm', "xb';touch pwned;'"]),
    ("top --vm 'xb", ['top', '--vm', "xb';touch pwned;'"]),
    ('top --vm "xb', ['top', '--vm', "xb';touch pwned;'"]),
    ('top --vm xc', ['top', '--vm', 'xc "two" words & more | $HOME > pwned']),
    ("top --vm 'xc", ['top', '--vm', 'xc "two" words & more | $HOME > pwned']),
    ('top --vm "xc', ['top', '--vm', 'xc "two" words & more | $HOME > pwned']),
    ('top --vm xc\\ \\"tw', ['top', '--vm', 'xc "two" words & more | $HOME > pwned']),
    ('top --vm xd', ['top', '--vm', 'xd?new?line']),
    ('top --vm xe', ['top', '--vm', 'xe!!']),
    ('top --vm "xe', ['top', '--vm', 'xe!!']),
    ('top --vm xf', ['top', '--vm', 'xf[*][[]x][?]']),
    ('top --vm xg', ['top', '--vm', 'xg\\\\back']),
    ("top --vm 'xg", ['top', '--vm', 'xg\\\\back']),
    ('top --vm xh', ['top', '--vm', 'xh=é,:y']),
    ('top --vm xh=é,:', ['top', '--vm', 'xh=é,:y']),
    ('top --vm=xh=é,', ['top', '--vm=xh=é,:y']),
    ('top --vm xi', ['top', '--vm', 'xi "q"']),
    ('top --vm "xi', ['top', '--vm', 'xi "q"']),
    ('top --vm xn', ['top', '--vm', 'xn']),
]
# What a list has to show, after two Tabs; descriptions, where the shell has them.
LISTS = [
    ('re', ['record', 'report', 'replay', 'reasons'],
     ['explain exit reasons', 'the live view on a recording']),
    ('dump --c', ['--csv', '--collector'], ['CSV, one line a VM, vCPU and reason']),
    ('top -s p9', ['p90', 'p99', 'p999'], ['90 % of the exits took this or less']),
    ('report two.kxr --vm ', ['web1', 'db1'], ['pid 1201']),
    ('dump 2> n', ['notes.txt'], []),
]
# For bash with bash-completion, which then completes the command after "--".
BASH_COMPLETION = '/usr/share/bash-completion/bash_completion'
COMMAND_CASES = [
    ('dum', ['dump']),
    ('dump -- prin', None),
    ('dump -d 2 -- cat not', ['dump', '-d', '2', '--', 'cat', 'notes.txt']),
    ('dump --vm=xa', ['dump', '--vm=xa$(touch pwned)`touch pwned`']),
]


class Shell:
    def __init__(self, shell, completions, first=None):
        self.shell = shell
        pid, self.fd = pty.fork()
        if pid == 0:
            os.environ.update(TERM='xterm', LINES='50', COLUMNS='160')
            os.execvp(START[shell][0], START[shell])
        self.pid = pid
        # Room for lists; fish asks the terminal.
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack('4H', 50, 160, 0, 0))
        for line in ([first] if first else []) + SETUP[shell]:
            self.send(line.replace('COMPLETIONS', completions) + '\r')
        self.settle()

    def send(self, text):
        os.write(self.fd, text.encode())

    def read(self, limit, until=None):
        """What it writes, up to a match and what comes with it, or till it is quiet."""
        text, end = '', time.monotonic() + limit
        while time.monotonic() < end:
            quiet = limit if until else 0.2
            if not select.select([self.fd], [], [], quiet)[0]:
                break
            try:
                text += os.read(self.fd, 65536).decode(errors='replace')
            except OSError:
                break
            if until and re.search(until, text):
                break
        return text

    def settle(self):
        """Waits till all that was typed has been done."""
        for nr in range(5):
            self.send("\x15echo is' 'done%d\r" % nr)
            if 'is done' in self.read(2 << nr, 'is done%d[^$]*%s' % (nr, PROMPT)):
                return
        sys.exit('%s does not answer' % self.shell)

    def abandon(self):
        """Gives up the line that is there. What comes too soon behind it, gets lost."""
        seen = self.read(1)
        self.send('\x03')
        seen += self.read(10, PROMPT)
        self.settle()
        return seen

    def complete(self, line):
        """Arguments that kvmexittop gets when the line is sent; what was on the screen."""
        if os.path.exists('args'):
            os.unlink('args')
        self.send('kvmexittop ' + line + '\t\r')
        seen = self.read(5, '\n.*' + PROMPT)
        if not os.path.exists('args'):
            self.send('\x03')
            return None, seen + self.read(1)
        with open('args', encoding='utf-8') as f:
            return f.read().split('\0')[:-1], seen

    def list(self, line, want):
        """What two Tabs show, as soon as all that is wanted is there."""
        self.send('kvmexittop ' + line + '\t\t')
        seen, end = '', time.monotonic() + 20
        while time.monotonic() < end and not all(w in seen for w in want):
            seen += self.read(0.2)
            seen = re.sub(r'\x1b\[[0-9;?]*[A-Za-z]|\x1b[()][AB0]', '', seen)
        self.abandon()
        return seen

    def end(self):
        os.close(self.fd)
        os.waitpid(self.pid, 0)


def check_line(shell, line, want):
    args, seen = shell.complete(line)
    if want is None:
        good = args is not None and args[-1].startswith('print')
    else:
        good = args == want
    print('%s %s: kvmexittop %s' % ('ok' if good else 'not ok', shell.shell, line))
    if not good:
        print('    is   %r\n    want %r\n    seen %r' % (args, want, seen))
    return good


def check_list(shell, line, words, texts):
    # A list may cut a long description off.
    want = words + ([] if shell.shell == 'bash' else [t[:20] for t in texts])
    seen = shell.list(line, want)
    lacking = [w for w in want if w not in seen]
    print('%s %s: list for kvmexittop %s' % ('not ok' if lacking else 'ok', shell.shell, line))
    if lacking:
        print('    lacks %r in %r' % (lacking, seen))
    return not lacking


def main():
    shell = Shell(sys.argv[1], sys.argv[2])
    good = [check_line(shell, line, want) for line, want in CASES]
    good += [check_list(shell, *case) for case in LISTS]
    shell.end()
    if sys.argv[1] == 'bash':
        if os.path.exists(BASH_COMPLETION):
            shell = Shell('bash', sys.argv[2], '. ' + BASH_COMPLETION)
            good += [check_line(shell, line, want) for line, want in COMMAND_CASES]
            shell.end()
        else:
            print('ok bash: SKIP there is no bash-completion here')
    sys.exit(0 if all(good) else 1)


if __name__ == '__main__':
    main()

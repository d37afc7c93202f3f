#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""A process with the command line of a VM and, if the first argument is "yes", a thread
with the name of a vCPU. Its files are nobody's to see, its owner's neither."""
import ctypes
import sys
import threading
import time

PR_SET_DUMPABLE = 4
PR_SET_NAME = 15
libc = ctypes.CDLL(None)


def vcpu():
    libc.prctl(PR_SET_NAME, b'CPU 0/KVM', 0, 0, 0)
    print('ready', flush=True)
    time.sleep(600)


libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
if sys.argv[1] == 'yes':
    threading.Thread(target=vcpu, daemon=True).start()
else:
    print('ready', flush=True)
time.sleep(600)

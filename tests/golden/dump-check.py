#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""usage: dump-check.py JSON CSV OPTIONS

Do the JSON (with --details) and the CSV of the same dump agree, and do their
numbers add up? OPTIONS are those it was made with.
"""
import csv
import json
import sys

# Every exit of these classes has a key, so all keys and "other" are all exits.
KEYS = {'io': 'port', 'msr': 'msr', 'cpuid': 'cpuid', 'hypercall': 'hypercall',
        'mmio': 'mmio'}
PARTS = 'kernel_ns', 'vmm_ns', 'idle_ns', 'runq_ns'


def check_reason(reason, window):
    timed = sum(n for _, n in reason['buckets'])
    assert reason['count'] == reason['unpaired'] + timed, reason
    if reason['kernel_ns'] is not None:
        parts = sum(reason[p] or 0 for p in PARTS)
        assert parts == reason['total_ns'], reason
        assert reason['poll_ns'] <= reason['idle_ns'], reason
    kind = KEYS.get(reason['class'])
    if not kind or not window or not reason['details']:
        return
    count = sum(d['count'] for d in reason['details'] if d['kind'] == kind)
    assert count == reason['count'], (count, reason)


def add(values):
    """The sum, or None if one of them is not known."""
    values = list(values)
    return None if None in values else sum(values)


def check_vm(vm, window):
    for vcpu in vm['vcpus']:
        for reason in vcpu['reasons']:
            check_reason(reason, window)
        for part in PARTS:
            if vcpu[part] is not None:
                assert vcpu[part] == add(r[part] for r in vcpu['reasons']), (part, vcpu)
    for reason in vm['reasons']:
        check_reason(reason, window)
    for key in ('exits', 'guest_ns') + PARTS:
        assert vm[key] == add(v[key] for v in vm['vcpus']), (key, vm)
    assert vm['exits'] == add(r['count'] for r in vm['reasons'])


def main():
    with open(sys.argv[1], encoding='utf-8') as f:
        root = json.load(f)
    window = '-d' in sys.argv[3]
    assert root['delta'] == window and root['details']
    want = []
    for vm in root['vms']:
        check_vm(vm, window)
        for vcpu in vm['vcpus']:
            for r in vcpu['reasons'] or [{}]:
                want.append([vm['name'], str(vcpu['tid'])] +
                            [str(r[k]) if r.get(k) is not None else ''
                             for k in ('count', 'level', 'mean_ns') + PARTS] +
                            [str(vcpu[k]) if vcpu[k] is not None else '' for k in PARTS])
    with open(sys.argv[2], encoding='utf-8', newline='') as f:
        rows = csv.DictReader(f, strict=True)
        have = [[r[k] for k in ('vm', 'tid', 'count', 'level', 'mean_ns') + PARTS +
                 tuple('vcpu_' + p for p in PARTS)] for r in rows]
    assert have == want, (have, want)


main()

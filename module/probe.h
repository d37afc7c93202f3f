/* SPDX-License-Identifier: GPL-2.0-only */
/* KVM's tracepoints: found by name, attached and detached; the callbacks. */
#ifndef KXT_PROBE_H
#define KXT_PROBE_H

#include <linux/types.h>

int kxt_probe_init(void);
void kxt_probe_exit(void);
void kxt_probe_attach(void);
void kxt_probe_detach(void);
void kxt_probe_pause(bool pause);
bool kxt_probe_present(void);
bool kxt_probe_attached(void);

#endif /* KXT_PROBE_H */

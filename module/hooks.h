/* SPDX-License-Identifier: GPL-2.0-only */
/* KVM's tracepoints: found by name, the probes attached and detached. */
#ifndef KXT_HOOKS_H
#define KXT_HOOKS_H

#include <linux/types.h>

int kxt_hooks_init(void);
void kxt_hooks_exit(void);
void kxt_hooks_attach(void);
void kxt_hooks_detach(void);
void kxt_hooks_pause(bool pause);
u32 kxt_hooks_flags(void);

#endif /* KXT_HOOKS_H */

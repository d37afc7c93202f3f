/* SPDX-License-Identifier: GPL-2.0-only */
/* /dev/kvmexit: where readers come in. */
#ifndef KXT_CHARDEV_H
#define KXT_CHARDEV_H

#include <linux/types.h>

int kxt_chardev_init(void);
void kxt_chardev_exit(void);
bool kxt_always(void);

#endif /* KXT_CHARDEV_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/* Collection runs while somebody wants it: readers, and always=1. */
#ifndef KXT_COLLECT_H
#define KXT_COLLECT_H

#include "uapi/kvmexit.h"

int kxt_collect_get(void);
void kxt_collect_put(void);
void kxt_collect_info(struct kvmexit_info *info);

#endif /* KXT_COLLECT_H */

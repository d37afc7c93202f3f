/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KXT_CMD_COMPLETE_H
#define KXT_CMD_COMPLETE_H

#include "user/cmd.h"

/**
 * kxt_cmd_complete() - the verb behind the completions of shells
 * @verb: all the verbs that there are to complete
 * @nr: their number
 * @argc: as for any verb
 * @argv: as for any verb
 *
 * Return: enum kxt_exit.
 */
int kxt_cmd_complete(const struct kxt_cmd *verb, size_t nr, int argc, char **argv);

#endif /* KXT_CMD_COMPLETE_H */

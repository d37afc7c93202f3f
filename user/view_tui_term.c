// SPDX-License-Identifier: GPL-2.0-only
/*
 * The live view: can the terminal do what we need? Apart from the rest because
 * term.h makes macros of words such as "lines" and "columns".
 */
#include <stdlib.h>
#include <unistd.h>

#include "user/view_tui_int.h"

#include <term.h>

int tui_check_terminal(struct kxt_err *err)
{
	const char *name = getenv("TERM"), *move;
	bool good = false;
	int found;

	/* newterm() would end the process for some terminals that it cannot use. */
	if (name && setupterm(name, STDOUT_FILENO, &found) == OK) {
		move = tigetstr("cup");
		good = move && move != (const char *)-1;
		del_curterm(cur_term);
	}
	if (good)
		return 0;
	return kxt_err_set(err, KXT_EXIT_RUNTIME,
			   "the terminal type TERM=%s is not known or cannot move its cursor. Set TERM (e.g. TERM=xterm), or use -b for plain text.",
			   name ? name : "");
}

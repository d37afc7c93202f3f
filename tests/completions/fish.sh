#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Completion in an interactive fish.

# shellcheck source-path=SCRIPTDIR source=lib.bash
. "$(dirname "$0")/lib.bash"
in_shell fish
exit $failed

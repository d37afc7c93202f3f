/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The keeper: the process that has the BPF programs. It loads and attaches them, keeps
 * only the two capabilities that more maps need, gives the programs memory as vCPUs
 * come, and puts slots of vCPUs that have gone back into the stock: what the module's
 * worker does. The reader, its parent, needs no privilege. When the reader is gone,
 * however it ended, the keeper ends, and with it all programs.
 */
#ifndef KXT_BPF_KEEPER_H
#define KXT_BPF_KEEPER_H

#include "user/bpf_load.h"

/**
 * kxt_bpf_keeper() - be the keeper
 * @sock: socket to the reader, see bpf_wire.h
 * @flavor: which programs
 * @verbose: what libbpf says goes to standard error
 *
 * Runs in a child process of the reader until that is gone. Does not return.
 */
void kxt_bpf_keeper(int sock, enum kxt_bpf_flavor flavor, bool verbose)
	__attribute__((noreturn));

#endif /* KXT_BPF_KEEPER_H */

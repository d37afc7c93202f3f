// SPDX-License-Identifier: GPL-2.0-only
/*
 * kvmexit.bpf.c for kernels whose kvm_amd has a per-CPU variable svm_data of another type
 * than it takes for granted: a pointer, before v6.1. All else is the same, so that
 * bpf_load.c can put this one in its place.
 */
#define KXT_NO_SVM_DATA
#include "user/kvmexit.bpf.c"

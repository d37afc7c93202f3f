/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Plain facts about a host that decide which collector can work on it: files read
 * below a directory, nothing loaded and nothing attached. What cannot be found out
 * is unknown, never guessed.
 */
#ifndef KXT_HOST_FACTS_H
#define KXT_HOST_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "user/err.h"
#include "user/modfile.h"

/** enum kxt_fact - the answer to a question with two answers */
enum kxt_fact {
	KXT_FACT_UNKNOWN,
	KXT_FACT_NO,
	KXT_FACT_YES,
};

/**
 * enum kxt_part - how a part of the kernel is there
 * @KXT_PART_UNKNOWN: cannot be told
 * @KXT_PART_ABSENT: it is not loaded
 * @KXT_PART_MODULE: loaded as a module
 * @KXT_PART_BUILTIN: built into the kernel
 */
enum kxt_part {
	KXT_PART_UNKNOWN,
	KXT_PART_ABSENT,
	KXT_PART_MODULE,
	KXT_PART_BUILTIN,
};

/**
 * enum kxt_tracefs - can the event files be read
 * @KXT_TRACEFS_UNKNOWN: cannot be told
 * @KXT_TRACEFS_UNMOUNTED: tracefs is not where it is looked for
 * @KXT_TRACEFS_DENIED: not by this process
 * @KXT_TRACEFS_EMPTY: it is mounted, but the kernel keeps the events out of it, as it
 *	does under lockdown=confidentiality
 * @KXT_TRACEFS_READABLE: yes
 */
enum kxt_tracefs {
	KXT_TRACEFS_UNKNOWN,
	KXT_TRACEFS_UNMOUNTED,
	KXT_TRACEFS_DENIED,
	KXT_TRACEFS_EMPTY,
	KXT_TRACEFS_READABLE,
};

/**
 * enum kxt_lockdown - what the kernel refuses even to root
 * @KXT_LOCKDOWN_UNKNOWN: cannot be told
 * @KXT_LOCKDOWN_ABSENT: this kernel has no lockdown
 * @KXT_LOCKDOWN_NONE: nothing
 * @KXT_LOCKDOWN_INTEGRITY: unsigned modules
 * @KXT_LOCKDOWN_CONFIDENTIALITY: those, and BPF programs that read kernel memory
 */
enum kxt_lockdown {
	KXT_LOCKDOWN_UNKNOWN,
	KXT_LOCKDOWN_ABSENT,
	KXT_LOCKDOWN_NONE,
	KXT_LOCKDOWN_INTEGRITY,
	KXT_LOCKDOWN_CONFIDENTIALITY,
};

/** enum kxt_secure_boot - how the host was booted */
enum kxt_secure_boot {
	KXT_SECURE_BOOT_UNKNOWN,
	KXT_SECURE_BOOT_NO_EFI,
	KXT_SECURE_BOOT_OFF,
	KXT_SECURE_BOOT_ON,
};

/* kxt_kvm_facts.cpu */
#define KXT_CPU_VMX	(1U << 0)
#define KXT_CPU_SVM	(1U << 1)

/**
 * struct kxt_kvm_facts - KVM and its tracepoints
 * @core: kvm
 * @amd: kvm_amd
 * @intel: kvm_intel
 * @device: KVM has a hypervisor and has registered /dev/kvm, whether or not the node
 *	is here
 * @cpu_known: @cpu means something
 * @cpu: KXT_CPU_*: what the CPU says that it can
 * @tracefs: see there
 * @tracefs_path: where it is, "" if it is nowhere
 * @event: tracefs has the event kvm_exit
 * @btf_event: the BTF has the tracepoint kvm_exit
 * @btf_kernel: the kernel has BTF of itself
 * @btf_kvm: there is BTF of kvm: its own, or the kernel's if it is built in
 * @btf_vendor: the same for kvm_amd or kvm_intel, whichever is there
 */
struct kxt_kvm_facts {
	enum kxt_part core;
	enum kxt_part amd;
	enum kxt_part intel;
	enum kxt_fact device;
	bool cpu_known;
	unsigned int cpu;
	enum kxt_tracefs tracefs;
	char tracefs_path[32];
	enum kxt_fact event;
	enum kxt_fact btf_event;
	enum kxt_fact btf_kernel;
	enum kxt_fact btf_kvm;
	enum kxt_fact btf_vendor;
};

/**
 * enum kxt_dkms - what DKMS makes of kvmexit.ko
 * @KXT_DKMS_NONE: it does not know it
 * @KXT_DKMS_SOURCE: its source is in /usr/src, but DKMS was not told of it
 * @KXT_DKMS_ADDED: it knows it, and builds it for kernels that come
 * @KXT_DKMS_BUILT: it has built it for the running kernel
 */
enum kxt_dkms {
	KXT_DKMS_NONE,
	KXT_DKMS_SOURCE,
	KXT_DKMS_ADDED,
	KXT_DKMS_BUILT,
};

/**
 * struct kxt_module_facts - kvmexit.ko, and what the kernel says to modules
 * @loaded: it is loaded
 * @version: its version, "" if not known
 * @node: /dev/kvmexit is there
 * @node_mode: its permission bits
 * @node_readable: this process may open it
 * @modules: the kernel takes modules at all
 * @disabled: kernel.modules_disabled is set
 * @signed_only: it takes signed ones only (sig_enforce; lockdown is told apart)
 * @folder: /lib/modules/RELEASE is there: what is not in it is not installed
 * @installed: a kvmexit.ko of the running kernel, below /, "" if there is none
 * @indexed: modprobe knows it: it is in modules.dep
 * @file: what is in the file @installed
 * @other: release of another kernel that one is installed for, the newest; "" if there
 *	is none
 * @headers: headers of the running kernel are there
 * @dkms: see there
 * @dkms_version: the newest version that DKMS knows, "" if none
 * @dkms_log: what DKMS kept of a build for the running kernel that failed, "" if none did
 */
struct kxt_module_facts {
	enum kxt_fact loaded;
	char version[64];
	enum kxt_fact node;
	unsigned int node_mode;
	bool node_readable;
	enum kxt_fact modules;
	enum kxt_fact disabled;
	enum kxt_fact signed_only;
	enum kxt_fact folder;
	char installed[256];
	bool indexed;
	struct kxt_modfile file;
	char other[72];
	enum kxt_fact headers;
	enum kxt_dkms dkms;
	char dkms_version[64];
	char dkms_log[128];
};

/**
 * enum kxt_key - is a key one of those that the kernel takes modules by
 * @KXT_KEY_UNKNOWN: cannot be told
 * @KXT_KEY_ABSENT: no
 * @KXT_KEY_WAITING: no, but it waits to be enrolled at the next boot
 * @KXT_KEY_IGNORED: it is enrolled, but the kernel has not taken it over
 * @KXT_KEY_ENROLLED: yes: the kernel has it, or, where its keys cannot be seen, the
 *	list of enrolled keys has it. A kernel may still have it in a keyring that is not
 *	for modules.
 */
enum kxt_key {
	KXT_KEY_UNKNOWN,
	KXT_KEY_ABSENT,
	KXT_KEY_WAITING,
	KXT_KEY_IGNORED,
	KXT_KEY_ENROLLED,
};

/**
 * struct kxt_key_facts - keys that modules are signed with
 * @cert: certificate of the key that kvmexit.ko was signed with, or else that modules
 *	are signed with when they are built, below /; "" if there is none where DKMS and
 *	akmods keep them
 * @cert_key: state of that key
 * @signed_by_cert: it is the one that the installed kvmexit.ko was signed with
 * @signer_key: state of the key that the installed kvmexit.ko was signed with; unknown
 *	if it has no signature
 */
struct kxt_key_facts {
	char cert[128];
	enum kxt_key cert_key;
	enum kxt_fact signed_by_cert;
	enum kxt_key signer_key;
};

/* From linux/capability.h; the header of an older system lacks the last two. */
#define KXT_CAP_SYS_MODULE	16
#define KXT_CAP_SYS_ADMIN	21
#define KXT_CAP_SYS_RESOURCE	24
#define KXT_CAP_PERFMON		38
#define KXT_CAP_BPF		39

#define KXT_UNLIMITED		UINT64_MAX

/**
 * struct kxt_process_facts - what this process may
 * @caps_known: @caps means something
 * @caps: effective capabilities, a bit each
 * @memlock_known: @memlock means something
 * @memlock: soft limit of locked memory in bytes, KXT_UNLIMITED
 * @seccomp: a filter of system calls is on it
 * @first_pid_ns: it is in the first PID namespace
 * @first_user_ns: it is in the first user namespace: its capabilities are real ones
 */
struct kxt_process_facts {
	bool caps_known;
	uint64_t caps;
	bool memlock_known;
	uint64_t memlock;
	enum kxt_fact seccomp;
	enum kxt_fact first_pid_ns;
	enum kxt_fact first_user_ns;
};

/**
 * struct kxt_host_facts - all of it
 * @release: release of the kernel, "" if not known
 * @major: its first number, 0 if not known
 * @minor: its second number
 * @realtime: PREEMPT_RT
 * @proc: /proc is there
 * @sys: /sys is there
 * @bpf: the kernel has the system call bpf
 * @unprivileged_bpf: kernel.unprivileged_bpf_disabled, -1 if not known
 * @lockdown: see there
 * @secure_boot: see there
 * @kvm: KVM
 * @module: kvmexit.ko
 * @keys: keys that modules are signed with
 * @process: this process
 */
struct kxt_host_facts {
	char release[72];
	unsigned int major;
	unsigned int minor;
	enum kxt_fact realtime;
	bool proc;
	bool sys;
	enum kxt_fact bpf;
	int unprivileged_bpf;
	enum kxt_lockdown lockdown;
	enum kxt_secure_boot secure_boot;
	struct kxt_kvm_facts kvm;
	struct kxt_module_facts module;
	struct kxt_key_facts keys;
	struct kxt_process_facts process;
};

/**
 * kxt_host_facts_read() - find out
 * @f: result; all of it is set
 * @root: directory that has proc, sys, dev and lib; "" or NULL for the host's own
 * @err: set on failure
 *
 * A file that is not there or may not be read is no failure.
 *
 * Return: 0, or -1 with @err set: @root cannot be opened.
 */
int kxt_host_facts_read(struct kxt_host_facts *f, const char *root, struct kxt_err *err);

/** kxt_host_has_cap() - has the process capability @cap, valid for the whole host? */
bool kxt_host_has_cap(const struct kxt_host_facts *f, unsigned int cap);

/**
 * kxt_host_charges_memlock() - are BPF maps counted for RLIMIT_MEMLOCK?
 * @f: facts
 *
 * Return: as in kernels before 5.11, which no backport is known to have changed;
 * unknown without a release.
 */
enum kxt_fact kxt_host_charges_memlock(const struct kxt_host_facts *f);

/**
 * kxt_host_signed_only() - must a module have a signature that the kernel trusts?
 * @f: facts
 *
 * Return: yes if lockdown or the kernel's own setting wants it, no if neither does;
 * unknown if that cannot be told.
 */
enum kxt_fact kxt_host_signed_only(const struct kxt_host_facts *f);

#endif /* KXT_HOST_FACTS_H */

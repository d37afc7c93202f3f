/* SPDX-License-Identifier: GPL-2.0-only */
/* The verbs, and what their command lines share. */
#ifndef KXT_CMD_H
#define KXT_CMD_H

#include <stdbool.h>

#include "user/collector.h"
#include "user/summary.h"

/**
 * struct kxt_cmd - one verb
 * @name: verb
 * @run: main() of the verb: argv[0] is the verb. Returns an enum kxt_exit
 * @text: one line for the help
 */
struct kxt_cmd {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *text;
};

int kxt_cmd_top(int argc, char **argv);
int kxt_cmd_dump(int argc, char **argv);
int kxt_cmd_slow(int argc, char **argv);
int kxt_cmd_record(int argc, char **argv);
int kxt_cmd_report(int argc, char **argv);
int kxt_cmd_replay(int argc, char **argv);
int kxt_cmd_export(int argc, char **argv);
int kxt_cmd_reasons(int argc, char **argv);
int kxt_cmd_doctor(int argc, char **argv);

/**
 * struct kxt_common - options that every verb with a collector has
 * @collector: -C, --collector
 * @filter: -p, --pid and --vm
 * @verbose: -v
 */
struct kxt_common {
	const char *collector;
	struct kxt_filter filter;
	bool verbose;
};

/* For the verb's own getopt_long() tables. */
#define KXT_COMMON_SHORT	"C:p:hv"
#define KXT_COMMON_LONG \
	{ "collector", required_argument, NULL, 'C' }, \
	{ "pid",       required_argument, NULL, 'p' }, \
	{ "vm",        required_argument, NULL, KXT_OPT_VM }, \
	{ "help",      no_argument,       NULL, 'h' }, \
	{ "verbose",   no_argument,       NULL, 'v' }, \
	{ "version",   no_argument,       NULL, KXT_OPT_VERSION }
#define KXT_COMMON_HELP \
	"  -C, --collector NAME   auto (default), module or bpf; or FILE, a recording\n" \
	KXT_RECORDED_HELP
/* For verbs on recordings, which need no collector. */
#define KXT_RECORDED_HELP \
	"  -p, --pid PID          only the VM of this process\n" \
	"      --vm NAME          only VMs whose name matches this glob\n" \
	"  -v, --verbose          say more about what is done\n" \
	"  -h, --help             this text\n" \
	"      --version          version\n"

enum {
	KXT_OPT_VM = 0x100,
	KXT_OPT_VERSION,
	KXT_OPT_VERB,		/* first number free for a verb's own options */
};

/**
 * kxt_common_option() - take one of the common options
 * @common: gets it
 * @opt: what getopt_long() returned
 * @arg: optarg
 * @help: text for -h
 * @status: exit status if the process should end now (-h, --version, bad value)
 *
 * Return: true if the option was a common one and the verb goes on; false with
 * @status set to end, or to -1 if the option is not a common one.
 */
bool kxt_common_option(struct kxt_common *common, int opt, const char *arg,
		       const char *help, int *status);

/**
 * kxt_parse_seconds() - "2", "0.5" to nanoseconds
 * @text: a number of seconds, more than 0, at most 86400
 * @ns: result
 *
 * Return: 0, or -1 if it is not one.
 */
int kxt_parse_seconds(const char *text, uint64_t *ns);

/**
 * kxt_parse_duration() - "500us", "1.5ms" to nanoseconds
 * @text: a number and one of ns, us, ms, s; at most 86400 s
 * @ns: result; what is less than 1 ns is cut off
 * @err: set on failure (usage): says what is wanted
 *
 * Return: 0, or -1 with @err set.
 */
int kxt_parse_duration(const char *text, uint64_t *ns, struct kxt_err *err);

/**
 * kxt_parse_count() - "1", "100"
 * @text: a number from 1 on
 * @n: result
 *
 * Return: 0, or -1 if it is not one.
 */
int kxt_parse_count(const char *text, uint64_t *n);

/**
 * kxt_no_kvm() - the error for a host where KVM is not loaded
 * @err: gets it
 *
 * Return: -1, so that a function can end with it.
 */
int kxt_no_kvm(struct kxt_err *err);

/**
 * kxt_drop_privileges() - give up what is not needed once the collector is open
 * @common: options; with -v, what is left is said on stderr
 * @c: open collector
 * @beside_command: a command was started, and has to be ended if something goes wrong
 * @err: set on failure
 *
 * After it nothing can be executed, and no file opened for writing: see user/confine.h.
 *
 * Return: 0, or -1 with @err set.
 */
int kxt_drop_privileges(const struct kxt_common *common, const struct kxt_collector *c,
			bool beside_command, struct kxt_err *err);

/**
 * kxt_start_details() - have details collected, for --details
 * @c: open collector
 * @err: set on failure
 *
 * Return: 0, or -1 with @err set (also if the collector has none).
 */
int kxt_start_details(struct kxt_collector *c, struct kxt_err *err);

/**
 * kxt_command_status() - what a shell would make of the end of a command
 * @name: of the command, for the message on stderr if it failed
 * @status: of waitpid()
 *
 * Return: its exit status, or 128 + N if signal N ended it.
 */
int kxt_command_status(const char *name, int status);

/**
 * kxt_usage() - say on stderr what is wrong with the command line
 * @verb: verb
 * @fmt: printf format of the complaint
 *
 * Return: KXT_EXIT_USAGE, so that a function can end with it.
 */
int kxt_usage(const char *verb, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/** kxt_complain() - print @err to stderr as "kvmexittop: MSG"; returns its status */
int kxt_complain(const struct kxt_err *err);

#endif /* KXT_CMD_H */

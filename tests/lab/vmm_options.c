// SPDX-License-Identifier: GPL-2.0-only
/* The command line. */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "vmm_guest.h"

enum {
	ARG_OP = 0x100, /* ARG_OP + enum op_kind */
	ARG_NAME = 0x200,
	ARG_VCPUS,
	ARG_IRQCHIP,
	ARG_LOOP,
	ARG_SECONDS,
	ARG_ROUNDS,
	ARG_RATE,
	ARG_PIN,
	ARG_MIGRATE,
	ARG_SLEEP,
	ARG_PAUSE,
	ARG_HOLD,
	ARG_WAIT_FILE,
	ARG_LINGER,
	ARG_RECREATE,
	ARG_JSON,
};

static const struct option long_options[] = {
	{"cpuid", required_argument, NULL, ARG_OP + OP_CPUID},
	{"port", required_argument, NULL, ARG_OP + OP_PORT},
	{"portin", required_argument, NULL, ARG_OP + OP_PORT_IN},
	{"mmio", required_argument, NULL, ARG_OP + OP_MMIO},
	{"mmioin", required_argument, NULL, ARG_OP + OP_MMIO_IN},
	{"rdmsr", required_argument, NULL, ARG_OP + OP_RDMSR},
	{"wrmsr", required_argument, NULL, ARG_OP + OP_WRMSR},
	{"hypercall", required_argument, NULL, ARG_OP + OP_HYPERCALL},
	{"touch", required_argument, NULL, ARG_OP + OP_TOUCH},
	{"dirty", required_argument, NULL, ARG_OP + OP_DIRTY},
	{"hlt", required_argument, NULL, ARG_OP + OP_HLT},
	{"idle", required_argument, NULL, ARG_OP + OP_IDLE},
	{"tick", required_argument, NULL, ARG_OP + OP_TICK},
	{"vmrun", required_argument, NULL, ARG_OP + OP_VMRUN},
	{"regs", required_argument, NULL, ARG_OP + OP_REGS},
	{"spin", required_argument, NULL, ARG_OP + OP_SPIN},
	{"name", required_argument, NULL, ARG_NAME},
	{"vcpus", required_argument, NULL, ARG_VCPUS},
	{"irqchip", no_argument, NULL, ARG_IRQCHIP},
	{"loop", no_argument, NULL, ARG_LOOP},
	{"seconds", required_argument, NULL, ARG_SECONDS},
	{"rounds", required_argument, NULL, ARG_ROUNDS},
	{"rate", required_argument, NULL, ARG_RATE},
	{"pin", optional_argument, NULL, ARG_PIN},
	{"migrate", no_argument, NULL, ARG_MIGRATE},
	{"vmm-sleep", required_argument, NULL, ARG_SLEEP},
	{"pause", required_argument, NULL, ARG_PAUSE},
	{"hold", no_argument, NULL, ARG_HOLD},
	{"wait-file", required_argument, NULL, ARG_WAIT_FILE},
	{"linger", required_argument, NULL, ARG_LINGER},
	{"recreate", required_argument, NULL, ARG_RECREATE},
	{"json", no_argument, NULL, ARG_JSON},
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0},
};

static const char usage[] =
	"usage: vmm [options] WORK...\n"
	"Runs a VM whose guest makes an exact number of VM exits. Each vCPU does all "
	"WORK, in this order:\n"
	"  --cpuid N[@LEAF]     N times CPUID\n"
	"  --port N[@PORT]      N times OUT (0x3f8), to user space\n"
	"  --portin N[@PORT]    N times IN\n"
	"  --mmio N[@ADDRESS]   N stores where nothing is (0xd0000000 + 4096 times the "
	"vCPU), to user space\n"
	"  --mmioin N[@ADDRESS] N loads there (0xd8000000)\n"
	"  --rdmsr N[@MSR]      N times RDMSR (0xfe)\n"
	"  --wrmsr N[@MSR]      N times WRMSR of 0 (0x79)\n"
	"  --hypercall N[@NR]   N times VMCALL or VMMCALL (1)\n"
	"                       With +KEYS, as in 5@0x1000+100, all these do it N "
	"times "
	"to each of KEYS ports (MSRs, ...) in turn\n"
	"  --touch N            first store to each of N fresh pages\n"
	"  --dirty N            first store to each of N pages since KVM made them "
	"read-only to see it\n"
	"  --hlt N              N times HLT, to user space; not with --irqchip\n"
	"  --idle N[@USEC]      N times HLT, asleep in KVM until an interrupt USEC "
	"(1000) later; turns on --irqchip\n"
	"  --tick N[@USEC]      the same, but woken by the guest's own periodic timer "
	"(10000)\n"
	"  --vmrun N[@M]        SVM: N times VMRUN of a guest that does M (10) times "
	"CPUID, then HLT; with M = 0 a CPUID that the guest itself intercepts\n"
	"  --regs N[@REGS]      N times each of REGS (18) accesses to registers: reads of "
	"DR0 to DR7, writes, CR4; on SVM all of them are reasons of their own. With "
	"--vmrun its guest does them, too, once\n"
	"  --spin N             N rounds of an empty loop: guest time without exits\n"
	"VM:\n"
	"  --name NAME          name of the VM and of the process (vmm)\n"
	"  --vcpus N            number of vCPUs (1), a thread each, \"CPU n/KVM\"\n"
	"  --irqchip            in-kernel irqchip\n"
	"  --pin[=CPU]          vCPU n stays on the nth CPU, or all of them on CPU\n"
	"  --migrate            move the vCPUs from CPU to CPU all the time\n"
	"  --vmm-sleep MS/EVERY[@PORT]  on the first of EVERY port accesses (to PORT), "
	"the VMM sleeps MS milliseconds\n"
	"  --pause MS@TIMES     the VMM interrupts all vCPUs and lets them pause for "
	"MS "
	"milliseconds, TIMES times\n"
	"When:\n"
	"  --hold               VM and threads exist, but the work waits for a line on "
	"stdin\n"
	"  --wait-file PATH     the same, until PATH exists\n"
	"  --rounds R           do the work R times\n"
	"  --seconds S          repeat the work until S seconds have passed\n"
	"  --loop               repeat the work until SIGTERM\n"
	"  --rate R             at most R repetitions a second\n"
	"  --recreate K         destroy the VM and make it again K times, in the same "
	"process and threads\n"
	"  --linger S           after the report, keep the VM for S seconds\n"
	"  --json               report as one JSON object on stdout; `expect` has what "
	"the guest did, by exit reason, `keys` what is behind it\n"
	"Status: 0 done, 1 error, 2 usage. SIGTERM ends after the current repetition, "
	"with the report.\n";

/* struct op_type - what is behind the N of an option: [@arg[+spread]] */
struct op_type {
	uint32_t arg; /* if there is no @ */
	uint32_t max; /* 0: it takes no @ */
	bool spreads;
};

static const struct op_type op_types[OP_KINDS] = {
	[OP_CPUID] = {0, UINT32_MAX, true},
	[OP_PORT] = {DEFAULT_PORT, 0xffff, true},
	[OP_PORT_IN] = {DEFAULT_PORT, 0xffff, true},
	[OP_MMIO] = {DEFAULT_MMIO, UINT32_MAX, true},
	[OP_MMIO_IN] = {DEFAULT_MMIO_IN, UINT32_MAX, true},
	[OP_RDMSR] = {DEFAULT_MSR, UINT32_MAX, true},
	[OP_WRMSR] = {DEFAULT_MSR_WRITE, UINT32_MAX, true},
	[OP_HYPERCALL] = {DEFAULT_HYPERCALL, UINT32_MAX, true},
	[OP_TOUCH] = {0, 0, false},
	[OP_DIRTY] = {0, 0, false},
	[OP_HLT] = {0, 0, false},
	[OP_IDLE] = {DEFAULT_IDLE_US, UINT32_MAX, false},
	[OP_TICK] = {DEFAULT_TICK_US, UINT32_MAX / 1000, false},
	[OP_VMRUN] = {DEFAULT_VMRUN_CPUIDS, UINT32_MAX, false},
	[OP_REGS] = {GUEST_REGS, GUEST_REGS, false},
	[OP_SPIN] = {0, 0, false},
};

static _Noreturn void usage_error(const char *what, const char *arg)
{
	fprintf(stderr, "vmm: %s%s%s; see vmm --help\n", what, arg ? ": " : "",
		arg ? arg : "");
	exit(2);
}

static uint32_t parse_number(const char *text, char **end, uint32_t max)
{
	unsigned long long value;

	errno = 0;
	value = strtoull(text, end, 0);
	if (*end == text || *text == '-' || errno || value > max)
		usage_error("not a number in range", text);
	return value;
}

static uint32_t parse_plain(const char *text, uint32_t max)
{
	char *end;
	uint32_t value = parse_number(text, &end, max);

	if (*end)
		usage_error("not a number", text);
	return value;
}

static void parse_op(struct options *opt, enum op_kind kind, const char *text)
{
	const struct op_type *type = &op_types[kind];
	struct op *op = &opt->ops[opt->nr_ops];
	char *end;

	if (opt->nr_ops++ == VMM_MAX_OPS)
		usage_error("too many kinds of work", NULL);
	op->kind = kind;
	op->arg = type->arg;
	op->spread = 1;
	op->count = parse_number(text, &end, UINT32_MAX);
	if (*end == '@') {
		if (!type->max)
			usage_error("this kind of work takes no @", text);
		op->arg = parse_number(end + 1, &end, type->max);
	}
	if (*end == '+' && type->spreads)
		op->spread = parse_number(end + 1, &end, type->max - op->arg + 1);
	if (*end)
		usage_error("not a count", text);
	if (kind == OP_TOUCH || kind == OP_DIRTY) {
		op->spread = op->count;
		op->count = 1;
	}
	if (!op->spread)
		op->count = 0;
	if ((kind == OP_PORT || kind == OP_PORT_IN) &&
	    op->arg <= GUEST_EXCEPTION_PORT &&
	    op->arg + op->spread > GUEST_CONTROL_PORT)
		usage_error("ports 0xf4 and 0xf5 are the guest's own, take other ones",
			    text);
	opt->total[kind] += (uint64_t)op->count * op->spread;
	opt->irqchip |= kind == OP_IDLE || kind == OP_TICK;
}

static void parse_sleep(struct options *opt, const char *text)
{
	char *end;

	opt->sleep_ms = parse_number(text, &end, INT_MAX);
	opt->sleep_every = 1;
	opt->sleep_port = NO_PORT;
	if (*end == '/')
		opt->sleep_every = parse_number(end + 1, &end, INT_MAX);
	if (*end == '@')
		opt->sleep_port = parse_number(end + 1, &end, 0xffff);
	if (*end || !opt->sleep_every)
		usage_error("--vmm-sleep wants MS/EVERY[@PORT]", text);
}

static void parse_pause(struct options *opt, const char *text)
{
	char *end;

	opt->pause_ms = parse_number(text, &end, INT_MAX);
	opt->pauses = 1;
	if (*end == '@')
		opt->pauses = parse_number(end + 1, &end, INT_MAX);
	if (*end)
		usage_error("--pause wants MS@TIMES", text);
}

static void parse_option(struct options *opt, int arg)
{
	switch (arg) {
	case ARG_NAME:
		opt->name = optarg;
		break;
	case ARG_VCPUS:
		opt->nr_vcpus = parse_plain(optarg, VMM_MAX_VCPUS);
		break;
	case ARG_IRQCHIP:
		opt->irqchip = true;
		break;
	case ARG_LOOP:
		opt->loop = true;
		break;
	case ARG_SECONDS:
		opt->seconds = parse_plain(optarg, INT_MAX);
		break;
	case ARG_ROUNDS:
		opt->rounds = parse_plain(optarg, INT_MAX);
		break;
	case ARG_RATE:
		opt->rate = parse_plain(optarg, 1000000);
		break;
	case ARG_PIN:
		opt->pin = true;
		opt->pin_cpu = optarg ? (int)parse_plain(optarg, INT_MAX) : -1;
		break;
	case ARG_MIGRATE:
		opt->migrate = true;
		break;
	case ARG_SLEEP:
		parse_sleep(opt, optarg);
		break;
	case ARG_PAUSE:
		parse_pause(opt, optarg);
		break;
	case ARG_HOLD:
		opt->hold = true;
		break;
	case ARG_WAIT_FILE:
		opt->wait_file = optarg;
		break;
	case ARG_LINGER:
		opt->linger = parse_plain(optarg, INT_MAX);
		break;
	case ARG_RECREATE:
		opt->recreate = parse_plain(optarg, INT_MAX);
		break;
	case ARG_JSON:
		opt->json = true;
		break;
	case 'h':
		fputs(usage, stdout);
		exit(0);
	default:
		exit(2); /* getopt has said why */
	}
}

/*
 * Each vCPU has a page of its own for each --mmio, so that what its first access does
 * is known.
 */
static void check_mmio(const struct options *opt)
{
	const uint32_t size = opt->nr_vcpus * GUEST_PAGE;
	unsigned int i, j;

	for (i = 0; i < opt->nr_ops; i++) {
		const struct op *op = &opt->ops[i];

		if (!op_is_mmio(op->kind))
			continue;
		if (op->arg < GUEST_MMIO || op->arg > 0xfec00000 - size || op->arg % 4)
			usage_error("--mmio wants a multiple of 4 from 0xc0000000 to "
				    "0xfec00000 - 4096 times the vCPUs",
				    NULL);
		if (op->spread > (GUEST_PAGE - op->arg % GUEST_PAGE) / 4)
			usage_error("the addresses of one --mmio must be in one page",
				    NULL);
		for (j = 0; j < i; j++) {
			uint32_t other = opt->ops[j].arg;

			if (op_is_mmio(opt->ops[j].kind) &&
			    op->arg / GUEST_PAGE < (other + size) / GUEST_PAGE &&
			    other / GUEST_PAGE < (op->arg + size) / GUEST_PAGE)
				usage_error("two --mmio want addresses at least 4096 "
					    "times the vCPUs apart",
					    NULL);
		}
	}
}

static void check_memory(const struct options *opt)
{
	uint64_t memory = (uint64_t)GUEST_PART + opt->total[OP_TOUCH] * GUEST_STRIDE +
			  GUEST_PART - 1;

	memory -= memory % GUEST_PART;
	if (memory * opt->nr_vcpus > GUEST_DIRTY - GUEST_BASE)
		usage_error("--touch times --vcpus needs more guest memory than fits "
			    "(32 KiB a page, 2.7 GiB in all)",
			    NULL);
	if (opt->total[OP_DIRTY] * GUEST_STRIDE * opt->nr_vcpus >
	    GUEST_MMIO - GUEST_DIRTY)
		usage_error("--dirty times --vcpus needs more guest memory than fits "
			    "(32 KiB a page, 256 MiB in all)",
			    NULL);
}

static void check_options(const struct options *opt)
{
	if (!opt->nr_ops)
		usage_error("no work given, for example --cpuid 1000", NULL);
	if (!opt->nr_vcpus)
		usage_error("--vcpus must be at least 1", NULL);
	if (opt->irqchip && opt->nr_vcpus > VMM_MAX_IRQCHIP_VCPUS)
		usage_error("at most 255 vCPUs with --irqchip, --idle or --tick", NULL);
	if (opt->irqchip && opt->total[OP_HLT])
		usage_error("--hlt does not reach user space with --irqchip; give "
			    "--idle instead, or run two VMs",
			    NULL);
	if (opt->total[OP_IDLE] && opt->total[OP_TICK])
		usage_error("either --idle or --tick: a tick would end both", NULL);
	if (opt->loop && opt->recreate)
		usage_error("--loop never gets to --recreate; give --seconds instead",
			    NULL);
	if (opt->rounds && (opt->loop || opt->seconds))
		usage_error("--rounds does not go with --loop and --seconds", NULL);
	if (opt->pin && opt->migrate)
		usage_error("either --pin or --migrate", NULL);
	check_memory(opt);
	check_mmio(opt);
}

void vmm_parse_options(struct options *opt, int argc, char **argv)
{
	int arg;

	opt->name = "vmm";
	opt->nr_vcpus = 1;
	while ((arg = getopt_long(argc, argv, "h", long_options, NULL)) != -1) {
		if (arg >= ARG_OP && arg < ARG_OP + OP_KINDS)
			parse_op(opt, arg - ARG_OP, optarg);
		else
			parse_option(opt, arg);
	}
	if (optind < argc)
		usage_error("unexpected argument", argv[optind]);
	check_options(opt);
}

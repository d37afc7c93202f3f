// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmm: a guest that makes an exact number of VM exits. Command line and order of
 * events; vmm.h tells how it works.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "vmm_guest.h"

#define NSEC_PER_SEC 1000000000ll

enum {
	ARG_OP = 0x100, /* ARG_OP + enum op_kind */
	ARG_NAME = 0x200,
	ARG_VCPUS,
	ARG_IRQCHIP,
	ARG_LOOP,
	ARG_SECONDS,
	ARG_RATE,
	ARG_PIN,
	ARG_HOLD,
	ARG_WAIT_FILE,
	ARG_LINGER,
	ARG_RECREATE,
	ARG_JSON,
};

static const struct option long_options[] = {
	{"cpuid", required_argument, NULL, ARG_OP + OP_CPUID},
	{"port", required_argument, NULL, ARG_OP + OP_PORT},
	{"mmio", required_argument, NULL, ARG_OP + OP_MMIO},
	{"rdmsr", required_argument, NULL, ARG_OP + OP_RDMSR},
	{"touch", required_argument, NULL, ARG_OP + OP_TOUCH},
	{"hlt", required_argument, NULL, ARG_OP + OP_HLT},
	{"idle", required_argument, NULL, ARG_OP + OP_IDLE},
	{"spin", required_argument, NULL, ARG_OP + OP_SPIN},
	{"name", required_argument, NULL, ARG_NAME},
	{"vcpus", required_argument, NULL, ARG_VCPUS},
	{"irqchip", no_argument, NULL, ARG_IRQCHIP},
	{"loop", no_argument, NULL, ARG_LOOP},
	{"seconds", required_argument, NULL, ARG_SECONDS},
	{"rate", required_argument, NULL, ARG_RATE},
	{"pin", no_argument, NULL, ARG_PIN},
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
	"  --cpuid N[@LEAF]    N times CPUID\n"
	"  --port N[@PORT]     N times OUT (0x3f8), to user space\n"
	"  --mmio N[@ADDRESS]  N stores where nothing is (0xd0000000 + 4096 times the "
	"vCPU), to user space\n"
	"  --rdmsr N[@MSR]     N times RDMSR (0xfe)\n"
	"  --touch N           first store to each of N fresh pages\n"
	"  --hlt N             N times HLT, to user space; not with --irqchip\n"
	"  --idle N[@USEC]     N times HLT, asleep in KVM until an interrupt USEC "
	"(1000) later; turns on --irqchip\n"
	"  --spin N            N rounds of an empty loop: guest time without exits\n"
	"VM:\n"
	"  --name NAME         name of the VM and of the process (vmm)\n"
	"  --vcpus N           number of vCPUs (1), a thread each, \"CPU n/KVM\"\n"
	"  --irqchip           in-kernel irqchip\n"
	"  --pin               vCPU n stays on the nth CPU\n"
	"When:\n"
	"  --hold              VM and threads exist, but the work waits for a line on "
	"stdin\n"
	"  --wait-file PATH    the same, until PATH exists\n"
	"  --seconds S         repeat the work until S seconds have passed\n"
	"  --loop              repeat the work until SIGTERM\n"
	"  --rate R            at most R repetitions a second\n"
	"  --recreate K        destroy the VM and make it again K times, in the same "
	"process and threads\n"
	"  --linger S          after the report, keep the VM for S seconds\n"
	"  --json              report as one JSON object on stdout; `expect` has what "
	"the guest did, by exit reason\n"
	"Status: 0 done, 1 error, 2 usage. SIGTERM ends after the current repetition, "
	"with the report.\n";

_Noreturn void vmm_die(const char *fmt, ...)
{
	char buf[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	fprintf(stderr, "vmm: %s\n", buf);
	_exit(1);
}

static _Noreturn void usage_error(const char *what, const char *arg)
{
	fprintf(stderr, "vmm: %s%s%s; see vmm --help\n", what, arg ? ": " : "",
		arg ? arg : "");
	exit(2);
}

int64_t vmm_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

void vmm_sleep_until(int64_t ns)
{
	struct timespec ts = {.tv_sec = ns / NSEC_PER_SEC,
			      .tv_nsec = ns % NSEC_PER_SEC};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
		;
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
	static const uint32_t default_arg[OP_KINDS] = {
		[OP_PORT] = DEFAULT_PORT,
		[OP_MMIO] = DEFAULT_MMIO,
		[OP_RDMSR] = DEFAULT_MSR,
		[OP_IDLE] = DEFAULT_IDLE_US,
	};
	struct op *op = &opt->ops[opt->nr_ops];
	char *end;

	if (opt->nr_ops++ == VMM_MAX_OPS)
		usage_error("too many kinds of work", NULL);
	op->kind = kind;
	op->arg = default_arg[kind];
	op->count = parse_number(text, &end, UINT32_MAX);
	if (*end == '@') {
		if (kind == OP_TOUCH || kind == OP_HLT || kind == OP_SPIN)
			usage_error("this kind of work takes no @", text);
		op->arg = parse_plain(end + 1, kind == OP_PORT ? 0xffff : UINT32_MAX);
	} else if (*end) {
		usage_error("not a count", text);
	}
	if (kind == OP_PORT &&
	    (op->arg == GUEST_CONTROL_PORT || op->arg == GUEST_EXCEPTION_PORT))
		usage_error("ports 0xf4 and 0xf5 are the guest's own, take another one",
			    text);
	opt->total[kind] += op->count;
	opt->irqchip |= kind == OP_IDLE;
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
	case ARG_RATE:
		opt->rate = parse_plain(optarg, 1000000);
		break;
	case ARG_PIN:
		opt->pin = true;
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
 * Each vCPU has a page of its own for each --mmio, so that what its first store does is
 * known.
 */
static void check_mmio(const struct options *opt)
{
	const uint32_t size = opt->nr_vcpus * GUEST_PAGE;
	unsigned int i, j;

	for (i = 0; i < opt->nr_ops; i++) {
		const struct op *op = &opt->ops[i];

		if (op->kind != OP_MMIO)
			continue;
		if (op->arg < GUEST_END || op->arg > 0xfec00000 - size || op->arg % 4)
			usage_error("--mmio wants a multiple of 4 from 0xc0000000 to "
				    "0xfec00000 - 4096 times the vCPUs",
				    NULL);
		for (j = 0; j < i; j++) {
			uint32_t other = opt->ops[j].arg;

			if (opt->ops[j].kind == OP_MMIO &&
			    op->arg / GUEST_PAGE < (other + size) / GUEST_PAGE &&
			    other / GUEST_PAGE < (op->arg + size) / GUEST_PAGE)
				usage_error("two --mmio want addresses at least 4096 "
					    "times the vCPUs apart",
					    NULL);
		}
	}
}

static void check_options(const struct options *opt)
{
	uint64_t memory = (uint64_t)GUEST_PART + opt->total[OP_TOUCH] * GUEST_STRIDE +
			  GUEST_PART - 1;

	if (!opt->nr_ops)
		usage_error("no work given, for example --cpuid 1000", NULL);
	if (!opt->nr_vcpus)
		usage_error("--vcpus must be at least 1", NULL);
	if (opt->irqchip && opt->nr_vcpus > VMM_MAX_IRQCHIP_VCPUS)
		usage_error("at most 255 vCPUs with --irqchip or --idle", NULL);
	if (opt->irqchip && opt->total[OP_HLT])
		usage_error("--hlt does not reach user space with --irqchip; give "
			    "--idle instead, or run two VMs",
			    NULL);
	if (opt->loop && opt->recreate)
		usage_error("--loop never gets to --recreate; give --seconds instead",
			    NULL);
	memory -= memory % GUEST_PART;
	if (memory * opt->nr_vcpus > GUEST_END - GUEST_BASE)
		usage_error("--touch times --vcpus needs more guest memory than fits "
			    "(32 KiB a page, 3 GiB in all)",
			    NULL);
	check_mmio(opt);
}

static void parse_command_line(struct options *opt, int argc, char **argv)
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

/*
 * All signals go to this thread: vCPU threads never see one, since a signal makes KVM
 * leave the guest. A second signal ends the process at once, with the guest as it is.
 */
static void *signal_thread(void *arg)
{
	struct vmm *vmm = arg;
	sigset_t set;
	int sig;

	sigfillset(&set);
	prctl(PR_SET_NAME, "vmm-signal");
	for (;;) {
		if (sigwait(&set, &sig) ||
		    (sig != SIGTERM && sig != SIGINT && sig != SIGHUP))
			continue;
		if (atomic_load(&vmm->phase) == PHASE_DONE)
			_exit(0);
		if (atomic_load(&vmm->phase) == PHASE_WAITING ||
		    atomic_exchange(&vmm->stop, true))
			_exit(128 + sig);
	}
}

static void start_signal_thread(struct vmm *vmm)
{
	pthread_t thread;
	sigset_t set;
	int err;

	sigfillset(&set);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	err = pthread_create(&thread, NULL, signal_thread, vmm);
	if (err)
		vmm_die("cannot start the thread for signals: %s; raise the limit of "
			"processes",
			strerror(err));
}

static void allocate(struct vmm *vmm)
{
	const struct options *opt = &vmm->opt;
	uint64_t touch = opt->total[OP_TOUCH] * GUEST_STRIDE;
	unsigned int i;

	vmm->mem_stride =
		GUEST_TOUCH + (touch + GUEST_PART - 1) / GUEST_PART * GUEST_PART;
	vmm->mem = mmap(NULL, vmm->mem_stride * opt->nr_vcpus, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (vmm->mem == MAP_FAILED)
		vmm_die("cannot get %zu bytes of guest memory: %m; give fewer --vcpus "
			"or pages to --touch",
			vmm->mem_stride * opt->nr_vcpus);
	/*
	 * A huge page would make one fault out of many. Kernels without huge pages
	 * refuse, which is as good.
	 */
	madvise(vmm->mem, vmm->mem_stride * opt->nr_vcpus, MADV_NOHUGEPAGE);

	vmm->vcpus = calloc(opt->nr_vcpus, sizeof(*vmm->vcpus));
	if (!vmm->vcpus)
		vmm_die("out of memory");
	for (i = 0; i < opt->nr_vcpus; i++) {
		vmm->vcpus[i].vmm = vmm;
		vmm->vcpus[i].id = i;
		vmm->vcpus[i].mem = vmm->mem + i * vmm->mem_stride;
		vmm->vcpus[i].gpa = GUEST_BASE + i * vmm->mem_stride;
	}
	pthread_barrier_init(&vmm->gate, NULL, opt->nr_vcpus + 1);
	pthread_barrier_init(&vmm->lockstep, NULL, opt->nr_vcpus);
	pthread_mutex_init(&vmm->warm_up, NULL);
}

static void announce_and_hold(const struct vmm *vmm)
{
	unsigned int i;
	char c;

	for (i = 0; i < vmm->opt.nr_vcpus; i++)
		fprintf(stderr, "vmm: %s: pid %d vcpu %u tid %d\n", vmm->opt.name,
			getpid(), i, vmm->vcpus[i].tid);
	if (vmm->opt.hold) {
		fprintf(stderr, "vmm: %s: waiting for a line on stdin\n",
			vmm->opt.name);
		/* The end of the input starts the work too: whoever held it is gone. */
		while (read(STDIN_FILENO, &c, 1) == 1 && c != '\n')
			;
	}
	while (vmm->opt.wait_file && access(vmm->opt.wait_file, F_OK))
		vmm_sleep_until(vmm_now_ns() + NSEC_PER_SEC / 100);
}

/*
 * The gate opens twice for each VM: for the vCPU threads to begin, and for this thread
 * when all are done.
 */
static void run_vm(struct vmm *vmm)
{
	vmm_waker_start(vmm);
	vmm->deadline_ns = vmm_now_ns() + vmm->opt.seconds * NSEC_PER_SEC;
	pthread_barrier_wait(&vmm->gate);
	pthread_barrier_wait(&vmm->gate);
	vmm_waker_stop(vmm);
	vmm_vm_collect(vmm);
}

int main(int argc, char **argv)
{
	static struct vmm vmm;
	unsigned int i;

	parse_command_line(&vmm.opt, argc, argv);
	prctl(PR_SET_NAME, vmm.opt.name);
	start_signal_thread(&vmm);
	allocate(&vmm);
	vmm_kvm_open(&vmm);
	vmm_vm_create(&vmm);
	vmm_threads_start(&vmm);
	announce_and_hold(&vmm);

	atomic_store(&vmm.phase, PHASE_RUNNING);
	run_vm(&vmm);
	for (i = 0; i < vmm.opt.recreate && !atomic_load(&vmm.stop); i++) {
		vmm_vm_destroy(&vmm);
		vmm_vm_create(&vmm);
		run_vm(&vmm);
	}

	atomic_store(&vmm.phase, PHASE_DONE);
	vmm_check_seen(&vmm);
	vmm_report(&vmm);
	if (vmm.opt.linger)
		vmm_sleep_until(vmm_now_ns() + vmm.opt.linger * NSEC_PER_SEC);

	vmm.quit = true;
	pthread_barrier_wait(&vmm.gate);
	for (i = 0; i < vmm.opt.nr_vcpus; i++)
		pthread_join(vmm.vcpus[i].thread, NULL);
	vmm_vm_destroy(&vmm);
	return 0;
}

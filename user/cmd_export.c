// SPDX-License-Identifier: GPL-2.0-only
/* kvmexittop export: the counters for Prometheus. */
#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "user/cmd_export.h"

#define SEC		1000000000ULL
#define MAX_SERIES	10000000

enum {
	OPT_ADDRESS = KXT_OPT_VERB,
	OPT_PATH,
	OPT_CONFIG,
	OPT_TEXTFILE,
	OPT_ONCE,
	OPT_OPENMETRICS,
	OPT_PER_VCPU,
	OPT_MAX_SERIES,
	OPT_LINGER,
};

static const char help[] =
	"Usage: kvmexittop export [OPTION]...\n"
	"Serves the counters of all VMs to Prometheus, or writes them to a file for\n"
	"node_exporter.\n"
	"\n"
	"      --web.listen-address=ADDR:PORT\n"
	"                         where to listen; may be given several times. [::1]:9985\n"
	"                         for IPv6, :9985 for every address. 127.0.0.1:9985 if not\n"
	"                         given and systemd hands over no socket\n"
	"      --web.telemetry-path=PATH\n"
	"                         where the metrics are: /metrics if not given\n"
	"      --web.config.file=FILE\n"
	"                         TLS and basic auth: YAML, as other exporters have it\n"
	"      --textfile=FILE    no server: write FILE (NAME.prom) again and again\n"
	"  -i, --interval SEC     how often FILE is written: every 15 s if not given\n"
	"      --once             write FILE once; without --textfile print and end\n"
	"      --openmetrics      with --once: print OpenMetrics 1.0\n"
	"      --per-vcpu         counters of each vCPU too\n"
	"      --max-series N     leave VMs out, the quietest first, rather than give out\n"
	"                         more than N series: 20000 if not given\n"
	"      --linger SEC       keep the totals of VMs that have ended so long: 300\n"
	KXT_COMMON_HELP
	"\n"
	"The server also has / (a page), and /-/healthy. SIGTERM, SIGINT and SIGHUP end it\n"
	"with status 0. kvmexittop-export(1) lists the metrics.\n"
	"\n"
	"Exit status: 0 done, 1 error while running, 2 wrong use, 3 no collector is\n"
	"usable.\n";

static int take_address(struct kxt_export *e, const char *address)
{
	if (e->nr_addresses == KXT_EXPORT_ADDRESSES)
		return kxt_usage("export", "more than %d --web.listen-address",
				 KXT_EXPORT_ADDRESSES);
	e->address[e->nr_addresses++] = address;
	return -1;
}

static int take_path(struct kxt_export *e, const char *path)
{
	if (*path != '/' || path[strcspn(path, "?#% \"<>\\")] || !strcmp(path, "/-/healthy"))
		return kxt_usage("export", "--web.telemetry-path wants a path such as /metrics, not '%s'",
				 path);
	e->path = path;
	return -1;
}

static int take_max_series(struct kxt_export *e, const char *text)
{
	uint64_t n;

	if (kxt_parse_count(text, &n) || n > MAX_SERIES)
		return kxt_usage("export", "--max-series wants a number from 1 to %d, not '%s'",
				 MAX_SERIES, text);
	e->o.max_series = n;
	return -1;
}

static int take_seconds(const char *option, const char *text, uint64_t *ns)
{
	if (kxt_parse_seconds(text, ns))
		return kxt_usage("export", "%s wants seconds, more than 0, at most 86400, not '%s'",
				 option, text);
	return -1;
}

/* Returns -1 to go on, else the exit status. */
static int parse_one(struct kxt_export *e, int opt)
{
	int status;

	switch (opt) {
	case OPT_ADDRESS:
		return take_address(e, optarg);
	case OPT_PATH:
		return take_path(e, optarg);
	case OPT_CONFIG:
		e->config_file = optarg;
		return -1;
	case OPT_TEXTFILE:
		e->textfile = optarg;
		return -1;
	case OPT_ONCE:
		e->once = true;
		return -1;
	case OPT_OPENMETRICS:
		e->openmetrics = true;
		return -1;
	case OPT_PER_VCPU:
		e->o.per_vcpu = true;
		return -1;
	case OPT_MAX_SERIES:
		return take_max_series(e, optarg);
	case OPT_LINGER:
		return take_seconds("--linger", optarg, &e->o.linger_ns);
	case 'i':
		return take_seconds("-i", optarg, &e->every_ns);
	default:
		if (kxt_common_option(&e->common, opt, optarg, help, &status))
			return -1;
		return status;
	}
}

/* What was given has to make sense together. Returns -1 if it does. */
static int check(struct kxt_export *e)
{
	bool web = e->nr_addresses || e->path || e->config_file;

	if (web && (e->textfile || e->once))
		return kxt_usage("export", "--web options are for the server, and with --textfile or --once there is none");
	if (e->every_ns && (!e->textfile || e->once))
		return kxt_usage("export", "-i is how often --textfile is written");
	if (e->openmetrics && (!e->once || e->textfile))
		return kxt_usage("export", "--openmetrics is for --once without --textfile: a server gives what a client asks for, and node_exporter reads the other format");
	if (!e->path)
		e->path = "/metrics";
	if (!e->every_ns)
		e->every_ns = 15 * SEC;
	return -1;
}

/* Returns -1 to go on, else the exit status. */
static int parse(struct kxt_export *e, int argc, char **argv)
{
	static const struct option options[] = {
		KXT_COMMON_LONG,
		{ "web.listen-address", required_argument, NULL, OPT_ADDRESS },
		{ "web.telemetry-path", required_argument, NULL, OPT_PATH },
		{ "web.config.file", required_argument, NULL, OPT_CONFIG },
		{ "textfile", required_argument, NULL, OPT_TEXTFILE },
		{ "interval", required_argument, NULL, 'i' },
		{ "once", no_argument, NULL, OPT_ONCE },
		{ "openmetrics", no_argument, NULL, OPT_OPENMETRICS },
		{ "per-vcpu", no_argument, NULL, OPT_PER_VCPU },
		{ "max-series", required_argument, NULL, OPT_MAX_SERIES },
		{ "linger", required_argument, NULL, OPT_LINGER },
		{ NULL, 0, NULL, 0 },
	};
	int opt, status;

	while ((opt = getopt_long(argc, argv, KXT_COMMON_SHORT "i:", options, NULL)) != -1) {
		status = parse_one(e, opt);
		if (status >= 0)
			return status;
	}
	if (optind < argc)
		return kxt_usage("export", "unexpected '%s'", argv[optind]);
	return check(e);
}

int kxt_export_note(struct kxt_export *e, struct kxt_err *err)
{
	struct kxt_snapshot s, totals;
	struct kxt_summary sum = { 0 };
	struct kxt_err none;
	int ret;

	kxt_snapshot_init(&s);
	kxt_snapshot_init(&totals);
	ret = e->c.ops->snapshot(&e->c, &s, err);
	if (ret == 0)
		ret = kxt_snapshot_delta(&totals, NULL, &s, err);
	if (ret == 0)
		ret = kxt_summary_make(&sum, &totals, e->c.names, &e->common.filter, err);
	if (ret == 0 && !s.kvm_present) {
		kxt_no_kvm(&none);
		kxt_complain(&none);
	} else if (ret == 0 && sum.exits == 0 && sum.interval_ns < SEC) {
		fputs("kvmexittop: collection has only just begun, so the totals are still 0. Leave out --once, or load kvmexit with always=1 to have it count all the time.\n",
		      stderr);
	}
	kxt_summary_free(&sum);
	kxt_snapshot_free(&totals);
	kxt_snapshot_free(&s);
	return ret;
}

static int print_once(struct kxt_export *e, struct kxt_err *err)
{
	enum kxt_metrics_format format = e->openmetrics ? KXT_METRICS_OPENMETRICS :
							  KXT_METRICS_PROMETHEUS;
	struct kxt_exporter_text *t;
	int error = 0;

	if (kxt_drop_privileges(&e->common, &e->c, false, err) || kxt_export_note(e, err) ||
	    kxt_exporter_open(&e->x, &e->c, &e->o, err))
		return -1;
	t = kxt_exporter_get(e->x, format, false, err);
	if (!t)
		return -1;
	if (fwrite(t->text, 1, t->len, stdout) != t->len || fflush(stdout))
		error = errno;
	kxt_exporter_put(t);
	if (!error)
		return 0;
	/* Who closed it knows. */
	return error == EPIPE ? kxt_err_set(err, KXT_EXIT_RUNTIME, "%s", "") :
	       kxt_err_set(err, KXT_EXIT_RUNTIME, "cannot write the output: %s",
			   strerror(error));
}

static int export(struct kxt_export *e, struct kxt_err *err)
{
	if (e->textfile)
		return kxt_export_textfile(e, err);
	return e->once ? print_once(e, err) : kxt_export_serve(e, err);
}

int kxt_cmd_export(int argc, char **argv)
{
	struct kxt_export e = {
		.o = {
			.max_series = KXT_METRICS_MAX_SERIES,
			.linger_ns = KXT_EXPORTER_LINGER_NS,
		},
	};
	struct kxt_err err = { 0 };
	int status = parse(&e, argc, argv);

	if (status >= 0)
		return status;
	e.o.filter = &e.common.filter;
	if (kxt_collector_open(&e.c, e.common.collector, &err))
		return kxt_complain(&err);
	if (e.common.verbose)
		fprintf(stderr, "kvmexittop: collector %s, kernel %s\n", e.c.ops->name,
			e.c.kernel);
	status = KXT_EXIT_OK;
	if (export(&e, &err))
		status = *err.msg ? kxt_complain(&err) : err.status;
	kxt_exporter_close(e.x);
	kxt_collector_close(&e.c);
	return status;
}

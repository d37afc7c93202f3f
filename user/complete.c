// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <langinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "user/columns.h"
#include "user/complete.h"
#include "user/format.h"
#include "user/help_text.h"
#include "user/reason.h"
#include "user/report/load.h"
#include "user/utf8.h"
#include "user/vm_scan.h"

/* So many moments of a recording are looked at for VMs: all would take too long. */
#define LOOKS	16

#define NSEC	1000000000ULL

/* A word that stands in the code, and what it means. */
struct fixed {
	const char *word;
	const char *text;
};

static const struct fixed collectors[] = {
	{ "auto", "the module, else BPF" },
	{ "module", "kvmexit.ko" },
	{ "bpf", "BPF programs, of the kind that the kernel can" },
	{ "bpf:core", "BPF programs that need BTF of KVM" },
	{ "bpf:classic", "BPF programs that need tracefs" },
	{ NULL, NULL },
};

static const struct fixed colors[] = {
	{ "auto", "on a terminal, unless NO_COLOR is set" },
	{ "always", "everywhere" },
	{ "never", "nowhere" },
	{ NULL, NULL },
};

static const struct fixed isas[] = {
	{ "vmx", "Intel VT-x" },
	{ "svm", "AMD-V" },
	{ NULL, NULL },
};

static bool only_ascii(void)
{
	return strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
}

/* Can a terminal show it as it is? */
static bool is_plain(const char *text, bool ascii)
{
	char *shown = malloc(KXT_FMT_ESCAPED(strlen(text)));
	bool same = false;

	if (shown) {
		kxt_fmt_escape(shown, KXT_FMT_ESCAPED(strlen(text)), text, ascii);
		same = !strcmp(shown, text);
	}
	free(shown);
	return same;
}

void kxt_complete_word(const char *prefix, const char *word, const char *text)
{
	if (is_plain(prefix, false) && is_plain(word, false))
		printf("word\t%s%s\t%s\n", prefix, word, text);
}

void kxt_complete_glob(char glob[KXT_COMPLETE_GLOB_MAX], const char *name, bool ascii)
{
	char *begin = glob, one[8];
	size_t len;

	for (; *name; name += len) {
		len = kxt_utf8_char(name);
		snprintf(one, sizeof(one), "%.*s", (int)len, name);
		if (!len || !is_plain(one, ascii)) {
			/* In another locale a character is as many as it has bytes. */
			if (len == 1)
				*glob++ = '?';
			else if (glob == begin || glob[-1] != '*')
				*glob++ = '*';
			len = len ? len : 1;
		} else if (strchr("*?[", *name)) {
			glob += sprintf(glob, "[%c]", *name);
		} else {
			glob += sprintf(glob, "%s%s", *name == '\\' ? "\\" : "", one);
		}
	}
	*glob = '\0';
}

/* One VM, and what of it is offered. */
struct offer {
	const char *prefix;
	struct kxt_vm_names *names;
	bool pids;
};

static int offer_vm(void *arg, uint32_t pid)
{
	const struct offer *o = arg;
	const char *name = kxt_vm_names_get(o->names, pid);
	char number[32], text[KXT_FMT_ESCAPED(KXT_VM_NAME_MAX)], glob[KXT_COMPLETE_GLOB_MAX];

	if (o->pids) {
		snprintf(number, sizeof(number), "%" PRIu32, pid);
		kxt_fmt_escape(text, sizeof(text), name, only_ascii());
		kxt_complete_word(o->prefix, number, text);
	} else if (*name) {
		snprintf(number, sizeof(number), "pid %" PRIu32, pid);
		kxt_complete_glob(glob, name, only_ascii());
		kxt_complete_word(o->prefix, glob, number);
	}
	return 0;
}

/* The VMs of one moment, those that there were at the moments before left out. */
static int offer_frame(struct kxt_recording *r, unsigned int frame, struct offer *o,
		       struct kxt_vm_names *seen)
{
	struct kxt_snapshot s;
	struct kxt_err err;

	kxt_snapshot_init(&s);
	if (kxt_recording_frame(r, frame, &s, &err)) {
		kxt_snapshot_free(&s);
		return -1;
	}
	for (unsigned int i = 0; i < s.nr; i++) {
		uint32_t pid = s.vcpu[i].pid;

		if (!strcmp(kxt_vm_names_get(seen, pid), "seen"))
			continue;
		kxt_vm_names_set(seen, pid, "seen");
		offer_vm(o, pid);
	}
	kxt_snapshot_free(&s);
	return 0;
}

/*
 * Opens FILE or FILE@FROM..TO. Not what is no file: opening a pipe or a device can do
 * something. The shell leaves the "~" of "-C ~/x.kxr" to us.
 */
static int open_recording(const char *file, struct kxt_report *rep)
{
	const char *home = getenv("HOME");
	struct kxt_err err;
	struct stat st;
	char path[4096];
	char *stretch;

	if (!strncmp(file, "~/", 2) && home)
		snprintf(path, sizeof(path), "%s%s", home, file + 1);
	else
		snprintf(path, sizeof(path), "%s", file);
	stretch = strrchr(path, '@');
	if (stat(path, &st) && stretch) {
		*stretch = '\0';
		if (stat(path, &st))
			return -1;
	}
	memset(rep, 0, sizeof(*rep));
	if (!S_ISREG(st.st_mode))
		return -1;
	if (kxt_report_open(rep, &(struct kxt_report_want){ .file = path }, &err) == 0)
		return 0;
	kxt_report_close(rep);
	return -1;
}

static void offer_recorded(const char *file, struct offer *o)
{
	struct kxt_vm_names *seen = kxt_vm_names_new(NULL);
	struct kxt_report rep;

	if (seen && !open_recording(file, &rep)) {
		unsigned int last = rep.frames - 1;

		o->names = kxt_recording_names(rep.r);
		for (unsigned int i = 0; i < LOOKS; i++)
			offer_frame(rep.r, (uint64_t)last * i / (LOOKS - 1), o, seen);
		kxt_report_close(&rep);
	}
	kxt_vm_names_free(seen);
}

static void offer_vms(const struct kxt_complete_at *at, bool pids)
{
	struct offer o = { .prefix = at->prefix, .pids = pids };

	if (at->recording) {
		offer_recorded(at->recording, &o);
		return;
	}
	o.names = kxt_vm_names_new("/proc");
	if (o.names)
		kxt_vm_scan("/proc", offer_vm, &o);
	kxt_vm_names_free(o.names);
}

static void offer_table(const char *prefix, const struct kxt_reason *table)
{
	char text[256];

	for (; table->name; table++) {
		snprintf(text, sizeof(text), "%s", table->text);
		kxt_help_shorten(text);
		kxt_complete_word(prefix, table->name, text);
	}
}

static void offer_reasons(const char *prefix)
{
	static const struct {
		uint64_t code;
		const char *text;
	} own[] = {
		{ KVMEXIT_CODE_SIGNAL, "no exit: back to the VMM because of a signal" },
		{ KVMEXIT_CODE_UNREADABLE, "the CPU's exit reason could not be read" },
		{ KVMEXIT_CODE_OTHER, "the rest: reasons for which there was no room" },
	};
	char name[64];

	offer_table(prefix, kxt_reasons_vmx);
	offer_table(prefix, kxt_reasons_svm);
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		kxt_complete_word(prefix, kxt_reason_name(KVMEXIT_ISA_UNKNOWN, own[i].code,
							  name, sizeof(name)), own[i].text);
	for (unsigned int class = 0; class < KXT_CLASS_NR; class++)
		kxt_complete_word(prefix, kxt_class_name(class), "class");
}

static void offer_columns(const char *prefix)
{
	for (unsigned int col = 0; col < KXT_COL_NR; col++) {
		const char *name = kxt_col_name(col);

		/* Some columns are only in tables that are not sorted with -s. */
		if (name && kxt_col_find(name) == col)
			kxt_complete_word(prefix, name, kxt_col_text(col));
	}
	kxt_complete_word(prefix, "help", "list the columns");
}

static void offer_fixed(const char *prefix, const struct fixed *f)
{
	for (; f->word; f++)
		kxt_complete_word(prefix, f->word, f->text);
}

/* Behind "FILE@" there are no files: its halves, and what is left after FROM. */
static void offer_stretches(const char *prefix, const char *typed)
{
	const char *at = strrchr(typed, '@');
	char file[4096], word[sizeof(file) + 64];
	struct kxt_report rep;
	double length;

	if (!at || (size_t)(at - typed) >= sizeof(file) || open_recording(typed, &rep))
		return;
	length = (double)(rep.clock.length_ns / (NSEC / 10)) / 10;
	kxt_report_close(&rep);
	snprintf(file, sizeof(file), "%.*s", (int)(at - typed), typed);
	if (strspn(at + 1, "0123456789.:") && strstr(at, "..")) {
		snprintf(word, sizeof(word), "%s%.*s..%g", file,
			 (int)(strstr(at, "..") - at), at, length);
		kxt_complete_word(prefix, word, "to its end");
		return;
	}
	snprintf(word, sizeof(word), "%s@0..%g", file, length);
	kxt_complete_word(prefix, word, "all of it, in seconds");
	snprintf(word, sizeof(word), "%s@0..%g", file, length / 2);
	kxt_complete_word(prefix, word, "its first half");
	snprintf(word, sizeof(word), "%s@%g..%g", file, length / 2, length);
	kxt_complete_word(prefix, word, "its second half");
}

static void offer_files(const char *prefix, const char *glob)
{
	printf("file\t%s\t%s\n", prefix, glob);
}

void kxt_complete_values(enum kxt_complete kind, const struct kxt_complete_at *at)
{
	switch (kind) {
	case KXT_COMPLETE_NONE:
		break;
	case KXT_COMPLETE_FILES:
		offer_files(at->prefix, "*");
		break;
	case KXT_COMPLETE_STRETCHES:
		offer_stretches(at->prefix, at->typed);
		offer_files(at->prefix, "*.kxr");
		break;
	case KXT_COMPLETE_RECORDINGS:
		offer_files(at->prefix, "*.kxr");
		break;
	case KXT_COMPLETE_TEXTFILES:
		offer_files(at->prefix, "*.prom");
		break;
	case KXT_COMPLETE_COLLECTORS:
		offer_fixed(at->prefix, collectors);
		offer_files(at->prefix, "*.kxr");
		break;
	case KXT_COMPLETE_VMS:
		offer_vms(at, false);
		break;
	case KXT_COMPLETE_PIDS:
		offer_vms(at, true);
		break;
	case KXT_COMPLETE_REASONS:
		offer_reasons(at->prefix);
		break;
	case KXT_COMPLETE_COLUMNS:
		offer_columns(at->prefix);
		break;
	case KXT_COMPLETE_COLORS:
		offer_fixed(at->prefix, colors);
		break;
	case KXT_COMPLETE_ISAS:
		offer_fixed(at->prefix, isas);
		break;
	}
}

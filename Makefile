# SPDX-License-Identifier: GPL-2.0-only
#
# One door to everything:
#
#	make		the module for the running kernel, and the tool
#	make tool	build/kvmexittop
#	make module	kvmexit.ko; KDIR=/path/to/kernel/build for another kernel
#	make demo	the main job, live, on an emulated host: no KVM needed
#	make check	every test
#	make bench	what one exit costs, ours and others'; what readers take
#	make bench-native	cycles, on a KVM host of your own
#	make lab	a shell on an emulated host: KERNEL=6.1 ISA=svm [CMD=...]
#	make lint	checks of style and of the shell scripts
#	make man	the man pages: build/man
#	make install	the tool, its pages, units and completions; make uninstall.
#			PREFIX=/usr/local, DESTDIR=
#	make dkms-install	the module, for every kernel with headers, also later ones;
#			make dkms-uninstall
#	make deb, rpm	packages: build/packages
#
# Kbuild has the module's build rules, scripts/deps the Debian packages.

# The version's one source; Kbuild and the lab read this file too.
VERSION := $(shell cat module/VERSION)

KDIR ?= /lib/modules/$(shell uname -r)/build
KERNEL ?= 6.1
ISA ?= svm
B := build

CC ?= cc
PKG_CONFIG ?= pkg-config
OPT ?= -O2 -g
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes
TOOL_PKGS := ncursesw jansson libbpf libcap libzstd libmicrohttpd yaml-0.1 libxcrypt zlib \
	     libsystemd
# Only asked for when something is built with it: "make deps" runs without. Without
# libseccomp the tool does without the filter of system calls.
SECCOMP_PKG = $(shell $(PKG_CONFIG) --exists libseccomp && echo libseccomp)
# Without GnuTLS the exporter has no TLS.
GNUTLS_PKG = $(shell $(PKG_CONFIG) --exists gnutls && echo gnutls)
# Without liblzma doctor cannot look into modules that are compressed with xz.
LZMA_PKG = $(shell $(PKG_CONFIG) --exists liblzma && echo liblzma)
ALL_PKGS = $(TOOL_PKGS) $(SECCOMP_PKG) $(GNUTLS_PKG) $(LZMA_PKG)
PKG_CFLAGS = $(shell $(PKG_CONFIG) --cflags $(ALL_PKGS)) \
	     $(if $(SECCOMP_PKG),-DKXT_HAVE_SECCOMP) $(if $(GNUTLS_PKG),-DKXT_HAVE_GNUTLS) \
	     $(if $(LZMA_PKG),-DKXT_HAVE_LZMA)
PKG_LIBS = $(shell $(PKG_CONFIG) --libs $(ALL_PKGS))
ALL_CFLAGS = -std=gnu11 $(OPT) $(WARN) -I. -I$(B) -D_GNU_SOURCE \
	     -DKXT_VERSION='"$(VERSION)"' $(PKG_CFLAGS) $(CFLAGS)

# BPF programs: compiled for the BPF machine, and embedded as a skeleton.
CLANG ?= clang
BPFTOOL ?= $(shell PATH=$$PATH:/usr/sbin command -v bpftool || echo bpftool)
BPF_SRC := $(wildcard user/*.bpf.c)
BPF_SKEL := $(BPF_SRC:user/%.bpf.c=$(B)/user/%.skel.h)
# gcc knows where Debian keeps the headers of an architecture; clang -target bpf doesn't.
BPF_CFLAGS = -target bpf -mcpu=v3 -O2 -g -Wall -Wextra -Wno-unused-parameter -Werror -D__TARGET_ARCH_x86 -I. \
	     -ffile-prefix-map=$(CURDIR)=. \
	     -idirafter /usr/include/$(shell $(CC) -print-multiarch)

TOOL_SRC := $(filter-out $(BPF_SRC),$(wildcard user/*.c user/*/*.c))
TOOL_OBJ := $(TOOL_SRC:%.c=$(B)/%.o)
LIB_OBJ := $(filter-out $(B)/user/kvmexittop.o,$(TOOL_OBJ))

UNIT_SRC := $(wildcard tests/unit/test_*.c)
UNIT_BIN := $(UNIT_SRC:%.c=$(B)/%)

VMM_SRC := $(wildcard tests/lab/vmm*.c tests/lab/guest*.c tests/lab/guest*.S)
VMM_HDR := $(wildcard tests/lab/*.h)

.PHONY: all module tool guests unit bench-tools man demo check bench bench-native lab lint deps clean
all: module tool

module:
	@[ -e "$(KDIR)/Makefile" ] || { echo "There are no kernel headers at $(KDIR):" \
		"install linux-headers-$$(uname -r), or name others with KDIR=." >&2; exit 1; }
	$(MAKE) -C "$(KDIR)" M="$(CURDIR)" modules

tool: $(B)/kvmexittop

$(B)/kvmexittop: $(TOOL_OBJ)
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(PKG_LIBS)

$(B)/%.o: %.c module/VERSION Makefile | $(BPF_SKEL)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(B)/%.bpf.o: %.bpf.c Makefile
	@mkdir -p $(@D)
	$(CLANG) $(BPF_CFLAGS) -MMD -MP -c -o $@ $<

# A file that was cut off must not look as if it were made.
$(B)/%.skel.h: $(B)/%.bpf.o
	$(BPFTOOL) gen skeleton $< name $(subst .,_,$(notdir $*))_bpf >$@.new
	mv $@.new $@

-include $(BPF_SRC:%.c=$(B)/%.d)
-include $(TOOL_OBJ:.o=.d)

# Unit tests run with the sanitizers, on objects of their own.
SAN := -fsanitize=address,undefined -fno-sanitize-recover=all
SAN_OBJ := $(filter-out $(B)/san/user/kvmexittop.o,$(TOOL_SRC:%.c=$(B)/san/%.o))

$(B)/san/%.o: %.c module/VERSION Makefile | $(BPF_SKEL)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(SAN) -MMD -MP -c -o $@ $<

$(B)/tests/unit/%: $(B)/san/tests/unit/%.o $(SAN_OBJ)
	@mkdir -p $(@D)
	$(CC) $(SAN) $(LDFLAGS) -o $@ $< $(SAN_OBJ) -lcmocka $(PKG_LIBS) $(LDLIBS_$*)

-include $(wildcard $(B)/san/user/*.d $(B)/san/user/*/*.d $(B)/san/tests/unit/*.d)
.SECONDARY: $(UNIT_SRC:%.c=$(B)/san/%.o)

unit: $(UNIT_BIN)

# Programs that measure the tool's own code; tests/bench/readers and scrape.sh run them.
BENCH_BIN := $(patsubst %.c,$(B)/%,$(wildcard tests/bench/*.c))

$(B)/tests/bench/%: tests/bench/%.c $(LIB_OBJ)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(PKG_LIBS)

bench-tools: $(BENCH_BIN)

guests: $(addprefix $(B)/tests/lab/,vmm abi info maps)

# Static: it also runs where there is nothing but busybox.
$(B)/tests/lab/vmm: $(VMM_SRC) $(VMM_HDR)
	@mkdir -p $(@D)
	$(CC) -std=gnu11 $(OPT) $(WARN) $(CFLAGS) -static -pthread -o $@ $(VMM_SRC)

$(B)/tests/lab/%: tests/lab/%.c module/uapi/kvmexit.h module/uapi/kvmexit_watch.h
	@mkdir -p $(@D)
	$(CC) -std=gnu11 $(OPT) $(WARN) -I. -D_GNU_SOURCE $(CFLAGS) -static -o $@ $<

# name.7.scd is scdoc's source of name(7). scdoc begins a paragraph in front of each, and
# of headings and ends of indents too, where man pages have none: mandoc -Tlint says so. It is
# .P up to version 1.11.2, .PP since. The first line asks for tbl(1): there are tables.
MAN_SRC := $(wildcard user/man/*.scd)
MAN_P := /^\.PP?$$/ { p = 1; next } /^\.RE$$/ { print; next } /^\.S[HS]/ { p = 0 } \
	 p && !head { print ".P" } { p = 0; head = /^\.S[HS]/; print }

# A line "@name" stands for user/man/name.inc, which several pages have: scdoc has no include.
MAN_INCLUDE := /^@[a-z-]+$$/ { f = "user/man/" substr($$0, 2) ".inc"; \
	while ((r = (getline line <f)) > 0) if (line !~ /^; /) print line; \
	if (r < 0) { print FILENAME ": there is no " f >"/dev/stderr"; exit 1 } close(f); next } \
	{ print }

man: $(MAN_SRC:user/man/%.scd=$(B)/man/%)

$(B)/man/%: user/man/%.scd $(wildcard user/man/*.inc) Makefile
	@mkdir -p $(@D)
	awk '$(MAN_INCLUDE)' $< >$@.src
	scdoc <$@.src >$@.scdoc
	echo "'\\\" t" >$@.new
	awk '$(MAN_P)' $@.scdoc >>$@.new
	rm $@.src $@.scdoc
	mv $@.new $@

include scripts/packaging/install.mk

deps:
	scripts/deps build

demo:
	scripts/deps build lab
	$(MAKE) tool guests
	scripts/demo

lab:
	scripts/deps build lab
	$(MAKE) tool guests
	scripts/lab/run -k $(KERNEL) -i $(ISA) $(if $(CMD),-- sh -c '$(subst ','\'',$(CMD))',-I)

check:
	tests/check

bench:
	scripts/deps build lab bench
	$(MAKE) tool guests bench-tools
	tests/bench/all

bench-native:
	$(MAKE) tool guests
	tests/bench/native

lint:
	tests/lint

clean:
	rm -rf $(B)
	find . -path ./.git -prune -o \( -name '*.o' -o -name '*.ko' -o -name '*.mod' \
		-o -name '*.mod.c' -o -name '.*.cmd' -o -name modules.order \
		-o -name Module.symvers \) -exec rm -f {} +

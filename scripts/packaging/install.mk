# SPDX-License-Identifier: GPL-2.0-only
#
# What goes where: included by the Makefile.
#
#	make install [PREFIX=/usr/local] [DESTDIR=/stage]
#	make uninstall		with the same PREFIX and DESTDIR
#	make dkms-install	the module alone: needs make, gcc, dkms and kernel headers
#	make dkms-uninstall
#
# systemd (units, sysusers) and udev search below /usr/local/lib as they do below /usr/lib,
# in Debian 11 and newer; with another PREFIX name UNITDIR, UDEVDIR, SYSUSERSDIR too.

PREFIX ?= /usr/local
DESTDIR ?=
BINDIR ?= $(PREFIX)/bin
DATADIR ?= $(PREFIX)/share
MANDIR ?= $(DATADIR)/man
DOCDIR ?= $(DATADIR)/doc/kvmexittop
UNITDIR ?= $(PREFIX)/lib/systemd/system
UDEVDIR ?= $(PREFIX)/lib/udev/rules.d
SYSUSERSDIR ?= $(PREFIX)/lib/sysusers.d
BASHCOMPDIR ?= $(DATADIR)/bash-completion/completions
ZSHCOMPDIR ?= $(DATADIR)/zsh/site-functions
FISHCOMPDIR ?= $(DATADIR)/fish/vendor_completions.d
# What was installed, for uninstall. Packages know that themselves: none with DESTDIR.
MANIFEST ?= $(if $(DESTDIR),,$(DATADIR)/kvmexittop/installed)

INSTALL_VARS := B VERSION PREFIX DESTDIR BINDIR DATADIR MANDIR DOCDIR UNITDIR UDEVDIR \
		SYSUSERSDIR BASHCOMPDIR ZSHCOMPDIR FISHCOMPDIR MANIFEST
INSTALL_ENV = $(foreach v,$(INSTALL_VARS),$(v)='$($(v))')

.PHONY: install uninstall dkms-install dkms-uninstall deb rpm

# What a build needs is asked first: make would say it in the words of a compiler.
install:
	@CC='$(CC)' PKG_CONFIG='$(PKG_CONFIG)' CLANG='$(CLANG)' BPFTOOL='$(BPFTOOL)' \
		LIBRARIES='$(TOOL_PKGS)' scripts/packaging/install-files check
	$(MAKE) tool man
	@$(INSTALL_ENV) scripts/packaging/install-files install

uninstall:
	@$(INSTALL_ENV) scripts/packaging/install-files uninstall

dkms-install:
	@DESTDIR='$(DESTDIR)' scripts/packaging/install-dkms install

dkms-uninstall:
	@DESTDIR='$(DESTDIR)' scripts/packaging/install-dkms uninstall

deb:
	scripts/packaging/build-deb

rpm:
	scripts/packaging/build-rpm

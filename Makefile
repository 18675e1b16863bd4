# mip6d - Mobile IPv6 for BSD and Linux.  Works with GNU make and bmake:
# no conditionals, what differs per system is in mip6d/kern/<uname -s>.mk,
# what each folder consists of is in its own sources.mk.
#
#	make deps		install what is needed to build and test
#	make			build mip6d, mip6ctl and libpfkey
#	make install		DESTDIR= PREFIX= SYSCONFDIR= MANDIR=
#	make check		every test layer; one closing line
#	make check-LAYER	unit scenario fuzz netns lab, and faults, of netns
#	make lint bench demo demo-ro demo-ero demo-ipsec clean

all: programs

OS != uname -s
PREFIX = /usr/local
SYSCONFDIR = /etc
MANDIR = $(PREFIX)/share/man
SANITIZE = 0

# What depends on the places chosen is compiled anew when they change.
PATHS != sh mip6d/kern/paths.sh $(SYSCONFDIR)

include mip6d/kern/$(OS).mk

# Object flavour: .o for what is installed, .asan with ASan + UBSan.
# The second kind is what the tests link.
FLAVOUR_0 = o
FLAVOUR_1 = asan
O = $(FLAVOUR_$(SANITIZE))
EXE_o =
EXE_asan = .san

# BSD make predefines CFLAGS, so the project's own flags have own names.
HARDEN != sh mip6d/kern/harden.sh $(CC)
M_CPPFLAGS = -I. -Imip6d -D_GNU_SOURCE $(OS_CPPFLAGS)
M_CFLAGS = -std=c11 -g -Wall -Wextra -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Werror
OPT_o = -O2 $(HARDEN)
OPT_asan = -O1 -fno-omit-frame-pointer -fsanitize=address,undefined \
	-fno-sanitize-recover=all
COMPILE = $(CC) $(M_CPPFLAGS) $(M_CFLAGS)
LINK_o = $(CC) -g $(HARDEN) $(OS_LDFLAGS)
LINK_asan = $(CC) -g -fsanitize=address,undefined $(OS_LDFLAGS_SAN)
LINK = $(LINK_$(O))
LIBS = $(OS_LIBS) -levent_core -lcrypto

# Object names carry the flavour as their suffix.
.SUFFIXES:
.SUFFIXES: .c .o .asan .test .fuzz .replay .bench .y

.c.o:
	$(COMPILE) $(OPT_o) $(CFLAGS) -MMD -MP -MF $@.d -MT $@ -c -o $@ $<
.c.asan:
	$(COMPILE) $(OPT_asan) $(CFLAGS) -MMD -MP -MF $@.d -MT $@ -c -o $@ $<

include libpfkey/sources.mk
include mip6d/sources.mk
include ike/sources.mk
include mip6ctl/sources.mk
include man/sources.mk
include etc/sources.mk
include regress/sources.mk

programs: mip6d/mip6d$(EXE_$(O)) mip6ctl/mip6ctl$(EXE_$(O)) libpfkey/libpfkey.$(O).a

deps:
	sh etc/deps.sh

# The main job: a mobile node moves and keeps its address and sessions.
demo: deps programs
	sh etc/demo.sh
# The same with a correspondent that takes part: packets go by the direct way.
demo-ro: deps programs
	DEMO_RO=yes sh etc/demo.sh
# ... told of each move at once (RFC 4866).
demo-ero: deps programs
	DEMO_RO=enhanced sh etc/demo.sh
# With IKEv2 and IPsec, in a guest.
demo-ipsec: deps programs
	sh etc/demo-ipsec.sh

install: programs install-programs install-man install-etc

install-programs:
	mkdir -p $(DESTDIR)$(PREFIX)/sbin $(DESTDIR)$(PREFIX)/lib \
		$(DESTDIR)$(PREFIX)/include
	install -m 0555 mip6d/mip6d$(EXE_$(O)) $(DESTDIR)$(PREFIX)/sbin/mip6d
	install -m 0555 mip6ctl/mip6ctl$(EXE_$(O)) $(DESTDIR)$(PREFIX)/sbin/mip6ctl
	install -m 0444 libpfkey/libpfkey.$(O).a $(DESTDIR)$(PREFIX)/lib/libpfkey.a
	install -m 0444 libpfkey/libpfkey.h $(DESTDIR)$(PREFIX)/include/libpfkey.h

clean:
	find . -name .git -prune -o \( -name '*.o' -o -name '*.asan' -o \
		-name '*.fbsd' -o -name '*.d' -o -name '*.dep' -o -name '*.a' \
		-o -name '*.test' -o -name '*.fuzz' -o -name '*.replay' -o -name '*.bench' \
		-o -name '*.san' -o -name '*.so' \) \
		-type f -exec rm -f {} +
	rm -f mip6d/mip6d mip6ctl/mip6ctl mip6d/conf/parse.c mip6d/paths.h
	rm -rf regress/.work demo.out

.PHONY: all programs deps install install-programs install-man install-etc \
	clean check lint bench demo demo-ro demo-ero demo-ipsec

# Written when an archive is made: which object needs which header.
-include libpfkey/libpfkey.dep
-include mip6d/libwire.dep
-include mip6d/libmip6d.dep
-include ike/libike.dep
-include mip6ctl/mip6ctl.dep

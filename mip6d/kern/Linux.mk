OS_NAME = linux
OS_CPPFLAGS =
OS_LDFLAGS =
OS_LDFLAGS_SAN =
OS_LIBS =
KERN_SRCS = mip6d/kern/linux.c mip6d/kern/linux_rows.c \
	mip6d/kern/linux_closed.c \
	mip6d/kern/linux_stale.c mip6d/kern/linux_nl.c \
	mip6d/kern/linux_fd.c mip6d/kern/linux_caps.c mip6d/kern/linux_filter.c \
	mip6d/kern/linux_ip6t.c mip6d/kern/linux_run.c \
	mip6d/kern/linux_nft.c mip6d/kern/linux_xfrm.c \
	mip6d/kern/compat_linux.c mip6d/core/sandbox_linux.c
YACC != command -v byacc || echo yacc
PYTHON = /usr/bin/python3
CAPTURE_SRC = mip6d/net/capture_linux.c
RC_SRC = etc/mip6d.service
RC_FILE = $(PREFIX)/lib/systemd/system/mip6d.service
RC_MODE = 0444
RC_MORE = etc/mip6d-undo.service
UNIT_OS = regress/unit/t_linux_nl.test regress/unit/t_linux_filter.test \
	$(UNIT_BSD)

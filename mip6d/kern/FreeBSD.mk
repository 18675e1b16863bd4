OS_NAME = freebsd
OS_CPPFLAGS = -I/usr/local/include
OS_LDFLAGS = -L/usr/local/lib
OS_LDFLAGS_SAN = -L/usr/local/lib
OS_LIBS =
KERN_SRCS = mip6d/kern/freebsd.c mip6d/kern/freebsd_ipfw.c \
	mip6d/kern/bsd.c mip6d/kern/bsd_addrs.c mip6d/kern/bsd_address.c mip6d/kern/bsd_caps.c \
	mip6d/kern/bsd_events.c mip6d/kern/bsd_fd.c mip6d/kern/bsd_msg.c \
	mip6d/kern/bsd_route.c mip6d/kern/bsd_router.c mip6d/kern/bsd_rows.c mip6d/kern/bsd_stale.c \
	mip6d/kern/compat_bsd.c
YACC = yacc
PYTHON = python3
CAPTURE_SRC = mip6d/net/capture_bpf.c
RC_SRC = etc/rc.d/mip6d.freebsd
RC_FILE = $(PREFIX)/etc/rc.d/mip6d
RC_MODE = 0555
RC_MORE =

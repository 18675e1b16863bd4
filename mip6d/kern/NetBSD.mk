OS_NAME = netbsd
OS_CPPFLAGS = -I/usr/pkg/include
OS_LDFLAGS = -L/usr/pkg/lib -Wl,-R/usr/pkg/lib
OS_LDFLAGS_SAN = -L/usr/pkg/lib -Wl,-R/usr/pkg/lib
OS_LIBS =
KERN_SRCS = mip6d/kern/compat_bsd.c
YACC = yacc
PYTHON = python3

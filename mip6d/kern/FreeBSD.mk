OS_NAME = freebsd
OS_CPPFLAGS = -I/usr/local/include
OS_LDFLAGS = -L/usr/local/lib
OS_LDFLAGS_SAN = -L/usr/local/lib
OS_LIBS =
KERN_SRCS = mip6d/kern/compat_bsd.c
YACC = yacc
PYTHON = python3

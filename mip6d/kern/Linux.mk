OS_NAME = linux
OS_CPPFLAGS =
OS_LDFLAGS =
OS_LDFLAGS_SAN =
OS_LIBS =
KERN_SRC = mip6d/kern/linux.c
YACC = yacc
PYTHON = /usr/bin/python3

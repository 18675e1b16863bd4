PFKEY_SRCS = libpfkey/build.c libpfkey/client.c libpfkey/convert.c \
	libpfkey/cursor.c libpfkey/dialect.c libpfkey/dialect_freebsd.c \
	libpfkey/dialect_linux.c libpfkey/dialect_netbsd.c \
	libpfkey/dialect_openbsd.c libpfkey/ext.c \
	libpfkey/parse.c libpfkey/print.c
PFKEY_OBJS = $(PFKEY_SRCS:.c=.$(O))

libpfkey/libpfkey.$(O).a: $(PFKEY_OBJS)
	rm -f $@ && ar cr $@ $(PFKEY_OBJS)
	find libpfkey -name "*.d" -exec cat {} + > libpfkey/libpfkey.dep

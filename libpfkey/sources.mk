PFKEY_SRCS = libpfkey/pfkey.c
PFKEY_OBJS = $(PFKEY_SRCS:.c=.$(O))

libpfkey/libpfkey.$(O).a: $(PFKEY_OBJS)
	rm -f $@ && ar cr $@ $(PFKEY_OBJS)
	cat libpfkey/*.d > libpfkey/libpfkey.dep

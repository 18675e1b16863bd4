PFKEY_SRCS =
PFKEY_OBJS = $(PFKEY_SRCS:.c=.$(O))

libpfkey/libpfkey.$(O).a: $(PFKEY_OBJS)
	rm -f $@ && ar cr $@ $(PFKEY_OBJS)
	find libpfkey -name "*.d" -exec cat {} + > libpfkey/libpfkey.dep

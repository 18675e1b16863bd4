# One list a folder; a new file is one new word.
WIRE_SRCS = mip6d/wire/buf.c
CORE_SRCS =
CONF_SRCS =
PARENT_SRCS =
CONTROL_SRCS =
NET_SRCS =
HA_SRCS =
MN_SRCS =
CN_SRCS =

WIRE_OBJS = $(WIRE_SRCS:.c=.$(O))
MIP6D_SRCS = $(CORE_SRCS) $(CONF_SRCS) $(PARENT_SRCS) $(CONTROL_SRCS) \
	$(NET_SRCS) $(HA_SRCS) $(MN_SRCS) $(CN_SRCS)
MIP6D_OBJS = $(MIP6D_SRCS:.c=.$(O))

mip6d/libwire.$(O).a: $(WIRE_OBJS)
	rm -f $@ && ar cr $@ $(WIRE_OBJS)
	cat mip6d/wire/*.d > mip6d/libwire.dep

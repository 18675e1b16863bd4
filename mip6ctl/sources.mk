# mip6ctl: the operator's tool.  All but main is an archive, for the tests.
CTL_SRCS = mip6ctl/row.c mip6ctl/output.c mip6ctl/layout.c mip6ctl/text.c \
	mip6ctl/json.c mip6ctl/metrics.c mip6ctl/decode.c mip6ctl/check.c \
	mip6ctl/lasting.c mip6ctl/progress.c mip6ctl/rsakey.c mip6ctl/cga.c
CTL_OBJS = $(CTL_SRCS:.c=.$(O))
CTL_LIBS = mip6ctl/libmip6ctl.$(O).a mip6d/libmip6d.$(O).a mip6d/libwire.$(O).a

mip6ctl/libmip6ctl.$(O).a: $(CTL_OBJS) mip6ctl/mip6ctl.$(O)
	rm -f $@ && ar cr $@ $(CTL_OBJS)
	find mip6ctl -name '*.d' -exec cat {} + > mip6ctl/mip6ctl.dep

mip6ctl/mip6ctl$(EXE_$(O)): mip6ctl/mip6ctl.$(O) $(CTL_LIBS)
	$(LINK) -o $@ mip6ctl/mip6ctl.$(O) $(CTL_LIBS) $(LIBS)

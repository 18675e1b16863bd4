# mip6ctl: the operator's tool.
CTL_SRCS =

/*
 * The names and descriptions of what net counts, made from the list in
 * reason.h.  The numbers themselves are kept by core/child.c, which shows them
 * by these names in mip6ctl show counters and in the metrics.
 */
#include "net/reason.h"

const struct counter_def	net_counter_defs[] = {
#define X(N, n, h)	{ #n, h },
	NET_COUNTERS(X)
#undef X
	{ 0 }
};

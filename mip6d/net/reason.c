#include "net/reason.h"

const struct counter_def	net_counter_defs[] = {
#define X(N, n, h)	{ #n, h },
	NET_COUNTERS(X)
#undef X
	{ 0 }
};

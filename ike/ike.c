#include "core/counter.h"
#include "core/report.h"
#include "ike/ike.h"

/*
 * Security associations are not negotiated by this version, so the process
 * has its sandbox and its configuration, and nothing to say.
 */
static const struct counter_def counters[] = {
	{ NULL, NULL },
};

static uint64_t
query(struct child *ch, const struct msg_query *q, struct report *rep,
    int *error)
{
	(void)ch;
	(void)q;
	(void)rep;
	(void)error;
	return (0);
}

const struct child_ops	ike_ops = {
	.role = ROLE_IKE,
	.counters = counters,
	.query = query,
};

/*
 * The correspondent node.  It offers no route optimisation: what asks for it
 * is counted and dropped, so that mobile nodes stay with their tunnel (RFC
 * 6275 11.3.1: a binding is used only once the correspondent has agreed).
 */
#include <stdlib.h>

#include "cn/cn.h"
#include "core/counter.h"
#include "core/report.h"
#include "core/verb.h"
#include "core/why.h"

enum { CN_MH, CN_OTHER };

static const struct counter_def counter_defs[] = {
	[CN_MH] = { "mh_dropped",
	    "Mobility Headers asking for route optimisation, not offered" },
	[CN_OTHER] = { "other_dropped", "Other messages, not for this role" },
	{ NULL, NULL },
};

struct cn {
	const struct engine_env	*env;
};

static void *
cn_create(const struct engine_env *env, const struct conf *conf,
    struct now now)
{
	struct cn	*cn;

	(void)conf;
	(void)now;
	if ((cn = calloc(1, sizeof(*cn))) != NULL)
		cn->env = env;
	return (cn);
}

static void
cn_configure(void *arg, const struct conf *conf, struct now now)
{
	(void)arg;
	(void)conf;
	(void)now;
}

static void
cn_input(void *arg, enum role from, enum msg_type t, const union msg *m,
    struct now now)
{
	struct cn	*cn = arg;

	(void)from;
	(void)m;
	(void)now;
	if (t == MSG_MH_IN)
		COUNT(cn->env->counters, CN_MH);
	else if (t == MSG_ICMP6_IN || t == MSG_TUNNEL)
		COUNT(cn->env->counters, CN_OTHER);
}

static bool
cn_next(const void *arg, struct mono *at)
{
	(void)arg;
	(void)at;
	return (false);
}

static void
cn_expire(void *arg, struct now now)
{
	(void)arg;
	(void)now;
}

static uint64_t
cn_query(void *arg, const struct msg_query *q, struct report *rep,
    struct now now)
{
	struct cn	*cn = arg;

	return (q->verb != VERB_WHY ? 0 : whys_rows(cn->env->whys, rep,
	    q->arg, q->cursor, now));
}

const struct engine_ops	cn_engine = {
	.role = ROLE_CN,
	.counter_defs = counter_defs,
	.create = cn_create,
	.configure = cn_configure,
	.input = cn_input,
	.next = cn_next,
	.expire = cn_expire,
	.query = cn_query,
	.destroy = free,
};

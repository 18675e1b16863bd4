/*
 * What all files of the correspondent need of their surroundings (struct
 * engine_env in core/engine.h): messages to other processes and random
 * numbers; and its timers, which are counted by kind.  All of them call it.
 */
#include "cn/int.h"

/* Send m to another process. */
void
cn_emit(struct cn *cn, enum msg_type type, const void *m)
{
	cn->env->emit(cn->env->ctx, type, m);
}

uint64_t
cn_random(struct cn *cn)
{
	return (cn->env->random(cn->env->ctx));
}

/* Set a timer, or move it; the kind tells what it is embedded in. */
void
cn_timer_set(struct cn *cn, struct wheel_timer *t, enum timer_kind kind,
    struct mono at)
{
	cn_timer_clear(cn, t);
	t->kind = (uint16_t)kind;
	cn->ntimers[kind]++;
	wheel_set(&cn->wheel, t, at);
}

void
cn_timer_clear(struct cn *cn, struct wheel_timer *t)
{
	if (!wheel_is_set(t))
		return;
	cn->ntimers[t->kind]--;
	wheel_clear(&cn->wheel, t);
}

/*
 * What all files of the home agent need of their surroundings (struct
 * engine_env in core/engine.h): messages to other processes and on home links,
 * records for the next life, random numbers; and its timers, which are counted
 * by kind.  All of them call it.
 */
#include <string.h>

#include "ha/int.h"
#include "wire/icmp6.h"
#include "wire/ip6.h"

/* Send m to another process. */
void
ha_emit(struct ha *ha, enum msg_type type, const void *m)
{
	ha->env->emit(ha->env->ctx, type, m);
}

/*
 * A record for the next life of this home agent, which the store keeps; id: of
 * its answer, 0: none is wanted.
 */
void
ha_save(struct ha *ha, const struct in6_addr *home, const struct saved *s,
    uint32_t id)
{
	struct msg_state	 m;
	uint8_t			 data[SAVED_MAX];

	memset(&m, 0, sizeof(m));
	m.home = *home;
	m.id = id;
	m.data.p = data;
	m.data.len = saved_build(s, data);
	ha_emit(ha, MSG_STATE_SAVE, &m);
}

uint64_t
ha_random(struct ha *ha)
{
	return (ha->env->random(ha->env->ctx));
}

/* Set a timer, or move it; the kind tells what it is embedded in. */
void
timer_set(struct ha *ha, struct wheel_timer *t, enum timer_kind kind,
    struct mono at)
{
	timer_clear(ha, t);
	t->kind = (uint16_t)kind;
	ha->ntimers[kind]++;
	wheel_set(&ha->wheel, t, at);
}

void
timer_clear(struct ha *ha, struct wheel_timer *t)
{
	if (!wheel_is_set(t))
		return;
	ha->ntimers[t->kind]--;
	wheel_clear(&ha->wheel, t);
}

/*
 * Send what is in ha->icmp6 on the link, from src (:: or an address of ours) to
 * dst; what does not fit is not sent.
 */
void
ha_icmp6(struct ha *ha, const struct ha_link *l, const struct in6_addr *src,
    const struct in6_addr *dst)
{
	struct msg_icmp6_out	 out;
	uint8_t			 buf[IP6_MINMTU - IP6_HDRLEN - 8];

	memset(&out, 0, sizeof(out));
	out.icmp6.p = buf;
	out.icmp6.len = icmp6_build(&ha->icmp6, buf, sizeof(buf));
	if (out.icmp6.len == 0)
		return;
	out.src = *src;
	out.dst = *dst;
	out.ifindex = l->ifindex;
	out.hlim = 255;
	ha_emit(ha, MSG_ICMP6_OUT, &out);
}

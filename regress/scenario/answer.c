/*
 * What net answers by itself, with net's own code.  These are Neighbor
 * Solicitations for addresses that the engine has had defended.
 */
#include <err.h>
#include <string.h>

#include "net/dp.h"
#include "run.h"
#include "wire/ip6.h"

static struct dp	 dp;
static struct dp_out	 out;

/* By that configuration, which must outlive its use here. */
void
answer_configure(const struct conf *conf)
{
	static const uint64_t	 key[2] = { 1, 2 };

	if (dp.conf == NULL && !dp_init(&dp, key))
		err(1, NULL);
	if (!dp_configure(&dp, conf))
		err(1, NULL);
}

/* The engine has told this; false: it is not its to tell. */
bool
answer_note(enum role role, enum msg_type type, const void *m)
{
	if (type == MSG_DEFEND) {
		dp_out_init(&out);
		return (dp_defend(&dp, role, m, &out));
	}
	if (type == MSG_RESYNC_END && role == ROLE_HA)
		defend_resync_end(&dp.defends);
	return (true);
}

/* Another engine begins; or net itself does (is_new). */
void
answer_resync(bool is_new)
{
	if (is_new)
		defend_clear(&dp.defends);
	defend_resync(&dp.defends);
}

/* An ICMPv6 message comes: true with what is sent as an answer to it. */
static bool
answered(const struct msg_icmp6_in *in, struct msg_icmp6_out *to,
    struct mono now)
{
	struct dp_raw	 r = { .src = in->src, .dst = in->dst,
			    .ifindex = in->ifindex, .hlim = in->hlim };

	dp_out_init(&out);
	dp_icmp6(&dp, &r, in->icmp6.p, in->icmp6.len, now, &out);
	if (out.reply_why != NC_DEFENDED)
		return (false);
	memset(to, 0, sizeof(*to));
	to->src = ip6_src(out.reply.buf);
	to->dst = ip6_dst(out.reply.buf);
	to->hlim = out.reply.buf[IP6_OFF_HLIM];
	to->ifindex = out.reply_by;
	to->icmp6.p = out.reply.buf + IP6_HDRLEN;
	to->icmp6.len = out.reply.len - IP6_HDRLEN;
	return (true);
}

/* net hears what the engine is about to; true: m is its answer. */
bool
answer_input(const struct input *in, struct msg_icmp6_out *m, struct mono now)
{
	if (in->type == MSG_LINK && !addrs_link(&dp.addrs, &in->m.u_LINK))
		err(1, NULL);
	if (in->type == MSG_LINK && (in->m.u_LINK.flags & LINK_GONE) != 0)
		defend_link_gone(&dp.defends, in->m.u_LINK.ifindex);
	return (in->type == MSG_ICMP6_IN &&
	    answered(&in->m.u_ICMP6_IN, m, now));
}

void
answer_free(void)
{
	if (dp.conf != NULL)
		dp_free(&dp);
}

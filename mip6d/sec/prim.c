/*
 * Primitives, their rows and their events as messages of the pipe between the
 * planning and the parent.  Both ends have this file, so that what one packs
 * the other unpacks.  Pure; a message that is no primitive is refused here,
 * whether one may be asked is not looked at.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <string.h>

#include "sec/prim.h"

/* The request r, with that number. */
void
prim_pack(struct msg_prim *m, uint32_t id, const struct prim_request *r)
{
	const struct pfkey_selector	*s = &r->policy.sel;
	const bool			 stray = r->op == PRIM_STRAY;

	*m = (struct msg_prim){ .id = id, .op = (uint8_t)r->op,
	    .index = r->index, .km = r->km, .km_local = r->km_local,
	    .km_remote = r->km_remote, .local = r->local, .peer = r->peer,
	    .agent_side = r->of.agent_side, .home = r->of.home,
	    .agent = r->of.agent, .reqid = r->of.reqid,
	    .protect = (uint8_t)r->of.protect, .tunnel = r->of.tunnel,
	    .of_local = r->of.local, .of_peer = r->of.peer,
	    .spi = r->sa.spi, .src = stray ? spd_in6(&s->src) : r->sa.src,
	    .dst = stray ? spd_in6(&s->dst) : r->sa.dst };
	if (!stray)
		return;
	m->src_plen = s->src_plen;
	m->dst_plen = s->dst_plen;
	m->proto = s->proto;
	m->has_type = s->has_type;
	m->type = s->type;
	m->code = s->code;
	m->sport = s->sport;
	m->dport = s->dport;
	m->dir = r->policy.dir;
}

/* The other way; false: there is no such primitive. */
bool
prim_unpack(const struct msg_prim *m, struct prim_request *r)
{
	if (m->op >= PRIM_MAX || m->protect > PROTECT_PAYLOAD ||
	    m->src_plen > 128 || m->dst_plen > 128)
		return (false);
	*r = (struct prim_request){ .op = (enum prim)m->op,
	    .index = m->index, .km = m->km, .km_local = m->km_local,
	    .km_remote = m->km_remote, .local = m->local, .peer = m->peer,
	    .of = { .agent_side = m->agent_side, .home = m->home,
	    .agent = m->agent, .reqid = m->reqid,
	    .protect = (enum conf_protect)m->protect, .tunnel = m->tunnel,
	    .local = m->of_local, .peer = m->of_peer },
	    .sa = { m->spi, m->src, m->dst } };
	r->policy.dir = m->dir;
	r->policy.sel = (struct pfkey_selector){ .src = spd_addr(&m->src),
	    .dst = spd_addr(&m->dst), .src_plen = m->src_plen,
	    .dst_plen = m->dst_plen, .proto = m->proto,
	    .has_type = m->has_type, .type = m->type, .code = m->code,
	    .sport = m->sport, .dport = m->dport };
	return (true);
}

/* A policy between IPv6 addresses; of what it asks for the first. */
void
prim_pack_policy(struct msg_prim_policy *m, const struct pfkey_policy *p)
{
	const struct pfkey_selector	*s = &p->sel;
	const struct pfkey_request	*q = &p->requests[0];

	*m = (struct msg_prim_policy){ .src = spd_in6(&s->src),
	    .dst = spd_in6(&s->dst), .src_plen = s->src_plen,
	    .dst_plen = s->dst_plen, .proto = s->proto,
	    .has_type = s->has_type, .type = s->type, .code = s->code,
	    .sport = s->sport, .dport = s->dport, .dir = p->dir,
	    .action = p->action, .priority = p->priority,
	    .nrequests = (uint8_t)p->nrequests };
	if (p->nrequests == 0)
		return;
	m->q_proto = q->proto;
	m->q_mode = q->mode;
	m->q_reqid = q->reqid;
	m->q_src = spd_in6(&q->src);
	m->q_dst = spd_in6(&q->dst);
}

void
prim_unpack_policy(const struct msg_prim_policy *m, struct pfkey_policy *p)
{
	memset(p, 0, sizeof(*p));
	p->sel = (struct pfkey_selector){ .src = spd_addr(&m->src),
	    .dst = spd_addr(&m->dst), .src_plen = m->src_plen,
	    .dst_plen = m->dst_plen, .proto = m->proto,
	    .has_type = m->has_type, .type = m->type, .code = m->code,
	    .sport = m->sport, .dport = m->dport };
	p->dir = m->dir;
	p->action = m->action;
	p->priority = m->priority;
	p->nrequests = m->nrequests;
	p->requests[0] = (struct pfkey_request){ .proto = m->q_proto,
	    .mode = m->q_mode, .reqid = m->q_reqid,
	    .src = spd_addr(&m->q_src), .dst = spd_addr(&m->q_dst) };
}

/* An association between IPv6 addresses: never a key. */
void
prim_pack_sa(struct msg_prim_sa *m, const struct pfkey_sa *sa)
{
	*m = (struct msg_prim_sa){ .satype = sa->satype, .spi = sa->spi,
	    .reqid = sa->reqid, .src = spd_in6(&sa->src),
	    .dst = spd_in6(&sa->dst), .mode = sa->mode, .state = sa->state };
}

void
prim_unpack_sa(const struct msg_prim_sa *m, struct pfkey_sa *sa)
{
	*sa = (struct pfkey_sa){ .satype = m->satype, .spi = m->spi,
	    .reqid = m->reqid, .src = spd_addr(&m->src),
	    .dst = spd_addr(&m->dst), .mode = m->mode, .state = m->state };
}

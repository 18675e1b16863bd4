/*
 * What net is told of correspondents: a pair of home address and peer whose
 * packets go without the tunnel as long as the binding is known to be good
 * (RFC 6275 11.3.1), and to count the packets of others.  optimise.c decides.
 * The owner's record of a pair has what the next life of this process needs:
 *
 *	version 1; sequence number, 2; units granted, 2; end of the binding by
 *	the wall clock, 8; home keygen token, 8, its nonce index, 2, and when
 *	its test was begun, by the wall clock, 8 (0: there is no token);
 *	version 2 (RFC 4866) goes on: permanent home keygen token, 8, when it
 *	was asked for, as above, 8, and how many numbers it was used with, 4
 */
#include <string.h>

#include "mn/parts.h"
#include "wire/buf.h"

#define VERSION		1
#define VERSION_ERO	2
#define SEQ_SKIP	256	/* may have been used since */

/* A moment by the other clock. */
static uint64_t
wall(int64_t t, struct now now)
{
	return ((uint64_t)(now.wall + t - now.mono.ns));
}

static void
put_token(struct wbuf *w, const struct token *t, bool index, struct now now)
{
	wbuf_u64(w, t->there ? t->value : 0);
	if (index)
		wbuf_u16(w, t->there ? t->index : 0);
	wbuf_u64(w, t->there ? wall(t->at, now) : 0);
}

static size_t
make_record(const struct peer *p, struct now now, uint8_t *buf)
{
	const struct binding	*b = &p->binding;
	const struct ero	*e = &p->ero;
	struct wbuf		 w;
	bool			 enhanced = e->by == PROOF_CGA ||
				    e->by == PROOF_TOKEN;

	wbuf_init(&w, buf, BIND_OWNER_MAX);
	wbuf_u8(&w, enhanced ? VERSION_ERO : VERSION);
	wbuf_u16(&w, p->seq);
	wbuf_u16(&w, b->granted);
	wbuf_u64(&w, wall(b->bound_until, now));
	put_token(&w, &p->home_test.token, true, now);
	if (enhanced) {
		put_token(&w, &e->permanent, false, now);
		wbuf_u32(&w, e->numbers);
	}
	return (w.off);
}

/* net is told the pair of p, and keeps its record. */
static void
tell(struct peer *p, uint8_t flags, struct now now)
{
	struct binding	*b = BINDING(p);
	struct msg_bind	*m = &p->told;

	memset(m, 0, sizeof(*m));
	m->owner.len = make_record(p, now, p->owner);
	m->owner.p = p->owner;
	m->home = p->home->conf.address;
	m->other = m->peer = p->addr;
	m->local = b->bound_coa;
	m->ifindex = b->bound_ifindex;
	m->flags = flags;
	p->mn->env->emit(p->mn->env->ctx, MSG_BIND, m);
}

/*
 * The packets of p go by its binding, and net says when one does.  It says so
 * once after that is asked, so to ask again is to have asked no longer.
 */
void
pair_bind(struct peer *p, struct now now)
{
	if (p->paired)
		tell(p, BIND_ACTIVE, now);
	tell(p, BIND_ACTIVE | BIND_NOTIFY, now);
	p->paired = true;
	p->used = false;
}

/* Its record is another one. */
void
pair_record(struct peer *p, struct now now)
{
	if (p->paired)
		tell(p, BIND_ACTIVE | BIND_NOTIFY, now);
}

/* They take the tunnel. */
void
pair_unbind(struct peer *p)
{
	struct msg_unbind	 m;

	if (!p->paired)
		return;
	p->paired = false;
	memset(&m, 0, sizeof(m));
	m.home = p->home->conf.address;
	m.other = p->addr;
	p->mn->env->emit(p->mn->env->ctx, MSG_UNBIND, &m);
}

/*
 * net is to tell who else has traffic with h, or no longer; each time that h is
 * registered, as net may have had no tunnel of it in between.
 */
void
pair_observe(struct home *h, bool on)
{
	struct msg_observe	 m;
	struct mn		*mn = h->mn;

	if (!on && !h->peers.observed)
		return;
	h->peers.observed = on;
	if (mn->tell_again)
		return;		/* pair_again() will */
	memset(&m, 0, sizeof(m));
	m.home = h->conf.address;
	if (on) {
		m.packets = mn->ro.after.packets == 0 ? 1 :
		    mn->ro.after.packets;
		m.window = mn->ro.after.window;
	}
	mn->env->emit(mn->env->ctx, MSG_OBSERVE, &m);
}

/* A net that is new has to know it all. */
void
pair_again(struct mn *mn)
{
	struct home	*h;
	struct peer	*p;

	TAILQ_FOREACH(p, &mn->peers.all, entry)
		if (p->paired)
			mn->env->emit(mn->env->ctx, MSG_BIND, &p->told);
	for (h = mn->homes; h != NULL; h = h->next)
		if (h->peers.observed)
			pair_observe(h, true);
}

/* A token of a record, which is no older than that. */
static void
get_token(struct rbuf *r, struct token *t, bool index, int64_t oldest,
    struct now now)
{
	int64_t	 age;

	t->value = rbuf_u64(r);
	t->index = index ? rbuf_u16(r) : 0;
	/* Any numbers: whose the record is, net does not know. */
	age = (int64_t)((uint64_t)now.wall - rbuf_u64(r));
	t->there = age >= 0 && age < oldest;
	t->at = t->there ? now.mono.ns - age : 0;
}

/* The numbers that may have been used since count as used. */
static void
resume_ero(struct rbuf *r, struct ero *e, struct now now)
{
	e->by = PROOF_TOKEN;
	get_token(r, &e->permanent, false, SEC(MAX_CGA_BINDING_LIFETIME), now);
	e->numbers = rbuf_u32(r);
	if (e->numbers >= ERO_NUMBERS_LAST - SEQ_SKIP)
		token_drop(&e->permanent);
	e->numbers += SEQ_SKIP;
}

/*
 * A pair of the process before this one, with its record: p, which is new,
 * goes on with it.  False: it is over, or the record is none of ours.
 */
bool
pair_resume(struct peer *p, const struct msg_bind *m, struct now now)
{
	struct binding	*b = BINDING(p);
	struct rbuf	 r;
	unsigned int	 version;
	int64_t		 left, longest = MAX_RR_BINDING_LIFETIME;

	rbuf_init(&r, m->owner.p, m->owner.len);
	version = rbuf_u8(&r);
	if (version != VERSION && (version != VERSION_ERO || p->key != NULL))
		return (false);
	if (version == VERSION_ERO)
		longest = MAX_CGA_BINDING_LIFETIME;
	if (p->key != NULL) {
		longest = LIFETIME_MAX * LIFETIME_UNIT;
		p->ero.by = PROOF_KEY;
	}
	p->seq = (uint16_t)(rbuf_u16(&r) + SEQ_SKIP);
	b->granted = rbuf_u16(&r);
	left = (int64_t)(rbuf_u64(&r) - (uint64_t)now.wall);
	get_token(&r, &p->home_test.token, true, MAX_TOKEN_LIFETIME, now);
	if (version == VERSION_ERO)
		resume_ero(&r, &p->ero, now);
	if (!rbuf_done(&r) || left <= 0 || left > SEC(longest) ||
	    b->granted > longest / LIFETIME_UNIT)
		return (false);
	p->has_seq = true;
	b->bound = true;
	b->coa = b->bound_coa = m->local;
	b->ifindex = b->bound_ifindex = m->ifindex;
	b->bound_until = b->maybe_until = now.mono.ns + left;
	b->bound_since = now.mono.ns;
	b->refresh_at = b->bound_until - peer_margin(LIFETIME_NS(b->granted));
	p->paired = true;
	p->told = *m;
	p->told.owner.len = make_record(p, now, p->owner);
	p->told.owner.p = p->owner;
	return (true);
}

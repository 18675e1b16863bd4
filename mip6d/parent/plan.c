/*
 * Steps of PF_KEY for one node, one after the other, and what is done when
 * the kernel can't do one of them (RFC 4877 4.3).
 *
 * Linux tells the key manager with the message that has KMADDRESS; it replaces
 * associations then, and the next MIGRATE would meet a larval one.  So the
 * last message for each reqid alone has it, and that for Binding Updates, whose
 * associations do not move, comes at the end.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "parent/assoc.h"

#define REPLAY		32	/* packets */
#define FRESH		SEC(6)	/* a rekey has two associations so long */

/* Parts of a step that went wrong. */
enum { SUB_MAIN, SUB_DUMMY, SUB_NO_DUMMY, SUB_REPLACE };

static void	 run(struct assoc *);

static bool
same_ends(const struct spd_ends *a, const struct spd_ends *b)
{
	return (memcmp(a, b, sizeof(*a)) == 0);
}

static struct step *
add(struct plan *p, enum step_kind kind)
{
	struct step	*s = &p->v[p->n];

	if (p->n + 1 < STEPS_MAX)
		p->n++;
	memset(s, 0, sizeof(*s));
	s->kind = kind;
	return (s);
}

static void
add_policies(struct plan *p, enum step_kind kind, const struct pfkey_policy *v,
    unsigned int n)
{
	unsigned int	 i;

	for (i = 0; i < n; i++)
		add(p, kind)->from = v[i];
}

static void
add_sas(struct plan *p, const struct assoc *a, enum step_kind kind,
    enum conf_sa_use use, const struct spd_ends *ends)
{
	struct step	*s;
	size_t		 i;

	for (i = 0; i < a->nsas; i++)
		if (a->sas[i].use == use) {
			s = add(p, kind);
			s->sa = &a->sas[i];
			s->ends = *ends;
		}
}

/* The tunnel moves from there to where the wish has it. */
static void
add_moves(struct plan *p, const struct assoc *a, const struct spd_ends *from,
    bool km)
{
	struct pfkey_policy	 old[SPD_MAX], new[SPD_MAX];
	unsigned int		 i, n;
	struct step		*s;

	spd_tunnel(&a->spd, from, old);
	n = spd_tunnel(&a->spd, &p->wish.ends, new);
	for (i = 0; i < n; i++) {
		s = add(p, STEP_MIGRATE);
		s->from = old[i];
		s->to = new[i];
		s->km = km && i == n - 1;
	}
}

/* Policies of the tunnel, which were inactive. */
static void
add_tunnel(struct plan *p, struct assoc *a, bool km)
{
	struct pfkey_policy	 v[SPD_MAX];
	const struct spd_ends	*at = &p->wish.ends;
	unsigned int		 n;

	/* Kept associations end where the node was; they are moved. */
	if (a->has_sa_ends && !same_ends(&a->sa_ends, at))
		at = &a->sa_ends;
	if (!a->manual_tunnel) {
		add_sas(p, a, STEP_SA, SA_TUNNEL, at);
		a->manual_tunnel = a->nsas > 0;
	}
	n = spd_tunnel(&a->spd, at, v);
	add_policies(p, STEP_POLICY, v, n);
	if (at != &p->wish.ends)
		add_moves(p, a, at, km);
}

static void
make_steps(struct assoc *a, struct plan *p)
{
	struct pfkey_policy	 v[SPD_MAX];
	bool			 tunnel, km;
	struct step		*s;

	km = (p->wish.flags & IPSEC_KM) != 0;
	tunnel = (p->wish.flags & IPSEC_TUNNEL) != 0 &&
	    a->spd.protect != PROTECT_NONE;
	if (tunnel && !a->tunnel)
		add_tunnel(p, a, km);
	else if (tunnel && ((p->wish.flags & WISH_HEAL) != 0 ||
	    !same_ends(&a->ends, &p->wish.ends)))
		add_moves(p, a, &a->ends, km);
	else if (!tunnel && a->tunnel)
		add_policies(p, STEP_NO_POLICY, v,
		    spd_tunnel(&a->spd, &a->ends, v));
	if (!km)
		return;
	spd_binding(&a->spd, v);
	s = add(p, STEP_MIGRATE);
	s->from = s->to = v[0];
	s->km = true;
}

static struct plan *
plan_new(struct assoc *a)
{
	struct plan	*p = calloc(1, sizeof(*p));

	if (p != NULL)
		p->began = mono_now();
	a->plan = p;
	return (p);
}

static void
answer(struct assoc *a, const struct wish *w, int error)
{
	struct msg_result	 m = { w->id, (uint32_t)error };

	if (w->id != 0)
		proc_send(a->all->parent, assoc_role(a), MSG_RESULT, &m);
}

static void
start(struct assoc *a, const struct wish *w)
{
	if (plan_new(a) == NULL) {
		answer(a, w, ENOMEM);
		return;
	}
	a->plan->wish = *w;
	make_steps(a, a->plan);
	run(a);
}

/*
 * Have it so.  While something is under way the newest wish waits, and one
 * that waited is answered ECANCELED.
 */
void
plan_wish(struct assoc *a, const struct wish *w)
{
	if (a->plan == NULL) {
		start(a, w);
		return;
	}
	if (a->waiting)
		answer(a, &a->next, ECANCELED);
	a->next = *w;
	a->waiting = true;
}

/* What a node always has; its tunnel too, if it was active. */
void
plan_install(struct assoc *a)
{
	struct pfkey_policy	 v[SPD_MAX];
	struct spd_ends		 ends = { a->spd.home, a->spd.agent };

	if (a->plan != NULL || plan_new(a) == NULL)
		return;
	add_sas(a->plan, a, STEP_SA, SA_BINDING, &ends);
	add_policies(a->plan, STEP_POLICY, v, spd_binding(&a->spd, v));
	if (a->tunnel)
		add_policies(a->plan, STEP_POLICY, v,
		    spd_tunnel(&a->spd, &a->ends, v));
	run(a);
}

/* Nothing of the node is to be left. */
void
plan_remove(struct assoc *a)
{
	struct pfkey_policy	 v[SPD_MAX];
	struct spd_ends		 ends = { a->spd.home, a->spd.agent };

	/* One thing at a time: when that is done, this is. */
	if (a->plan != NULL || plan_new(a) == NULL)
		return;
	a->removed = true;
	if (a->tunnel)
		add_policies(a->plan, STEP_NO_POLICY, v,
		    spd_tunnel(&a->spd, &a->ends, v));
	add_policies(a->plan, STEP_NO_POLICY, v, spd_binding(&a->spd, v));
	add_sas(a->plan, a, STEP_NO_SA, SA_BINDING, &ends);
	if (a->manual_tunnel)
		add_sas(a->plan, a, STEP_NO_SA, SA_TUNNEL, a->has_sa_ends ?
		    &a->sa_ends : &a->ends);
	a->tunnel = a->manual_tunnel = false;
	run(a);
}

/* At the very end, when nothing is under way any more. */
void
plan_free(struct assoc *a)
{
	free(a->plan);
	a->plan = NULL;
	if (a->waiting)
		answer(a, &a->next, ECANCELED);
	a->waiting = false;
}

/* Right after a rekey the key manager may have moved the old one: again. */
static void
on_again(int fd, short what, void *arg)
{
	struct assoc	*a = arg;
	struct wish	 w;

	(void)fd;
	(void)what;
	memset(&w, 0, sizeof(w));
	w.ends = a->ends;
	w.flags = IPSEC_KM | WISH_HEAL | (a->tunnel ? IPSEC_TUNNEL : 0);
	if (a->plan == NULL && a->ends_known)
		plan_wish(a, &w);
}

static void
heal_later(struct assoc *a)
{
	static const struct timeval	 tv = { 7, 0 };

	if (a->again == NULL)
		a->again = event_new(a->all->parent->base, -1, 0, on_again, a);
	if (a->again != NULL)
		event_add(a->again, &tv);
}

static void
note_result(struct assoc *a, const struct plan *p)
{
	struct counters	*c = &a->all->parent->counters;

	a->moves++;
	a->moved = mono_now();
	a->took = mono_diff(a->moved, p->began);
	a->last_error = p->error;
	COUNT(c, PC_MIGRATIONS);
	if (p->error == 0)
		return;
	a->errors++;
	COUNT(c, PC_MIGRATION_ERRORS);
}

static void
done(struct assoc *a)
{
	struct plan	*p = a->plan;
	struct wish	 w = p->wish, next = a->next;
	bool		 waiting = a->waiting;

	a->plan = NULL;
	a->waiting = false;
	if (w.flags != 0 || w.id != 0) {
		note_result(a, p);
		a->tunnel = (w.flags & IPSEC_TUNNEL) != 0 &&
		    a->spd.protect != PROTECT_NONE;
		a->ends = w.ends;
		a->ends_known = true;
		if ((w.flags & (IPSEC_KM | WISH_HEAL)) == IPSEC_KM &&
		    a->keyed.ns != 0 && mono_diff(p->began, a->keyed) < FRESH)
			heal_later(a);
	}
	answer(a, &w, p->error);
	free(p);
	if (waiting && a->gone)
		answer(a, &next, ECANCELED);
	else if (waiting)
		plan_wish(a, &next);
	assoc_plan_done(a);
}

static void
next_step(struct assoc *a)
{
	a->plan->at++;
	a->plan->tries = 0;
	a->plan->sub = SUB_MAIN;
	run(a);
}

static void
failed(struct assoc *a, int error)
{
	if (a->plan->error == 0)
		a->plan->error = error;
	next_step(a);
}

static int
error_of(const struct pfkey_reply *r)
{
	switch (r->error) {
	case PFKEY_OK:
		return (0);
	case PFKEY_E_KERNEL:
	case PFKEY_E_SEND:
		return (r->errnum == 0 ? EIO : r->errnum);
	case PFKEY_E_TIMEOUT:
		return (ETIMEDOUT);
	case PFKEY_E_CANCELLED:
		return (ECANCELED);
	case PFKEY_E_NOMEM:
		return (ENOMEM);
	default:
		return (EINVAL);
	}
}

/*
 * A MIGRATE was refused.  ENODATA: a larval association is in the way, which
 * any other with its addresses and reqid replaces; or the policy is not what
 * we think.  ENOENT: it is not there at all.  Then it is made as it is to be,
 * and only the key manager is told to move.
 */
static void
heal(struct assoc *a, int error)
{
	struct plan	*p = a->plan;

	COUNT(&a->all->parent->counters, PC_MIGRATIONS_HEALED);
	p->tries++;
	if (error == ENODATA && p->tries == 1)
		p->sub = SUB_DUMMY;
	else if ((error == ENODATA || error == ENOENT) && p->tries <= 2) {
		p->tries = 2;
		p->sub = SUB_REPLACE;
	} else {
		failed(a, error);
		return;
	}
	run(a);
}

static void
on_reply(void *arg, const struct pfkey_reply *r)
{
	struct assoc	*a = arg;
	struct plan	*p = a->plan;
	struct step	*s;
	int		 error = error_of(r);

	if (p == NULL || p->at >= p->n)
		return;
	s = &p->v[p->at];
	switch (p->sub) {
	case SUB_DUMMY:
		p->sub = SUB_NO_DUMMY;
		run(a);
		return;
	case SUB_NO_DUMMY:
		p->sub = SUB_MAIN;
		run(a);
		return;
	case SUB_REPLACE:
		if (error != 0) {
			failed(a, error);
			return;
		}
		s->from = s->to;
		p->sub = SUB_MAIN;
		run(a);
		return;
	default:
		break;
	}
	if (error != 0 && s->kind == STEP_MIGRATE)
		heal(a, error);
	else if (error != 0 && !((s->kind == STEP_NO_POLICY ||
	    s->kind == STEP_NO_SA) && (error == ENOENT || error == ESRCH)) &&
	    !(s->kind == STEP_SA && error == EEXIST))
		failed(a, error);
	else
		next_step(a);
}

static void
fill_manual(struct pfkey_sa *sa, const struct conf_sa *c)
{
	static const uint16_t	 ciphers[] = {
		[CIPHER_AES_CBC] = PFKEY_C_AES_CBC,
		[CIPHER_3DES_CBC] = PFKEY_C_3DES, [CIPHER_NULL] = PFKEY_C_NULL,
	};

	sa->auth = c->mac == MAC_SHA256 ? PFKEY_A_SHA256 : PFKEY_A_SHA1;
	sa->key_auth.p = c->mac_key;
	sa->key_auth.bits = (uint16_t)(c->mac_keylen * 8);
	sa->encrypt = ciphers[c->cipher];
	sa->key_encrypt.p = c->cipher_keylen == 0 ? NULL : c->cipher_key;
	sa->key_encrypt.bits = (uint16_t)(c->cipher_keylen * 8);
}

/* RFC 3776 4.1: an association that the configuration has. */
static void
manual_sa(const struct assoc *a, const struct step *s, struct pfkey_sa *sa)
{
	bool	 in = (s->sa->way == SA_TO_AGENT) != a->spd.mine;
	bool	 tunnel = s->sa->use == SA_TUNNEL;

	memset(sa, 0, sizeof(*sa));
	sa->satype = PFKEY_ESP;
	sa->spi = s->sa->spi;
	sa->reqid = a->spd.reqid + (tunnel ? 1 : 0);
	sa->mode = tunnel ? PFKEY_TUNNEL : PFKEY_TRANSPORT;
	sa->state = PFKEY_MATURE;
	sa->replay = REPLAY;
	if (tunnel) {
		sa->src = spd_addr(in ? &s->ends.peer : &s->ends.local);
		sa->dst = spd_addr(in ? &s->ends.local : &s->ends.peer);
	} else {
		sa->src = spd_addr(s->sa->way == SA_TO_AGENT ?
		    &a->spd.home : &a->spd.agent);
		sa->dst = spd_addr(s->sa->way == SA_TO_AGENT ?
		    &a->spd.agent : &a->spd.home);
	}
	fill_manual(sa, s->sa);
	/* RFC 4877 4.2: good for that source alone, where kernels can. */
	if (in && !tunnel) {
		sa->proxy.a = sa->src;
		sa->proxy.plen = 128;
	}
}

/* An association that makes a larval one go; nobody sends by it. */
static void
dummy_sa(const struct step *s, struct pfkey_sa *sa)
{
	static uint8_t	 key[32];

	arc4random_buf(key, sizeof(key));
	memset(sa, 0, sizeof(*sa));
	sa->satype = PFKEY_ESP;
	sa->spi = 0x100;
	sa->reqid = s->from.requests[0].reqid;
	sa->mode = s->from.requests[0].mode;
	sa->state = PFKEY_MATURE;
	sa->src = s->from.requests[0].src;
	sa->dst = s->from.requests[0].dst;
	if (sa->mode == PFKEY_TRANSPORT) {
		sa->src = s->from.sel.src;
		sa->dst = s->from.sel.dst;
	}
	sa->auth = PFKEY_A_SHA256;
	sa->key_auth.p = key;
	sa->key_auth.bits = 256;
	sa->encrypt = PFKEY_C_NULL;
}

static enum pfkey_error
build_main(const struct assoc *a, const struct step *s, struct pfkey_msg *m)
{
	struct pfkey_migrate	 g;
	struct pfkey_sa		 sa;

	switch (s->kind) {
	case STEP_POLICY:
		return (pfkey_from_policy(m, PFKEY_SPDUPDATE, &s->from));
	case STEP_NO_POLICY:
		return (pfkey_from_policy(m, PFKEY_SPDDELETE, &s->from));
	case STEP_SA:
	case STEP_NO_SA:
		manual_sa(a, s, &sa);
		return (pfkey_from_sa(m, s->kind == STEP_SA ? PFKEY_ADD :
		    PFKEY_DELETE, &sa));
	default:
		spd_migrate(&s->from, &s->to, &g);
		if (s->km) {
			g.km_local = spd_addr(&a->plan->wish.ends.local);
			g.km_remote = spd_addr(&a->plan->wish.ends.peer);
		}
		return (pfkey_from_migrate(m, &g));
	}
}

static enum pfkey_error
build(const struct assoc *a, const struct step *s, struct pfkey_msg *m)
{
	struct pfkey_sa	 sa;

	switch (a->plan->sub) {
	case SUB_DUMMY:
	case SUB_NO_DUMMY:
		dummy_sa(s, &sa);
		return (pfkey_from_sa(m, a->plan->sub == SUB_DUMMY ?
		    PFKEY_ADD : PFKEY_DELETE, &sa));
	case SUB_REPLACE:
		return (pfkey_from_policy(m, PFKEY_SPDUPDATE, &s->to));
	default:
		return (build_main(a, s, m));
	}
}

/* Ask for the step at hand; all done: say so. */
static void
run(struct assoc *a)
{
	struct plan		*p = a->plan;
	struct pfkey_msg	 m;
	enum pfkey_error	 e;

	while (p->at < p->n) {
		e = build(a, &p->v[p->at], &m);
		if (e == PFKEY_OK &&
		    sadb_request(a->all->sadb, &m, on_reply, a))
			return;
		if (p->error == 0)
			p->error = e == PFKEY_OK ? ENOBUFS : EINVAL;
		if (e != PFKEY_OK)
			log_error("PF_KEY: a request can't be made: %s",
			    pfkey_strerror(e));
		p->at++;
		p->sub = SUB_MAIN;
		p->tries = 0;
	}
	done(a);
}

/*
 * Enhanced Route Optimization (RFC 4866 3, 4): by what the next Binding Update
 * to a correspondent is authenticated, the tokens for it, and what the cga
 * process, which has the keys, is asked.  Signatures cost both ends time, so
 * they are few: for the first token, to renew it and when it is lost.  When one
 * is sent is decided in optimise.c, what comes back is taken in cgain.c and
 * answers.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mn/parts.h"

/* Instead of a care-of token in an early Binding Update (section 4.1). */
static const struct token	 no_token;

/*
 * Nobody waits for an answer of the cga process any more; an update that was to
 * be signed is still to be sent.
 */
void
ero_stop(struct peer *p)
{
	wheel_clear(&p->mn->wheel, &p->ero.timer);
	if (p->ero.sign_id != 0)
		p->update_due = true;
	p->ero.sign_id = p->ero.decrypt_id = 0;
}

/*
 * Is there a permanent home keygen token?  It lasts as long as the binding that
 * the correspondent may have of us, and while there are sequence numbers that
 * were not used with it (sections 4.1, 4.9).
 */
bool
ero_has_token(const struct peer *p, struct now now)
{
	return (p->ero.permanent.there &&
	    p->ero.numbers < ERO_NUMBERS_LAST &&
	    p->binding.maybe_until > now.mono.ns);
}

static bool
is_held(const struct ero *e, struct now now)
{
	return (e->hold != ERO_NOT_HELD && e->hold_until > now.mono.ns);
}

/* Is there who signs?  Who has a static key is shown that (RFC 4449 4). */
static bool
has_signer(const struct peer *p, struct now now)
{
	const struct home_cga	*c = &p->home->cga;

	return (p->key == NULL && c->params != NULL &&
	    c->pause_until <= now.mono.ns);
}

/* May the cga process be asked for a signature of an update to p? */
bool
ero_may_sign(const struct peer *p, struct now now)
{
	return (has_signer(p, now) && !is_held(&p->ero, now));
}

/* That, or at least in an instant, when it is only that there are too many? */
bool
ero_will_sign(const struct peer *p, struct now now)
{
	return (has_signer(p, now) && (!is_held(&p->ero, now) ||
	    p->ero.hold == ERO_LIMITED));
}

/* Does it send to where the home address is, by the last it has accepted? */
static bool
is_bound_here(const struct peer *p, struct now now)
{
	const struct binding	*b = &p->binding;

	return (b->bound && b->bound_until > now.mono.ns &&
	    in6_eq(&b->bound_coa, &p->home->peers.coa));
}

/*
 * By what is the next Binding Update authenticated?  A permanent token has to
 * be used (section 4.1), unless it is to be renewed, which waits until a move
 * is done.  Without one, a signature gets it.
 */
enum proof
ero_proof(const struct peer *p, struct now now)
{
	bool	 has = ero_has_token(p, now);

	if (has && !(p->ero.renew && is_bound_here(p, now) &&
	    !p->ero.unverified && ero_may_sign(p, now)))
		return (PROOF_TOKEN);
	return (ero_may_sign(p, now) ? PROOF_CGA : PROOF_HOME);
}

/*
 * May p be told of a care-of address before the home agent has accepted it
 * (section 3.7)?  Not without a home registration, even if it is of the link
 * before (4.4).
 */
bool
ero_parallel(const struct peer *p, struct now now)
{
	const struct peer_home	*w = &p->home->peers;

	return (w->way && w->until > now.mono.ns &&
	    (ero_has_token(p, now) || p->dest->enhanced));
}

/*
 * May the next Binding Update be an early one?  For a new care-of address at
 * who knows what that is.  Where the address stays a test costs no time, and
 * packets need not go by a care-of address that is not verified meanwhile.
 */
bool
ero_early(const struct peer *p, enum proof proof, struct now now)
{
	return ((proof == PROOF_TOKEN || p->dest->enhanced) &&
	    !p->ero.slow && !is_bound_here(p, now) &&
	    p->home->peers.until > now.mono.ns);
}

/* Is the answer of the cga process what p waits for? */
bool
ero_asks(const struct peer *p)
{
	return (p->ero.sign_id != 0 || p->ero.decrypt_id != 0);
}

/* The home keygen token of an update that is authenticated so. */
const struct token *
ero_home_token(const struct peer *p, enum proof proof)
{
	return (proof == PROOF_TOKEN ? &p->ero.permanent :
	    &p->home_test.token);
}

/* The care-of keygen token for where we are: a fresh one, or none, all zero. */
const struct token *
ero_careof_token(const struct peer *p, struct now now)
{
	const struct ero	*e = &p->ero;

	if (token_is_fresh(&e->careof, now) &&
	    in6_eq(&e->careof_of, &p->home->peers.coa))
		return (&e->careof);
	if (p->careof != NULL && token_is_fresh(&p->careof->test.token, now))
		return (&p->careof->test.token);
	return (&no_token);
}

/*
 * So many units may be asked for (sections 4.1, 7).  A token is renewed once a
 * day at least (6.5), so a binding does not outlast the day of its token.
 */
int64_t
ero_longest(const struct peer *p, enum proof proof, struct now now)
{
	const int64_t	 day = SEC(MAX_CGA_BINDING_LIFETIME);

	/* By a static key it may be as long as any (RFC 4449 4). */
	if (proof == PROOF_KEY)
		return (LIFETIME_MAX);
	if (proof == PROOF_HOME)
		return (MAX_RR_BINDING_LIFETIME / LIFETIME_UNIT);
	if (proof == PROOF_CGA)
		return (day / LIFETIME_NS(1));
	return ((p->ero.permanent.at + day - now.mono.ns) / LIFETIME_NS(1));
}

/* So many sequence numbers are used, or will be passed over. */
void
ero_number(struct peer *p, unsigned int n)
{
	struct ero	*e = &p->ero;

	if (!e->permanent.there)
		return;
	e->numbers += n;
	if (e->numbers >= ERO_NUMBERS)
		e->renew = true;
}

/* What is to be signed is of no use any more. */
void
ero_rest(struct peer *p)
{
	if (p->ero.sign_id == 0)
		return;
	p->ero.sign_id = 0;
	/* A token may still be waited for. */
	if (!ero_asks(p))
		wheel_clear(&p->mn->wheel, &p->ero.timer);
}

/* The permanent token is of no use: it is said so, or nobody answers to it. */
void
ero_forget(struct peer *p)
{
	if (p->ero.permanent.there)
		MN_COUNT(p->mn, ero_lost);
	token_drop(&p->ero.permanent);
	p->ero.numbers = 0;
	p->ero.renew = false;
}

/* It is sent no signatures for some time. */
void
ero_hold(struct peer *p, enum ero_hold why, struct now now)
{
	static const char *const	 words[] = {
		[ERO_UNKNOWN] = "knows nothing of RFC 4866",
		[ERO_REFUSED] = "refuses signatures",
		[ERO_SILENT] = "does not answer what is signed",
		[ERO_NO_TOKEN] = "gave a token that can't be decrypted",
	};
	char	 buf[INET6_ADDRSTRLEN];

	p->ero.hold = why;
	p->ero.failures = 0;
	if (why == ERO_LIMITED) {
		MN_COUNT(p->mn, ero_limited);
		p->ero.hold_until = now.mono.ns + CGA_LIMITED;
		return;
	}
	MN_COUNT(p->mn, ero_held);
	p->ero.hold_until = now.mono.ns + MS(p->mn->ro.hold_down);
	mn_log(p->mn, now, MN_INFO, "peer %s %s: return routability is used, "
	    "signatures again in %u s", mn_ntop(&p->addr, buf), words[why],
	    p->mn->ro.hold_down / 1000);
}

static void
ask(struct peer *p, uint32_t *id, struct now now)
{
	*id = request_id(p->mn, true);
	wheel_set(&p->mn->wheel, &p->ero.timer,
	    mono_add(now.mono, CGA_WAIT));
}

/*
 * Have the update that q describes signed; false: there have been too many of
 * them, or it can't be made.  One is under way at most.
 */
bool
ero_sign(struct peer *p, const struct bu_peer *q, struct now now)
{
	struct ero		*e = &p->ero;
	struct msg_cga_sign	 m;
	uint8_t			 data[MHAUTH_DATAMAX];

	if (!limit_take(&p->mn->peers.signatures, now.mono, CGA_RATE,
	    CGA_BURST)) {
		ero_hold(p, ERO_LIMITED, now);
		return (false);
	}
	memset(&m, 0, sizeof(m));
	m.home = p->home->conf.address;
	m.data.p = data;
	if ((m.data.len = bu_signed_data(p, q, data)) == 0) {
		MN_COUNT(p->mn, failures);
		ero_unanswered(p->home, "its CGA Parameters don't fit a "
		    "Binding Update", now);
		return (false);
	}
	e->unsigned_update.s = *q->s;
	e->unsigned_update.coa = *q->covers;
	ask(p, &e->sign_id, now);
	m.id = e->sign_id;
	p->mn->env->emit(p->mn->env->ctx, MSG_CGA_SIGN, &m);
	return (true);
}

/* Why the cga process did not do what it was asked. */
static const char *
status_text(uint8_t status)
{
	switch (status) {
	case CGA_NO_KEY:
		return ("the cga process has no key for it");
	case CGA_REFUSED:
		return ("the cga process refuses to sign for it");
	default:
		return ("the cga process fails with its key");
	}
}

/* Nothing is asked for h for some time, as the cga process did not do it. */
void
ero_unanswered(struct home *h, const char *what, struct now now)
{
	char	 buf[INET6_ADDRSTRLEN];

	MN_COUNT(h->mn, ero_unsigned);
	if (h->cga.failed == NULL)
		h->cga.since = now.mono.ns;
	h->cga.failed = what;
	h->cga.pause_until = now.mono.ns + CGA_PAUSE;
	h->mn->why_due = true;
	mn_log(h->mn, now, MN_WARN, "%s: %s: return routability is used",
	    mn_ntop(&h->conf.address, buf), what);
}

/* The cga process has done what it was asked. */
static void
works(struct home *h)
{
	if (h->cga.failed == NULL)
		return;
	h->cga.failed = NULL;
	h->cga.pause_until = NEVER;
	h->mn->why_due = true;
}

/* The answer for the update that p has waiting: is it a signature? */
bool
ero_signed(struct peer *p, const struct msg_cga_signed *m, struct now now)
{
	ero_stop(p);
	if (m->status == CGA_DONE &&
	    m->signature.len == p->home->cga.signature) {
		works(p->home);
		return (true);
	}
	ero_unanswered(p->home, status_text(m->status), now);
	return (false);
}

/*
 * The answer about the token of p: that is the one to be used from now on
 * (section 4.8).  False: there is none, which is about this correspondent, as
 * anything can be in its option.
 */
bool
ero_decrypted(struct peer *p, const struct msg_cga_decrypted *m,
    struct now now)
{
	struct ero	*e = &p->ero;
	size_t		 i;

	ero_stop(p);
	if (m->status != CGA_DONE || m->token.len != MHAUTH_TOKENLEN) {
		MN_COUNT(p->mn, ero_unsigned);
		ero_hold(p, ERO_NO_TOKEN, now);
		return (false);
	}
	works(p->home);
	memset(&e->permanent, 0, sizeof(e->permanent));
	for (i = 0; i < m->token.len; i++)
		e->permanent.value = e->permanent.value << 8 | m->token.p[i];
	e->permanent.there = true;
	e->permanent.at = e->decrypt_at;
	e->numbers = 0;
	e->renew = false;
	MN_COUNT(p->mn, ero_tokens);
	return (true);
}

/* The cga process has not answered in time. */
void
ero_overdue(struct peer *p, struct now now)
{
	ero_stop(p);
	ero_unanswered(p->home, "the cga process does not answer", now);
}

static void
take_careof(struct peer *p, const struct sent *s, const struct mh_opt *o)
{
	struct ero	*e = &p->ero;

	e->careof.there = true;
	e->careof.value = o->u.token;
	e->careof.index = ERO_CAREOF_INDEX;
	e->careof.at = s->at;
	e->careof_of = p->binding.coa;
}

static void
take_permanent(struct peer *p, const struct sent *s, const struct mh_opt *o,
    struct now now)
{
	struct ero		*e = &p->ero;
	struct msg_cga_decrypt	 m;

	/* What there was is not what it has now. */
	token_drop(&e->permanent);
	if (p->home->cga.params == NULL)
		return;
	ask(p, &e->decrypt_id, now);
	e->decrypt_at = s->at;
	memset(&m, 0, sizeof(m));
	m.id = e->decrypt_id;
	m.home = p->home->conf.address;
	m.data.p = o->var;
	m.data.len = o->varlen;
	p->mn->env->emit(p->mn->env->ctx, MSG_CGA_DECRYPT, &m);
}

/* Will the correspondent give another token, for what was sent after s? */
static void
await_later(struct peer *p, const struct sent *s)
{
	const struct sent	*last = exchange_get(&p->update, 0);
	struct ero_later	*l = &p->ero.later;

	l->awaited = last != NULL && last != s && last->proof == PROOF_CGA;
	if (!l->awaited)
		return;
	l->s = *last;
	l->coa = p->binding.coa;
	memcpy(l->kbm, p->kbm, sizeof(l->kbm));
}

/*
 * Is m the acknowledgement of the last one of several that were signed, of
 * which one before has been answered?  Then its token is the one that counts.
 */
bool
ero_is_later(struct peer *p, const struct mh *m, struct now now)
{
	const struct mh_opt	*token = mh_find(m, MHOPT_PHKT);
	struct ero_later	*l = &p->ero.later;

	if (!l->awaited || token == NULL || m->u.ba.status >= 128 ||
	    m->u.ba.seq != l->s.seq || mhauth_bad_verify(p->mn->auth, m,
	    l->kbm, sizeof(l->kbm), &l->coa, &p->addr) != MHAUTH_OK)
		return (false);
	l->awaited = false;
	take_permanent(p, &l->s, token, now);
	return (true);
}

/*
 * An acknowledgement, m, whose authenticator is right accepts what s says: its
 * tokens, and what it shows of who sent it (sections 4.4, 4.8).
 */
void
ero_accepted(struct peer *p, const struct sent *s, const struct mh *m,
    struct now now)
{
	const struct mh_opt	*careof = mh_find(m, MHOPT_COT);
	const struct mh_opt	*token = mh_find(m, MHOPT_PHKT);
	struct ero		*e = &p->ero;

	e->by = s->proof;
	e->unverified = s->early;
	e->failures = 0;
	token_drop(&e->careof);
	if (careof != NULL || token != NULL) {
		p->dest->enhanced = true;
		e->slow = false;
	}
	if (s->early) {
		if (careof != NULL)
			take_careof(p, s, careof);
		else
			e->slow = true;
	}
	e->later.awaited = false;
	if (token != NULL) {
		await_later(p, s);
		take_permanent(p, s, token, now);
	} else if (s->proof == PROOF_CGA) {
		e->by = PROOF_HOME;
		ero_forget(p);
		ero_hold(p, ERO_UNKNOWN, now);
	}
}

/* It has no binding of us that is known: so the token has gone with it. */
void
ero_unbound(struct peer *p)
{
	token_drop(&p->ero.permanent);
	token_drop(&p->ero.careof);
	p->ero.later.awaited = false;
	p->ero.unverified = p->ero.renew = false;
	p->ero.numbers = 0;
}

/* Is it time for another token (sections 4.9, 6.5)? */
void
ero_look(struct peer *p, struct now now)
{
	struct ero	*e = &p->ero;

	if (e->permanent.there && now.mono.ns - e->permanent.at >=
	    SEC(MAX_CGA_BINDING_LIFETIME) - ERO_RENEW)
		e->renew = true;
}

static size_t
signature_length(const struct blob *params)
{
	struct cga	 c;
	struct cga_rsa	 rsa;

	if (cga_parse(&c, params->p, params->len) != CGA_OK ||
	    cga_rsa(&c, &rsa) != CGA_OK || cga_rsa_fits(&rsa) != CGA_OK)
		return (0);
	return (rsa.nlen);
}

/*
 * The cga process has a key for h, to whose public half these CGA Parameters
 * belong; no octets: it has none any more.  False: that is no news.
 */
bool
ero_params(struct home *h, const struct blob *params, struct now now)
{
	struct home_cga	*c = &h->cga;
	uint8_t		*copy = NULL;
	size_t		 signature = 0;

	if (params->len == c->len && (c->len == 0 ||
	    memcmp(params->p, c->params, c->len) == 0))
		return (false);
	if (params->len > 0 && (signature = signature_length(params)) == 0)
		MN_COUNT(h->mn, failures);
	if (signature > 0 && (copy = malloc(params->len)) == NULL)
		MN_COUNT(h->mn, no_memory);
	if (copy != NULL)
		memcpy(copy, params->p, params->len);
	free(c->params);
	c->params = copy;
	c->len = copy == NULL ? 0 : params->len;
	c->signature = signature;
	c->since = now.mono.ns;
	c->pause_until = NEVER;
	c->failed = NULL;
	h->mn->why_due = true;
	return (true);
}

/* How p is known to its correspondent, for people. */
const char *
ero_text(const struct peer *p, struct now now, char *buf, size_t len)
{
	static const char *const	 proofs[] = {
		[PROOF_HOME] = "return routability",
		[PROOF_CGA] = "CGA and signature",
		[PROOF_TOKEN] = "permanent token",
		[PROOF_KEY] = "static key",
	};
	static const char *const	 holds[] = {
		[ERO_NOT_HELD] = "", [ERO_LIMITED] = "",
		[ERO_UNKNOWN] = ", it knows nothing of RFC 4866",
		[ERO_REFUSED] = ", it refuses signatures",
		[ERO_SILENT] = ", it does not answer what is signed",
		[ERO_NO_TOKEN] = ", it gave a token that can't be decrypted",
	};
	const struct ero	*e = &p->ero;

	snprintf(buf, len, "%s%s%s", proofs[e->by], e->unverified ?
	    ", early: the care-of address is not verified yet" : "",
	    is_held(e, now) ? holds[e->hold] : "");
	return (buf);
}

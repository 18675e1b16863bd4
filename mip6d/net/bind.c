/*
 * The tables of the data plane: made, freed, fitted to the configuration, and
 * changed when an engine asks for it.  An engine gets only what is on a closed
 * list, as it may have been taken over: tunnels of home addresses that its
 * role is configured for (owner.c), and defence of addresses of its links.
 * Here is also decided whether net may send an answer of its own (RFC 4443
 * 2.4).  Called by net.c and the rest of the data plane.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"
#include "net/dp.h"
#include "wire/icmp6.h"
#include "wire/ip6.h"

/* Empty tables; key is secret and random.  False when out of memory. */
bool
dp_init(struct dp *dp, const uint64_t key[2])
{
	memset(dp, 0, sizeof(*dp));
	dp->homes.key.k[0] = key[0];
	dp->homes.key.k[1] = key[1];
	if (!planes_choose(&dp->planes, dp, key, DATAPLANE_USER) ||
	    !addrs_init(&dp->addrs, key) ||
	    !observe_init(&dp->observe, key) ||
	    !defend_init(&dp->defends, key) ||
	    !protect_init(&dp->sent, key, PROTECT_OUT) ||
	    !protect_init(&dp->seen, key, PROTECT_IN) ||
	    !spis_init(&dp->spis, key)) {
		dp_free(dp);
		return (false);
	}
	limiter_init(&dp->errors, key, ERROR_RATE, ERROR_RATE_ONE);
	limiter_init(&dp->too_big, key, TOO_BIG_RATE, TOO_BIG_RATE_ONE);
	limiter_init(&dp->binding_errors, key, ERROR_RATE, ERROR_RATE_ONE);
	dp->frag_id = (uint32_t)key[0];
	return (true);
}

void
dp_free(struct dp *dp)
{
	planes_free(&dp->planes);
	observe_free(&dp->observe);
	addrs_free(&dp->addrs);
	defend_free(&dp->defends);
	homes_free(&dp->homes);
	protect_free(&dp->sent);
	protect_free(&dp->seen);
	spis_free(&dp->spis);
	free(dp->copies);
	dp->copies = NULL;
}

/*
 * Go by this configuration from now on; it stays the caller's and must
 * outlive its use here.  The tunnels of a role that has gone go with it, and
 * dp_sweep() has work.  False when out of memory; then the old one must go on.
 */
bool
dp_configure(struct dp *dp, const struct conf *conf)
{
	enum role	 role;

	if (!planes_choose(&dp->planes, dp, dp->homes.key.k,
	    conf->global.dataplane) || !homes_set(&dp->homes, conf))
		return (false);
	dp->conf = conf;
	dp->limit = conf->global.no_encapsulation_limit ? -1 :
	    (int16_t)conf->global.encapsulation_limit;
	dp->roles = 0;
	FOREACH_ENGINE(role) {
		if (role_wanted(role, conf))
			dp->roles |= ROLE_BIT(role);
		else {
			planes_forget(&dp->planes, role);
			observe_forget(&dp->observe, role);
		}
	}
	/* If a role comes back, its next engine has told nothing so far. */
	dp->complete &= dp->roles;
	if ((dp->roles & ROLE_BIT(ROLE_HA)) == 0)
		defend_clear(&dp->defends);
	return (true);
}

/* To be called before each packet. */
void
dp_out_init(struct dp_out *o)
{
	o->why = NC_MAX;
	o->reply_why = o->observe_why = o->credit_why = NC_MAX;
	o->reply_by = 0;
	o->ifindex = 0;
	o->to = 0;
	o->tunnel_to = ROLE_MAX;
	o->reply.len = 0;
	o->second_len = 0;
	o->copying = false;
	o->ncopies = o->npieces = 0;
	o->asks = false;
	memset(&o->vnet, 0, sizeof(o->vnet));
}

enum dp_verdict
dp_drop(struct dp_out *o, enum net_counter why)
{
	o->why = why;
	return (DP_DROP);
}

/* Copies may be asked for: have memory for them, as long as there is net. */
static bool
may_copy(struct dp *dp)
{
	if (dp->copies == NULL)
		dp->copies = malloc(sizeof(*dp->copies));
	return (dp->copies != NULL);
}

/* It can't be had: nothing is to be sent to where it was before either. */
static void
end_path(struct dp *dp, const struct fwd_key *k, const struct msg_bind *b)
{
	struct msg_unbind	 u = { b->home, b->other, b->bid };
	struct plane_row	 row;

	/* One without a number would have been replaced. */
	if (planes_find(&dp->planes, k->owner, &b->home, &b->other, &row) &&
	    row.bind.bid == 0)
		u.bid = 0;
	planes_unbind(&dp->planes, k->owner, &u, k->plen);
}

/*
 * An engine binds a home address, or a pair with it.  False, and counted under
 * why, if that is not its to ask or is a path too many: then all is as it was.
 * Or if there is no memory, and then there is no such path any more.
 */
bool
dp_bind(struct dp *dp, enum role role, const struct msg_bind *b,
    struct mono now, struct dp_out *o)
{
	struct fwd_key	 k;
	int		 e;

	if (!owner_may_bind(dp, role, b, &k)) {
		o->why = NC_REFUSED;
		return (false);
	}
	if ((b->flags & BIND_ALL) != 0 && !may_copy(dp)) {
		end_path(dp, &k, b);
		o->why = NC_NO_MEMORY;
		return (false);
	}
	if ((e = planes_bind(&dp->planes, &k, b, now)) != 0) {
		o->why = e == ENOSPC ? NC_REFUSED : NC_NO_MEMORY;
		return (false);
	}
	return (true);
}

/*
 * The home agent has an address defended, or no longer: of its home prefixes,
 * or link-local, and from an address of its own.  False as for dp_bind().
 */
bool
dp_defend(struct dp *dp, enum role role, const struct msg_defend *m,
    struct dp_out *o)
{
	if (role != ROLE_HA || (dp->roles & ROLE_BIT(role)) == 0 || (m->on &&
	    (m->ifindex == 0 || !dp_is_ha_address(dp, &m->source) ||
	    dp_is_ha_address(dp, &m->addr) ||
	    (!dp_in_home_prefix(dp, &m->addr) &&
	    !in6_is_linklocal(&m->addr))))) {
		o->why = NC_REFUSED;
		return (false);
	}
	if (!defend_set(&dp->defends, m)) {
		o->why = NC_NO_MEMORY;
		return (false);
	}
	return (true);
}

/* An engine takes its binding back; false if it has none. */
bool
dp_unbind(struct dp *dp, enum role role, const struct msg_unbind *u)
{
	return (planes_unbind(&dp->planes, role, u, FWD_ADDRESS));
}

/*
 * An engine has packets of its own binding take the paths of a flow.  False as
 * for dp_bind().
 */
bool
dp_flow(struct dp *dp, enum role role, const struct msg_flow *m,
    struct dp_out *o)
{
	int	 e;

	if (!may_copy(dp))
		e = ENOMEM;
	else
		e = (dp->roles & ROLE_BIT(role)) == 0 ? EPERM :
		    planes_flow(&dp->planes, role, m);
	o->why = e == ENOMEM ? NC_NO_MEMORY : NC_REFUSED;
	return (e == 0);
}

/* Or no longer; false: it has none. */
bool
dp_unflow(struct dp *dp, enum role role, const struct msg_unflow *m)
{
	return (planes_unflow(&dp->planes, role, m));
}

/*
 * An engine wants to know with whom a home address of its own speaks.  False as
 * for dp_bind().
 */
bool
dp_set_observe(struct dp *dp, enum role role, const struct msg_observe *m,
    struct dp_out *o)
{
	bool	 may = role == ROLE_MN ? dp_is_home(dp, &m->home) :
	    role == ROLE_HA && dp_in_home_prefix(dp, &m->home);

	/* To have it no longer is its in any case: a reload may have been. */
	if (m->packets != 0 &&
	    (!may || (dp->roles & ROLE_BIT(role)) == 0)) {
		o->why = NC_REFUSED;
		return (false);
	}
	if (!observe_set(&dp->observe, role, m)) {
		o->why = NC_NO_MEMORY;
		return (false);
	}
	return (true);
}

/* An engine begins: what the one before had asked for goes on until ... */
void
dp_resync(struct dp *dp, enum role role)
{
	planes_resync(&dp->planes, role);
	observe_forget(&dp->observe, role);
	if (role == ROLE_HA)
		defend_resync(&dp->defends);
}

/* ... it has told all it wants; dp_sweep() has work. */
void
dp_resync_end(struct dp *dp, enum role role)
{
	dp->complete |= ROLE_BIT(role);
	planes_resync_end(&dp->planes, role);
	if (role == ROLE_HA)
		defend_resync_end(&dp->defends);
}

/* Remove some of what no engine wants any more; true: there is more to do. */
bool
dp_sweep(struct dp *dp, uint32_t entries)
{
	return (planes_sweep(&dp->planes, entries));
}

/*
 * Is a an anycast address: of the routers of a link of ours, or of the home
 * agents of a home link (RFC 4291 2.6.1, RFC 2526, RFC 6275 8.4)?
 */
static bool
is_anycast(const struct dp *dp, const struct in6_addr *a)
{
	const struct conf_home_link	*l;
	const struct conf_prefix	*p;
	struct in6_addr			 any;
	size_t				 i, j;

	if (addrs_anycast(&dp->addrs, a))
		return (true);
	for (i = 0; dp->conf != NULL && dp->conf->ha != NULL &&
	    i < dp->conf->ha->nlinks; i++) {
		l = &dp->conf->ha->links[i];
		for (j = 0; j < l->nprefixes; j++) {
			p = &l->prefixes[j];
			any = in6_ha_anycast(&p->addr, p->len);
			if (in6_eq(a, &any) || (p->len < 127 &&
			    in6_eq(a, &p->addr)))
				return (true);
		}
	}
	return (false);
}

/*
 * An answer has been put into o->reply: may it be sent?  Its destination must
 * be one node (RFC 4443 2.4 (e.6)), its source still be ours, and there may not
 * have been too many.  count is what it counts as.
 */
bool
dp_answer(struct dp *dp, struct dp_out *o, struct limiter *l, struct mono now,
    enum net_counter count)
{
	static const enum net_counter	 limits[] = {
		[LIMIT_DESTINATION] = NC_LIMITED_ONE,
		[LIMIT_ALL] = NC_LIMITED,
	};
	struct in6_addr	 src = ip6_src(o->reply.buf);
	struct in6_addr	 dst = ip6_dst(o->reply.buf);
	enum limit	 limit;

	if (is_anycast(dp, &dst))
		o->reply_why = NC_NO_ANSWER;
	else if (!addrs_local(&dp->addrs, &src))
		o->reply_why = NC_NO_SOURCE;
	else if ((limit = limiter_take(l, &dst, now)) != LIMIT_NOT)
		o->reply_why = limits[limit];
	else {
		o->reply_why = count;
		return (true);
	}
	o->reply.len = 0;
	return (false);
}

/*
 * Answer the packet at p with Destination Unreachable, code 3 (RFC 6275
 * 10.4.2, RFC 2473 8.2) from src.
 */
void
dp_unreachable(struct dp *dp, const struct in6_addr *src, const uint8_t *p,
    size_t len, struct mono now, struct dp_out *o)
{
	if (reply_error(&o->reply, ICMP6_T_UNREACH, ICMP6_C_UNREACH_ADDR, 0,
	    src, p, len))
		dp_answer(dp, o, &dp->errors, now, NC_ERRORS_OUT);
}

/*
 * Who may have packets forwarded, a row for each engine that binds: whose
 * address its entries go by, and what it may bind.
 * Here the entries are found for a packet on its way out, and the one for what
 * has come: by the same entry, the other way round (RFC 6275 9.3, 10.4.2,
 * 10.4.5, 11.3.1, 11.3.3).  Called by the other files of the data plane.
 */
#include "conf/conf.h"
#include "net/dp.h"
#include "wire/ip6.h"

struct owner {
	enum role	 role;
	enum fwd_side	 side;
	enum encap_id	 pair;		/* how pairs go; ENCAP_MAX: none */
	bool		(*may_bind)(const struct dp *, const struct msg_bind *);
};

/* Is a a home address of the mobile node role? */
bool
dp_is_home(const struct dp *dp, const struct in6_addr *a)
{
	size_t	 i;

	if (dp->conf == NULL || dp->conf->mn == NULL)
		return (false);
	if (fwd_find(&dp->forward, ROLE_MN, a) != NULL)
		return (true);
	for (i = 0; i < dp->conf->mn->nhomes; i++)
		if (in6_eq(&dp->conf->mn->homes[i].address, a))
			return (true);
	return (false);
}

/* Is a in a prefix of the home agent role? */
bool
dp_in_home_prefix(const struct dp *dp, const struct in6_addr *a)
{
	return (dp->conf != NULL && conf_home_link(dp->conf->ha, a) != NULL);
}

/*
 * Is a the Home-Agents anycast address of a home prefix (RFC 6275 6.5), where
 * requests for home agents are answered?
 */
bool
dp_is_ha_anycast(const struct dp *dp, const struct in6_addr *a)
{
	const struct conf_home_link	*l;
	struct in6_addr			 any;
	size_t				 i;

	if (dp->conf == NULL || (l = conf_home_link(dp->conf->ha, a)) == NULL ||
	    !l->dhaad)
		return (false);
	for (i = 0; i < l->nprefixes; i++) {
		any = in6_ha_anycast(&l->prefixes[i].addr, l->prefixes[i].len);
		if (in6_eq(&any, a))
			return (true);
	}
	return (false);
}

/* Is a a home agent address of ours? */
bool
dp_is_ha_address(const struct dp *dp, const struct in6_addr *a)
{
	size_t	 i;

	if (dp->conf == NULL || dp->conf->ha == NULL)
		return (false);
	for (i = 0; i < dp->conf->ha->nlinks; i++)
		if (in6_eq(&dp->conf->ha->links[i].address, a))
			return (true);
	return (false);
}

/* Tunnels of its home links, from an address of its own. */
static bool
ha_may_bind(const struct dp *dp, const struct msg_bind *b)
{
	return (dp_in_home_prefix(dp, &b->home) &&
	    !dp_is_ha_address(dp, &b->home) &&
	    dp_is_ha_address(dp, &b->local));
}

/*
 * A home address of its own: in a tunnel, or without one to a correspondent
 * that is somebody else.
 */
static bool
mn_may_bind(const struct dp *dp, const struct msg_bind *b)
{
	return (dp_is_home(dp, &b->home) && (in6_is_unspecified(&b->other) ||
	    (in6_eq(&b->other, &b->peer) && !dp_is_home(dp, &b->other) &&
	    !addrs_local(&dp->addrs, &b->other))));
}

/* Somebody else's home address, with one of this host's (RFC 6275 9.1). */
static bool
cn_may_bind(const struct dp *dp, const struct msg_bind *b)
{
	return (!dp_is_home(dp, &b->home) &&
	    !addrs_local(&dp->addrs, &b->home) &&
	    in6_eq(&b->other, &b->local) &&
	    addrs_local(&dp->addrs, &b->local));
}

/* In the order in which a packet is looked up. */
static const struct owner	 owners[] = {
	{ ROLE_HA, FWD_DESTINATION, ENCAP_MAX, ha_may_bind },
	{ ROLE_MN, FWD_SOURCE, ENCAP_HAO, mn_may_bind },
	{ ROLE_CN, FWD_DESTINATION, ENCAP_RH2, cn_may_bind },
};
#define NOWNERS	(sizeof(owners) / sizeof(owners[0]))

/*
 * May this role bind this?  The closed list; if so, k says how it is kept.
 */
bool
owner_may_bind(const struct dp *dp, enum role role, const struct msg_bind *b,
    struct fwd_key *k)
{
	const struct owner	*o;
	bool			 pair = !in6_is_unspecified(&b->other);

	/* A node knows where it is, and home agents trust theirs. */
	if ((b->flags & BIND_UNVERIFIED) != 0 && role != ROLE_CN)
		return (false);
	if ((dp->roles & ROLE_BIT(role)) == 0 ||
	    !in6_is_routable(&b->home) || !in6_is_routable(&b->peer) ||
	    !in6_is_routable(&b->local) || in6_eq(&b->home, &b->peer) ||
	    b->owner.len > BIND_OWNER_MAX ||
	    (b->flags & (BIND_WEIGHTED | BIND_ALL)) ==
	    (BIND_WEIGHTED | BIND_ALL))
		return (false);
	for (o = owners; o < owners + NOWNERS; o++)
		if (o->role == role && (!pair || o->pair != ENCAP_MAX) &&
		    o->may_bind(dp, b)) {
			*k = (struct fwd_key){ role, o->side, FWD_ADDRESS,
			    (uint8_t)(pair ? o->pair : encap_of(role)) };
			return (true);
		}
	return (false);
}

/*
 * What role has bound for an address on its side: with the other one if there
 * are pairs and they are asked for, else with any.
 */
static inline struct fwd_entry *
bound_for(const struct fwd_table *t, enum role role, const struct in6_addr *a,
    const struct in6_addr *other, bool pairs)
{
	struct fwd_entry	*e;

	if (pairs && (e = fwd_find_pair(t, role, a, other)) != NULL)
		return (e);
	return (t->entries[role] == t->pairs[role] ? NULL :
	    fwd_find(t, role, a));
}

/*
 * The entry for a packet from src to dst that is to go out, whatever pairs
 * there are; NULL: none.
 */
struct fwd_entry *
owner_out(const struct dp *dp, const struct in6_addr *src,
    const struct in6_addr *dst)
{
	const struct owner	*o;
	struct fwd_entry	*e;

	for (o = owners; o < owners + NOWNERS; o++)
		if ((dp->roles & ROLE_BIT(o->role)) != 0 &&
		    (e = bound_for(&dp->forward, o->role,
		    o->side == FWD_SOURCE ? src : dst, NULL, false)) != NULL)
			return (e);
	return (NULL);
}

/* The entries for it with regard to pairs, one of each side or NULL. */
void
owner_sides(const struct dp *dp, const struct in6_addr *src,
    const struct in6_addr *dst, struct fwd_entry *by[FWD_SIDES])
{
	const struct owner	*o;

	by[FWD_SOURCE] = by[FWD_DESTINATION] = NULL;
	for (o = owners; o < owners + NOWNERS; o++)
		if ((dp->roles & ROLE_BIT(o->role)) != 0 &&
		    by[o->side] == NULL)
			by[o->side] = o->side == FWD_SOURCE ?
			    bound_for(&dp->forward, o->role, src, dst, true) :
			    bound_for(&dp->forward, o->role, dst, src, true);
}

/*
 * The entry whose packets go from src to dst inside such an encapsulation from
 * local to remote, and that path; NULL: none.  For what has come, what went out
 * is turned round: both the outer pair and the inner address must be right.
 */
struct fwd_entry *
owner_of(const struct dp *dp, enum encap_id encap, const struct in6_addr *src,
    const struct in6_addr *dst, const struct in6_addr *local,
    const struct in6_addr *remote, struct fwd_path **path)
{
	const struct owner	*o;
	struct fwd_entry	*e;

	for (o = owners; o < owners + NOWNERS; o++)
		if ((dp->roles & ROLE_BIT(o->role)) != 0 &&
		    (e = bound_for(&dp->forward, o->role,
		    o->side == FWD_SOURCE ? src : dst, NULL, false)) != NULL &&
		    (*path = fwd_path(e, local, remote)) != NULL &&
		    (*path)->encap == encap)
			return (e);
	return (NULL);
}

/* The path of e that sends between these ends and has these flags, or NULL. */
static inline struct fwd_path *
path_end(struct fwd_entry *e, const struct in6_addr *other,
    const struct in6_addr *end, unsigned int flags)
{
	struct fwd_path	*p;

	for (p = &e->path; p != NULL && fwd_sends(p); p = p->next)
		if ((p->flags & flags) == flags &&
		    in6_eq(fwd_far(e, p), other) && in6_eq(fwd_near(e, p), end))
			return (p);
	return (NULL);
}

/*
 * The entry by which packets between a home address on this side and other go
 * without a tunnel: that of the pair, or of all where other is the end of the
 * tunnel itself.  Its path must be at end, where the home address is now, and
 * it must have these flags; it is stored in path.  There is none for a node
 * that is not where it says it is, or did not say it to this address of ours
 * (RFC 6275 9.1, 9.3.1), nor for an address that is not ours any more.
 */
struct fwd_entry *
owner_end(const struct dp *dp, enum fwd_side side, const struct in6_addr *home,
    const struct in6_addr *other, const struct in6_addr *end,
    unsigned int flags, struct fwd_path **path)
{
	const struct owner	*o;
	struct fwd_entry	*e;

	for (o = owners; o < owners + NOWNERS; o++)
		if (o->side == side && (dp->roles & ROLE_BIT(o->role)) != 0 &&
		    (e = bound_for(&dp->forward, o->role, home, other,
		    true)) != NULL &&
		    (*path = path_end(e, other, end, flags)) != NULL)
			return (e);
	return (NULL);
}

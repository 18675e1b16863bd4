/*
 * Who may have packets forwarded, a row for each engine that binds: whose
 * address its entries go by, and what it may bind.
 * Here an entry is found for a packet on its way out, and for one that has
 * come: by the same entry, the other way round (RFC 6275 10.4.2, 10.4.5,
 * 11.3.1, 11.3.3).  Called by the other files of the data plane.
 */
#include "conf/conf.h"
#include "net/dp.h"
#include "wire/ip6.h"

struct owner {
	enum role	 role;
	enum fwd_side	 side;
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
	const struct conf_home_link	*l;
	size_t				 i, j;

	if (dp->conf == NULL || dp->conf->ha == NULL)
		return (false);
	for (i = 0; i < dp->conf->ha->nlinks; i++) {
		l = &dp->conf->ha->links[i];
		for (j = 0; j < l->nprefixes; j++)
			if (in6_prefix_eq(a, &l->prefixes[j].addr,
			    l->prefixes[j].len))
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

static bool
mn_may_bind(const struct dp *dp, const struct msg_bind *b)
{
	return (dp_is_home(dp, &b->home));
}

static bool
cn_may_bind(const struct dp *dp, const struct msg_bind *b)
{
	return (!dp_is_home(dp, &b->home) &&
	    !addrs_local(&dp->addrs, &b->home));
}

/* In the order in which a packet is looked up. */
static const struct owner	 owners[] = {
	{ ROLE_HA, FWD_DESTINATION, ha_may_bind },
	{ ROLE_MN, FWD_SOURCE, mn_may_bind },
	{ ROLE_CN, FWD_DESTINATION, cn_may_bind },
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

	if ((dp->roles & ROLE_BIT(role)) == 0 ||
	    !in6_is_routable(&b->home) || !in6_is_routable(&b->peer) ||
	    !in6_is_routable(&b->local) || in6_eq(&b->home, &b->peer) ||
	    !in6_is_unspecified(&b->other) ||
	    b->owner.len > BIND_OWNER_MAX)
		return (false);
	for (o = owners; o < owners + NOWNERS; o++)
		if (o->role == role && o->may_bind(dp, b)) {
			*k = (struct fwd_key){ role, o->side, FWD_ADDRESS,
			    (uint8_t)encap_of(role) };
			return (true);
		}
	return (false);
}

/* The entry for a packet from src to dst that is to go out, or NULL. */
struct fwd_entry *
owner_out(const struct dp *dp, const struct in6_addr *src,
    const struct in6_addr *dst)
{
	const struct owner	*o;
	struct fwd_entry	*e;

	for (o = owners; o < owners + NOWNERS; o++)
		if ((dp->roles & ROLE_BIT(o->role)) != 0 &&
		    (e = fwd_find(&dp->forward, o->role,
		    o->side == FWD_SOURCE ? src : dst)) != NULL)
			return (e);
	return (NULL);
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
		    (e = fwd_find(&dp->forward, o->role,
		    o->side == FWD_SOURCE ? src : dst)) != NULL &&
		    (*path = fwd_path(e, local, remote)) != NULL &&
		    (*path)->encap == encap)
			return (e);
	return (NULL);
}

/*
 * The entry of a home address on this side, with these flags, whose path ends
 * at end: there is none for a node that is not where it says it is (RFC 6275
 * 9.3.1), nor for an address that is not ours any more.
 */
struct fwd_entry *
owner_end(const struct dp *dp, enum fwd_side side, const struct in6_addr *home,
    const struct in6_addr *end, unsigned int flags)
{
	const struct owner	*o;
	struct fwd_entry	*e;

	for (o = owners; o < owners + NOWNERS; o++)
		if (o->side == side &&
		    (e = fwd_find(&dp->forward, o->role, home)) != NULL &&
		    (e->flags & flags) == flags &&
		    in6_eq(side == FWD_SOURCE ? &e->path.local :
		    &e->path.remote, end))
			return (e);
	return (NULL);
}

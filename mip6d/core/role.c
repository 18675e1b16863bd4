/*
 * The roles, which are the processes: the table that core/role.def fills, the
 * words that its rows are made of, and who wants to know something of them.
 * Tables and no state; called from everywhere.
 */
#include <string.h>

#include "conf/conf.h"
#include "core/role.h"
#include "core/verb.h"
#include "wire/icmp6.h"
#include "wire/mh.h"

#define BLOCK(b)	offsetof(struct conf, b)

/* What each child says, and hears. */
#define CHILD_SAYS	(CLASS(MC_LIFE_ANSWER) | CLASS(MC_PIPE_LOST) | \
			    CLASS(MC_REPORT))
#define CHILD_HEARS	(CLASS(MC_LIFE) | CLASS(MC_QUERY))
#define ENGINE_SAYS	(CHILD_SAYS | CLASS(MC_PACKET_OUT))
#define ENGINE_HEARS	(CHILD_HEARS | CLASS(MC_PACKET_IN) | \
			    CLASS(MC_WORLD) | CLASS(MC_RESULT))
#define KEYED_SAYS	(CLASS(MC_KEY_WANT) | CLASS(MC_IPSEC))
#define KEYED_HEARS	CLASS(MC_KEY_STATE)

static role_wants	 has_ipsec, has_cga, has_state;
static role_homes	 homes_of_ha, homes_of_mn, homes_of_cn, homes_of_sec;
static role_place	 places_of_ike;

#define N_OF(type, ...) \
	(sizeof((const type[]){ __VA_ARGS__ }) / sizeof(type))
#define TAKES_MH(...) \
	.mh_in = (const struct role_mh_in[]){ __VA_ARGS__ }, \
	.nmh_in = N_OF(struct role_mh_in, __VA_ARGS__)
#define SENDS_MH(...) \
	.mh_out = (const struct role_mh_out[]){ __VA_ARGS__ }, \
	.nmh_out = N_OF(struct role_mh_out, __VA_ARGS__)
#define TAKES_ICMP6(...) \
	.icmp6_in = (const uint8_t[]){ __VA_ARGS__ }, \
	.nicmp6_in = N_OF(uint8_t, __VA_ARGS__)
#define SENDS_ICMP6(...) \
	.icmp6_out = (const uint8_t[]){ __VA_ARGS__ }, \
	.nicmp6_out = N_OF(uint8_t, __VA_ARGS__)

#define ROW(id, n, k, ...) \
	[ROLE_##id] = { .name = #n, .kind = (k), __VA_ARGS__ },
#define ROOT(id, n, ...)	ROW(id, n, ROLE_ROOT, __VA_ARGS__)
#define SERVICE(id, n, ...)	ROW(id, n, ROLE_SERVICE, __VA_ARGS__)
#define ENGINE(id, n, ...)	ROW(id, n, ROLE_ENGINE, __VA_ARGS__)
static const struct role_def defs[ROLE_MAX] = {
#include "core/role.def"
};
_Static_assert(MC_MAX <= 64, "a class is a bit");

/* The row of a role, which must be one. */
const struct role_def *
role_def(enum role r)
{
	return (&defs[r]);
}

/* Name of a role for logs and titles; "?" if it is none. */
const char *
role_name(enum role r)
{
	return ((unsigned int)r < ROLE_MAX ? defs[r].name : "?");
}

/* The role of that name, or ROLE_MAX. */
enum role
role_by_name(const char *name)
{
	unsigned int	 r;

	for (r = 0; r < ROLE_MAX; r++)
		if (strcmp(defs[r].name, name) == 0)
			return ((enum role)r);
	return (ROLE_MAX);
}

bool
role_is_engine(enum role r)
{
	return ((unsigned int)r < ROLE_MAX && defs[r].kind == ROLE_ENGINE);
}

/* Does the row of a role name a pipe to that one? */
bool
role_names(enum role r, enum role peer)
{
	return ((defs[r].pipes & ROLE_BIT(peer)) != 0);
}

/* Is it started only when that one is ready? */
bool
role_awaits(enum role r, enum role peer)
{
	return ((defs[r].awaits & ROLE_BIT(peer)) != 0);
}

/* The first engine that is not before from in the enum; ROLE_MAX: none. */
enum role
role_engine(unsigned int from)
{
	while (from < ROLE_MAX && defs[from].kind != ROLE_ENGINE)
		from++;
	return ((enum role)from);
}

/* The first role that has that and is not before from; ROLE_MAX: none. */
enum role
role_with(unsigned int from, unsigned int what)
{
	while (from < ROLE_MAX && (defs[from].has & what) == 0)
		from++;
	return ((enum role)from);
}

/* Under :: is what a home agent saves of itself. */
static void
homes_of_ha(const struct conf *c, void (*fn)(void *, const struct in6_addr *),
    void *arg)
{
	size_t	 i, j;

	if (c->ha == NULL)
		return;
	fn(arg, &in6addr_any);
	for (i = 0; i < c->ha->nnodes; i++)
		for (j = 0; j < c->ha->nodes[i].nhomes; j++)
			fn(arg, &c->ha->nodes[i].homes[j]);
}

static void
homes_of_mn(const struct conf *c, void (*fn)(void *, const struct in6_addr *),
    void *arg)
{
	size_t	 i;

	if (c->mn == NULL)
		return;
	for (i = 0; i < c->mn->nhomes; i++)
		fn(arg, &c->mn->homes[i].address);
	/* The numbers used with static keys are under the other node. */
	for (i = 0; c->mn->ro != NULL && i < c->mn->ro->nkeys; i++)
		fn(arg, &c->mn->ro->keys[i].peer);
}

static void
homes_of_cn(const struct conf *c, void (*fn)(void *, const struct in6_addr *),
    void *arg)
{
	size_t	 i;

	for (i = 0; c->cn != NULL && i < c->cn->nkeys; i++)
		fn(arg, &c->cn->keys[i].peer);
}

static void
homes_of_sec(const struct conf *c, void (*fn)(void *, const struct in6_addr *),
    void *arg)
{
	homes_of_ha(c, fn, arg);
	homes_of_mn(c, fn, arg);
}

/* charon's socket for VICI. */
static const char *
places_of_ike(const struct conf *c, const char *name)
{
	return (c->ike != NULL && strcmp(name, ROLE_PLACE_VICI) == 0 ?
	    c->ike->vici : NULL);
}

/* A node that proves itself by IPsec. */
static bool
has_ipsec(const struct conf *c)
{
	size_t	 i;

	for (i = 0; c->ha != NULL && i < c->ha->nnodes; i++)
		if (c->ha->nodes[i].auth.type == AUTH_IPSEC)
			return (true);
	for (i = 0; c->mn != NULL && i < c->mn->nhomes; i++)
		if (c->mn->homes[i].auth.type == AUTH_IPSEC)
			return (true);
	return (false);
}

/* A home address that is a CGA, with a key. */
static bool
has_cga(const struct conf *c)
{
	size_t	 i;

	for (i = 0; c->mn != NULL && i < c->mn->nhomes; i++)
		if (c->mn->homes[i].cga_key[0] != '\0')
			return (true);
	return (false);
}

/* Somebody whose state is kept. */
static bool
has_state(const struct conf *c)
{
	enum role	 r;

	FOREACH_ROLE_WITH(r, HAS_STATE)
		if (role_wanted(r, c))
			return (true);
	return (false);
}

static bool
has_block(enum role r, const struct conf *c)
{
	const char	*p = (const char *)c + defs[r].block;
	const void	*block;

	memcpy(&block, p, sizeof(block));
	return (block != NULL);
}

/* Does this configuration need a child of that role? */
bool
role_wanted(enum role r, const struct conf *c)
{
	enum role	 e;

	if (defs[r].kind == ROLE_ROOT)
		return (false);
	if (defs[r].runs == RUNS_ALWAYS)
		return (true);
	if (defs[r].runs == RUNS_CONFIGURED)
		return (has_block(r, c));
	if (defs[r].runs == RUNS_WANTED)
		return (defs[r].wants(c));
	FOREACH_ENGINE(e)
		if (role_wanted(e, c))
			return (true);
	return (false);
}

/*
 * The roles, which are the processes: a row for each says how it is called,
 * when it runs, what it is given and told before its sandbox closes, and which
 * classes of messages it says and hears.  Tables and no state; called from
 * everywhere.
 */
#include <string.h>

#include "conf/conf.h"
#include "core/role.h"

#define BLOCK(b)	offsetof(struct conf, b)

/* What each child says to the parent, and hears of it. */
#define CHILD_SAYS	(CLASS(MC_LIFE_ANSWER) | CLASS(MC_REPORT))
#define CHILD_HEARS	(CLASS(MC_LIFE) | CLASS(MC_QUERY))
#define ENGINE_SAYS	(CHILD_SAYS | CLASS(MC_PACKET_OUT) | \
			    CLASS(MC_PIPE_LOST) | CLASS(MC_ENGINE_STATE))
#define ENGINE_HEARS	(CHILD_HEARS | CLASS(MC_PACKET_IN) | \
			    CLASS(MC_WORLD) | CLASS(MC_ENGINE_PAST) | \
			    CLASS(MC_RESULT))
#define KEYED_SAYS	(CLASS(MC_KEY_WANT) | CLASS(MC_IPSEC))
#define KEYED_HEARS	CLASS(MC_KEY_STATE)

static role_homes	 homes_of_ha, homes_of_mn;

static const struct role_def defs[ROLE_MAX] = {
	[ROLE_PARENT] = {
		.name = "parent",
		.kind = ROLE_ROOT,
		.says = CLASS(MC_LIFE) | CLASS(MC_QUERY) | CLASS(MC_REPORT) |
		    CLASS(MC_WORLD) | CLASS(MC_ENGINE_PAST) |
		    CLASS(MC_RESULT) | CLASS(MC_ROUTES_LOST) |
		    CLASS(MC_KEY_WANT) | CLASS(MC_KEY_STATE) |
		    CLASS(MC_KEYING_ANSWER) | CLASS(MC_SPI),
		.hears = CLASS(MC_LIFE_ANSWER) | CLASS(MC_QUERY) |
		    CLASS(MC_REPORT) | CLASS(MC_RELOAD) |
		    CLASS(MC_PIPE_LOST) | CLASS(MC_NET_NEEDS) |
		    CLASS(MC_ENGINE_STATE) | CLASS(MC_HOME_ROUTE) |
		    CLASS(MC_MOVE) | CLASS(MC_IPSEC) | CLASS(MC_KEY_WANT) |
		    CLASS(MC_KEY_STATE) | CLASS(MC_KEYING),
	},
	[ROLE_CONTROL] = {
		.name = "control",
		.kind = ROLE_SERVICE,
		.runs = RUNS_ALWAYS,
		.parts = CONF_PRINT_GLOBAL,
		.fds = FDS_LISTEN,
		.stays = true,
		.promises = "stdio unix recvfd",
		.says = CHILD_SAYS | CLASS(MC_QUERY) | CLASS(MC_RELOAD),
		.hears = CHILD_HEARS | CLASS(MC_REPORT),
	},
	[ROLE_NET] = {
		.name = "net",
		.kind = ROLE_SERVICE,
		.runs = RUNS_WITH_ENGINES,
		.parts = CONF_PRINT_GLOBAL | CONF_PRINT_HA | CONF_PRINT_MN |
		    CONF_PRINT_CN,
		.fds = FDS_KERNEL,
		.world = true,
		.stays = true,
		.addresses = true,
		.promises = "stdio inet recvfd",
		.says = CHILD_SAYS | CLASS(MC_PACKET_IN) |
		    CLASS(MC_PIPE_LOST) | CLASS(MC_NET_NEEDS),
		.hears = CHILD_HEARS | CLASS(MC_PACKET_OUT) |
		    CLASS(MC_DEFEND) | CLASS(MC_WORLD) | CLASS(MC_SPI),
	},
	[ROLE_HA] = {
		.name = "ha",
		.kind = ROLE_ENGINE,
		.runs = RUNS_CONFIGURED,
		.block = BLOCK(ha),
		.parts = CONF_PRINT_GLOBAL | CONF_PRINT_HA | CONF_PRINT_IKE |
		    CONF_PRINT_SECRETS,
		.world = true,
		.promises = "stdio recvfd",
		.has = HAS_STATE | HAS_NODES,
		.homes = homes_of_ha,
		.says = ENGINE_SAYS | KEYED_SAYS | CLASS(MC_DEFEND) |
		    CLASS(MC_HOME_ROUTE),
		.hears = ENGINE_HEARS | KEYED_HEARS | CLASS(MC_ROUTES_LOST),
	},
	[ROLE_MN] = {
		.name = "mn",
		.kind = ROLE_ENGINE,
		.runs = RUNS_CONFIGURED,
		.block = BLOCK(mn),
		.parts = CONF_PRINT_GLOBAL | CONF_PRINT_MN | CONF_PRINT_IKE |
		    CONF_PRINT_SECRETS,
		.world = true,
		.promises = "stdio recvfd",
		.has = HAS_STATE | HAS_NODES,
		.homes = homes_of_mn,
		.says = ENGINE_SAYS | KEYED_SAYS | CLASS(MC_MOVE),
		.hears = ENGINE_HEARS | KEYED_HEARS,
	},
	[ROLE_CN] = {
		.name = "cn",
		.kind = ROLE_ENGINE,
		.runs = RUNS_CONFIGURED,
		.block = BLOCK(cn),
		.parts = CONF_PRINT_GLOBAL | CONF_PRINT_CN,
		.world = true,
		.promises = "stdio recvfd",
		.says = ENGINE_SAYS,
		.hears = ENGINE_HEARS,
	},
	[ROLE_IKE] = {
		.name = "ike",
		.kind = ROLE_SERVICE,
		.runs = RUNS_CONFIGURED,
		.block = BLOCK(ike),
		.parts = CONF_PRINT_GLOBAL | CONF_PRINT_HA | CONF_PRINT_MN |
		    CONF_PRINT_IKE | CONF_PRINT_SECRETS | CONF_PRINT_IPSEC,
		.promises = "stdio recvfd",
		.says = CHILD_SAYS | CLASS(MC_KEYING) | CLASS(MC_KEY_STATE),
		.hears = CHILD_HEARS | CLASS(MC_RESULT) | CLASS(MC_KEY_WANT) |
		    CLASS(MC_KEYING_ANSWER),
	},
};
_Static_assert(MC_MAX <= 32, "a class is a bit");

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

	for (i = 0; c->mn != NULL && i < c->mn->nhomes; i++)
		fn(arg, &c->mn->homes[i].address);
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
	FOREACH_ENGINE(e)
		if (role_wanted(e, c))
			return (true);
	return (false);
}

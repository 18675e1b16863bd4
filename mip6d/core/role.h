/*
 * The processes: the folder is the process, and each is a row of role.def.
 * What the parent, the pipes, the sandbox, net and control have to know of a
 * role is in its row.
 */
#ifndef MIP6D_CORE_ROLE_H
#define MIP6D_CORE_ROLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct conf;
struct in6_addr;

enum role {
#define ROOT(id, ...)		ROLE_##id,
#define SERVICE(id, ...)	ROLE_##id,
#define ENGINE(id, ...)		ROLE_##id,
#include "core/role.def"
#undef ROOT
#undef SERVICE
#undef ENGINE
	ROLE_MAX
};

#define ROLE_BIT(r)	(1U << (r))
#define ROLES_ALL	(ROLE_BIT(ROLE_MAX) - 1)

/*
 * Classes of messages.  A message is of one class; a role says some of them
 * and hears some.  Who says it to whom follows: a process of a role that says
 * the class may send it to one of a role that hears it, if they have a pipe.
 */
enum msg_class {
	MC_NONE,
	MC_LIFE,		/* configuration, start, alive?, woke, end */
	MC_LIFE_ANSWER,
	MC_QUERY,		/* of an operator */
	MC_REPORT,		/* answers to queries, and events */
	MC_ORDER,		/* of an operator, to root */
	MC_WORLD,		/* links, addresses, routers: as the kernel's */
	MC_PACKET_IN,		/* what net has for an engine */
	MC_PACKET_OUT,		/* what an engine has for net */
	MC_DEFEND,		/* addresses to defend on a link */
	MC_PIPE_LOST,
	MC_NET_NEEDS,		/* what net asks root for */
	MC_STATE,		/* what is to outlive a process */
	MC_PAST,		/* the same, back */
	MC_RESULT,		/* of what was asked of root */
	MC_HOME_ROUTE,		/* a home agent asks the kernel */
	MC_ROUTES_LOST,
	MC_PEER_ROUTE,		/* a correspondent asks the kernel */
	MC_MOVE,		/* a mobile node asks the kernel */
	MC_IPSEC,		/* policies are to follow a binding */
	MC_KEY_WANT,		/* associations that are to come or go */
	MC_KEY_STATE,		/* ... and what there is of them */
	MC_KEYED_NODES,		/* reqids of nodes, and a question of one */
	MC_KEYED_SPIS,		/* its answer */
	MC_CONNECT,		/* to a socket that only root may use */
	MC_SPI,			/* of which home address an SPI is */
	MC_SPI_ASK,
	MC_PLAN,		/* what the planning of IPsec is told */
	MC_PLANNED,		/* ... and what it asks and answers */
	MC_OPEN,		/* a file that the configuration names */
	MC_CGA_ASK,		/* what is to be done with a private key */
	MC_CGA_ANSWER,		/* ... and what became of it */
	MC_MAX
};

enum role_kind {
	ROLE_ROOT,
	ROLE_SERVICE,
	ROLE_ENGINE		/* a state machine, core/engine.h */
};

enum role_runs {
	RUNS_ALWAYS,
	RUNS_WITH_ENGINES,	/* when there is any */
	RUNS_CONFIGURED,	/* when its block is in the configuration */
	RUNS_WANTED		/* when its function finds something there */
};

/* Descriptors that a process has before it enters its sandbox. */
enum role_fds {
	FDS_NONE,
	FDS_LISTEN,		/* control sockets */
	FDS_KERNEL,		/* raw sockets, captures, tun */
	FDS_MAX
};

/* Is there something in a configuration that the role is there for? */
typedef bool	 role_wants(const struct conf *);

/* Calls fn for each home address of which a role may have a record. */
typedef void	 role_homes(const struct conf *, void (*fn)(void *,
		    const struct in6_addr *), void *);

/*
 * A Mobility Header that an engine takes: of this type, with all of some bits
 * and without any of others.  The lower 16 bits are the flags of a Binding
 * Update, the others are circumstances.  Of several engines that match, the
 * one of the lowest rank gets it.
 */
struct role_mh_in {
	uint8_t		 type;
	uint32_t	 with, without;
	uint8_t		 rank;
};

#define MHW_TO_HOME	0x10000	/* to a home address of the mn role */
#define MHW_HA_BOUND	0x20000	/* who sends has a home registration here */
#define MHW_CN_BOUND	0x40000	/* ... another binding with that address */

/*
 * One that it may send.  Of those that may send such a one, an ICMPv6 error
 * that quotes one is told to who has the lowest told; 0: it does not care.
 */
struct role_mh_out {
	uint8_t		 type;
	uint8_t		 told;
};

#define ROLE_PLACE_VICI	"vici"

/* The path of what a role may be connected to by that name; NULL: none. */
typedef const char *role_place(const struct conf *, const char *name);

struct role_def {
	const char	*name;		/* in ps, the log and mip6ctl */
	enum role_kind	 kind;
	enum role_runs	 runs;
	size_t		 block;		/* of struct conf: its pointer */
	role_wants		*wants;		/* with RUNS_WANTED */
	unsigned int	 parts;		/* CONF_PRINT_*: what it is told */
	enum role_fds	 fds;
	bool		 world;		/* hears of the kernel's changes */
	bool		 stays;		/* ends when the others have ended */
	bool		 addresses;	/* sends to any: not in Capsicum */
	bool		 files;		/* those of the state directory */
	const char	*promises;	/* for pledge(2) */
	unsigned int	 has;		/* HAS_* */
	role_homes	*homes;		/* with HAS_STATE */
	role_place	*places;	/* with MC_CONNECT */
	uint64_t	 says, hears;	/* CLASS()es */
	/*
	 * PIPE()s: with which others it has a pipe, beside that to the parent.
	 * A pair is in one row, that of who can be done without.
	 */
	uint32_t	 pipes;
	uint32_t	 awaits;	/* of them: it is not started before */
	/* Of engines: which packets are its.  Only what is here passes net. */
	const struct role_mh_in *mh_in;
	const struct role_mh_out *mh_out;
	const uint8_t	*icmp6_in, *icmp6_out;		/* types */
	size_t		 nmh_in, nmh_out, nicmp6_in, nicmp6_out;
	/* The screen of `status': its verb for the first part, and where. */
	unsigned int	 overview;	/* enum verb; 0: none */
	unsigned int	 place;
};

#define CLASS(c)	(UINT64_C(1) << (c))
#define PIPE(id)	ROLE_BIT(ROLE_##id)

/* What is kept for a role: bits of has. */
#define HAS_STATE	0x1	/* records by home address, in the store */
#define HAS_NODES	0x2	/* nodes with security associations */
#define HAS_TIME	0x4	/* a record under ::, in a file of its own */
#define HAS_LINKS	0x8	/* home links: told of interfaces anew */

/* All in turn, and all but the parent; r is ROLE_MAX afterwards. */
#define FOREACH_ROLE(r)		for ((r) = 0; (r) < ROLE_MAX; (r)++)
#define FOREACH_CHILD(r) \
	for ((r) = ROLE_PARENT + 1; (r) < ROLE_MAX; (r)++)

/* Each engine in turn. */
#define FOREACH_ENGINE(r) \
	for ((r) = role_engine(0); (r) < ROLE_MAX; (r) = role_engine((r) + 1))

/* The same with those that have that, one of HAS_*. */
#define FOREACH_ROLE_WITH(r, what)	\
	for ((r) = role_with(0, what); (r) < ROLE_MAX; \
	    (r) = role_with((r) + 1, what))

const struct role_def *role_def(enum role);
const char	*role_name(enum role);
enum role	 role_by_name(const char *);	/* ROLE_MAX: unknown */
enum role	 role_engine(unsigned int from);
enum role	 role_with(unsigned int from, unsigned int what);
bool		 role_is_engine(enum role);
bool		 role_names(enum role, enum role peer);
bool		 role_awaits(enum role, enum role peer);
bool		 role_wanted(enum role, const struct conf *);

#endif

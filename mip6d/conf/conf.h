/*
 * The configuration as the daemon sees it.  Filled and checked by the parser,
 * printed by conf_print(); plain data, no pointers into other
 * structures.  All durations are in milliseconds, addresses in network byte
 * order.  A list is a counted array that belongs to its owner.
 */
#ifndef MIP6D_CONF_CONF_H
#define MIP6D_CONF_CONF_H

#include <sys/types.h>

#include <netinet/in.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define CONF_NAME_MAX	32	/* interface, user */
#define CONF_PATH_MAX	104	/* fits sockaddr_un on every system */
#define CONF_ID_MAX	254 /* RFC 4283: one octet of length, less subtype */
#define CONF_KEY_MAX	64
#define CONF_SECRET_MAX	128	/* a pre-shared key of IKEv2 */
#define CONF_LIST_MAX	4096		/* elements of any other list */
#define CONF_NODES_MAX	1048576		/* mobile nodes of a home agent */
#define CONF_SOCKET	"/var/run/mip6d.sock"	/* when none is given */
#define CONF_PIDFILE	"/var/run/mip6d.pid"	/* the one beside it */
#define CONF_INFINITE	UINT32_MAX	/* "infinity" as a prefix lifetime */

struct conf_prefix {
	struct in6_addr	 addr;		/* host bits are zero */
	uint8_t		 len;
};

#include "conf/statickey.h"
#include "conf/ro.h"

enum conf_dataplane { DATAPLANE_AUTO, DATAPLANE_USER, DATAPLANE_KERNEL };
enum conf_log { LOGTO_SYSLOG, LOGTO_STDERR };

struct conf_socket {
	char		 path[CONF_PATH_MAX];
	bool		 restricted;	/* show verbs only */
};

struct conf_global {
	enum conf_log		 log;
	bool			 verbose;
	char			 user[CONF_NAME_MAX];		/* _mip6d */
	char			 chroot[CONF_PATH_MAX];		/* /var/empty */
	char			 state[CONF_PATH_MAX]; /* state-directory */
	/* Empty: see pidfile.c */
	char			 pidfile[CONF_PATH_MAX];
	enum conf_dataplane	 dataplane;
	uint32_t		 reqid_first, reqid_last; /* ours of PF_KEY's */
	uint32_t		 encapsulation_limit;	/* RFC 2473 6.6 */
	bool			 no_encapsulation_limit;
	struct conf_socket	*sockets;
	size_t			 nsockets;
};

/* How a node proves a Binding Update: RFC 4285, IPsec, or (insecure) not. */
enum conf_auth_type { AUTH_UNSET, AUTH_MN_HA, AUTH_IPSEC, AUTH_NONE };
enum conf_replay { REPLAY_TIMESTAMP, REPLAY_NONE };

struct conf_auth {
	enum conf_auth_type	 type;
	bool			 insecure;	/* said along with AUTH_NONE */
	uint32_t		 spi;		/* RFC 4285 5.1, > 255 */
	uint8_t			 key[CONF_KEY_MAX];
	size_t			 keylen;
	enum conf_replay	 replay;
	uint32_t		 tolerance;	/* of the timestamp */
};

/* What ESP protects beside Binding Updates: RFC 6275 5.2.5, 5.5; RFC 4877. */
enum conf_protect { PROTECT_NONE, PROTECT_RR, PROTECT_PAYLOAD };

/* A security association that is configured by hand (RFC 3776 4.1, 4.4). */
enum conf_sa_use { SA_BINDING, SA_TUNNEL };
enum conf_sa_way { SA_TO_AGENT, SA_FROM_AGENT };
enum conf_cipher { CIPHER_UNSET, CIPHER_AES_CBC, CIPHER_3DES_CBC, CIPHER_NULL };
/* RFC 4868, 2.6; what older kernels make of it; RFC 2404. */
enum conf_mac { MAC_UNSET, MAC_SHA256_128, MAC_SHA256_96, MAC_SHA1_96,
    MAC_SHA256 };

struct conf_sa {
	enum conf_sa_use	 use;
	enum conf_sa_way	 way;
	uint32_t		 spi;		/* of ESP, > 255 */
	enum conf_cipher	 cipher;
	uint8_t			 cipher_key[CONF_KEY_MAX];
	size_t			 cipher_keylen;
	enum conf_mac		 mac;
	uint8_t			 mac_key[CONF_KEY_MAX];
	size_t			 mac_keylen;
};

/*
 * What authentication ipsec needs to know of a node: its identity with IKEv2
 * and a secret or certificate; or, with sas, the associations themselves.
 */
struct conf_ipsec {
	enum conf_protect	 protect;
	char			 identity[CONF_ID_MAX + 1];
	char			 agent_identity[CONF_ID_MAX + 1];
	uint8_t			 secret[CONF_SECRET_MAX];	/* pre-shared */
	size_t			 secretlen;	/* 0: certificates */
	char			 certificate[CONF_PATH_MAX]; /* mobile node */
	char			 private_key[CONF_PATH_MAX];
	struct conf_sa		*sas;		/* manual, if any */
	size_t			 nsas;
};

struct conf_ra {
	bool		 enabled;	/* else left to radvd / rtadvd */
	uint32_t	 min_interval, max_interval;	/* 30 .. 1800000 */
	uint32_t	 min_delay;	/* MinDelayBetweenRAs, RFC 6275 13 */
	uint32_t	 router_lifetime;
	bool		 send_interval;	/* Advertisement Interval option */
	bool		 home_agent_info;
};

/* A home link of the home agent; without interface it is virtual. */
struct conf_home_link {
	char			 interface[CONF_NAME_MAX];
	struct in6_addr		 address;	/* home agent address */
	struct conf_prefix	*prefixes;
	size_t			 nprefixes;
	uint32_t		 valid, preferred;	/* prefix lifetimes */
	int			 preference; /* RFC 6275 7.4, -32768..32767 */
	uint32_t		 ha_lifetime;	/* home agent lifetime */
	bool			 dad, dhaad;	/* dhaad: answered, 10.5 */
	struct conf_ra		 ra;
};

/* First match wins; unset members match all; no match: allowed. */
struct conf_rule {
	bool			 allow;
	bool			 has_home, has_careof;
	struct conf_prefix	 home, careof;
	/* A pattern or "" */
	char			 identifier[CONF_ID_MAX + 1];
};

struct conf_node {
	char			 identifier[CONF_ID_MAX + 1];	/* NAI, or "" */
	struct in6_addr		*homes;		/* its home addresses */
	size_t			 nhomes;
	struct conf_auth	 auth;
	struct conf_ipsec	*ipsec;		/* with authentication ipsec */
};

struct conf_ha {
	struct conf_home_link	*links;
	size_t			 nlinks;
	struct conf_node	*nodes;
	size_t			 nnodes;
	/* Nodes not listed; UNSET: refused */
	struct conf_auth	 default_auth;
	struct conf_rule	*rules;
	size_t			 nrules;
	uint32_t		 max_lifetime;
	uint32_t		 refresh_advice;	/* 0: none sent */
	uint32_t		 max_bindings;
	uint32_t		 update_rate; /* per node and second */
	/* Per second, 0: no limit */
	uint32_t		 update_rate_total;
	bool			 over_limit_silent;	/* else status 130 */
	bool			 multicast; /* MLD through the tunnel */
};

struct conf_interface {
	char			 name[CONF_NAME_MAX];
	int			 preference;	/* higher is better */
};

struct conf_home {
	struct in6_addr		 address;	/* home address */
	struct conf_prefix	 prefix;	/* home prefix */
	struct in6_addr		 agent;		/* :: with discover */
	bool			 discover;	/* DHAAD, RFC 6275 11.4.1 */
	char			 identifier[CONF_ID_MAX + 1];
	struct conf_auth	 auth;
	struct conf_ipsec	*ipsec;		/* with authentication ipsec */
	/* Files of CGA Parameters and of their key; "": it is no CGA */
	char			 cga_params[CONF_PATH_MAX];
	char			 cga_key[CONF_PATH_MAX];
	uint32_t		 lifetime;
};

struct conf_mn {
	struct conf_interface	*interfaces;
	size_t			 ninterfaces;
	struct conf_home	*homes;
	size_t			 nhomes;
	bool			 optimistic;	/* optimistic-handover */
	bool			 optimistic_dad; /* RFC 4429, on interfaces */
	bool			 form_addresses; /* where the kernel does not */
	/* InitialBindackTimeoutFirstReg */
	uint32_t		 initial_timeout;
	uint32_t		 bindack_timeout; /* INITIAL_BINDACK_TIMEOUT */
	uint32_t		 max_timeout; /* MAX_BINDACK_TIMEOUT */
	struct conf_ro		*ro;	/* route-optimisation, NULL: none */
};

struct conf_cn {
	/* MAX_RR_BINDING_LIFETIME, 420 s */
	uint32_t		 max_lifetime;
	/* RFC 4866: MAX_CGA_BINDING_LIFETIME, 86400 s; off: all as in 6275 */
	bool			 enhanced;
	uint32_t		 max_cga_lifetime;
	uint32_t		 max_bindings;
	uint32_t		 max_per_network;	/* of a /64, of each */
	struct conf_rule	*rules;
	size_t			 nrules;
	struct conf_static_key	*keys;
	size_t			 nkeys;
};

struct conf_path {
	char			 path[CONF_PATH_MAX];
};

struct conf_ike {
	char			 vici[CONF_PATH_MAX];
	/* Home agent's own */
	char			 identity[CONF_ID_MAX + 1];
	char			 certificate[CONF_PATH_MAX];	/* the same */
	char			 private_key[CONF_PATH_MAX];
	struct conf_path	*authorities;	/* certificates of CAs */
	size_t			 nauthorities;
	char			 ike_proposals[256];	/* strongSwan's words */
	char			 esp_proposals[256];
	uint32_t		 ike_lifetime;	/* 0: rekeyed by hand only */
	uint32_t		 sa_lifetime;	/* of CHILD_SAs */
	bool			 key_mobility;	/* the K bit: endpoints move */
};

/*
 * The blocks of the roles: X(ID, member, keyword, whether it makes a daemon).
 * Each is a struct conf_member, and a table conf_member_block.
 */
#define CONF_BLOCKS(X)							\
	X(HA, ha, "home-agent", true)					\
	X(MN, mn, "mobile-node", true)					\
	X(CN, cn, "correspondent", true)				\
	X(IKE, ike, "ike", false)

struct conf {
	struct conf_global	 global;
	/* One pointer for each block; NULL: role not configured. */
#define X(id, member, ...)	struct conf_##member *member;
	CONF_BLOCKS(X)
#undef X
	bool			 secrets;	/* a key was given in it */
};

/* Where messages about a file go; line and column count from 1, 0: none. */
typedef void conf_error_fn(void *, const char *file, int line, int column,
    const char *text);

struct conf_macro {
	const char	*name, *value;		/* -D name=value */
};

/* What a host can do in one way alone, so that the other is an error there. */
struct conf_host {
	unsigned int	 sha256_bits;	/* of hmac-sha256 by hand; 0: any */
};

#include "conf/parts.h"

/*
 * Reads and checks a configuration file and what it includes.  The macros are
 * those of -D: they win over definitions in the file.  host is that for which
 * it is, or NULL: for any.  Returns a structure for conf_free(), or NULL after
 * all errors were handed to the function, which may be NULL.  Not to be called
 * from two threads.
 */
struct conf	*conf_parse_file(const char *, const struct conf_macro *,
	    size_t, const struct conf_host *host, conf_error_fn *, void *);
/*
 * The same for what conf_print() wrote: roles and keys may be left out and
 * secrets removed, nothing is included, no permission is looked at, and what
 * the host can do was asked before.
 */
struct conf	*conf_parse_text(const char *, size_t, conf_error_fn *, void *);
/*
 * Writes the parts that the mask names as text that parses to the same thing.
 * Returns 0, or -1 when the stream has failed.
 */
int		 conf_print(FILE *, const struct conf *, unsigned int);
bool		 conf_equal(const struct conf *, const struct conf *);
void		 conf_free(struct conf *); /* wipes secrets; NULL is fine */
bool	 conf_identity_is_pattern(const char *);
const struct conf_home_link *conf_home_link(const struct conf_ha *,
	    const struct in6_addr *);

#endif

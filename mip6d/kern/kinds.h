/*
 * What the kinds of rows (kern/kind.def) are on every system: keys and values,
 * when a row that is gone comes back, what of a value counts, and words for
 * people.  Keys and values are compared as octets, so they are zeroed where
 * they have gaps.
 */
#ifndef MIP6D_KERN_KINDS_H
#define MIP6D_KERN_KINDS_H

#include <netinet/in.h>

#include <stdint.h>

#include "kern/rows.h"

/* The tables of routes, by Linux's numbers: of all, the tunnel's, to peers. */
#define ROUTES_MAIN	254
#define ROUTES_TUNNEL	0x6d6970
#define ROUTES_PEERS	0x6d6971

/* What a rule does, by Linux's numbers. */
enum {
	RULE_TABLE = 1, RULE_GOTO, RULE_NOP, RULE_BLACKHOLE = 6,
	RULE_UNREACHABLE
};

struct row_rule {
	uint32_t	 pref;		/* 0: no number */
	uint32_t	 table;		/* RULE_GOTO: a pref */
	struct in6_addr	 src, dst;
	uint8_t		 slen, dlen;
	uint8_t		 action;
	uint8_t		 specific;	/* no default routes */
	uint8_t		 tun;		/* of what names the tun */
	uint8_t		 proto;		/* of its socket; 0: any */
	uint8_t		 gap[2];
	char		 iif[16];	/* of what comes in by this; "": any */
};

struct row_route {
	uint32_t	 table, plen;
	struct in6_addr	 dst;
};

struct row_way {			/* of a route */
	uint32_t	 ifindex;	/* 0: the tun */
	struct in6_addr	 gateway;	/* ::: none */
	struct in6_addr	 source;	/* where none is chosen; ::: any */
};

struct row_addr {
	uint32_t	 ifindex;	/* 0: the tun */
	struct in6_addr	 addr;
};

struct row_life {			/* of an address */
	uint32_t	 preferred, valid;
	uint8_t		 plen, flags, gap[2];
};

#define FORMER_UNKNOWN	0
#define FORMER_ALWAYS	(-1)

struct row_former {			/* of an address that is deprecated */
	int64_t		 until;		/* it was preferred, or FORMER_ */
	uint8_t		 deprecated, gap[7];
};

#define ROW_TUN_KEY	"tun"		/* there is one */
#define ROW_FILTER_KEY	""		/* and one of these */
#define FILTER_CHANGED	UINT32_MAX

struct row_filter {
	uint32_t	 what;		/* enum kern_filter, or changed */
};

struct row_tun {
	uint32_t	 mtu, up;
};

struct kind {
	const char	*name;		/* in mip6ctl show kernel */
	size_t		 keylen, valuelen;	/* 0: any */
	/* The part of its value that what is there has to have; len 0: all. */
	struct { size_t at, len; } same;
	int64_t		 settle;	/* until it is put back at first */
	bool		 once;		/* what is not taken stays there */
	/* tun is the name of the device. */
	void		(*words)(const struct row *, const char *tun, char *,
			    size_t);
	/* Around "ADDRESS on INTERFACE", or in front of a key in words. */
	const char	*before, *behind;
};

extern const struct kind	 row_kinds[ROW_KINDS];

void	 row_words(const struct row *, const char *tun, char *, size_t);

#endif

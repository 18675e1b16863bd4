/* What of IPsec can be ours by the configuration.  Internal to mip6d/parent. */
#ifndef MIP6D_PARENT_OWNED_H
#define MIP6D_PARENT_OWNED_H

#include <stdbool.h>
#include <stdint.h>

#include "conf/conf.h"
#include "core/htab.h"
#include "parent/asked.h"
#include "sec/prim.h"

/* With what a new planning must know, as others do not tell it again. */
struct owned_node {
	struct hlink		 link;		/* first */
	enum role		 role;
	struct in6_addr		 home, agent;
	const struct conf_ipsec	*conf;		/* NULL: it was one */
	struct sec_sa		*sas;		/* as many as conf has */
	bool			 marked;
	struct msg_ipsec	 bound;		/* carried out, if is_bound */
	bool			 is_bound;
	uint64_t		 bound_at;	/* then, s since 1970 */
	struct msg_key_want	 want;		/* op 0: none */
	uint8_t			 key_state;	/* 0: none told */
	char			 key_text[128];
	struct msg_key_state	 late;	/* without a sec; state 0: none */
	struct asks		 asks;
};

typedef void	 owned_fn(void *, struct owned_node *);

/* Numbers of what is ours; sorted when one is looked for. */
struct owned_set {
	uint64_t		*v;
	size_t			 n, cap;
	bool			 sorted;
};

#define OWNED_RANGES	4	/* of reqids, that were configured before */

struct owned_range {
	uint32_t		 first, last;
};

struct owned {
	struct hash_key		 key;
	struct htab		 by_home;
	uint32_t		 first, last;	/* reqids, now */
	struct owned_range	 before[OWNED_RANGES];
	size_t			 nbefore;
	struct owned_set	 policies; /* of no node, in the last dump */
	struct owned_set	 sas;		/* in the last dump */
	struct owned_set	 sas_before;	/* and in the one before */
	struct owned_set	 added;		/* by hand, now or before */
};

bool	 owned_init(struct owned *);
void	 owned_free(struct owned *);
bool	 owned_configure(struct owned *, const struct conf *);
void	 owned_each(struct owned *, const struct conf *, owned_fn *, void *);
struct owned_node *owned_node(const struct owned *, enum role,
	    const struct in6_addr *home);
struct owned_node *owned_find(const struct owned *, const struct spd_node *);
bool	 owned_is_home(const struct owned *, const struct in6_addr *);
bool	 owned_may_follow(const struct owned_node *, const struct msg_ipsec *);
bool	 owned_may_want(const struct owned_node *,
	    const struct msg_key_want *);
bool	 owned_is_keyed(const struct owned *, const struct in6_addr *);
bool	 owned_may_key(const struct owned *, const struct msg_key_want *);
bool	 owned_may_have(const struct owned *, uint32_t reqid);
bool	 owned_may_put(struct owned *, const struct prim_request *);
bool	 owned_may_move(struct owned *, const struct prim_request *);
bool	 owned_may_add(struct owned *, const struct prim_request *);
bool	 owned_may_unadd(struct owned *, const struct prim_request *);
bool	 owned_may_delete(struct owned *, const struct prim_request *);
bool	 owned_may_get(struct owned *, const struct prim_request *);
bool	 owned_may_stray(struct owned *, const struct prim_request *);
bool	 owned_may_drop(struct owned *, const struct prim_request *);
void	 owned_dump(struct owned *, enum prim, const struct pfkey_reply *);
bool	 owned_policy(const struct owned *, const struct pfkey_policy *);
bool	 owned_sa(struct owned *, const struct pfkey_sa *);
bool	 owned_concerns(const struct owned *, const struct pfkey_addr *,
	    const struct pfkey_addr *);
bool	 owned_is_manual(struct owned *, const struct pfkey_sa *);

#endif

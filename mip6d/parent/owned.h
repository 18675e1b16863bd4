/* What of IPsec can be ours by the configuration.  Internal to mip6d/parent. */
#ifndef MIP6D_PARENT_OWNED_H
#define MIP6D_PARENT_OWNED_H

#include <stdbool.h>
#include <stdint.h>

#include "conf/conf.h"
#include "core/htab.h"
#include "sec/prim.h"
#include "sec/sec.h"

struct owned_node {
	struct hlink		 link;		/* first */
	enum role		 role;
	struct in6_addr		 home, agent;
	const struct conf_ipsec	*conf;		/* NULL: it was one */
	struct sec_sa		*sas;		/* as many as conf has */
	bool			 marked;
};

/* Numbers of what is ours; sorted when one is looked for. */
struct owned_set {
	uint64_t		*v;
	size_t			 n, cap;
	bool			 sorted;
};

struct owned {
	struct hash_key		 key;
	struct htab		 by_home;
	uint32_t		 first, last;	/* reqids, now */
	struct owned_set	 policies; /* of no node, in the last dump */
	struct owned_set	 sas;		/* in the last dump */
	struct owned_set	 added;		/* associations: by us */
};

bool	 owned_init(struct owned *);
void	 owned_free(struct owned *);
void	 owned_begin(struct owned *, const struct conf_global *);
bool	 owned_each(struct owned *, const struct conf *, sec_conf_fn *,
	    struct sec *);
void	 owned_end(struct owned *);
const struct owned_node *owned_find(const struct owned *,
	    const struct spd_node *);
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
bool	 owned_sa(const struct owned *, const struct pfkey_sa *);
void	 owned_added(struct owned *, const struct owned_node *,
	    const struct pfkey_sa *);

#endif

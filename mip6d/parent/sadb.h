/* The parent's PF_KEY socket.  Internal to mip6d/parent. */
#ifndef MIP6D_PARENT_SADB_H
#define MIP6D_PARENT_SADB_H

#include <stdbool.h>

#include "libpfkey/libpfkey.h"

struct parent;
struct sadb;

struct sadb_ops {
	void	(*heard)(void *, const struct pfkey_msg *);
	void	(*lost)(void *);	/* dump and compare */
	void	(*ready)(void *);	/* make requests */
};

struct sadb *sadb_open(struct parent *, const struct sadb_ops *, void *);
void	 sadb_close(struct sadb *);
void	 sadb_wake(struct sadb *);
void	 sadb_request(struct sadb *, struct pfkey_msg *, pfkey_reply_fn *,
	    void *);
int	 sadb_errno(const struct pfkey_reply *);

#endif

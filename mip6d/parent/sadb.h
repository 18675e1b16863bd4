/*
 * The parent's own PF_KEY socket: requests one after the other or many at a
 * time, and what the kernel tells of associations.
 */
#ifndef MIP6D_PARENT_SADB_H
#define MIP6D_PARENT_SADB_H

#include <stdbool.h>
#include <stdint.h>

#include "libpfkey/libpfkey.h"
#include "parent/parent.h"

struct sadb;

struct sadb_handlers {
	void	(*news)(void *, const struct pfkey_msg *);
	/* The socket is a new one, or messages were lost: ask for all. */
	void	(*resync)(void *);
};

struct sadb	*sadb_open(struct parent *, const struct sadb_handlers *,
		    void *);
bool		 sadb_request(struct sadb *, struct pfkey_msg *,
		    pfkey_reply_fn *, void *);
void		 sadb_finish(struct sadb *, int64_t);
void		 sadb_close(struct sadb *);

#endif

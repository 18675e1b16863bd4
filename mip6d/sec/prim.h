/*
 * What the planning of IPsec may ask of who holds the PF_KEY socket: a closed
 * set of primitives.  None of them carries a policy or a key: a policy is "the
 * index-th of node n between these ends", which both sides take from the same
 * table (spd.c), and an association that is configured is "the index-th of
 * node n", whose keys the asker never has.  Each request has a number, and its
 * result bears it; requests are carried out in the order in which they are
 * asked, results may come in any.
 *
 * Who carries them out (parent/prims.c) checks each against the configuration:
 * EACCES says that it is none of ours.  It is also who reads what PF_KEY says
 * of its own accord; what of that counts is told as events.
 */
#ifndef MIP6D_SEC_PRIM_H
#define MIP6D_SEC_PRIM_H

#include <sys/types.h>
#include <netinet/in.h>

#include <stdbool.h>
#include <stdint.h>

#include "core/msg.h"
#include "libpfkey/libpfkey.h"
#include "sec/spd.h"

#define SEC_RECORD_MAX	16		/* of a node, kept by the store */

#define REQID_FIRST	1024		/* when none are configured */
#define REQID_LAST	PFKEY_REQID_MAX

enum prim {
	PRIM_SET,		/* policy `index' of `of': add or replace */
	PRIM_DELETE,		/* ... remove it */
	PRIM_MOVE,		/* ... to `local' and `peer', by MIGRATE */
	PRIM_CLEAR,		/* ... what an ACQUIRE left in its way */
	PRIM_STRAY,		/* remove `policy', which a dump has shown */
	PRIM_POLICIES,		/* a dump of those that can be ours */
	PRIM_SA_ADD,		/* the manual association `index' of `of' */
	PRIM_SA_DELETE,		/* ... remove it */
	PRIM_SA_DROP,		/* `sa', which a dump has shown or we added */
	PRIM_SA_GET,		/* `sa', from a node to its home agent */
	PRIM_SAS,		/* a dump of ours by reqid; never a key */
	PRIM_MAX
};

/* Which association: these three are its name. */
struct prim_sa {
	uint32_t	 spi;
	struct in6_addr	 src, dst;
};

/* Which policy, whatever it asks for. */
struct prim_policy {
	struct pfkey_selector	 sel;
	uint8_t			 dir;
};

struct prim_request {
	enum prim	 op;
	uint8_t		 index;
	bool		 km;		/* MOVE: of key management, too: */
	struct in6_addr	 km_local, km_remote;
	struct in6_addr	 local, peer;
	struct spd_node	 of;		/* as it is there, or is to be */
	struct prim_sa	 sa;
	struct prim_policy policy;
};

/*
 * Of a dump each row comes with `more', and then the result without a row;
 * rows come of a dump alone that is complete.  ENOMEM and ENOBUFS say that
 * nothing has been done as memory is short, ECANCELED and ETIMEDOUT that
 * nobody knows what has been done.
 */
struct prim_result {
	int			 error;		/* 0 or an errno */
	bool			 more;
	const struct pfkey_policy *policy;	/* of POLICIES */
	const struct pfkey_sa	*sa;		/* of SAS and SA_GET */
};

/* What others do, and the kernel of itself; never what was asked for here. */
enum prim_event {
	PRIM_LOST,		/* something was: all is to be compared */
	PRIM_POLICY_CHANGED,	/* somebody added, changed or removed it */
	PRIM_POLICIES_FLUSHED,
	PRIM_SA_NEW,		/* there is a new one, or it is usable now */
	PRIM_SA_DELETED,
	PRIM_SA_EXPIRED,	/* its lifetime is over */
	PRIM_SAS_FLUSHED
};

/* prim.c: as messages. */
void	 prim_pack(struct msg_prim *, uint32_t id, const struct prim_request *);
bool	 prim_unpack(const struct msg_prim *, struct prim_request *);
void	 prim_pack_policy(struct msg_prim_policy *,
	    const struct pfkey_policy *);
void	 prim_unpack_policy(const struct msg_prim_policy *,
	    struct pfkey_policy *);
void	 prim_pack_sa(struct msg_prim_sa *, const struct pfkey_sa *);
void	 prim_unpack_sa(const struct msg_prim_sa *, struct pfkey_sa *);

#endif

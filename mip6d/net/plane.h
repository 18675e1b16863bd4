/*
 * Data planes: back ends that move the packets of what engines have bound.  A
 * row for each (plane.c); the rest of net asks for forwarding by its operations
 * alone.  The first plane has all that is bound and judges packet by packet
 * what comes to net.  Another takes packets before they come; what it can't
 * express, or refuses, it must not have: that goes by the first.
 */
#ifndef MIP6D_NET_PLANE_H
#define MIP6D_NET_PLANE_H

#include <netinet/in.h>

#include <stdbool.h>
#include <stdint.h>

#include "conf/conf.h"
#include "core/mono.h"
#include "core/msg.h"
#include "core/role.h"
#include "net/forward.h"

#define PLANES_MAX	4

struct dp;

/* One binding, or one path of it, as a plane has it. */
struct plane_row {
	enum role	 owner;
	unsigned int	 plen;
	struct msg_bind	 bind;		/* its record stays the plane's */
	bool		 old;		/* not told again since resync() */
	bool		 first, last;	/* of the paths of its entry */
	bool		 flows;		/* the entry has some */
	uint8_t		 encap;		/* enum encap_id */
	struct pmtu	 pmtu;
	struct credit	 credit;	/* of a pair */
	uint32_t	 at;		/* cursor of dump() */
};

/* One flow of a binding. */
struct plane_flow {
	struct msg_flow	 flow;		/* good until the call returns */
	uint64_t	 packets;
	bool		 old;		/* as that of a row */
};

typedef void	 plane_show_flow(void *, const struct plane_flow *);

/* True: go on, but for what is of the same entry, which is shown whole. */
typedef bool	 plane_show(void *, const struct plane_row *);

struct plane_stats {
	uint64_t	 packets_in, bytes_in, packets_out, bytes_out;
};

struct plane_ops {
	const char	*name;
	const char	*words;		/* its caps, for people */
	enum conf_dataplane chosen;	/* by auto and by this */

	/* Caps: of what can be bound it can express ... */
	unsigned int	 encaps;	/* bits, 1 << enum encap_id */
	bool		 prefixes;	/* other prefixes than addresses */
	bool		 pairs;		/* with one other address */
	bool		 paths;		/* several, told apart by bid */
	bool		 copies;	/* BIND_ALL */
	bool		 notifies;	/* BIND_NOTIFY */
	bool		 credits;	/* BIND_UNVERIFIED */

	/* Get ready, with a secret random key; NULL: it can't be had. */
	void		*(*open)(struct dp *, const uint64_t key[2]);
	void		 (*close)(void *);

	/*
	 * Bind, or have what is bound take this path: in one step, so that no
	 * packet sees half of it.  0 or an errno, and then it has nothing for
	 * this prefix or pair that it had not.  One that is not the first is
	 * then to unbind all paths, and may have none of them again before
	 * they all are.
	 */
	int		 (*bind)(void *, const struct fwd_key *,
			    const struct msg_bind *, struct mono);
	bool		 (*unbind)(void *, enum role, const struct msg_unbind *,
			    unsigned int plen);	/* false: was not there */
	/* 0 or an errno; NULL: it can't express flows.  False: none was. */
	int		 (*flow)(void *, enum role, const struct msg_flow *);
	bool		 (*unflow)(void *, enum role,
			    const struct msg_unflow *);
	/* This owner has gone: from now on no packet takes what it bound. */
	void		 (*forget)(void *, enum role);

	/*
	 * This owner begins anew; when it has told all it wants, what it did
	 * not tell again goes, by sweep(), which looks at no more than so many
	 * and is true if there is more to do.
	 */
	void		 (*resync)(void *, enum role);
	void		 (*resync_end)(void *, enum role);
	bool		 (*sweep)(void *, uint32_t most);

	/*
	 * What is bound, of the first plane: of one address, for any (::) or
	 * exactly this other one, its first path; or all, in pages.
	 */
	bool		 (*find)(const void *, enum role,
			    const struct in6_addr *home,
			    const struct in6_addr *other, struct plane_row *);
	uint32_t	 (*dump)(const void *, uint32_t cursor, uint32_t most,
			    plane_show *, void *);
	/* Of what a row shows: all flows in their order, of the first plane. */
	void		 (*flows)(const void *, const struct plane_row *,
			    plane_show_flow *, void *);
	/* Add what it has moved of this one. */
	void		 (*stats)(const void *, const struct plane_row *,
			    struct plane_stats *);
};

/* A plane at work. */
struct plane {
	const struct plane_ops	*ops;
	void			*state;
};

struct planes {
	struct plane	 v[PLANES_MAX];
	unsigned int	 n;
};

/* plane_user.c */
extern const struct plane_ops	 user_plane;

bool		 planes_choose(struct planes *, struct dp *,
		    const uint64_t [2], enum conf_dataplane);
void		 planes_free(struct planes *);

int		 planes_bind(const struct planes *, const struct fwd_key *,
		    const struct msg_bind *, struct mono);
bool		 planes_unbind(const struct planes *, enum role,
		    const struct msg_unbind *, unsigned int plen);
int		 planes_flow(const struct planes *, enum role,
		    const struct msg_flow *);
bool		 planes_unflow(const struct planes *, enum role,
		    const struct msg_unflow *);
void		 planes_forget(const struct planes *, enum role);
void		 planes_resync(const struct planes *, enum role);
void		 planes_resync_end(const struct planes *, enum role);
bool		 planes_sweep(const struct planes *, uint32_t);
bool		 planes_find(const struct planes *, enum role,
		    const struct in6_addr *home, const struct in6_addr *other,
		    struct plane_row *);
uint32_t	 planes_dump(const struct planes *, uint32_t, uint32_t,
		    plane_show *, void *);
void		 planes_flows(const struct planes *, const struct plane_row *,
		    plane_show_flow *, void *);
void		 planes_stats(const struct planes *, const struct plane_row *,
		    struct plane_stats *);

#endif

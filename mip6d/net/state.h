/*
 * What the files of the network process share: its state, of which there is
 * one, and what they call of each other.  The data plane (net/dp.h) and the
 * codecs of descriptors know nothing of it.
 */
#ifndef MIP6D_NET_STATE_H
#define MIP6D_NET_STATE_H

#include <sys/types.h>
#include <sys/queue.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/child.h"
#include "core/htab.h"
#include "core/log.h"
#include "net/bound.h"
#include "net/dp.h"
#include "net/groups.h"
#include "net/output.h"
#include "net/reason.h"
#include "net/sockets.h"
#include "net/transport.h"
#include "net/twice.h"

#define LOG_RATE	2	/* lines a second about one reason */

struct event;

struct net_fd {
	struct hlink	 link;		/* but those of TP_MANY */
	LIST_ENTRY(net_fd) entry;
	uint32_t	 ifindex;	/* 0 but for TP_EACH_LINK */
	struct net	*net;
	struct source	 s;
	struct event	*ev;
};

/* What net keeps of a process that core/role.c calls an engine. */
struct net_engine {
	struct bound		 bound;
	bool			 deaf;		/* has not begun yet */
};

struct net {
	struct child		*ch;
	struct dp		 dp;
	struct dp_out		 o;
	struct dp_out		 refused;	/* of what was not sent */
	struct batch		 batch;
	struct output		 out;
	struct groups		 groups;
	struct net_fd		*group_fds[GROUP_SOCKETS_MAX + 1];
	size_t			 ngroup_fds, group_at;	/* has room */
	bool			 group_asked;
	bool			 in_vain;	/* WHY_ESP_LOST stands */
	struct mono		 in_vain_at;	/* when it was told last */
	struct twice		 twice, tunnelled;
	struct htab		 fds;		/* by kind and interface */
	LIST_HEAD(, net_fd)	 fd_list;	/* all */
	struct net_engine	 engines[ROLE_MAX];
	struct event		*ev_flush, *ev_sweep, *ev_leave, *ev_hold;
	struct event		*ev_bound;
	uint32_t		 tun;		/* its interface; 0: none */
	const char		*tun_name;	/* "": none */
	struct log_limit	 limits[NC_MAX];
	int64_t			 credit_full;	/* of limit_take() */
	struct mono		 now;
};

static inline void
net_count(struct net *net, enum net_counter c)
{
	if (c < NC_MAX)
		COUNT(&net->ch->counters, c);
}

/* input.c: what becomes of a packet */
void	 net_complain(struct net *, enum net_counter, const struct in6_addr *);
bool	 net_is_local(const struct net *, const uint8_t *);
bool	 net_may_detour(const struct net *, const uint8_t *);
void	 input_finish(struct net *, enum dp_verdict, struct pkt *,
	    const struct in6_addr *);
bool	 input_tell_bound(void *, enum msg_type, const void *);
void	 input_look_at_held(struct net *);
output_failed	 input_send_failed;
batch_take	 input_take;

/* fds.c: descriptors */
void	 fds_got(struct net *, const struct msg_fd *, int);
void	 fds_link_gone(struct net *, uint32_t);
void	 fds_links_gone(struct net *, void (*)(void *, uint32_t));
output_link	 fds_send_on_link;

/* join.c: multicast groups */
groups_change	 join_change;
bool	 join_got(struct net *, struct net_fd *);
void	 join_drop(struct net *, const struct net_fd *);
void	 join_leave_soon(struct net *);
void	 join_on_leave(int, short, void *);

#endif

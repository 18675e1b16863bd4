/*
 * Transports: the ways that packets come and go by.  A row for each kind of
 * descriptor that the parent gives; what is done with descriptors goes by the
 * columns of their row, which is in one file with its functions.
 */
#ifndef MIP6D_NET_TRANSPORT_H
#define MIP6D_NET_TRANSPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "net/batch.h"
#include "net/reason.h"

struct net;
struct net_fd;
struct output;
struct source;

/* A socket option.  A kernel may lack any; some we need. */
struct transport_option {
	int	 level, option, value;	/* level 0: the end of the list */
	bool	 needed;
};

#define TP_EACH_LINK	0x01	/* one an interface, and one for the rest */
#define TP_MANY		0x02	/* any number: none replaces another */
#define TP_JOINS	0x04	/* has room for multicast groups */
#define TP_DIVIDES	0x08	/* changes what the capture of all leaves out */

struct transport {
	const char	*name;
	unsigned int	 flags;

	/* Received from the parent: options, then open.  NULL: nothing. */
	const struct transport_option *options;
	bool		 (*open)(struct source *);	/* false and errno */
	void		 (*close)(struct source *);
	/* The rest of net is told that it is there, or that it goes. */
	void		 (*use)(struct net *, struct net_fd *, bool there);

	/*
	 * Read a batch, and have each packet taken: how many, or -1 and errno.
	 * The packets stay until the next batch is read.  NULL: nothing comes
	 * by it.
	 */
	int		 (*read)(struct source *, struct batch *, batch_take *,
			    void *);
	/* What the data plane says of a packet, which input.c carries out. */
	enum dp_verdict	 (*judge)(struct net *, const struct dp_raw *,
			    struct pkt *, const struct vnet *,
			    uint32_t ifindex);
	void		 (*judged)(struct net *);	/* and after that */
	uint8_t		 marks;	/* PKT_*, of all that come by it */
	uint8_t		 after;	/* this kind is read before it; 0: none is */

	/*
	 * Write queued packets, from that one on and no more than n: how many
	 * have gone; *error is an errno if the next one was refused.  NULL: it
	 * writes one by one, as a tun and a link do.
	 */
	unsigned int	 (*write)(struct output *, unsigned int from,
			    unsigned int n, int *error);
	/* Change source or interface of one refused; false: it has failed. */
	bool		 (*again)(struct output *, unsigned int, int error);
	uint8_t		 proto;	/* carries these by themselves; 0: it doesn't */

	/* Counters: NC_MAX for none; without lost net can't go on. */
	enum net_counter refused;	/* by the kernel: not sent */
	enum net_counter lost;	/* its descriptor, which is asked for again */
};

/* The rows: raw.c, whole.c, capture.c, tun.c */
extern const struct transport	 raw_mh_row, raw_mh_ipsec_row;
extern const struct transport	 raw_mh_tunnel_row;
extern const struct transport	 raw_icmp6_row, raw_tunnel_row;
extern const struct transport	 whole_row, capture_row, tun_row;

const struct transport *transport_row(unsigned int kind);

/* raw.c: for the row of any socket that gives datagrams: read */
int	 raw_read(struct source *, struct batch *, batch_take *, void *);

#endif

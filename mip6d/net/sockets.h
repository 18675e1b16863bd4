/*
 * The raw sockets and the tun: descriptors set up, what they bring read in
 * batches and given to the data plane.
 */
#ifndef MIP6D_NET_SOCKETS_H
#define MIP6D_NET_SOCKETS_H

#include "net/batch.h"
#include "net/capture.h"
#include "net/dp.h"

struct source;

/* One packet and what is known of it, to whoever owns the sources. */
struct source_ops {
	/* From a raw socket: p is behind the IPv6 header. */
	void	(*raw)(void *, const struct source *, const struct dp_raw *,
		    struct pkt *);
	/* From a capture, and by which interface it came. */
	void	(*captured)(void *, const struct source *, struct pkt *,
		    const struct vnet *, uint32_t ifindex);
	void	(*tun)(void *, const struct source *, struct pkt *,
		    const struct vnet *);
};

struct source {
	int		 kind;		/* enum msg_fd_kind */
	int		 fd;
	uint8_t		 flags;		/* FDF_* */
	uint32_t	 ifindex;
	char		 name[MSG_NAME_MAX];
	struct capture	 capture;	/* FD_CAPTURE */
};

bool	 source_open(struct source *, const struct msg_fd *, int);
void	 source_close(struct source *);
int	 source_read(struct source *, struct batch *,
	    const struct source_ops *, void *);
int	 source_group(const struct source *, const struct msg_group *);

#endif

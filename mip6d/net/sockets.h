/*
 * A source of packets: a descriptor of net, set up and read in the way that its
 * row of the transports has.
 */
#ifndef MIP6D_NET_SOCKETS_H
#define MIP6D_NET_SOCKETS_H

#include "net/batch.h"
#include "net/capture.h"
#include "net/dp.h"
#include "net/transport.h"

struct source {
	const struct transport	*row;
	int		 kind;		/* enum msg_fd_kind */
	int		 fd;
	uint8_t		 flags;		/* FDF_* */
	uint32_t	 ifindex;
	size_t		 front;		/* octets before each packet */
	char		 name[MSG_NAME_MAX];
	struct capture	 capture;	/* FD_CAPTURE */
};

bool	 source_open(struct source *, const struct transport *,
	    const struct msg_fd *, int);
void	 source_close(struct source *);
int	 source_group(const struct source *, const struct msg_group *);

#endif

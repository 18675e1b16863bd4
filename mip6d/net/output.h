/*
 * Whole IPv6 packets on their way out: queued, sent together.  Where the
 * system has a socket for them (FD_RAW_SEND) they go as they are, else by the
 * raw socket of their protocol, or by the tun, for the kernel to forward.  What
 * the kernel is to encrypt goes by the raw socket of its protocol anyway.
 */
#ifndef MIP6D_NET_OUTPUT_H
#define MIP6D_NET_OUTPUT_H

#include <sys/types.h>
#include <sys/socket.h>

#include <netinet/in.h>

#include <stdbool.h>
#include <stdint.h>

#include "net/batch.h"
#include "net/transport.h"

#define OUTPUT_SLOT	4096

/* The kernel did not take it. */
typedef void output_failed(void *, const uint8_t *, size_t, int error);
/* Put it on that link, past the kernel's network layer; 0 or an errno. */
typedef int output_link(void *, const uint8_t *, size_t, uint32_t ifindex);

struct output {
	int		 send, tun;	/* -1: not there */
	int		 raw[256];	/* by protocol */
	size_t		 tun_front;
	const struct transport *way;	/* of the queue */
	output_failed	*failed;
	output_link	*link;		/* of use without send only */
	void		*arg;
	unsigned int	 n, nslots;
	struct mmsghdr	 msg[BATCH];
	struct iovec	 iov[BATCH];
	struct sockaddr_in6 to[BATCH];
	union {
		uint8_t		 buf[CMSG_SPACE(sizeof(struct in6_pktinfo))];
		struct cmsghdr	 align;
	}		 control[BATCH];
	bool		 detour[BATCH];
	uint8_t		 slot[BATCH][OUTPUT_SLOT];
};

void	 output_init(struct output *, const struct transport *,
	    output_failed *, output_link *, void *);
void	 output_whole_by(struct output *, int, const struct transport *);
uint8_t	*output_slot(struct output *);
void	 output_add(struct output *, const uint8_t *, size_t, uint32_t,
	    bool with_source);
void	 output_copy(struct output *, const uint8_t *, size_t, uint32_t,
	    bool with_source);
void	 output_detour(struct output *);
void	 output_now(struct output *, const uint8_t *, size_t,
	    bool with_source);
void	 output_flush(struct output *);

/* For the rows that write. */
void	*output_control(struct msghdr *, int type, size_t len);
void	 output_to(struct sockaddr_in6 *, const uint8_t *, uint32_t ifindex);
bool	 output_take_detour(struct output *, unsigned int, int error);

/* raw.c, tun.c: one packet at once */
int	 raw_protected(struct output *, const uint8_t *, size_t, uint32_t);
bool	 tun_write(struct output *, const uint8_t *, size_t,
	    const struct vnet *);

#endif

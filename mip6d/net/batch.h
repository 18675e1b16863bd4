/*
 * Reading and writing many packets at once.  One arena for all descriptors:
 * what a batch brought is dealt with before the next is read.
 */
#ifndef MIP6D_NET_BATCH_H
#define MIP6D_NET_BATCH_H

#include <sys/types.h>
#include <sys/socket.h>

#include <netinet/in.h>

#include <stdbool.h>
#include <stdint.h>

#include "net/dp.h"

#define BATCH		32
#define BATCH_SIZE	(PKT_HEADROOM + 65536 + 256)	/* of each packet */
#define BATCH_CONTROL	512

struct batch {
	struct mmsghdr	 msg[BATCH];
	struct iovec	 iov[BATCH][2];
	struct sockaddr_in6 from[BATCH];
	union {
		uint8_t		 buf[BATCH_CONTROL];
		struct cmsghdr	 align;
	}		 control[BATCH];
	uint8_t		 front[BATCH][VNET_LEN];
	uint8_t		*mem;
};

/*
 * Takes one packet that was read.  From a raw socket it is what was behind the
 * IPv6 header, and the struct says what was in that; from a capture and the tun
 * it is whole.  The virtio-net header is NULL if there is none, the interface
 * that it came by 0 if that isn't known.
 */
typedef void batch_take(void *, const struct dp_raw *, struct pkt *,
	    const struct vnet *, uint32_t ifindex);

bool		 batch_init(struct batch *);
uint8_t		*batch_buf(struct batch *, int);
int		 batch_recv(struct batch *, int, size_t front);
int		 batch_read(struct batch *, int, size_t front);
size_t		 batch_len(const struct batch *, int, size_t front);
bool		 batch_truncated(const struct batch *, int);

void		 vnet_get(struct vnet *, const uint8_t *);
void		 vnet_put(uint8_t *, const struct vnet *);

#endif

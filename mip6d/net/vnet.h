/* The virtio-net header of Linux packet sockets and tun; host byte order. */
#ifndef MIP6D_NET_VNET_H
#define MIP6D_NET_VNET_H

#include <stdint.h>

struct vnet {
	uint8_t		 flags, gso_type;
	uint16_t	 hdr_len, gso_size, csum_start, csum_offset;
};

#define VNET_LEN	10
#define VNET_NEEDS_CSUM	1
#define VNET_GSO_TCPV6	4

#endif

/*
 * The table of transports: which row is for which kind of descriptor.  A row
 * and its functions are in one file, so another transport is a file and a line
 * here.  What net does with a descriptor (fds.c), with the packets that it
 * brings (input.c) and with those that leave by it (output.c) goes by the row.
 * The columns are explained in transport.h, how the parent opens each
 * descriptor in net.h.
 */
#include <stddef.h>

#include "core/msg.h"
#include "net/transport.h"

/* Groups are joined on it, and nothing comes or goes by it. */
static const struct transport	 group_row = {
	.name = "multicast groups",
	.flags = TP_MANY | TP_JOINS,
	.refused = NC_MAX,
	.lost = NC_MAX,
};

static const struct transport	*const rows[FD_MAX] = {
	[FD_RAW_MH] = &raw_mh_row,
	[FD_RAW_MH_IPSEC] = &raw_mh_ipsec_row,
	[FD_RAW_MH_TUNNEL] = &raw_mh_tunnel_row,
	[FD_RAW_ICMP6] = &raw_icmp6_row,
	[FD_RAW_TUNNEL] = &raw_tunnel_row,
	[FD_RAW_SEND] = &whole_row,
	[FD_CAPTURE] = &capture_row,
	[FD_TUN] = &tun_row,
	[FD_GROUP] = &group_row,
};

/* The row of this kind of descriptor; NULL: it is none of net's. */
const struct transport *
transport_row(unsigned int kind)
{
	return (kind < FD_MAX ? rows[kind] : NULL);
}

/*
 * The network process.  The parent opens its descriptors, since that takes
 * privileges; what takes none (socket options, filters) net does itself as a
 * descriptor arrives.  For each kind (core/msg.h, enum msg_fd_kind):
 *
 * FD_RAW_MH, FD_RAW_MH_IPSEC, FD_RAW_MH_TUNNEL
 *	socket(AF_INET6, SOCK_RAW, 135); IPV6_CHECKSUM is -1 (a bad sum would
 *	else provoke a Parameter Problem on NetBSD, and Linux would take octets
 *	behind the message for part of it): net itself looks.  The second and
 *	the third with a `require` policy for input (IPV6_IPSEC_POLICY,
 *	IPV6_XFRM_POLICY), in transport and in tunnel mode.
 *	net sets IPV6_RECVPKTINFO, IPV6_RECVHOPLIMIT, IPV6_RECVDSTOPTS and
 *	IPV6_RECVRTHDR; the large SO_RCVBUF of all raw sockets is the parent's.
 * FD_RAW_ICMP6
 *	socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6).  net sets ICMP6_FILTER,
 *	IPV6_RECVPKTINFO, IPV6_RECVHOPLIMIT, IPV6_MULTICAST_LOOP 0.
 * FD_RAW_TUNNEL
 *	socket(AF_INET6, SOCK_RAW, 41).  net sets IPV6_RECVPKTINFO,
 *	IPV6_RECVHOPLIMIT and IPV6_RECVTCLASS.
 * FD_RAW_SEND
 *	Whole IPv6 packets, header included, sent with sendmsg() to a
 *	destination and optionally IPV6_PKTINFO for the interface.  Linux:
 *	socket(AF_INET6, SOCK_RAW, IPPROTO_RAW).  Not there on BSD, where net
 *	sends by protocol (raw 135, 41, ICMPv6) and by the tun.
 * FD_CAPTURE, one for each interface that faces others (arg: its index), or
 * one for all that have none of their own (arg: 0)
 *	Linux: socket(AF_PACKET, SOCK_RAW, 0), not bound; net sets
 *	PACKET_VNET_HDR, PACKET_AUXDATA, PACKET_IGNORE_OUTGOING, a filter, and
 *	binds it to ETH_P_IPV6 on that interface or on all.  One that fails is
 *	closed, and asked for by MSG_CAPTURE_LOST.  BSD: /dev/bpf, opened
 *	read-write with BIOCSBLEN, BIOCSETIF, BIOCIMMEDIATE and
 *	(BIOCSDIRECTION | BIOCSSEESENT) set; net sets the filter.
 *	The kernel has the packets as well, and gives up those with an HAO or
 *	an RH2; kern_filter() keeps its Parameter Problems about them in.
 * FD_GROUP, one more each time that net sends MSG_GROUPS_FULL
 *	socket(AF_INET6, SOCK_DGRAM, 0): to join groups on, nothing else.
 * FD_TUN (arg: its index)
 *	Packets without a family header.  Linux: IFF_TUN | IFF_NO_PI |
 *	IFF_VNET_HDR and FDF_VNET_HDR set, no TUNSETOFFLOAD: then the kernel
 *	hands over plain packets, but takes super-packets and partial
 *	checksums.  BSD: FDF_FAMILY set if each packet has 4 octets of address
 *	family (TUNSIFHEAD) in front.
 */
#ifndef MIP6D_NET_NET_H
#define MIP6D_NET_NET_H

#include "core/child.h"

extern const struct child_ops	net_ops;

#endif

/*
 * What net counts; a reason for each packet that goes no further.  The names
 * are those of mip6ctl show counters and of the metrics.
 */
#ifndef MIP6D_NET_REASON_H
#define MIP6D_NET_REASON_H

#include "core/counter.h"

/* X(NAME, name, help) */
#define NET_COUNTERS(X)							\
	X(CAPTURED, captured, "packets that the capture handed over")	\
	X(MH_IN, mh_in, "Mobility Headers given to an engine")		\
	X(MH_OUT, mh_out, "Mobility Headers sent")			\
	X(ICMP6_IN, icmp6_in, "ICMPv6 messages given to an engine")	\
	X(ICMP6_OUT, icmp6_out, "ICMPv6 messages sent for an engine")	\
	X(ERRORS_OUT, errors_out, "ICMPv6 errors of our own")		\
	X(DEFENDED, neighbour_advertisements_out, \
	    "answers for addresses that are defended") \
	X(BE_OUT, binding_errors_out, "Binding Errors of our own")	\
	X(ENCAPSULATED, encapsulated, "packets put into a tunnel")	\
	X(DECAPSULATED, decapsulated, "packets taken out of a tunnel")	\
	X(FRAGMENTED, fragmented, "packets that we sent in two fragments") \
	X(COPIES, copies_out, "copies of packets, sent by one more path") \
	X(ROUTE_OUT, routing_header_out, \
	    "packets sent with a type 2 routing header") \
	X(HAO_OUT, home_address_out, \
	    "packets sent with a Home Address option") \
	X(BOTH_OUT, both_headers_out, \
	    "packets sent with a Home Address option and a routing header") \
	X(AS_IT_IS, sent_as_it_is, \
	    "packets to a peer, from an address not bound with it") \
	X(CREDIT_OUT, credit_out, \
	    "packets sent on credit to an unverified care-of address") \
	X(CREDIT_OUT_OCTETS, credit_out_octets, \
	    "octets sent on credit to unverified care-of addresses") \
	X(CREDIT_LACKED, credit_lacked, \
	    "packets not sent to an unverified care-of address for want of " \
	    "credit, but to the home address") \
	X(CREDIT_LACKED_OCTETS, credit_lacked_octets, \
	    "octets not sent to unverified care-of addresses for want of " \
	    "credit") \
	X(REWRITTEN, rewritten, \
	    "packets given to the kernel without HAO or RH2") \
	X(ESP_OUT, esp_out, "ESP packets sent to or from where a home is") \
	X(HELD, held, \
	    "ESP packets held until the owner of their SPI is known") \
	X(RELAYED, icmp6_relayed, "errors from inside a tunnel passed on") \
	X(SEND_FAILED, send_failed, "packets the kernel would not send") \
	X(PROTECT_FAILED, protect_failed, \
	    "messages the kernel would not protect") \
	X(INJECT_FAILED, inject_failed, "packets the tun would not take") \
	X(CONGESTED, dropped_congested, "an engine did not keep up")	\
	X(NO_ENGINE, dropped_no_engine, "no engine for such a message")	\
	X(LIMITED, dropped_rate, "an error not sent, to limit their rate") \
	X(LIMITED_ONE, dropped_rate_destination, \
	    "an error not sent, to limit those to one network") \
	X(NO_ANSWER, dropped_anycast, \
	    "an error not sent to what is not one node's address") \
	X(NO_SOURCE, dropped_no_source, \
	    "an error not sent, its source is ours no more") \
	X(MALFORMED, dropped_malformed, "not an IPv6 packet")		\
	X(BAD_HEADERS, dropped_headers, "extension headers are wrong")	\
	X(BAD_OFFLOAD, dropped_offload, "virtio-net header is wrong")	\
	X(CHECKSUM, dropped_checksum, "Mobility Header with a bad checksum") \
	X(MH_SHORT, dropped_mh_short, "Mobility Header cut short")	\
	X(MH_TYPE, dropped_mh_type, "unknown Mobility Header type")	\
	X(MH_PROTO, dropped_mh_proto, "Payload Proto is not 59")	\
	X(MH_LENGTH, dropped_mh_length, "Header Len too small for its type") \
	X(MH_FRAGMENT, dropped_mh_fragment, "Mobility Header in fragments") \
	X(MH_DUPLICATE, dropped_mh_duplicate, "comes by the capture as well") \
	X(NO_BINDING, dropped_no_binding, \
	    "Home Address option without binding") \
	X(NOT_HOME, dropped_not_home, \
	    "routing header to what is no home address") \
	X(TUN_MULTICAST, dropped_tun_multicast, "multicast is not tunnelled") \
	X(LINK_LOCAL, dropped_link_local, \
	    "to or from a link-local address, which is not tunnelled") \
	X(ANYCAST, dropped_home_agents_anycast, \
	    "to the Home-Agents anycast address, and no request for them") \
	X(UNREACHABLE, dropped_unreachable, "home address without binding") \
	X(INACTIVE, dropped_inactive, "binding is not active")		\
	X(FLOW_DISCARDED, dropped_flow, \
	    "of a flow that is to be discarded")			\
	X(TUN_UNKNOWN, dropped_tun_unknown, "from the tun, for no tunnel") \
	X(NESTED, dropped_nested, \
	    "tunnel in tunnel too deep (encapsulation limit)") \
	X(TOO_BIG, dropped_too_big, "too big for the tunnel")		\
	X(FORGED, dropped_forged, "tunnel packet from the wrong address") \
	X(UNBOUND, dropped_unbound, \
	    "tunnel packet of a home address that is not bound") \
	X(INNER, dropped_inner, "no IPv6 packet inside a tunnel packet") \
	X(CLEAR, dropped_clear, "in the clear, where IPsec is to protect it") \
	X(CLEAR_TUNNEL, dropped_clear_tunnel, \
	    "from a tunnel in the clear, where IPsec is to protect it") \
	X(LEFT_TO_IPSEC, left_to_ipsec, "payload with an HAO or RH2 that " \
	    "is to be in ESP, and is the kernel's if it was")		\
	X(WRONG_SPI, dropped_wrong_spi, \
	    "ESP with the SPI of another home address") \
	X(SPI_UNKNOWN, dropped_unknown_spi, \
	    "ESP with an SPI that is nobody's") \
	X(HOLD_FULL, dropped_hold_full, \
	    "ESP with an unknown SPI, too many of them") \
	X(ECN, dropped_ecn, "congestion marked, inner packet can't say so") \
	X(REWRITE, dropped_rewrite, "packet could not be rewritten")	\
	X(ICMP6_STRAY, dropped_icmp6, "ICMPv6 that concerns no one")	\
	X(ICMP6_HOPS, dropped_icmp6_hops, "Neighbor Discovery from off link") \
	X(ICMP6_ECHO, dropped_icmp6_echo, \
	    "replies to pings of other programs") \
	X(OBSERVED_FORGOTTEN, observed_forgotten, \
	    "pairs no longer counted, as there were too many") \
	X(REFUSED, refused, "requests of an engine that are not its to make") \
	X(GROUP_FAILED, groups_failed, \
	    "multicast groups that could not be joined") \
	X(GROUP_NO_ROOM, groups_waited, \
	    "multicast groups that wait for one more socket") \
	X(CAPTURE_LOST, captures_lost, \
	    "captures that failed, and were asked for again") \
	X(NO_MEMORY, no_memory, "bindings, groups, addresses that did not fit")

enum net_counter {
#define X(N, n, h)	NC_##N,
	NET_COUNTERS(X)
#undef X
	NC_MAX
};

extern const struct counter_def	net_counter_defs[];

#endif

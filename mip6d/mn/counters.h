/* What the mobile node engine counts. */
#ifndef MIP6D_MN_COUNTERS_H
#define MIP6D_MN_COUNTERS_H

#include "core/counter.h"

/* X(name, help): the engine's counters. */
#define MN_COUNTERS(X)							\
	X(bu_sent, "Binding Updates sent, all")				\
	X(bu_retransmitted, "of these, retransmissions")		\
	X(bu_delayed, "delayed by MAX_UPDATE_RATE")			\
	X(ba_accepted, "Binding Acknowledgements with status < 128")	\
	X(ba_refused, "with status >= 128")				\
	X(ba_sequence, "with status 135")				\
	X(ba_clock, "with status 144")					\
	X(ba_malformed, "dropped: malformed")				\
	X(ba_unknown_home, "dropped: no such home address")		\
	X(ba_not_agent, "dropped: not from the home agent")		\
	X(ba_not_waiting, "dropped: nothing to acknowledge")		\
	X(ba_wrong_sequence, "dropped: sequence number")		\
	X(ba_no_auth, "dropped: authentication missing")		\
	X(ba_bad_spi, "dropped: unknown SPI")				\
	X(ba_bad_auth, "dropped: authentication failed")		\
	X(ba_bad_timestamp, "dropped: timestamp of no Binding Update")	\
	X(ba_wrong_care_of, "dropped: sent to another care-of address")	\
	X(brr_heeded, "Binding Refresh Requests of the home agent")	\
	X(brr_ignored, "Binding Refresh Requests, no use here")		\
	X(be_ignored, "Binding Errors: not from the home agent")	\
	X(be_unknown_binding, "Binding Errors with status 1")		\
	X(be_unknown_type, "Binding Errors with status 2")		\
	X(mh_unexpected, "other Mobility Headers, dropped")		\
	X(mh_malformed, "malformed Mobility Headers, dropped")		\
	X(icmp_unreachable, "destination unreachable for our packets")	\
	X(icmp_parameter, "Parameter Problems for our packets")		\
	X(icmp_other, "other ICMPv6 errors for our packets")		\
	X(icmp_ignored, "ICMPv6 errors that match nothing of ours")	\
	X(ra_heard, "Router Advertisements")				\
	X(ra_invalid, "Router Advertisements dropped: invalid")		\
	X(nd_ignored, "other Neighbor Discovery, no use here")		\
	X(nd_invalid, "Neighbor Discovery dropped: invalid")		\
	X(rs_sent, "Router Solicitations sent")				\
	X(probes_sent, "Neighbor Solicitations sent")			\
	X(pings_sent, "pings, as nothing else came back")		\
	X(na_sent, "Neighbor Advertisements sent")			\
	X(routers_lost, "routers that fell silent")			\
	X(link_local_rivals, \
	    "others said that our link-local address is theirs") \
	X(routers_forgotten, "routers forgotten as there were too many") \
	X(prefixes_forgotten, "prefixes forgotten or not learned, too many") \
	X(addresses_not_formed, \
	    "prefixes of which no address was formed, too many") \
	X(no_memory, "interfaces, addresses, routers that did not fit")	\
	X(tunnel_errors, "ICMPv6 errors for tunnelled packets")		\
	X(registrations, "registered, first or again")			\
	X(refreshes, "registrations refreshed")				\
	X(expirations, "bindings expired")				\
	X(restored, "tunnels of the process before this one, known again") \
	X(returns, "returned home")					\
	X(keys_renewed, "IKE_SAs made anew because they could not follow") \
	X(keys_failed, "times that there were no keys to be had")	\
	X(hoti_sent, "Home Test Inits sent")				\
	X(coti_sent, "Care-of Test Inits sent")				\
	X(hot_taken, "Home Tests, of which there is a token now")	\
	X(hot_not_tunnelled, "Home Tests dropped: not by the tunnel")	\
	X(hot_ignored, "Home Tests dropped: of no test under way")	\
	X(cot_taken, "Care-of Tests, of which there is a token now")	\
	X(cot_ignored, "Care-of Tests dropped: of no test under way")	\
	X(peer_begun, "correspondents with which a test was begun")	\
	X(peer_not_allowed, "correspondents that are left to the tunnel") \
	X(peer_updates, "Binding Updates sent to correspondents")	\
	X(peer_delayed, "messages to them that had to wait for a rate")	\
	X(peer_accepted, "their acknowledgements with status < 128")	\
	X(peer_refused, "with status >= 128")				\
	X(peer_stale, "with status 136 to 138, 147 to 150: tested again") \
	X(peer_not_authentic, "dropped: authorization missing or wrong") \
	X(peer_held, "correspondents left in peace for some time")	\
	X(peer_silent, "of these, as they did not answer")		\
	X(peer_refusing, "of these, as they refused")			\
	X(peer_without, "of these, as they know no Mobile IPv6")	\
	X(static_spent, "of these, as no number of their static key is left") \
	X(static_unsaved, "times that numbers of one were not put on disk") \
	X(peer_room, "correspondents let go to make room")		\
	X(peer_ended, "bindings at correspondents that ended unused")	\
	X(peer_progress, "errors not believed: packets had just come")	\
	X(peer_path_errors, "ICMPv6 errors for packets to correspondents") \
	X(ero_signed, "Binding Updates to them with a signature")	\
	X(ero_early, "early ones, before the care-of address was tested") \
	X(ero_tokens, "permanent home keygen tokens that they gave")	\
	X(ero_lost, "of these, given up: refused, or without answer")	\
	X(ero_held, "correspondents that are sent no signatures for a time") \
	X(ero_limited, "signatures put off, as there were too many")	\
	X(ero_unsigned, "signatures and tokens that the cga process did " \
	    "not give")							\
	X(ero_late, "its answers that nobody waited for any more")	\
	X(failures, "requests that the parent could not fulfil")

enum mn_counter {
#define X(n, h)	MNC_##n,
	MN_COUNTERS(X)
#undef X
	MNC_MAX
};

#define MN_COUNT(mn, n)	COUNT((mn)->env->counters, MNC_##n)

#endif

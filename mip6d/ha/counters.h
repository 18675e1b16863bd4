/*
 * What the home agent counts.  Each reason to drop or refuse a message is one
 * of these, so the reason is also what the log, the history of a node and
 * `why` speak of.
 */
#ifndef MIP6D_HA_COUNTERS_H
#define MIP6D_HA_COUNTERS_H

#define HA_COUNTERS(X)							\
	X(BU_IN, "binding_updates", "Binding Updates received")		\
	X(BA_OUT, "binding_acks", "Binding Acknowledgements sent")	\
	X(BE_OUT, "binding_errors", "Binding Errors sent")		\
	X(REGISTERED, "registrations", "new home registrations accepted") \
	X(REFRESHED, "refreshes", \
	    "registrations refreshed, same care-of address") \
	X(MOVED, "moves", "registrations with another care-of address")	\
	X(DEREGISTERED, "deregistrations", "home registrations given up") \
	X(EXPIRED, "expired", "bindings whose lifetime ended")		\
	X(CLEARED, "cleared", "bindings removed by the operator or a reload") \
	X(RESTORED, "bindings_restored", \
	    "bindings of the process before this one, known again") \
	X(NOT_RESTORED, "bindings_not_restored", \
	    "bindings of the process before this one that ended with it") \
	X(MALFORMED, "drop_malformed", "Mobility Headers that do not parse") \
	X(NOT_BU, "drop_not_for_home_agent", \
	    "Mobility Headers not meant for a home agent") \
	X(UNKNOWN_TYPE, "unknown_mh_type", \
	    "unrecognized MH Type, answered by a Binding Error") \
	X(SRC_NOT_UNICAST, "drop_source_not_unicast", \
	    "source address not unicast") \
	X(HOME_NOT_UNICAST, "drop_home_not_unicast", \
	    "home address not unicast routable") \
	X(COA_NOT_UNICAST, "drop_coa_not_unicast", \
	    "care-of address not unicast routable") \
	X(NONCE_WITH_H, "drop_nonce_indices", \
	    "Nonce Indices option in a home registration") \
	X(NO_H, "drop_not_home_registration", "Home Registration bit not set") \
	X(NO_SA, "drop_no_security_association", \
	    "no security association for this node") \
	X(UNPROTECTED, "drop_unprotected", \
	    "not protected by IPsec, though required") \
	X(COA_UNPROTECTED, "drop_careof_unprotected", \
	    "protected by ESP, but without Alternate Care-of Address option") \
	X(AUTH_MISSING, "drop_auth_missing", "no MN-HA authentication option") \
	X(AUTH_MISPLACED, "drop_auth_misplaced", \
	    "authentication option not the last one") \
	X(NO_HAO, "drop_no_home_address_option", \
	    "registration without Home Address option") \
	X(OVER_LIMIT_DROP, "drop_over_limit", "over a limit, dropped")	\
	X(STRANGERS, "refusals_not_sent", \
	    "refusals before authentication over their rate, not sent") \
	X(HELD_FULL, "drop_held_full", \
	    "too many wait until a time ahead of ours is saved") \
	X(NO_MEMORY, "drop_no_memory", "out of memory")			\
	X(NODES_FULL, "drop_nodes_full", \
	    "more nodes that are not listed than twice maximum-bindings") \
	X(AUTH_FAIL, "refused_auth_fail", "status 146: authentication failed") \
	X(ID_MISMATCH, "refused_id_mismatch", \
	    "status 144: timestamp not valid") \
	X(MESG_ID_REQD, "refused_mesg_id_required", \
	    "status 145: no timestamp") \
	X(NOT_ALLOWED, "refused_prohibited", "status 129: access rules") \
	X(NOT_ITS_HOME, "refused_not_its_home_address", \
	    "status 129: home address of another node") \
	X(RATE_NODE, "refused_node_rate", \
	    "Binding Updates over the rate of a node") \
	X(RATE_TOTAL, "refused_total_rate", \
	    "Binding Updates over the total rate") \
	X(FULL, "refused_full", "as many bindings as allowed")		\
	X(NOT_SUPPORTED, "refused_not_supported", \
	    "status 131: not a home agent address") \
	X(NOT_HOME_SUBNET, "refused_not_home_subnet", \
	    "status 132: home address not on the home link") \
	X(NOT_HOME_AGENT, "refused_not_home_agent", \
	    "status 133: no binding to delete") \
	X(DAD_FAILED, "refused_dad_failed", \
	    "status 134: another node has the address") \
	X(SEQUENCE, "refused_sequence", \
	    "status 135: sequence number not greater than the last") \
	X(TYPE_CHANGE, "refused_type_change", \
	    "status 139: registration type change") \
	X(BAD_COA, "refused_invalid_coa", \
	    "status 174: care-of address is ours or behind us") \
	X(LINK_DOWN, "refused_link_down", "status 128: home link not usable") \
	X(ROUTE_FAILED, "refused_route_failed", \
	    "status 128: the kernel took no route") \
	X(IPSEC_FAILED, "refused_ipsec_failed", \
	    "status 128: the kernel took no policies") \
	X(KEYS_STAY, "key_mobility_refused", \
	    "moves at which the IKE_SA could not follow") \
	X(DAD_STARTED, "dad_started", "Duplicate Address Detection runs") \
	X(NS_IN, "neighbour_solicitations", "for an address that is defended") \
	X(NA_OUT, "neighbour_advertisements", \
	    "of those that begin to be defended") \
	X(RS_IN, "router_solicitations", "on a home link")		\
	X(RA_OUT, "router_advertisements", "sent on home links")	\
	X(ND_BAD, "drop_nd_malformed", \
	    "Neighbour Discovery messages not valid") \
	X(AGENTS_HEARD, "agents_heard", \
	    "advertisements of other home agents on home links") \
	X(AGENTS_FULL, "drop_agents_full", \
	    "home agents of a link, or addresses of one, over the limit") \
	X(DHAAD_IN, "discovery_requests", "requests for home agents received") \
	X(DHAAD_OUT, "discovery_replies", "lists of home agents sent")	\
	X(DHAAD_BAD, "drop_discovery_malformed", \
	    "requests for home agents that are not valid") \
	X(DHAAD_STRAY, "drop_discovery_stray", \
	    "requests for home agents of no home link of ours") \
	X(DHAAD_OFF, "drop_discovery_off", \
	    "requests for home agents where they are not answered") \
	X(DHAAD_SOURCE, "drop_discovery_source", \
	    "requests for home agents from where no answer can go") \
	X(DHAAD_UNUSABLE, "drop_discovery_unusable", \
	    "requests for home agents while we are none there") \
	X(DHAAD_RATE, "drop_discovery_rate", \
	    "requests for home agents over the rate of a network, or of all") \
	X(CONFLICT, "address_conflicts", \
	    "another node claims a defended address") \
	X(TUNNEL_ERRORS, "tunnel_errors", \
	    "ICMPv6 errors for tunnelled packets") \
	X(ROUTES_LOST, "routes_lost", \
	    "times that all routes were asked for again") \
	X(LOG_SUPPRESSED, "log_lines_suppressed", "over the rate per reason")

enum ha_counter {
#define X(id, name, help)	HC_##id,
	HA_COUNTERS(X)
#undef X
	HC_MAX
};

#endif

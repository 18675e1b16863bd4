/*
 * What the correspondent counts.  Each reason to drop or refuse a message is
 * one of these, so the reason is also what the log speaks of.
 */
#ifndef MIP6D_CN_COUNTERS_H
#define MIP6D_CN_COUNTERS_H

#define CN_COUNTERS(X)							\
	X(HOTI_IN, "home_test_inits", "Home Test Inits received")	\
	X(COTI_IN, "careof_test_inits", "Care-of Test Inits received")	\
	X(HOT_OUT, "home_tests", "Home Tests sent")			\
	X(COT_OUT, "careof_tests", "Care-of Tests sent")		\
	X(BU_IN, "binding_updates", "Binding Updates received")		\
	X(BA_OUT, "binding_acks", "Binding Acknowledgements sent")	\
	X(BRR_OUT, "refresh_requests", "Binding Refresh Requests sent")	\
	X(BE_UNKNOWN, "binding_errors_unknown_binding", \
	    "Binding Errors received, status 1")			\
	X(BE_TYPE, "binding_errors_unknown_type", \
	    "Binding Errors received, status 2")			\
	X(BE_OTHER, "binding_errors_other", \
	    "Binding Errors received, another status")			\
	X(REGISTERED, "registrations", "new bindings accepted")		\
	X(REFRESHED, "refreshes", "bindings refreshed, same care-of address") \
	X(MOVED, "moves", "bindings with another care-of address")	\
	X(DELETED, "deletions", "deletions of bindings accepted")	\
	X(EARLY, "early_updates", \
	    "early Binding Updates accepted (RFC 4866)")		\
	X(SIGNATURES, "signatures", "signatures verified (RFC 4866)")	\
	X(TOKENS, "permanent_tokens", \
	    "permanent home keygen tokens given (RFC 4866)")		\
	X(COT_OPTIONS, "careof_test_options", \
	    "Care-of Test options sent in acknowledgements (RFC 4866)")	\
	X(EXPIRED, "expired", "bindings whose lifetime ended")		\
	X(CLEARED, "cleared", "bindings removed by the operator, a reload or " \
	    "the end of an own address")				\
	X(EVICTED, "evicted", "bindings never used that made room for others") \
	X(UNREACHABLE, "unreachable", \
	    "bindings removed as their care-of address is unreachable")	\
	X(TUNNEL_ERRORS, "destination_unreachable", \
	    "ICMPv6 errors for packets to care-of addresses")		\
	X(NONCES, "nonces", "nonces and keys made")			\
	X(NONCES_VOID, "nonces_void", \
	    "times that nonces ended early for want of memory")		\
	X(MALFORMED, "drop_malformed", "Mobility Headers that do not parse") \
	X(NOT_FOR_US, "drop_not_for_correspondent", \
	    "Mobility Headers not meant for a correspondent")		\
	X(OTHER, "other_dropped", "Other messages, not for this role")	\
	X(ROUTED, "drop_routing_header", \
	    "Mobility Headers behind a type 2 routing header")		\
	X(SRC_NOT_UNICAST, "drop_source_not_unicast", \
	    "source address not unicast routable, or our own")		\
	X(TEST_HAO, "drop_test_home_address_option", \
	    "Home or Care-of Test Init with a Home Address option")	\
	X(TEST_RATE, "drop_test_rate_network", \
	    "Test Inits over the rate of a network")			\
	X(TEST_RATE_TOTAL, "drop_test_rate", \
	    "Test Inits over the rate of all")				\
	X(TEST_KEY, "drop_test_static_key", \
	    "Test Inits of a peer that has a static key")		\
	X(HOME_NOT_UNICAST, "drop_home_not_unicast", \
	    "home address not unicast routable")			\
	X(COA_NOT_UNICAST, "drop_coa_not_unicast", \
	    "care-of address not unicast routable")			\
	X(NONCE_WITH_H, "drop_nonce_indices", \
	    "Nonce Indices option in a home registration")		\
	X(NO_NONCES, "drop_no_nonce_indices", "no Nonce Indices option") \
	X(AUTH_MISSING, "drop_auth_missing", \
	    "no Binding Authorization Data option")			\
	X(AUTH_MISPLACED, "drop_auth_misplaced", \
	    "something behind the Binding Authorization Data option")	\
	X(AUTH_FAIL, "drop_auth_fail", "authenticator not right")	\
	X(CGA_RATE, "drop_signature_rate_network", \
	    "signatures over the rate of a home network")		\
	X(CGA_RATE_TOTAL, "drop_signature_rate", \
	    "signatures over the rate of all")				\
	X(KEY_FAIL, "drop_static_key_fail", \
	    "authenticator not right by the static key, and no other counts") \
	X(KEY_WAITS, "static_key_waits", \
	    "updates that wait until their number is on disk")		\
	X(KEY_UNSAVED, "static_key_unsaved", \
	    "times that numbers of a static key could not be put on disk") \
	X(CRYPTO, "drop_crypto", "libcrypto failed")			\
	X(NOT_SENT, "refusals_not_sent", \
	    "refusals over their rate, not sent")			\
	X(NOT_ASKED, "refusals_not_asked_for", \
	    "refusals of updates that want no acknowledgement")		\
	X(OWN_ADDRESS, "refused_own_address", \
	    "status 128: home or care-of address is our own")		\
	X(NOT_ALLOWED, "refused_prohibited", "status 129: access rules") \
	X(KEY_SPENT, "refused_static_key_spent", \
	    "status 129: all numbers of the static key have been used") \
	X(FULL, "refused_full", "status 130: as many bindings as allowed") \
	X(NETWORK_FULL, "refused_network_full", \
	    "status 130: as many bindings as allowed to a network")	\
	X(NO_MEMORY, "refused_no_memory", "status 130: out of memory")	\
	X(NOT_HOME_AGENT, "refused_home_registration", \
	    "status 131: no home agent")				\
	X(SEQUENCE, "refused_sequence", \
	    "status 135: sequence number not greater than the last")	\
	X(HOME_NONCE, "refused_home_nonce", \
	    "status 136: home nonce index not valid")			\
	X(CAREOF_NONCE, "refused_careof_nonce", \
	    "status 137: care-of nonce index not valid")		\
	X(BOTH_NONCES, "refused_nonces", \
	    "status 138: nonce indices not valid")			\
	X(REPLAY, "refused_replay", \
	    "status 138: maybe a copy of an update before the end of the " \
	    "binding")							\
	X(TYPE_CHANGE, "refused_type_change", \
	    "status 139: registration type change")			\
	X(NO_TOKEN, "refused_no_permanent_token", \
	    "status 147: there is no permanent home keygen token")	\
	X(TOKEN_OLD, "refused_permanent_token_old", \
	    "status 147: sequence numbers of the permanent home keygen " \
	    "token are used up")					\
	X(CGA_OPTIONS, "refused_cga_options", \
	    "status 148: CGA Parameters and Signature options that do not " \
	    "fit together")						\
	X(CGA_PARAMETERS, "refused_cga_parameters", \
	    "status 148: the home address is of other CGA Parameters")	\
	X(CGA_KEY, "refused_cga_key", \
	    "status 148: a public key that RFC 4866 can't use")		\
	X(SIGNATURE, "refused_signature", \
	    "status 148: signature not right")				\
	X(TOKEN_EXISTS, "refused_permanent_token_exists", \
	    "status 149: there is a permanent home keygen token, and it was " \
	    "not used")							\
	X(HOME_INDEX_ZERO, "refused_home_nonce_zero", \
	    "status 150: CGA Parameters with a home nonce index of 0")	\
	X(ROUTE_REFUSED, "route_refused", \
	    "routes to peers that the kernel did not take") \
	X(LOG_SUPPRESSED, "log_lines_suppressed", "over the rate per reason")

enum cn_counter {
#define X(id, name, help)	CC_##id,
	CN_COUNTERS(X)
#undef X
	CC_MAX
};

#endif

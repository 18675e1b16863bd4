/*
 * What the tables look like as text: the columns of each, their headings and
 * widths, in brief and in full.  Rows of data only; mip6ctl/text.c prints by
 * them, and tables that have none here are printed as names and values.
 */
#include <string.h>

#include "core/tables.h"
#include "mip6ctl/output.h"

/* No line of these is wider than OUTPUT_WIDTH; a test adds them up. */
static const struct column	 c_process[] = {
	{ "role", "ROLE", 8, 0 },
	{ "pid", "PID", 7, C_RIGHT },
	{ "state", "STATE", 10, 0 },
	{ "uptime_ms", "UP", 7, C_RIGHT },
	{ "restarts", "RESTARTS", 8, C_RIGHT },
	{ "backoff_ms", "BACKOFF", 7, C_RIGHT },
	{ "ipc_queued", "QUEUED", 7, C_RIGHT },
	{ "ipc_dropped", "DROPPED", 7, C_RIGHT },
	{ "ipc_held", NULL, 0, C_HIDE },
	{ "denied", "DENIED", 6, C_RIGHT },
	{ "sandbox", "SANDBOX", 0, C_LINE | C_INDENT | C_WRAP },
	{ "note", "NOW", 0, C_LINE | C_INDENT | C_WRAP },
	{ "exited_ms", "ENDED", 7, C_LINE | C_INDENT | C_RIGHT },
	{ "last_exit", "WHY", 0, C_WRAP },
	{ NULL, NULL, 0, 0 }
}, c_process_brief[] = {
	{ "role", "ROLE", 8, 0 },
	{ "pid", "PID", 7, C_RIGHT },
	{ "state", "STATE", 10, 0 },
	{ "uptime_ms", "UP", 7, C_RIGHT },
	{ "restarts", "RESTARTS", 8, C_RIGHT },
	{ "last_exit", "LAST EXIT", 0, C_WRAP },
	{ "sandbox", NULL, 0, C_HIDE },
	{ "backoff_ms", NULL, 0, C_HIDE },
	{ "ipc_queued", NULL, 0, C_HIDE },
	{ "ipc_dropped", NULL, 0, C_HIDE },
	{ "ipc_held", NULL, 0, C_HIDE },
	{ "denied", NULL, 0, C_HIDE },
	{ "exited_ms", NULL, 0, C_HIDE },
	{ "note", "NOW", 0, C_LINE | C_INDENT | C_WRAP },
	{ NULL, NULL, 0, 0 }
}, c_global[] = {
	{ "name", "NAME", 34, 0 },
	{ "value", "VALUE", 0, C_WRAP },
	{ NULL, NULL, 0, 0 }
}, c_kernel[] = {
	{ "kind", "KIND", 8, 0 },
	{ "row", "ROW", 46, 0 },
	{ "state", "STATE", 0, C_WRAP },
	{ "put_back", NULL, 0, C_HIDE },
	{ NULL, NULL, 0, 0 }
}, c_line[] = {
	{ "line", NULL, 0, 0 },
	{ NULL, NULL, 0, 0 }
}, c_timer[] = {
	{ "role", "ROLE", 8, 0 },
	{ "name", "TIMER", 40, 0 },
	{ "count", "COUNT", 10, C_RIGHT },
	{ "next_ms", "NEXT IN", 10, C_RIGHT },
	{ NULL, NULL, 0, 0 }
}, c_counter[] = {
	{ "role", "ROLE", 8, 0 },
	{ "name", "COUNTER", 24, 0 },
	{ "value", "VALUE", 12, C_RIGHT },
	{ "help", "WHAT", 0, C_WRAP },
	{ NULL, NULL, 0, 0 }
}, c_error[] = {
	{ "age_ms", "AGE", 7, C_RIGHT },
	{ "role", "ROLE", 8, 0 },
	{ "level", "LEVEL", 7, 0 },
	{ "text", "LAST ERRORS", 0, C_WRAP },
	{ NULL, NULL, 0, 0 }
}, c_event[] = {
	{ "time", NULL, 0, C_CLOCK },
	{ "role", NULL, 0, 0 },
	{ "name", NULL, 0, 0 },
	{ "level", NULL, 0, 0 },
	{ "home", NULL, 0, 0 },
	{ "text", NULL, 0, 0 },
	{ NULL, NULL, 0, 0 }
}, c_lost[] = {
	{ "count", "events lost", 0, 0 },
	{ NULL, NULL, 0, 0 }
}, c_binding[] = {
	{ "home", "HOME ADDRESS", 39, 0 },
	{ "state", "STATE", 8, 0 },
	{ "lifetime_ms", "LIFE", 7, C_RIGHT },
	{ "remaining_ms", "LEFT", 7, C_RIGHT },
	{ "sequence", "SEQ", 5, C_RIGHT },
	{ "flags", "FLAGS", 9, 0 },
	{ "careof", "CARE-OF ADDRESS", 39, C_LINE | C_INDENT },
	{ "identifier", "IDENTIFIER", 0, C_WRAP },
	{ NULL, NULL, 0, 0 }
}, c_agent[] = {
	{ "interface", "INTERFACE", 15, 0 },
	{ "linklocal", "HOME AGENT", 39, 0 },
	{ "preference", "PREF", 6, C_RIGHT },
	{ "remaining_ms", "LEFT", 7, C_RIGHT },
	{ "routers", "ROUTERS", 7, 0 },
	{ "address", "ADDRESS", 39, C_LINE | C_INDENT },
	{ NULL, NULL, 0, 0 }
}, c_bul[] = {
	{ "home", "HOME ADDRESS", 39, 0 },
	{ "type", "TYPE", 4, 0 },
	{ "state", "STATE", 11, 0 },
	{ "sequence", "SEQ", 5, C_RIGHT },
	{ "lifetime_ms", "LEFT", 7, C_RIGHT },
	{ "refresh_ms", "REFRESH", 7, C_RIGHT },
	{ "careof", "CARE-OF ADDRESS", 39, C_LINE },
	{ "agent", "HOME AGENT OR PEER", 39, 0 },
	{ NULL, NULL, 0, 0 }
}, c_path[] = {
	{ "source", "PACKETS FROM", 39, 0 },
	{ "way", "WAY", 7, 0 },
	{ "again_ms", "TRIED AGAIN IN", 14, C_RIGHT },
	{ "destination", "TO", 39, C_LINE },
	{ "local", "FROM THE ADDRESS", 39, C_LINE },
	{ "remote", "TO THE ADDRESS", 39, 0 },
	{ "reason", "WHY", 0, C_LINE | C_INDENT | C_WRAP },
	{ NULL, NULL, 0, 0 }
}, c_interface[] = {
	{ "name", "INTERFACE", 31, 0 },
	{ "index", "INDEX", 6, C_RIGHT },
	{ "state", "STATE", 12, 0 },
	{ "preference", "PREFERENCE", 10, C_RIGHT },
	{ "addresses", "ADDRESSES", 9, C_RIGHT },
	{ "careof", "CARE-OF ADDRESS", 39, C_LINE },
	{ "router", "ROUTER", 39, 0 },
	{ NULL, NULL, 0, 0 }
}, c_handover[] = {
	{ "number", "NR", 4, C_RIGHT },
	{ "home", "HOME ADDRESS", 39, 0 },
	{ "interface", "INTERFACE", 15, 0 },
	{ "kind", "KIND", 13, 0 },
	{ "done", "DONE", 4, 0 },
	{ "from", "FROM", 39, C_LINE },
	{ "to", "TO", 39, 0 },
	{ NULL, NULL, 0, 0 }
}, c_tunnel[] = {
	{ "home", "HOME ADDRESS", 39, 0 },
	{ "role", "ROLE", 4, 0 },
	{ "active", "ACTIVE", 6, 0 },
	{ "mtu", "MTU", 5, C_RIGHT },
	{ "packets_in", "IN", 10, C_RIGHT },
	{ "packets_out", "OUT", 10, C_RIGHT },
	{ "local", "LOCAL", 39, C_LINE },
	{ "peer", "PEER", 39, 0 },
	{ "other", "WITH", 39, C_LINE },
	{ "bid", "PATH", 5, C_LINE },
	{ "weight", "WEIGHT", 6, 0 },
	{ "unverified", "UNVERIFIED", 10, C_LINE },
	{ "credit", "CREDIT", 10, C_RIGHT },
	{ NULL, NULL, 0, 0 }
}, c_flow[] = {
	{ "home", "HOME ADDRESS", 39, 0 },
	{ "role", "ROLE", 4, 0 },
	{ "flow", "FLOW", 5, C_RIGHT },
	{ "priority", "PRIORITY", 8, C_RIGHT },
	{ "packets", "OUT", 10, C_RIGHT },
	{ "other", "WITH", 39, C_LINE },
	{ "paths", "PATHS", 0, C_LINE | C_INDENT | C_WRAP },
	{ "selector", "PACKETS", 0, C_LINE | C_INDENT | C_WRAP },
	{ NULL, NULL, 0, 0 }
}, c_node[] = {
	{ "home", "HOME ADDRESS", 39, 0 },
	{ "role", "ROLE", 4, 0 },
	{ "keying", "KEYING", 6, 0 },
	{ "keys", "KEYS", 7, 0 },
	{ "tunnel", "TUNNEL", 6, 0 },
	{ "reqid", "REQID", 5, C_RIGHT },
	{ "moves", "MOVES", 5, C_RIGHT },
	{ "agent", "HOME AGENT", 39, C_LINE },
	{ "care_of", "CARE-OF ADDRESS", 39, 0 },
	{ "protect", "PROTECT", 7, C_LINE | C_INDENT },
	{ "policies", "POLICIES", 8, C_RIGHT },
	{ "errors", "ERRORS", 6, C_RIGHT },
	{ "moved_ms", "MOVED", 7, C_RIGHT },
	{ "took_us", "TOOK US", 8, C_RIGHT },
	{ "result", "RESULT", 0, C_WRAP },
	{ "keys_text", "ABOUT THE KEYS", 0, C_LINE | C_INDENT | C_WRAP },
	{ NULL, NULL, 0, 0 }
}, c_ike_node[] = {
	{ "home_address", "HOME ADDRESS", 39, 0 },
	{ "state", "STATE", 8, 0 },
	{ "reqid", "REQID", 6, C_RIGHT },
	{ "ike_id", "IKE_SA", 7, C_RIGHT },
	{ "retries", "RETRIES", 8, C_RIGHT },
	{ "identity", "IDENTITY", 38, C_LINE | C_INDENT },
	{ "local", "LOCAL ADDRESS", 39, 0 },
	{ NULL, NULL, 0, 0 }
}, c_ike_done[] = {
	{ "home_address", NULL, 0, 0 },
	{ "text", NULL, 0, 0 },
	{ NULL, NULL, 0, 0 }
}, c_difference[] = {
	{ "home", "HOME ADDRESS", 39, 0 },
	{ "where", "WHERE", 8, 0 },
	{ "text", "DIFFERENCE", 0, C_LINE | C_INDENT | C_WRAP },
	{ NULL, NULL, 0, 0 }
}, c_policy[] = {
	{ "source", "SOURCE", 43, 0 },
	{ "direction", "DIRECTION", 10, 0 },
	{ "action", "ACTION", 7, 0 },
	{ "protocol", "PROTO", 6, 0 },
	{ "type", "TYPE", 4, C_RIGHT },
	{ "destination", "DESTINATION", 43, C_LINE | C_INDENT },
	{ "priority", "PRIORITY", 10, C_RIGHT },
	{ "id", "ID", 10, C_RIGHT },
	{ "requests", "REQUESTS", 0, C_LINE | C_INDENT | C_WRAP },
	{ NULL, NULL, 0, 0 }
}, c_sa[] = {
	{ "source", "SOURCE", 39, 0 },
	{ "protocol", "PROTO", 6, 0 },
	{ "spi", "SPI", 10, 0 },
	{ "mode", "MODE", 9, 0 },
	{ "state", "STATE", 6, 0 },
	{ "reqid", "REQID", 5, C_RIGHT },
	{ "destination", "DESTINATION", 39, C_LINE | C_INDENT },
	{ "encryption", "ENCRYPTION", 18, 0 },
	{ "authentication", "AUTHENTICATION", 19, 0 },
	{ NULL, NULL, 0, 0 }
}, c_charon[] = {
	{ "version", "CHARON", 24, 0 },
	{ "state", "STATE", 10, 0 },
	{ "since_ms", "SINCE", 7, C_RIGHT },
	{ "reconnects", "RECONNECTS", 10, C_RIGHT },
	{ "ike_sas", "IKE_SAS", 7, C_RIGHT },
	{ "child_sas", "CHILD_SAS", 9, C_RIGHT },
	{ "last_error", "LAST ERROR", 0, C_LINE | C_INDENT | C_WRAP },
	{ NULL, NULL, 0, 0 }
}, c_ike_sa[] = {
	{ "id", "ID", 6, C_RIGHT },
	{ "name", "IKE_SA", 24, 0 },
	{ "state", "STATE", 12, 0 },
	{ "role", "ROLE", 9, 0 },
	{ "established_ms", "UP", 7, C_RIGHT },
	{ "children", "CHILD_SAS", 9, C_RIGHT },
	{ "local_host", "LOCAL ADDRESS", 39, C_LINE },
	{ "remote_host", "REMOTE ADDRESS", 39, 0 },
	{ "local_id", "LOCAL IDENTITY", 39, C_LINE },
	{ "remote_id", "REMOTE IDENTITY", 39, 0 },
	{ NULL, NULL, 0, 0 }
}, c_child_sa[] = {
	{ "ike_id", "IKE_SA", 6, C_RIGHT },
	{ "id", "ID", 6, C_RIGHT },
	{ "name", "CHILD_SA", 16, 0 },
	{ "state", "STATE", 10, 0 },
	{ "mode", "MODE", 9, 0 },
	{ "reqid", "REQID", 6, C_RIGHT },
	{ "spi_in", "SPI IN", 8, 0 },
	{ "spi_out", "SPI OUT", 8, 0 },
	{ NULL, NULL, 0, 0 }
}, c_reason[] = {
	{ "since", "SINCE", 19, 0 },
	{ "subject", "WHAT", 39, 0 },
	{ "reason", "REASON", 0, C_WRAP },
	{ "text", NULL, 0, C_LINE | C_INDENT | C_WRAP },
	{ "remedy", NULL, 0, C_LINE | C_INDENT | C_WRAP },
	{ "see", NULL, 0, C_LINE | C_INDENT | C_WRAP },
	{ "level", NULL, 0, C_HIDE },
	{ "age_ms", NULL, 0, C_HIDE },
	{ "count", NULL, 0, C_HIDE },
	{ NULL, NULL, 0, 0 }
}, c_well[] = {
	{ "subject", NULL, 0, 0 },
	{ "text", NULL, 0, 0 },
	{ NULL, NULL, 0, 0 }
}, c_health[] = {
	{ "role", "ROLE", 8, 0 },
	{ "state", "STATE", 8, 0 },
	{ "reasons", "REASONS", 7, C_RIGHT },
	{ "text", "THE FIRST OF THEM", 0, C_WRAP },
	{ "subject", NULL, 0, C_HIDE },
	{ "reason", NULL, 0, C_HIDE },
	{ "lost", NULL, 0, C_HIDE },
	{ NULL, NULL, 0, 0 }
}, c_why[] = {
	{ "age_ms", "AGE", 7, C_RIGHT },
	{ "name", "EVENT", 20, 0 },
	{ "text", "WHAT", 0, C_WRAP },
	{ "home", NULL, 0, C_HIDE },
	{ NULL, NULL, 0, 0 }
}, c_packet[] = {
	{ "number", NULL, 0, 0 },
	{ "time", NULL, 0, 0 },
	{ "text", NULL, 0, 0 },
	{ NULL, NULL, 0, 0 }
}, c_cleared[] = {
	{ "home", "is not bound any more", 0, 0 },
	{ NULL, NULL, 0, 0 }
}, c_silent[] = {
	{ "role", NULL, 0, 0 },
	{ "text", NULL, 0, 0 },
	{ NULL, NULL, 0, 0 }
}, c_cga_address[] = {
	{ "sec", "SEC", 3, C_RIGHT },
	{ "address", "ADDRESS", 39, 0 },
	{ NULL, NULL, 0, 0 }
}, c_text[] = {
	{ "text", NULL, 0, 0 },
	{ NULL, NULL, 0, 0 }
};

const struct layout	 layouts[] = {
	{ "process", VERB_STATUS, L_HEAD, c_process_brief },
	{ "process", VERB_NONE, L_HEAD, c_process },
	{ "global", VERB_NONE, L_HEAD, c_global },
	{ TABLE_KERNEL, VERB_NONE, L_HEAD, c_kernel },
	{ "configuration", VERB_NONE, L_PLAIN, c_line },
	{ "decoded", VERB_NONE, L_PLAIN, c_line },
	{ "packet", VERB_NONE, L_PLAIN, c_packet },
	{ "timer", VERB_NONE, L_HEAD, c_timer },
	{ TABLE_COUNTER, VERB_NONE, L_HEAD | L_NONZERO, c_counter },
	{ "error", VERB_NONE, L_HEAD, c_error },
	{ "event", VERB_NONE, L_PLAIN, c_event },
	{ "lost", VERB_NONE, L_PLAIN, c_lost },
	{ TABLE_BINDING, VERB_NONE, L_HEAD, c_binding },
	{ "binding_summary", VERB_NONE, L_PAIRS, NULL },
	{ TABLE_AGENT, VERB_NONE, L_HEAD, c_agent },
	{ TABLE_BUL, VERB_NONE, L_HEAD, c_bul },
	{ TABLE_PATH, VERB_NONE, L_HEAD, c_path },
	{ "interface", VERB_NONE, L_HEAD, c_interface },
	{ "handover", VERB_NONE, L_HEAD, c_handover },
	{ TABLE_TUNNEL, VERB_NONE, L_HEAD, c_tunnel },
	{ TABLE_FLOW, VERB_NONE, L_HEAD, c_flow },
	{ TABLE_POLICY, VERB_NONE, L_HEAD, c_policy },
	{ TABLE_SA, VERB_NONE, L_HEAD, c_sa },
	{ TABLE_CHARON, VERB_NONE, L_HEAD, c_charon },
	{ TABLE_IKE_SA, VERB_NONE, L_HEAD, c_ike_sa },
	{ TABLE_CHILD_SA, VERB_NONE, L_HEAD, c_child_sa },
	{ TABLE_NODE, VERB_NONE, L_HEAD, c_node },
	{ "ike_node", VERB_NONE, L_HEAD, c_ike_node },
	{ "ike", VERB_NONE, L_PLAIN, c_ike_done },
	{ "difference", VERB_NONE, L_HEAD, c_difference },
	{ TABLE_SILENT, VERB_NONE, L_PLAIN, c_silent },
	{ "reason", VERB_NONE, L_HEAD, c_reason },
	{ "well", VERB_NONE, L_PLAIN, c_well },
	{ "health", VERB_NONE, L_HEAD, c_health },
	{ "why", VERB_NONE, L_HEAD, c_why },
	{ "cleared", VERB_NONE, L_PLAIN, c_cleared },
	{ "cga_address", VERB_NONE, L_HEAD, c_cga_address },
	{ "move", VERB_NONE, L_PLAIN, c_text },
	{ NULL, VERB_NONE, 0, NULL }
};

/* How a table looks in the answer to a verb; NULL: nothing is known of it. */
const struct layout *
layout_of(const char *table, enum verb verb)
{
	const struct layout	*l;

	for (l = layouts; l->table != NULL; l++)
		if (strcmp(l->table, table) == 0 &&
		    (l->verb == VERB_NONE || l->verb == verb))
			return (l);
	return (NULL);
}

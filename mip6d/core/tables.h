/*
 * Names of the tables that mip6ctl looks for: who writes the rows and who
 * reads them take the name from here.
 */
#ifndef MIP6D_CORE_TABLES_H
#define MIP6D_CORE_TABLES_H

#define TABLE_NODE		"node"		/* show sa */
#define TABLE_POLICY		"policy"	/* show spd */
#define TABLE_SA		"sa"		/* show sad */
#define TABLE_CHARON		"ike_charon"	/* show ike, status */
#define TABLE_IKE_SA		"ike_sa"
#define TABLE_CHILD_SA		"child_sa"
#define TABLE_BINDING		"binding"	/* show bindings */
#define TABLE_AGENT		"agent"		/* show agents */
#define TABLE_BUL		"bul"		/* show bul */
#define TABLE_PATH		"path"		/* show path */
#define TABLE_TUNNEL		"tunnel"	/* show tunnels */
#define TABLE_FLOW		"flow"		/* show tunnels */
#define TABLE_COUNTER		"counter"	/* show counters, metrics */
#define TABLE_KERNEL		"kernel"	/* show kernel */
#define TABLE_SILENT		"silent"	/* who did not answer */

#endif

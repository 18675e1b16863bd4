/*
 * The route-optimisation block of a mobile node.  Included by conf.h, which has
 * struct conf_prefix and struct conf_static_key.
 */
#ifndef MIP6D_CONF_RO_H
#define MIP6D_CONF_RO_H

/* With which peers a mobile node optimizes routes; the first match decides. */
struct conf_ro_rule {
	bool			 allow;		/* else never */
	struct conf_prefix	 prefix;
};

/* So many packets in that time; 0: the first one is enough. */
struct conf_ro_after {
	uint32_t		 packets, window;
};

struct conf_ro {
	struct conf_ro_after	 after;
	uint32_t		 hold_down; /* until a peer is tried again */
	uint32_t		 max_peers;
	struct conf_ro_rule	*rules;
	size_t			 nrules;
	struct conf_static_key	*keys;
	size_t			 nkeys;
};

#endif

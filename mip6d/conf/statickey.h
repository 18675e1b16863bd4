/*
 * A static key between a mobile node and a correspondent (RFC 4449 3), as
 * both have it in their configuration.  Included by conf.h, which has
 * CONF_KEY_MAX.
 */
#ifndef MIP6D_CONF_STATICKEY_H
#define MIP6D_CONF_STATICKEY_H

/*
 * peer is the other node: for a correspondent the home address of the mobile
 * node, for a mobile node the correspondent.
 */
struct conf_static_key {
	struct in6_addr	 peer;
	bool		 has_home;	/* of a mobile node: for this one */
	struct in6_addr	 home;
	uint8_t		 kcn[CONF_KEY_MAX];
	uint8_t		 home_nonce[CONF_KEY_MAX];
	uint8_t		 careof_nonce[CONF_KEY_MAX];
	size_t		 kcnlen, home_noncelen, careof_noncelen;
};

#endif

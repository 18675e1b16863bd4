/*
 * The keys that the cga process holds, one for each home address that is a CGA.
 * Internal to mip6d/cga.
 */
#ifndef MIP6D_CGA_KEY_H
#define MIP6D_CGA_KEY_H

#include <netinet/in.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/conf.h"
#include "core/msg.h"
#include "wire/cga.h"
#include "wire/mhauth.h"

struct child;
struct evp_pkey_st;		/* EVP_PKEY */

struct key {
	struct in6_addr		 home;
	bool			 passed_on;	/* by a new configuration */
	char			 params_path[CONF_PATH_MAX];
	char			 path[CONF_PATH_MAX];
	/* What is held and mn knows of; pkey NULL: nothing. */
	struct evp_pkey_st	*pkey;
	size_t			 len;
	uint8_t			 params[CGA_MAXLEN];
	/* What is being read, first the one file and then the other. */
	uint32_t		 asked;		/* 0: neither */
	bool			 has_new;	/* asked for the key by now */
	size_t			 newlen;
	uint8_t			 new_params[CGA_MAXLEN];
};

struct keys {
	struct child		*ch;
	struct mhauth		*auth;		/* NULL: there is no SHA-1 */
	struct key		*v;
	size_t			 n;
	uint32_t		 id;		/* of the last file asked for */
};

void	 keys_start(struct keys *, struct child *);
void	 keys_configure(struct keys *, const struct conf *);
void	 keys_file(struct keys *, uint32_t id, int fd);
void	 keys_no_file(struct keys *, const struct msg_result *);
void	 keys_tell(const struct keys *);
const struct key *keys_find(const struct keys *, const struct in6_addr *);
void	 keys_free(struct keys *);

#endif

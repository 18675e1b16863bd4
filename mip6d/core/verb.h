/*
 * What a control client may ask.  A row of verb.def is a verb of mip6ctl; the
 * roles that answer it find the number in struct msg_query.
 */
#ifndef MIP6D_CORE_VERB_H
#define MIP6D_CORE_VERB_H

#include <netinet/in.h>

#include <stdbool.h>
#include <stddef.h>

#include "core/role.h"

enum verb {
	VERB_NONE,
#define VERB(id, ...)	VERB_##id,
#include "core/verb.def"
#undef VERB
	VERB_MAX
};

#define VERB_WORDS	4		/* at most, of a verb */
#define VERB_ARG_MAX	256		/* as in struct msg_query */

enum verb_arg {
	VA_NONE,
	VA_ADDRESS,	/* one IPv6 address */
	VA_ADDRESS_OPT,	/* one, or nothing */
	VA_BINDING,	/* nothing, or one of enum verb_key and its value */
	VA_SUBJECT,	/* nothing, or the name of anything, in one word */
	VA_TEXT,	/* anything, in one word */
	VA_OPTIONS	/* words that mip6ctl reads itself; with VF_LOCAL */
};

#define VF_READ		0x01	/* changes nothing: restricted sockets too */
#define VF_STREAM	0x02	/* answers until the client goes */
#define VF_LOCAL	0x04	/* done by mip6ctl alone, not a request */

struct verb_def {
	const char	*words;		/* "show bindings summary" */
	enum verb_arg	 arg;
	const char	*argname;	/* for the usage text, or NULL */
	unsigned int	 roles;		/* ROLE_BITs of those that answer */
	unsigned int	 flags;
	const char	*help;
};

/* What rows a query of VA_BINDING wants. */
enum verb_key { VK_ALL, VK_HOME_ADDRESS, VK_CARE_OF, VK_IDENTIFIER };

struct verb_filter {
	enum verb_key	 key;
	struct in6_addr	 addr;			/* HOME_ADDRESS, CARE_OF */
	char		 text[VERB_ARG_MAX];	/* IDENTIFIER */
};

const struct verb_def	*verb_def(enum verb);
enum verb	 verb_match(int argc, char *const *argv, int *used, char *err,
		    size_t errlen);
void		 verb_usage(enum verb, char *buf, size_t cap);
bool		 verb_arg_pack(enum verb, int argc, char *const *argv,
		    char *arg, size_t cap, char *err, size_t errlen);
bool		 verb_arg_ok(enum verb, const char *arg);
bool		 verb_filter(const char *arg, struct verb_filter *);
bool		 verb_address(const char *arg, struct in6_addr *);

#endif

/*
 * The certificates and private keys that the configuration names.  The parent
 * opens the files; certificates are kept, keys only passed on to charon.
 */
#ifndef IKE_CRED_H
#define IKE_CRED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/msg.h"

struct conf;

/* In the number of a question, which is no other question's then. */
#define CRED_ID	0x80000000U

enum cred_kind { CRED_CERTIFICATE, CRED_AUTHORITY, CRED_KEY };
enum cred_state { CRED_ASKED, CRED_HAVE, CRED_FAILED };

struct cred {
	enum cred_kind	 kind;
	enum cred_state	 state;
	char		 path[MSG_PATH_MAX];
	uint32_t	 id;		/* of the question to the parent */
	int		 error;		/* errno */
	char		 why[96];	/* charon's, else "" */
	struct blob	 data;		/* none of a key */
};

struct creds {
	struct cred	*v;
	size_t		 n;
	uint32_t	 id;		/* the last that was asked with */
};

bool	 creds_configure(struct creds *, const struct conf *);
void	 cred_ask(struct creds *, struct cred *, struct msg_open *);
struct cred *cred_answered(struct creds *, uint32_t id);
int	 cred_keep(struct cred *, const struct blob *);
const struct cred *cred_find(const struct creds *, enum cred_kind,
	    const char *path);
bool	 creds_ready(const struct creds *);
bool	 creds_failed(const struct creds *);

#endif

/* A Binding Update under examination, and the acknowledgement to be. */
#ifndef MIP6D_CN_BU_H
#define MIP6D_CN_BU_H

#include "cn/int.h"
#include "wire/cgarsa.h"

/* A Binding Acknowledgement: what it takes of the Binding Update. */
struct reply {
	struct in6_addr	 src, dst;	/* of the acknowledgement */
	struct in6_addr	 home;
	struct in6_addr	 over;		/* the authenticator covers it */
	bool		 hao;		/* the update had that option */
	bool		 sign;		/* kbm is known */
	bool		 careof_test;	/* it gets that option, with ... */
	uint64_t	 careof_token;
	uint8_t		 kbm[MHAUTH_KBMLEN];
	uint8_t		 status;
	uint16_t	 seq;
	uint16_t	 lifetime;	/* units of 4 s */
	size_t		 tokenlen;	/* permanent token, 0: none */
	uint8_t		 token[CGARSA_MAX];	/* encrypted */
};

/* By what an update shows whose home address it is, RFC 4866 4.2. */
enum method {
	BY_TEST,		/* it is reached there */
	BY_SIGNATURE,		/* and the address is one of its key */
	BY_TOKEN,		/* a permanent home keygen token */
	BY_KEY			/* a static one, RFC 4449 */
};

struct bu {
	struct mh		 mh;
	/* From here on all is 0 at first. */
	const struct msg_mh_in	*in;
	struct in6_addr		 home, coa;
	bool			 deletes;
	bool			 early;		/* no care-of test yet */
	bool			 numbered;	/* its number is valid */
	enum method		 method;
	uint16_t		 seq, flags;
	uint16_t		 lifetime;	/* asked for, units of 4 s */
	uint32_t		 newest;	/* serial of its newest nonce */
	uint32_t		 home_serial;	/* of its home token, or 0 */
	uint64_t		 home_token;
	const struct nonce	*careof[2];	/* it may be by either */
	uint32_t		 careof_nonce;	/* of the option that it gets */
	uint64_t		 token;		/* permanent one, to be */
	struct entry		*entry;
	struct tomb		*tomb;
	struct statickey	*key;		/* of its home address */
	struct reply		 reply;
};

#endif

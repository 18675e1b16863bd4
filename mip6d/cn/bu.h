/* A Binding Update under examination, and the acknowledgement to be. */
#ifndef MIP6D_CN_BU_H
#define MIP6D_CN_BU_H

#include "cn/int.h"

/* A Binding Acknowledgement: what it takes of the Binding Update. */
struct reply {
	struct in6_addr	 src, dst;	/* of the acknowledgement */
	struct in6_addr	 home;
	struct in6_addr	 over;		/* the authenticator covers it */
	bool		 hao;		/* the update had that option */
	bool		 sign;		/* kbm is known */
	uint8_t		 kbm[MHAUTH_KBMLEN];
	uint8_t		 status;
	uint16_t	 seq;
	uint16_t	 lifetime;	/* units of 4 s */
};

struct bu {
	struct mh		 mh;
	const struct msg_mh_in	*in;
	struct in6_addr		 home, coa;
	bool			 deletes;
	bool			 numbered;	/* its number is valid */
	uint16_t		 seq, flags;
	uint16_t		 lifetime;	/* asked for, units of 4 s */
	uint32_t		 newest;	/* serial of its newest nonce */
	struct entry		*entry;
	struct tomb		*tomb;
	struct reply		 reply;
};

#endif

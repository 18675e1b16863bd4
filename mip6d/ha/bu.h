/* A Binding Update under examination. */
#ifndef MIP6D_HA_BU_H
#define MIP6D_HA_BU_H

#include "ha/int.h"
#include "wire/mh.h"

struct bu {
	const struct msg_mh_in	*in;
	struct mh		 mh;
	struct in6_addr		 home, coa;
	bool			 hao;		/* Home Address option there */
	bool			 at_home;	/* sent from the home address */
	bool			 dereg;		/* asks for deletion */
	bool			 numbered;	/* its number is a valid one */
	uint16_t		 seq;
	uint16_t		 flags;		/* MH_BU_* */
	uint16_t		 lifetime;	/* asked for, units of 4 s */
	uint16_t		 granted;	/* the same, 0 for deletion */
	char			 identifier[CONF_ID_MAX + 1];
	struct ha_link		*link;
	struct ha_prefix	*prefix;
	struct node		*node;
	const struct conf_auth	*auth;
	struct bce		*bce;
	struct reply		 reply;		/* as far as known */
};

/* What a check says. */
struct verdict {
	enum { PASS, DROP, REFUSE, LATER }	 what;
	uint8_t				 status;
	enum ha_counter			 reason;
};

#define VERDICT_PASS	((struct verdict){ PASS, 0, HC_BU_IN })
#define VERDICT_LATER	((struct verdict){ LATER, 0, HC_BU_IN })
#define VERDICT_DROP(r)	((struct verdict){ DROP, 0, HC_##r })
#define VERDICT_REFUSE(s, r) ((struct verdict){ REFUSE, MH_ST_##s, HC_##r })

/* auth.c */
struct verdict	 auth_find(struct ha *, struct bu *);
struct verdict	 auth_verify(struct ha *, struct bu *);
struct verdict	 auth_replay(struct ha *, struct bu *);
struct verdict	 auth_home(struct ha *, struct bu *);

/* why.c */
const struct why *ha_why_refused(struct ha *, const struct bu *,
		    const struct verdict *);

#endif

/*
 * Static keys between a mobile node and a correspondent (RFC 4449), and which
 * sequence numbers have been used with each.  Pure; both engines have a table
 * of them.
 */
#ifndef MIP6D_CORE_STATICKEY_H
#define MIP6D_CORE_STATICKEY_H

#include <netinet/in.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/conf.h"
#include "core/msg.h"
#include "wire/mhauth.h"

/*
 * Numbers are counted from the first one that was ever used with the key, and
 * each is used once: from used on they are new.  Those below safe are on disk
 * as used, whether they have been or not.
 */
#define STATICKEY_NUMBERS	65536U	/* that a key is good for */
#define STATICKEY_AHEAD		32	/* so many more are put on disk */
#define STATICKEY_FEW		4096	/* left: it is time for another key */
#define STATICKEY_RECORD	16	/* octets of a record */

struct statickey {
	struct conf_static_key	 conf;
	uint8_t			 print[8]; /* tells it from other keys */
	uint32_t		 number;   /* of this key, in its table */
	bool			 begun;	   /* first is known */
	uint16_t		 first;
	uint32_t		 used, safe;
	uint32_t		 wanted;   /* that many are to be safe, or 0 */
	uint32_t		 saving;   /* will be safe, or 0 */
	void			*waits;	   /* malloc()ed, the engine's */
};

struct statickeys {
	struct statickey	*v;	/* in the order of their peers */
	size_t			 n;
	uint32_t		 numbers; /* ever */
};

/* What becomes of a number. */
enum statickey_use {
	STATICKEY_USED,		/* it counts as used from now on */
	STATICKEY_WAIT,		/* until more of them are on disk */
	STATICKEY_OLD,		/* it may have been used */
	STATICKEY_SPENT		/* none is left */
};

bool	 statickeys_make(struct statickeys *, const struct statickeys *old,
	    const struct conf_static_key *, size_t, struct mhauth *);
void	 statickeys_replace(struct statickeys *old, struct statickeys *by);
void	 statickeys_free(struct statickeys *);
struct statickey *statickeys_find(const struct statickeys *,
	    const struct in6_addr *peer);
struct statickey *statickeys_numbered(const struct statickeys *,
	    uint32_t number);
bool	 statickey_same(const struct statickey *, const struct statickey *);

bool	 statickey_kbm(const struct statickey *, struct mhauth *,
	    const struct in6_addr *home, const struct in6_addr *coa,
	    uint8_t kbm[MHAUTH_KBMLEN]);

enum statickey_use statickey_take(struct statickey *, uint16_t seq);
bool	 statickey_ready(struct statickey *);
enum statickey_use statickey_next(struct statickey *, uint16_t *seq);
void	 statickey_begin(struct statickey *, uint16_t seq);
void	 statickey_skip(struct statickey *, uint16_t seq);
uint16_t statickey_last(const struct statickey *);
uint32_t statickey_left(const struct statickey *);

bool	 statickey_due(const struct statickey *);
size_t	 statickey_record(struct statickey *, uint8_t [STATICKEY_RECORD]);
void	 statickey_saved(struct statickey *);
void	 statickey_load(struct statickey *, const struct blob *);

#endif

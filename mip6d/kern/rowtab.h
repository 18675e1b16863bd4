/* Internal to rows.c and rowtab.c. */
#ifndef MIP6D_KERN_ROWTAB_H
#define MIP6D_KERN_ROWTAB_H

#include "kern/rows.h"

/* What the kernel has of a row: nothing, it, or another value. */
enum { HAVE_NOT, HAVE, HAVE_OTHER };
/* Why a row is to be put or taken. */
enum { WHY_ASKED, WHY_GONE, WHY_DEV, WHY_STRANGER, WHY_CALM };

/* An interface that rows live on. */
struct row_dev {
	struct hlink	 link;
	uint32_t	 id;
	bool		 down;
	struct row	*rows;
};

/* Who has claims. */
struct row_claimant {
	struct hlink		 link;
	struct row_claimant	*next, **prev;
	struct row_owner	 id;
	struct row_claim	*claims;
};

struct row_claim {
	struct row_claim	*next;
	struct row		*row;
};

struct row	*rowtab_find(const struct rows *, enum row_kind, const void *,
		    size_t);
struct row	*rowtab_new(struct rows *, const struct row_spec *);
void		 rowtab_forget(struct rows *, struct row *);
struct row	*rowtab_claim(struct rows *, const struct row_spec *,
		    const struct row_owner *);
struct row_claimant *rowtab_owner(const struct rows *,
		    const struct row_owner *);
void		 rowtab_end_owner(struct rows *, struct row_claimant *);
struct row_dev	*rowtab_dev(const struct rows *, uint32_t);

int		 row_enter(struct rows *, struct row *, uint32_t dev);
int		 row_set_value(struct row *, const struct row_spec *);
bool		 row_same_value(const struct row *, const struct row_spec *);
bool		 row_same_part(const struct row *, const struct row_spec *);
void		 row_queue(struct row **, struct row *);
void		 row_unschedule(struct rows *, struct row *);
void		 row_ask(struct rows *, struct row *);
void		 row_schedule(struct rows *, struct row *, int why,
		    struct mono);
void		 row_in_place(struct rows *, struct row *);
void		 row_tell(struct rows *, struct row *, enum row_note);

#endif

/* What a binding waits for before it is acknowledged: step.c. */
#ifndef MIP6D_HA_STEP_H
#define MIP6D_HA_STEP_H

#include "ha/int.h"

/* In the order in which they are gone through. */
enum step_id {
	STEP_DAD,		/* nobody else has the addresses */
	STEP_ROUTE,		/* packets for them come into the tunnel */
	STEP_POLICY,		/* policies and keys are those of the address */
	STEP_MAX
};

#define STEP_BIT(s)	((uint8_t)(1U << (s)))

/* What a Binding Update changes of a binding that there is. */
#define CHANGE_MOVED	0x01	/* another care-of address */
#define CHANGE_KEYS	0x02	/* the K bit, or whether IPsec protects it */

enum step_says {
	STEP_DONE,		/* nothing is waited for */
	STEP_WAIT,		/* its end is told to binding_step() */
	STEP_FAILED,		/* there is nothing to undo of it */
	STEP_SAME		/* to a check: as it was */
};

/* To done: no answer came in time. */
#define STEP_LATE	UINT32_MAX

struct step {
	/* Of a binding that waits for it, as mip6ctl shows it. */
	const char	*name;
	/* Has this binding to wait for it? */
	bool		(*wanted)(const struct ha *, const struct bce *);
	/*
	 * Is it to be done again?  NULL: never.  Of a binding that is in
	 * force it begins with all others, and must not fail at once.
	 */
	bool		(*again)(const struct ha *, const struct bce *,
			    unsigned int change);
	enum step_says	(*start)(struct ha *, struct bce *);
	/*
	 * It has ended with 0 or an error; true: well enough.  NULL: with 0.
	 * One that has not ends a binding, unless that is in force already.
	 */
	bool		(*done)(struct ha *, struct bce *, uint32_t error);
	/* Another configuration: is it still as that wants it? */
	enum step_says	(*check)(struct ha *, struct bce *);
	/*
	 * Take it back, if there is anything to be taken back; at_home: the
	 * node is, and STEP_WAIT withholds the acknowledgement of that.
	 */
	enum step_says	(*undo)(struct ha *, struct bce *, bool at_home);
	bool		 undo_waits;	/* undo may say so */
	/* The binding that awaits this answer for it, NULL: none. */
	struct bce	*(*answer)(struct ha *, const struct msg_result *);
	int64_t		 deadline;	/* 0: it ends by itself */
	enum ha_counter	 failed;	/* why, and the status, if it has */
	uint8_t		 status;
};

extern const struct step	 steps[STEP_MAX];

const struct step *steps_from(struct ha *, struct bce *, unsigned int);
uint8_t	 steps_again(const struct ha *, const struct bce *, unsigned int);
void	 steps_repeat(struct ha *, struct bce *, uint8_t);
void	 steps_undo(struct ha *, struct bce *, bool at_home, bool waits);
int64_t	 steps_deadline(const struct bce *);
unsigned int steps_first(uint8_t);

/* The rows' functions: proxynd.c, route.c, policy.c */
enum step_says	 proxy_begin(struct ha *, struct bce *);

enum step_says	 route_start(struct ha *, struct bce *);
bool		 route_done(struct ha *, struct bce *, uint32_t);
enum step_says	 route_undo(struct ha *, struct bce *, bool);
struct bce	*route_answer(struct ha *, const struct msg_result *);

bool		 policy_wanted(const struct ha *, const struct bce *);
bool		 policy_again(const struct ha *, const struct bce *,
		    unsigned int);
enum step_says	 policy_start(struct ha *, struct bce *);
bool		 policy_done(struct ha *, struct bce *, uint32_t);
enum step_says	 policy_check(struct ha *, struct bce *);
enum step_says	 policy_undo(struct ha *, struct bce *, bool);
struct bce	*policy_answer(struct ha *, const struct msg_result *);

#endif

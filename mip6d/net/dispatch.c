/*
 * Which engine gets a Mobility Header or an ICMPv6 message, which one hears of
 * an error about it, and which may send it, all in tables.  Home agent, mobile
 * node and correspondent may run on one host, yet a Mobility Header goes to
 * one of them at most.  Pure; mh.c and icmp.c ask it.
 */
#include <stddef.h>

#include "net/dispatch.h"
#include "wire/icmp6.h"
#include "wire/mh.h"

enum tri { NO, YES, ANY };

#define HA	ROLE_BIT(ROLE_HA)
#define MN	ROLE_BIT(ROLE_MN)
#define CN	ROLE_BIT(ROLE_CN)
#define NONE	ROLE_MAX

/*
 * The first row that matches decides; of its roles the first that is
 * configured gets the message.  A role whose process is down keeps its
 * messages from the others: their answer would be a wrong one.
 */
static const struct {
	uint8_t		 type;
	enum tri	 h, to_home, ha_bound;
	enum role	 to[3];
} mh_rows[] = {
	/* A node that is no home agent answers 131: RFC 6275 10.3.1. */
	{ MH_BU, YES, ANY, ANY, { ROLE_HA, ROLE_CN, NONE } },
	/* Status 139, registration type change: RFC 6275 9.5.1. */
	{ MH_BU, NO, ANY, YES, { ROLE_HA, NONE, NONE } },
	{ MH_BU, NO, ANY, NO, { ROLE_CN, NONE, NONE } },
	{ MH_HOTI, ANY, ANY, ANY, { ROLE_CN, NONE, NONE } },
	{ MH_COTI, ANY, ANY, ANY, { ROLE_CN, NONE, NONE } },
	/* These come to the home address: RFC 6275 6.1.2, 6.1.5, 6.1.8. */
	{ MH_BRR, ANY, YES, ANY, { ROLE_MN, NONE, NONE } },
	{ MH_BA, ANY, YES, ANY, { ROLE_MN, NONE, NONE } },
	{ MH_HOT, ANY, YES, ANY, { ROLE_MN, NONE, NONE } },
	/* These to the care-of address: RFC 6275 6.1.6, 9.3.3. */
	{ MH_COT, ANY, ANY, ANY, { ROLE_MN, NONE, NONE } },
	{ MH_BE, ANY, ANY, ANY, { ROLE_MN, ROLE_HA, ROLE_CN } },
};

/* ICMPv6 messages that an engine takes, and those it may send. */
static const struct {
	uint8_t		 type;
	unsigned int	 in, out;
} icmp6_rows[] = {
	/* Is the home agent there?  Whose reply it is, icmp.c looks at. */
	{ ICMP6_T_ECHO, 0, MN },
	{ ICMP6_T_ECHOREPLY, MN, 0 },
	{ ICMP6_T_RS, HA, MN },
	{ ICMP6_T_RA, HA | MN, HA },
	{ ICMP6_T_NS, HA | MN, HA | MN },
	{ ICMP6_T_NA, HA | MN, HA | MN },
	{ ICMP6_T_DHAAD_REQ, HA, MN },
	{ ICMP6_T_DHAAD_REP, MN, HA },
	{ ICMP6_T_MPS, HA, MN },
	{ ICMP6_T_MPA, MN, HA },
};

/* Who sends what (6.1), and to whom of those an error about it matters. */
static const struct {
	uint8_t		 type;
	unsigned int	 out;
	enum role	 to[2];
} mh_out_rows[] = {
	{ MH_BRR, HA | CN, { ROLE_CN, ROLE_HA } },
	{ MH_HOTI, MN, { ROLE_MN, NONE } },
	{ MH_COTI, MN, { ROLE_MN, NONE } },
	{ MH_HOT, CN, { ROLE_CN, NONE } },
	{ MH_COT, CN, { ROLE_CN, NONE } },
	{ MH_BU, MN, { ROLE_MN, NONE } },
	{ MH_BA, HA | CN, { ROLE_HA, ROLE_CN } },
	{ MH_BE, HA | CN, { NONE, NONE } },
};

#define N_OF(a)	(sizeof(a) / sizeof((a)[0]))

static bool
is(enum tri t, bool v)
{
	return (t == ANY || (t == YES) == v);
}

static enum role
first_of(const enum role *to, size_t n, unsigned int roles)
{
	size_t	 i;

	for (i = 0; i < n && to[i] != NONE; i++)
		if (roles & ROLE_BIT(to[i]))
			return (to[i]);
	return (ROLE_MAX);
}

/* Is this an MH Type of RFC 6275 6.1?  Others earn a Binding Error (9.2). */
bool
dispatch_known(uint8_t type)
{
	return (mh_row(type) != NULL && type <= MH_BE);
}

/* The one engine for a message, or ROLE_MAX if there is none here. */
enum role
dispatch_mh(const struct dispatch *d)
{
	size_t	 i;

	for (i = 0; i < N_OF(mh_rows); i++)
		if (mh_rows[i].type == d->type && is(mh_rows[i].h, d->h) &&
		    is(mh_rows[i].to_home, d->to_home) &&
		    is(mh_rows[i].ha_bound, d->ha_bound))
			return (first_of(mh_rows[i].to, 3, d->roles));
	return (ROLE_MAX);
}

/* Who wants to know that an ICMPv6 error quotes such a message of ours. */
enum role
dispatch_mh_error(unsigned int roles, uint8_t type)
{
	size_t	 i;

	for (i = 0; i < N_OF(mh_out_rows); i++)
		if (mh_out_rows[i].type == type)
			return (first_of(mh_out_rows[i].to, 2, roles));
	return (ROLE_MAX);
}

/* Bits of the engines that take an ICMPv6 message of this type. */
unsigned int
dispatch_icmp6(unsigned int roles, uint8_t type)
{
	size_t	 i;

	for (i = 0; i < N_OF(icmp6_rows); i++)
		if (icmp6_rows[i].type == type)
			return (icmp6_rows[i].in & roles);
	return (0);
}

/* May this engine send such a Mobility Header? */
bool
dispatch_may_send_mh(enum role role, uint8_t type)
{
	size_t	 i;

	for (i = 0; i < N_OF(mh_out_rows); i++)
		if (mh_out_rows[i].type == type)
			return ((mh_out_rows[i].out & ROLE_BIT(role)) != 0);
	return (false);
}

/* May this engine send such an ICMPv6 message? */
bool
dispatch_may_send_icmp6(enum role role, uint8_t type)
{
	size_t	 i;

	for (i = 0; i < N_OF(icmp6_rows); i++)
		if (icmp6_rows[i].type == type)
			return ((icmp6_rows[i].out & ROLE_BIT(role)) != 0);
	return (false);
}

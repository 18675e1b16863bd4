/*
 * Which engine gets a Mobility Header or an ICMPv6 message, which one hears of
 * an error about it, and which may send it, all from the rows of the roles.
 * Home agent, mobile node and correspondent may run on one host, yet a
 * Mobility Header goes to one of them at most.  Pure; mh.c and icmp.c ask it.
 */
#include <stddef.h>
#include <string.h>

#include "net/dispatch.h"
#include "wire/mh.h"

/*
 * Is this an MH Type that a role of ours takes?  Others earn a Binding Error
 * (RFC 6275 9.2), also those that can be printed.
 */
bool
dispatch_known(uint8_t type)
{
	const struct role_def	*def;
	enum role		 r;
	size_t			 i;

	FOREACH_ENGINE(r) {
		def = role_def(r);
		for (i = 0; i < def->nmh_in; i++)
			if (def->mh_in[i].type == type)
				return (mh_row(type) != NULL);
	}
	return (false);
}

/* The row of a role that takes the message; NULL if none does. */
static const struct role_mh_in *
takes(const struct role_def *def, const struct dispatch *d)
{
	const struct role_mh_in	*in = def->mh_in;
	size_t			 i;

	for (i = 0; i < def->nmh_in; i++, in++)
		if (in->type == d->type && (d->with & in->with) == in->with &&
		    (d->with & in->without) == 0)
			return (in);
	return (NULL);
}

/*
 * The one engine for a message, or ROLE_MAX if there is none here.  A role
 * whose process is down keeps its messages from the others: their answer would
 * be a wrong one.
 */
enum role
dispatch_mh(const struct dispatch *d)
{
	const struct role_mh_in	*in, *best = NULL;
	enum role		 r, to = ROLE_MAX;

	FOREACH_ENGINE(r) {
		if ((d->roles & ROLE_BIT(r)) == 0 ||
		    (in = takes(role_def(r), d)) == NULL ||
		    (best != NULL && best->rank <= in->rank))
			continue;
		best = in;
		to = r;
	}
	return (to);
}

/* The row by which an engine may send such a Mobility Header, or NULL. */
static const struct role_mh_out *
sends(enum role role, uint8_t type)
{
	const struct role_def	*def = role_def(role);
	size_t			 i;

	for (i = 0; i < def->nmh_out; i++)
		if (def->mh_out[i].type == type)
			return (&def->mh_out[i]);
	return (NULL);
}

/* Who wants to know that an ICMPv6 error quotes such a message of ours. */
enum role
dispatch_mh_error(unsigned int roles, uint8_t type)
{
	const struct role_mh_out	*out, *best = NULL;
	enum role			 r, to = ROLE_MAX;

	FOREACH_ENGINE(r) {
		if ((roles & ROLE_BIT(r)) == 0 ||
		    (out = sends(r, type)) == NULL || out->told == 0 ||
		    (best != NULL && best->told <= out->told))
			continue;
		best = out;
		to = r;
	}
	return (to);
}

/* Bits of the engines that take an ICMPv6 message of this type. */
unsigned int
dispatch_icmp6(unsigned int roles, uint8_t type)
{
	const struct role_def	*def;
	unsigned int		 to = 0;
	enum role		 r;

	FOREACH_ENGINE(r) {
		def = role_def(r);
		if (def->nicmp6_in > 0 &&
		    memchr(def->icmp6_in, type, def->nicmp6_in) != NULL)
			to |= ROLE_BIT(r);
	}
	return (to & roles);
}

/* May this engine send such a Mobility Header? */
bool
dispatch_may_send_mh(enum role role, uint8_t type)
{
	return (sends(role, type) != NULL);
}

/* May this engine send such an ICMPv6 message? */
bool
dispatch_may_send_icmp6(enum role role, uint8_t type)
{
	const struct role_def	*def = role_def(role);

	return (def->nicmp6_out > 0 &&
	    memchr(def->icmp6_out, type, def->nicmp6_out) != NULL);
}

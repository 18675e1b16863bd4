/*
 * Refuses, by name, statements that the configuration language has but that
 * this version does not carry out, as to ignore them would mislead.  Also says
 * what this system makes of words that others take in another sense, such as
 * the length of an ICV.  main.c asks for mip6d -n, kernel.c before the start
 * and for each new configuration.
 */
#include <stdio.h>

#include "kern/kern.h"
#include "libpfkey/libpfkey.h"
#include "parent/parent.h"

/* Of all systems. */
static const char *
unsupported(const struct conf *c)
{
	size_t	 i;

	if (c->global.dataplane == DATAPLANE_KERNEL)
		return ("dataplane kernel");
	if (c->ha != NULL && c->ha->multicast)
		return ("multicast yes");
	for (i = 0; c->mn != NULL && i < c->mn->nhomes; i++)
		if (c->mn->homes[i].discover)
			return ("home-agent discover");
	return (NULL);
}

/*
 * Is all of this configuration carried out?  If not, text names the first
 * statement that would have no effect, which is refused rather than ignored.
 */
bool
conf_supported(const struct conf *c, char *text, size_t cap)
{
	const char	*what = unsupported(c), *never = kern_never_ipsec();

	if (what != NULL)
		snprintf(text, cap, "`%s' is understood, but this version "
		    "can't do it", what);
	else if (role_wanted(ROLE_SEC, c) && never != NULL)
		snprintf(text, cap, "authentication ipsec: %s", never);
	else
		return (true);
	return (false);
}

/* What this system makes of words that others take in another sense. */
const struct conf_host *
parent_host(void)
{
	static struct conf_host	 host;

	if (host.sha256_bits == 0)
		host.sha256_bits = pfkey_icv_bits(NULL, PFKEY_A_SHA256);
	return (&host);
}

/*
 * What the tests of libpfkey have in common: addresses as they are written.
 */
#ifndef REGRESS_UNIT_PFKEY_LAB_H
#define REGRESS_UNIT_PFKEY_LAB_H

#include <sys/socket.h>

#include <arpa/inet.h>
#include <atf-c.h>
#include <string.h>

#include "libpfkey/libpfkey.h"

/* An address of either family, as it is written. */
static struct pfkey_addr
addr(const char *s)
{
	struct pfkey_addr	 a = { .family = AF_INET6 };

	if (strchr(s, ':') == NULL)
		a.family = AF_INET;
	ATF_REQUIRE_EQ(inet_pton(a.family, s, a.bytes), 1);
	return (a);
}

#endif

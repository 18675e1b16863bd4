/*
 * IKE identities as charon reads them: is one a pattern that others could
 * match, too?  With IPsec an identity must stand for one home address (RFC
 * 4877 4.2).  check_ipsec.c refuses patterns in a configuration, and
 * ike/conn.c does so again before charon is told.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <arpa/inet.h>

#include <string.h>
#include <strings.h>

#include "conf/conf.h"

/* Is it an address, and which kind of it; n octets of text. */
static bool
is_address(const char *text, size_t n, bool *any)
{
	static const struct in6_addr	 none;
	struct in6_addr			 a = none;	/* or four octets */
	char				 buf[INET6_ADDRSTRLEN];

	if (n >= sizeof(buf))
		return (false);
	memcpy(buf, text, n);
	buf[n] = '\0';
	if (inet_pton(AF_INET, buf, &a) != 1 &&
	    inet_pton(AF_INET6, buf, &a) != 1)
		return (false);
	*any = memcmp(&a, &none, sizeof(a)) == 0;
	return (true);
}

/*
 * Would charon take others for the one with this identity: is it a pattern, an
 * unspecified address, a subnet or a range?  By RFC 4877 4.2 an identity
 * stands for one home address.
 */
bool
conf_identity_is_pattern(const char *id)
{
	static const char *const	 many[] = { "ipv4net:", "ipv4range:",
	    "ipv6net:", "ipv6range:", "ipv4:", "ipv6:" };
	size_t				 i, n;
	bool				 any = false;

	if (strchr(id, '*') != NULL || id[0] == '%' ||
	    strcmp(id, "0::0") == 0)
		return (true);
	for (i = 0; i < sizeof(many) / sizeof(many[0]); i++)
		if (strncasecmp(id, many[i], strlen(many[i])) == 0) {
			if (i < 4)
				return (true);
			id += strlen(many[i]);
			break;
		}
	n = strcspn(id, "/-");
	if (!is_address(id, n, &any))
		return (false);
	return (any || id[n] != '\0');
}

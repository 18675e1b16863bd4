/*
 * conf/identity: which identities stand for more than one host, as charon
 * reads them.  With IPsec these are refused (RFC 4877 4.2).
 */
#include <atf-c.h>

#include "conf/conf.h"

ATF_TC_WITHOUT_HEAD(patterns);
ATF_TC_BODY(patterns, tc)
{
	static const char *const	 one[] = { "mn1@example.com", "mn1",
	    "mn-1.example.com", "C=CH, CN=mn1", "2001:db8::1", "192.0.2.1",
	    "ipv6:2001:db8::1", "keyid:0x01", "a/b", "", "fe80" };
	static const char *const	 many[] = { "*", "*@example.com",
	    "%any", "%any6", "C=CH, CN=*", "::", "0.0.0.0", "0::0",
	    "0:0:0:0:0:0:0:0", "2001:db8::/32", "192.0.2.0/24",
	    "192.0.2.1-192.0.2.9", "ipv6net:2001:db8::/32", "IPv6:::",
	    "ipv4range:192.0.2.1-192.0.2.9" };
	size_t				 i;

	for (i = 0; i < sizeof(one) / sizeof(one[0]); i++)
		ATF_CHECK_MSG(!conf_identity_is_pattern(one[i]), "%s", one[i]);
	for (i = 0; i < sizeof(many) / sizeof(many[0]); i++)
		ATF_CHECK_MSG(conf_identity_is_pattern(many[i]), "%s", many[i]);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, patterns);
	return (atf_no_error());
}

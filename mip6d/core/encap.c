/*
 * Which encapsulations there are, by the protocol number of their outer header
 * and the octets between it and the packet inside, and which of them engines
 * send in.  The parent sizes the tun by it, net sends and receives by it; how
 * the octets are made is in net/encap.c (RFC 2473, RFC 6275 6.3, 6.4).
 */
#include "core/encap.h"
#include "wire/ip6.h"

const struct encap_form	 encap_forms[ENCAP_MAX] = {
	[ENCAP_IP6] = { IP6_P_IPV6, 0 },
	[ENCAP_RH2] = { 0, 0 },
	[ENCAP_HAO] = { 0, 0 },
};

/*
 * What all traffic of a home address of this engine goes in; a correspondent
 * has no tunnel (RFC 6275 9.3.2).
 */
enum encap_id
encap_of(enum role role)
{
	return (role == ROLE_CN ? ENCAP_RH2 : ENCAP_IP6);
}

/* The most octets that the tunnels of this configuration have of their own. */
size_t
encap_front(const struct conf *c)
{
	enum role	 role;
	size_t		 front, most = 0;

	FOREACH_ENGINE(role) {
		if (!role_wanted(role, c))
			continue;
		front = encap_forms[encap_of(role)].front;
		most = front > most ? front : most;
	}
	return (most);
}

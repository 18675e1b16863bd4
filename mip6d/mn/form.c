/*
 * Care-of addresses formed here from advertised prefixes, where the kernel
 * does not autoconfigure (RFC 4862 section 5.5.3, RFC 4291 appendix A).
 */
#include <string.h>

#include "mn/parts.h"

static void
set(struct iface *ifc, const struct in6_addr *addr, bool add,
    uint32_t preferred, uint32_t valid)
{
	struct msg_addr_set	 m;

	memset(&m, 0, sizeof(m));
	m.id = request_id(ifc->mn, add);
	m.ifindex = ifc->ifindex;
	m.addr = *addr;
	m.plen = 64;
	m.add = add;
	m.preferred = preferred;
	m.valid = valid;
	ifc->mn->env->emit(ifc->mn->env->ctx, ROLE_PARENT, MSG_ADDR_SET, &m);
}

/*
 * Form the address of this /64 prefix on ifc, or extend its lifetimes
 * (seconds).  Home addresses are placed by other rules, so not here.
 */
void
form_address(struct iface *ifc, const struct in6_addr *prefix,
    uint32_t preferred, uint32_t valid)
{
	struct in6_addr	 addr;

	if (ifc->lladdrlen != 6)
		return;
	addr = in6_eui64(prefix, ifc->lladdr);
	if (!is_home_address(ifc->mn, &addr))
		set(ifc, &addr, true, preferred, valid);
}

/* Remove those that were formed here, at the end. */
void
forget_formed(struct mn *mn)
{
	const struct addr	*a;
	struct in6_addr		 addr;
	struct iface		*ifc;

	if (!mn->form_addresses)
		return;
	TAILQ_FOREACH(ifc, &mn->ifaces, entry) {
		if (ifc->lladdrlen != 6)
			continue;
		TAILQ_FOREACH(a, &ifc->addrs, entry) {
			addr = in6_eui64(&a->addr, ifc->lladdr);
			if ((a->flags & ADDR_OURS) && in6_eq(&addr, &a->addr) &&
			    !in6_is_linklocal(&addr))
				set(ifc, &addr, false, 0, 0);
		}
	}
}

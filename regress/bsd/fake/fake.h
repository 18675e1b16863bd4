/*
 * What tests ask of the kernel of kernel.c.  Addresses and routes are those
 * of one table; flags of addresses are the BSDs'.
 */
#ifndef BSD_FAKE_H
#define BSD_FAKE_H

#include <netinet/in.h>

#include <stdbool.h>
#include <stdint.h>

/* A packet that leaves. */
struct fake_packet {
	struct in6_addr	 src;
	int		 protocol;
	int		 type;		/* of ICMPv6 */
	const char	*interface;
};

#define FAKE_TENTATIVE	0x02
#define FAKE_DETACHED	0x08
#define FAKE_DEPRECATED	0x10
#define FAKE_AUTOCONF	0x40

void	 fake_begin(void);
void	 fake_pass(int64_t ns);
void	 fake_link(uint32_t ifindex, const char *name);
void	 fake_address(uint32_t ifindex, const struct in6_addr *,
	    unsigned int flags, uint32_t valid);
void	 fake_address_is(const struct in6_addr *, unsigned int flags,
	    uint32_t valid);
uint32_t fake_address_preferred(const struct in6_addr *);
int	 fake_address_flags(const struct in6_addr *);
int	 fake_link_mtu(uint32_t ifindex);
uint32_t fake_address_on(const struct in6_addr *);
void	 fake_route(const struct in6_addr *, unsigned int plen,
	    const struct in6_addr *router, uint32_t ifindex, bool ours);
uint32_t fake_route_by(const struct in6_addr *, unsigned int plen);
void	 fake_tell_route(const struct in6_addr *, unsigned int plen,
	    const struct in6_addr *router, uint32_t ifindex);
void	 fake_advertises(const struct in6_addr *router, uint32_t ifindex);
const struct in6_addr *fake_route_via(const struct in6_addr *,
	    unsigned int plen);
void	 fake_foreign_tun(const char *name, const char *text, bool is_open);
bool	 fake_there(const char *name);
void	 fake_destroy(const char *name);
void	 fake_net_ends(void);
void	 fake_setting(const char *name, int value);
void	 fake_ipfw(unsigned int number, unsigned int set);
unsigned int fake_ipfw_rules(unsigned int set);
bool	 fake_ipfw_passes(const struct fake_packet *);
void	 fake_ipfw_flush(void);

extern unsigned int	 fake_devices;	/* made by looking at /dev/tun */
extern unsigned int	 fake_hung;	/* calls that would never return */
extern unsigned int	 fake_asked;	/* for the flags of addresses */

#endif

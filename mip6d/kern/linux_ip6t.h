/* Our chains of ip6tables(8).  For kern/linux_filter.c. */
#ifndef MIP6D_KERN_LINUX_IP6T_H
#define MIP6D_KERN_LINUX_IP6T_H

#include <netinet/in.h>

#include <stdbool.h>
#include <stddef.h>

bool	 ip6t_install(const struct in6_addr *homes, size_t nhomes);
bool	 ip6t_there(const struct in6_addr *homes, size_t nhomes);
int	 ip6t_home(const struct in6_addr *home, bool away);
void	 ip6t_remove(void);
void	 ip6t_forget(void);

#endif

/*
 * For tests: a kernel that remembers what it was asked and has what was put
 * there, until fake_remove() takes it away as somebody else would.
 */
#ifndef MIP6D_KERN_FAKE_H
#define MIP6D_KERN_FAKE_H

#include "kern/kern.h"

#define FAKE_TUN	65000	/* index of the tun device */

const char	*fake_log(void);
void		 fake_reset(void);
void		 fake_fail(int error);
const struct kern_events *fake_events(void);
void		 fake_dump(void (*)(void));
void		 fake_dump_fail(int error);
struct kern_caps *fake_caps(void);
unsigned int	 fake_caps_asked(void);
void		 fake_takes_ra(bool);
void		 fake_drops_mh(bool);
void		 fake_pfkey(int fd);
void		 fake_tun_held(pid_t);
uint32_t	 fake_tun_mtu(void);
void		 fake_pass(int64_t ns);
bool		 fake_has(const char *row);
bool		 fake_remove(const char *row);
void		 fake_add(const char *row);
void		 fake_host_gone(const struct in6_addr *);
void		 fake_lost(void);
void		 fake_capture_all(bool);
void		 fake_capture_fail(const char *interface, int error);
void		 fake_refuse_filter(int error);
void		 fake_no_interface(const char *name);

#endif

#ifndef BSD_SYS_CAPSICUM_H
#define BSD_SYS_CAPSICUM_H

#if !defined(__FreeBSD__)
#error "this header is FreeBSD's"
#endif

int	 cap_enter(void);

#endif

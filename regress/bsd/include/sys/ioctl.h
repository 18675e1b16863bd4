/*
 * The numbers are here; the structures that they take the size of are in the
 * headers of what is asked, which have to be included too.
 */
#ifndef BSD_SYS_IOCTL_H
#define BSD_SYS_IOCTL_H

#include <sys/ioccom.h>

#define FIONREAD	_IOR('f', 127, int)
#define FIONBIO		_IOW('f', 126, int)
#define FIOSETOWN	_IOW('f', 124, int)
#define SIOCSIFFLAGS	_IOW('i', 16, struct ifreq)
#define SIOCGIFFLAGS	_IOWR('i', 17, struct ifreq)
#define SIOCIFDESTROY	_IOW('i', 121, struct ifreq)
#if defined(__FreeBSD__)
#define SIOCSIFNAME	_IOW('i', 40, struct ifreq)
#define SIOCSIFDESCR	_IOW('i', 41, struct ifreq)
#define SIOCGIFDESCR	_IOWR('i', 42, struct ifreq)
#define SIOCGIFMTU	_IOWR('i', 51, struct ifreq)
#define SIOCSIFMTU	_IOW('i', 52, struct ifreq)
#define SIOCGIFSTATUS	_IOWR('i', 59, struct ifstat)
#elif defined(__NetBSD__)
#define SIOCGIFMTU	_IOWR('i', 126, struct ifreq)
#define SIOCSIFMTU	_IOW('i', 127, struct ifreq)
#define SIOCSIFDESCR	_IOW('i', 144, struct ifreq)
#define SIOCGIFDESCR	_IOWR('i', 145, struct ifreq)
#else
#define SIOCGIFMTU	_IOWR('i', 126, struct ifreq)
#define SIOCSIFMTU	_IOW('i', 127, struct ifreq)
#define SIOCSIFDESCR	_IOW('i', 128, struct ifreq)
#define SIOCGIFDESCR	_IOWR('i', 129, struct ifreq)
#endif

int	 ioctl(int, unsigned long, ...);

#endif

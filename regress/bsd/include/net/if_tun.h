#ifndef BSD_NET_IF_TUN_H
#define BSD_NET_IF_TUN_H

#include <sys/ioccom.h>

#if !defined(__OpenBSD__)
#define TUNSIFMODE	_IOW('t', 94, int)
#define TUNSIFHEAD	_IOW('t', 96, int)
#else
#define TUNSIFMODE	_IOW('t', 93, int)
#endif

#endif

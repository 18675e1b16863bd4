#ifndef BSD_NET_PFVAR_H
#define BSD_NET_PFVAR_H

#if !defined(__OpenBSD__)
#error "programs take this header on OpenBSD alone"
#endif

#include <sys/ioccom.h>
#include <sys/types.h>

struct pf_status {
	__UINT32_TYPE__	 running;
};

#define DIOCGETSTATUS	_IOWR('D', 21, struct pf_status)

#endif

#ifndef BSD_POLL_H
#define BSD_POLL_H

#define POLLIN	0x0001
#define POLLOUT	0x0004

typedef unsigned int	nfds_t;

struct pollfd {
	int	 fd;
	short	 events, revents;
};

int	 poll(struct pollfd *, nfds_t, int);

#endif

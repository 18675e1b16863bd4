/* rtnetlink: requests in batches, dumps, attributes.  For kern/linux*.c. */
#ifndef MIP6D_KERN_LINUX_NL_H
#define MIP6D_KERN_LINUX_NL_H

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sys/types.h>

struct nl_request {
	size_t		 off;		/* in the batch */
	uint32_t	 seq, id;
	bool		 ignore_missing, ignore_existing;
	int		 error;
	bool		 done;
};

struct nl {
	int			 fd;	/* requests and dumps, blocking */
	uint32_t		 port;	/* the socket's number */
	uint64_t		 forged; /* messages not from the kernel */
	uint32_t		 seq;
	bool			 interrupted;	/* a dump, by changes */
	uint8_t			*buf;	/* the batch */
	size_t			 len, cap;
	struct nl_request	*req;
	size_t			 nreq, creq;
};

typedef void nl_done(void *, uint32_t id, int error);
typedef void nl_row(void *, const struct nlmsghdr *);

int		 nl_open(struct nl *);
void		 nl_close(struct nl *);
struct nlmsghdr	*nl_begin(struct nl *, int type, int flags, const void *body,
		    size_t bodylen, uint32_t id);
void		 nl_attr(struct nl *, int type, const void *, size_t);
void		 nl_attr_u32(struct nl *, int type, uint32_t);
void		 nl_attr_u8(struct nl *, int type, uint8_t);
int		 nl_commit(struct nl *, nl_done *, void *);
int		 nl_dump(struct nl *, int type, const void *body, size_t,
		    nl_row *, void *);
ssize_t		 nl_recv(int, void *, size_t, uint64_t *forged);
bool		 nl_attr_in(const void *, size_t, int type, const void **data,
		    size_t *len);
bool		 nl_find(const struct nlmsghdr *, size_t bodylen, int type,
		    const void **, size_t *);

#endif

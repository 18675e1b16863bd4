/*
 * Linux: requests to rtnetlink in batches, each with its result, and dumps.
 * What did not come from the kernel is not believed, and is counted.
 */
#include <sys/socket.h>
#include <sys/types.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kern/linux_nl.h"

#define ATTRS_MAX	512	/* of one request */
#define SEND_MAX	(32 * 1024)
#define RECV_SIZE	(256 * 1024)

/* Open the socket for requests; 0 or an errno. */
int
nl_open(struct nl *nl)
{
	struct sockaddr_nl	 sa;
	socklen_t		 len = sizeof(sa);
	int			 one = 1, size = 4 * 1024 * 1024;

	memset(nl, 0, sizeof(*nl));
	nl->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (nl->fd == -1)
		return (errno);
	memset(&sa, 0, sizeof(sa));
	sa.nl_family = AF_NETLINK;
	if (bind(nl->fd, (struct sockaddr *)&sa, sizeof(sa)) == -1 ||
	    getsockname(nl->fd, (struct sockaddr *)&sa, &len) == -1)
		return (errno);
	nl->port = sa.nl_pid;
	setsockopt(nl->fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &one,
	    sizeof(one));
	/* An acknowledgement without the request it is for. */
	setsockopt(nl->fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one));
	setsockopt(nl->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	nl->seq = 1;
	return (0);
}

void
nl_close(struct nl *nl)
{
	if (nl->fd != -1)
		close(nl->fd);
	free(nl->buf);
	free(nl->req);
	memset(nl, 0, sizeof(*nl));
	nl->fd = -1;
}

/* Room for n more octets; false: out of memory. */
static bool
reserve(struct nl *nl, size_t n)
{
	size_t	 cap = nl->cap == 0 ? 8192 : nl->cap;
	uint8_t	*p;

	while (cap < nl->len + n)
		cap *= 2;
	if (cap == nl->cap)
		return (true);
	if ((p = realloc(nl->buf, cap)) == NULL)
		return (false);
	nl->buf = p;
	nl->cap = cap;
	return (true);
}

/* n octets, zeroed, for which there is room. */
static void *
append(struct nl *nl, size_t n)
{
	size_t	 aligned = NLMSG_ALIGN(n);
	uint8_t	*p = nl->buf + nl->len;

	memset(p, 0, aligned);
	nl->len += aligned;
	return (p);
}

static struct nlmsghdr *
current(struct nl *nl)
{
	return ((struct nlmsghdr *)(void *)(nl->buf +
	    nl->req[nl->nreq - 1].off));
}

/*
 * Begin a request of the batch; id comes back with its result.  NULL when out
 * of memory.  The pointer is good until the next call.
 */
struct nlmsghdr *
nl_begin(struct nl *nl, int type, int flags, const void *body, size_t bodylen,
    uint32_t id)
{
	struct nl_request	*r;
	struct nlmsghdr		*h;
	size_t			 off = nl->len;

	if (nl->nreq == nl->creq) {
		r = realloc(nl->req, (nl->creq * 2 + 16) * sizeof(*r));
		if (r == NULL)
			return (NULL);
		nl->req = r;
		nl->creq = nl->creq * 2 + 16;
	}
	/* A request that lacks an attribute could mean anything. */
	if (!reserve(nl, NLMSG_SPACE(bodylen) + ATTRS_MAX))
		return (NULL);
	h = append(nl, NLMSG_LENGTH(bodylen));
	h->nlmsg_len = (uint32_t)NLMSG_LENGTH(bodylen);
	h->nlmsg_type = (uint16_t)type;
	h->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags);
	h->nlmsg_seq = ++nl->seq;
	memcpy(NLMSG_DATA(h), body, bodylen);
	r = &nl->req[nl->nreq++];
	memset(r, 0, sizeof(*r));
	r->off = off;
	r->seq = h->nlmsg_seq;
	r->id = id;
	/* To delete what is not there is no error, nor a rule that is. */
	r->ignore_missing = type == RTM_DELROUTE || type == RTM_DELADDR ||
	    type == RTM_DELRULE;
	r->ignore_existing = type == RTM_NEWRULE;
	return (h);
}

/* Append an attribute to the request begun last: up to ATTRS_MAX in all. */
void
nl_attr(struct nl *nl, int type, const void *data, size_t len)
{
	struct rtattr	*a;

	if (nl->nreq == 0 || nl->cap - nl->len < RTA_SPACE(len))
		abort();
	a = append(nl, RTA_LENGTH(len));
	a->rta_type = (unsigned short)type;
	a->rta_len = (unsigned short)RTA_LENGTH(len);
	memcpy(RTA_DATA(a), data, len);
	current(nl)->nlmsg_len += (uint32_t)RTA_ALIGN(RTA_LENGTH(len));
}

void
nl_attr_u32(struct nl *nl, int type, uint32_t v)
{
	nl_attr(nl, type, &v, sizeof(v));
}

void
nl_attr_u8(struct nl *nl, int type, uint8_t v)
{
	nl_attr(nl, type, &v, sizeof(v));
}

static void
note_ack(struct nl *nl, size_t first, size_t last, const struct nlmsghdr *h)
{
	const struct nlmsgerr	*e = NLMSG_DATA(h);
	size_t			 i;

	if (h->nlmsg_type != NLMSG_ERROR)
		return;
	/* A dump between two requests takes a number too: look below. */
	i = first + (h->nlmsg_seq - nl->req[first].seq);
	if (i >= last)
		i = last - 1;
	while (i > first && nl->req[i].seq > h->nlmsg_seq)
		i--;
	if (nl->req[i].seq == h->nlmsg_seq) {
		nl->req[i].error = -e->error;
		nl->req[i].done = true;
	}
}

/*
 * Read what the kernel sent.  Whoever may send to this socket beside it can't
 * make us believe anything; that is counted.  As recv(2).
 */
ssize_t
nl_recv(int fd, void *mem, size_t cap, uint64_t *forged)
{
	struct sockaddr_nl	 sa;
	struct iovec		 iov = { mem, cap };
	struct msghdr		 m;
	ssize_t			 n;

	for (;;) {
		memset(&m, 0, sizeof(m));
		memset(&sa, 0, sizeof(sa));
		m.msg_name = &sa;
		m.msg_namelen = sizeof(sa);
		m.msg_iov = &iov;
		m.msg_iovlen = 1;
		n = recvmsg(fd, &m, 0);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 || sa.nl_pid == 0)
			return (n);
		(*forged)++;
	}
}

/* Read acknowledgements until that of request last - 1. */
static int
read_acks(struct nl *nl, size_t first, size_t last, uint8_t *mem)
{
	struct nlmsghdr	*h;
	ssize_t		 n;
	size_t		 left;

	while (!nl->req[last - 1].done) {
		n = nl_recv(nl->fd, mem, RECV_SIZE, &nl->forged);
		if (n == -1)
			return (errno);
		left = (size_t)n;
		for (h = (struct nlmsghdr *)(void *)mem; NLMSG_OK(h, left);
		    h = NLMSG_NEXT(h, left))
			note_ack(nl, first, last, h);
	}
	return (0);
}

static bool
is_missing(int error)
{
	return (error == ESRCH || error == ENOENT || error == EADDRNOTAVAIL ||
	    error == ENODEV);
}

/*
 * Carry the batch out and report each request in order.  0, or the errno of
 * the socket itself.
 */
int
nl_commit(struct nl *nl, nl_done *done, void *arg)
{
	struct nl_request	*reqs;
	size_t			 first = 0, last, end, i, n;
	uint8_t			*mem;
	int			 e = 0;

	if (nl->nreq == 0)
		return (0);
	if ((mem = malloc(RECV_SIZE)) == NULL)
		return (ENOMEM);
	while (first < nl->nreq && e == 0) {
		last = first + 1;
		while (last < nl->nreq && nl->req[last].off -
		    nl->req[first].off < SEND_MAX)
			last++;
		end = last < nl->nreq ? nl->req[last].off : nl->len;
		if (send(nl->fd, nl->buf + nl->req[first].off,
		    end - nl->req[first].off, 0) == -1)
			e = errno;
		else
			e = read_acks(nl, first, last, mem);
		first = last;
	}
	free(mem);
	/* done() may begin new requests. */
	reqs = nl->req;
	n = nl->nreq;
	nl->req = NULL;
	nl->nreq = nl->creq = nl->len = 0;
	for (i = 0; i < n && done != NULL; i++) {
		if (!reqs[i].done)
			reqs[i].error = e != 0 ? e : EIO;
		if (reqs[i].ignore_missing && is_missing(reqs[i].error))
			reqs[i].error = 0;
		if (reqs[i].ignore_existing && reqs[i].error == EEXIST)
			reqs[i].error = 0;
		done(arg, reqs[i].id, reqs[i].error);
	}
	free(reqs);
	return (e);
}

/* Ask for all of something and call fn for each row; 0 or an errno. */
int
nl_dump(struct nl *nl, int type, const void *body, size_t bodylen, nl_row *fn,
    void *arg)
{
	union {
		struct nlmsghdr	 h;
		uint8_t		 buf[128];
	}		 q;
	struct nlmsghdr	*h;
	uint8_t		*mem;
	ssize_t		 n;
	size_t		 left;
	int		 e = -1;

	memset(&q, 0, sizeof(q));
	q.h.nlmsg_len = (uint32_t)NLMSG_LENGTH(bodylen);
	q.h.nlmsg_type = (uint16_t)type;
	q.h.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	q.h.nlmsg_seq = ++nl->seq;
	memcpy(NLMSG_DATA(&q.h), body, bodylen);
	if (send(nl->fd, &q, q.h.nlmsg_len, 0) == -1)
		return (errno);
	if ((mem = malloc(RECV_SIZE)) == NULL)
		return (ENOMEM);
	while (e == -1) {
		n = nl_recv(nl->fd, mem, RECV_SIZE, &nl->forged);
		if (n == -1) {
			e = errno;
			break;
		}
		left = (size_t)n;
		for (h = (struct nlmsghdr *)(void *)mem; NLMSG_OK(h, left);
		    h = NLMSG_NEXT(h, left)) {
			if (h->nlmsg_seq != q.h.nlmsg_seq)
				continue;
			if ((h->nlmsg_flags & NLM_F_DUMP_INTR) != 0)
				nl->interrupted = true;
			if (h->nlmsg_type == NLMSG_DONE)
				e = 0;
			else if (h->nlmsg_type == NLMSG_ERROR)
				e = -((struct nlmsgerr *)NLMSG_DATA(h))->error;
			else
				fn(arg, h);
		}
	}
	free(mem);
	return (e);
}

/* Find an attribute among those in so many octets. */
bool
nl_attr_in(const void *attrs, size_t left, int type, const void **data,
    size_t *len)
{
	const struct rtattr	*a = attrs;

	for (; RTA_OK(a, left); a = RTA_NEXT(a, left))
		if ((a->rta_type & NLA_TYPE_MASK) == type) {
			*data = RTA_DATA(a);
			*len = RTA_PAYLOAD(a);
			return (true);
		}
	return (false);
}

/* Find an attribute behind a body of that size. */
bool
nl_find(const struct nlmsghdr *h, size_t bodylen, int type, const void **data,
    size_t *len)
{
	if (h->nlmsg_len < NLMSG_SPACE(bodylen))
		return (false);
	return (nl_attr_in((const uint8_t *)h + NLMSG_SPACE(bodylen),
	    h->nlmsg_len - NLMSG_SPACE(bodylen), type, data, len));
}

/*
 * BSD: copies of the packets of one interface that carry a Home Address option
 * or a type 2 routing header, read from the packet filter device that the
 * parent has opened.  Each packet is copied to a batch buffer, as the device
 * leaves no room in front.  It can also put a multicast packet on the link,
 * which no socket can send from the unspecified address.  capture.c and fds.c
 * call it as capture_linux.c on Linux.
 */
#include <sys/types.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>

#include <net/if.h>
#include <net/bpf.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/capture.h"
#include "wire/ip6.h"

#define ETHER_LEN	14
#define NULL_LEN	4

/* What is for this host is known by its destination address, later. */
static struct bpf_insn	 ether_filter[] = {
	BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x86dd, 1, 0),
	BPF_STMT(BPF_RET | BPF_K, 0),
	CAPTURE_FILTER(ETHER_LEN)
};
static struct bpf_insn	 ether_home_filter[] = {
	BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x86dd, 1, 0),
	BPF_STMT(BPF_RET | BPF_K, 0),
	CAPTURE_LINK_LOCAL(ETHER_LEN),
	CAPTURE_FILTER(ETHER_LEN)
};
static struct bpf_insn	 null_filter[] = { CAPTURE_FILTER(NULL_LEN) };
static struct bpf_insn	 raw_filter[] = { CAPTURE_FILTER(0) };

#define FILTER(a)	{ sizeof(a) / sizeof((a)[0]), a }

static const struct {
	unsigned int		 dlt;
	size_t			 link_len;
	struct bpf_program	 prog, home;	/* home: of a home link */
} links[] = {
	{ DLT_EN10MB, ETHER_LEN, FILTER(ether_filter),
	    FILTER(ether_home_filter) },
	{ DLT_NULL, NULL_LEN, FILTER(null_filter), FILTER(null_filter) },
#ifdef DLT_LOOP
	{ DLT_LOOP, NULL_LEN, FILTER(null_filter), FILTER(null_filter) },
#endif
	{ DLT_RAW, 0, FILTER(raw_filter), FILTER(raw_filter) },
};

/*
 * Make the device fd, attached to its interface already, capture.  It belongs
 * to c then.  False and errno; then it is the caller's to close.
 */
bool
capture_open(struct capture *c, int fd, uint32_t ifindex, bool home_link)
{
	struct bpf_program	 prog;
	unsigned int		 dlt, len;
	size_t			 i, n = sizeof(links) / sizeof(links[0]);

	memset(c, 0, sizeof(*c));
	c->fd = fd;
	c->ifindex = ifindex;
	c->home_link = home_link;
	if (ioctl(fd, BIOCGDLT, &dlt) == -1 || ioctl(fd, BIOCGBLEN, &len) == -1)
		return (false);
	for (i = 0; i < n && links[i].dlt != dlt; i++)
		continue;
	errno = EPROTONOSUPPORT;
	if (i == n)
		return (false);
	c->link_len = links[i].link_len;
	c->buf_len = len;
	prog = home_link ? links[i].home : links[i].prog;
	return (ioctl(fd, BIOCSETF, &prog) != -1 &&
	    (c->buf = malloc(len)) != NULL);
}

/* Free what is the capture's; its descriptor is the caller's to close. */
void
capture_close(struct capture *c)
{
	free(c->buf);
	c->buf = NULL;
}

/* A device is for one interface: there is none to leave out. */
bool
capture_exclude(struct capture *c, const uint32_t *ifindex, size_t n)
{
	(void)c;
	(void)ifindex;
	(void)n;
	return (true);
}

/*
 * Put an IPv6 packet to a multicast address on the link: RFC 2464 section 7
 * has its destination, the kernel fills in the source.  0 or an errno.
 */
int
capture_send(const struct capture *c, const uint8_t *p, size_t len)
{
	uint8_t		 h[ETHER_LEN] = { 0x33, 0x33 };
	struct iovec	 iov[2] = {
		{ h, sizeof(h) }, { (void *)(uintptr_t)p, len }
	};

	if (c->link_len != ETHER_LEN || len < IP6_HDRLEN ||
	    p[IP6_OFF_DST] != 0xff)
		return (EOPNOTSUPP);
	memcpy(h + 2, p + IP6_OFF_DST + 12, 4);
	h[12] = 0x86;
	h[13] = 0xdd;
	return (writev(c->fd, iov, 2) == -1 ? errno : 0);
}

/* Have what waits taken, each copied to get its headroom: how many, or -1. */
int
capture_read(struct capture *c, struct batch *b, batch_take *take, void *arg)
{
	struct bpf_hdr	 h;
	struct pkt	 p;
	ssize_t		 got;
	size_t		 at = 0, len;
	int		 n = 0;

	got = read(c->fd, c->buf, c->buf_len);
	if (got == -1)
		return (errno == EAGAIN || errno == EINTR ? 0 : -1);
	while ((size_t)got - at >= sizeof(h)) {
		memcpy(&h, c->buf + at, sizeof(h));
		len = h.bh_caplen;
		if (h.bh_hdrlen > (size_t)got - at ||
		    len > (size_t)got - at - h.bh_hdrlen)
			break;
		if (len == h.bh_datalen && len > c->link_len &&
		    len <= BATCH_SIZE - PKT_HEADROOM) {
			len -= c->link_len;
			memcpy(batch_buf(b, n % BATCH) + PKT_HEADROOM, c->buf +
			    at + h.bh_hdrlen + c->link_len, len);
			pkt_init(&p, batch_buf(b, n % BATCH), PKT_HEADROOM,
			    len);
			take(arg, NULL, &p, NULL, c->ifindex);
			n++;
		}
		len = BPF_WORDALIGN(h.bh_hdrlen + h.bh_caplen);
		if (len > (size_t)got - at)
			break;
		at += len;
	}
	return (n);
}

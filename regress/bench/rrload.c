/*
 * Many mobile nodes at a correspondent, for measurements: the whole procedure
 * of RFC 6275 5.2 as fast as it is answered, and messages in the name of
 * others.
 *
 *	rrload -i interface -m mac -c correspondent [-n nodes] [-w window] serve
 *	rrload ... [-n nodes] [-r rate] [-s seconds] [-p] flood
 *	rrload ... -o home [-r rate] [-s seconds] errors
 *
 * serve: each node sends a Home Test Init and a Care-of Test Init, and with
 * both answers a Binding Update, whose acknowledgement is verified; so many of
 * them are under way at a time.  flood: Test Inits at that rate from addresses
 * at random, or of one /64 (-p), and in the middle of it nodes that ask for a
 * Home Test, again after a second, three times at most.  errors: Binding Errors
 * to -c from addresses at random, about a home address that is or is not its
 * own.  Prints names and figures, load_cpu_ms is the processor time that this
 * took itself.
 *
 * Addresses are none of this host's: frames are sent and seen by packet
 * sockets.
 */
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <linux/if_ether.h>
#include <linux/if_packet.h>

#include "wire/ip6.h"
#include "wire/mh.h"
#include "wire/mhauth.h"

#define BATCH		64
#define FRAME		320
#define WAIT		1.0		/* INITIAL_BINDACK_TIMEOUT */
#define TRIES		3
#define LIFETIME	105		/* units of 4 s */
#define PEER_SHARE	100		/* nodes of one /64 */

/* Where a node is in the procedure. */
enum step { IDLE, TESTS, UPDATE, DONE, GIVEN_UP };

struct node {
	struct in6_addr	 home, coa;
	uint64_t	 home_token, coa_token;
	uint16_t	 home_index, coa_index;
	bool		 has_home, has_coa;
	enum step	 step;
	unsigned int	 tries;
	double		 sent, first_sent;
	uint8_t		 kbm[MHAUTH_KBMLEN];
};

struct out {
	uint8_t		 buf[BATCH][FRAME];
	struct iovec	 iov[BATCH];
	struct mmsghdr	 msg[BATCH];
	unsigned int	 n;
};

static struct in6_addr	 cn, homes, coas, of;
static uint8_t		 eth[ETH_HLEN];
static struct node	*nodes;
static unsigned int	 n_nodes = 2000, window = 200, rate = 200000;
static unsigned int	 served[TRIES + 1], answers, acks, bad;
static double		 length = 5;
static bool		 one_prefix;
static struct mhauth	*auth;
static struct out	 out;
static int		 fd;
static uint64_t		 seed = 88172645463325252ULL;

static double
seconds(void)
{
	struct timespec	 ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((double)ts.tv_sec + (double)ts.tv_nsec / 1e9);
}

static uint64_t
any(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (seed);
}

static void
must(const char *text, struct in6_addr *a)
{
	if (inet_pton(AF_INET6, text, a) != 1)
		errx(1, "%s is no address", text);
}

/* --- frames --- */

static void
flush(void)
{
	unsigned int	 i, sent = 0;
	int		 n;

	for (i = 0; i < out.n; i++) {
		out.msg[i].msg_hdr.msg_iov = &out.iov[i];
		out.msg[i].msg_hdr.msg_iovlen = 1;
	}
	while (sent < out.n) {
		n = sendmmsg(fd, out.msg + sent, out.n - sent, 0);
		if (n == -1 && errno != ENOBUFS && errno != EAGAIN)
			err(1, "sendmmsg");
		sent += n > 0 ? (unsigned int)n : 0;
	}
	out.n = 0;
}

/* The message m from src, with a Home Address option unless home is NULL. */
static void
put(struct mh *m, const struct in6_addr *src, const struct in6_addr *home)
{
	static const uint8_t	 padded[] = { 1, 2, 0, 0, IP6_OPT_HAO, 16 };
	uint8_t			*p = out.buf[out.n], *q;
	size_t			 ext = home == NULL ? 0 : IP6_HAO_HDRLEN;

	mh_set_checksum(m, home == NULL ? src : home, &cn);
	memcpy(p, eth, ETH_HLEN);
	q = p + ETH_HLEN;
	ip6_header(q, src, &cn, home == NULL ? IP6_P_MH : IP6_P_DSTOPTS,
	    (uint16_t)(m->len + ext), 64, 0, 0);
	q += IP6_HDRLEN;
	if (home != NULL) {
		q[0] = IP6_P_MH;
		q[1] = IP6_HAO_HDRLEN / 8 - 1;
		memcpy(q + 2, padded, sizeof(padded));
		memcpy(q + 8, home, sizeof(*home));
		q += ext;
	}
	memcpy(q, m->wire, m->len);
	out.iov[out.n].iov_base = p;
	out.iov[out.n].iov_len = (size_t)(q - p) + m->len;
	if (++out.n == BATCH)
		flush();
}

static void
put_init(uint8_t type, const struct in6_addr *src, uint64_t cookie)
{
	static struct mh	 m;
	uint8_t			 buf[64];

	mh_init(&m, type);
	m.u.init.cookie = cookie;
	if (mh_build(&m, buf, sizeof(buf)) == 0)
		errx(1, "a Test Init can't be built");
	put(&m, src, NULL);
}

static void
put_update(struct node *n)
{
	static struct mh	 m;
	struct mh_opt		*o;
	uint8_t			 buf[128];

	mh_init(&m, MH_BU);
	m.u.bu.seq = (uint16_t)(n->tries + 1);
	m.u.bu.flags = MH_BU_A;
	m.u.bu.lifetime = LIFETIME;
	o = mh_add(&m, MHOPT_NONCE);
	o->u.nonce.home = n->home_index;
	o->u.nonce.careof = n->coa_index;
	mh_add(&m, MHOPT_BAD);
	if (mh_build(&m, buf, sizeof(buf)) == 0 ||
	    !mhauth_kbm(auth, n->home_token, &n->coa_token, n->kbm) ||
	    mhauth_bad_sign(auth, &m, n->kbm, sizeof(n->kbm), &n->coa, &cn) !=
	    MHAUTH_OK)
		errx(1, "a Binding Update can't be built");
	put(&m, &n->coa, &n->home);
}

/* --- nodes --- */

/* Node i, in a network with few others. */
static struct in6_addr
address(const struct in6_addr *net, unsigned int i)
{
	struct in6_addr	 a = *net;

	a.s6_addr[6] = (uint8_t)(i / PEER_SHARE >> 8);
	a.s6_addr[7] = (uint8_t)(i / PEER_SHARE);
	a.s6_addr[14] = (uint8_t)(i >> 8);
	a.s6_addr[15] = (uint8_t)i;
	return (a);
}

static struct node *
node_of(const struct in6_addr *a)
{
	unsigned int	 i = (unsigned int)a->s6_addr[14] << 8 | a->s6_addr[15];

	if (i >= n_nodes || (!in6_eq(&nodes[i].home, a) &&
	    !in6_eq(&nodes[i].coa, a)))
		return (NULL);
	return (&nodes[i]);
}

/* What it waits for is sent, or sent again. */
static void
ask(struct node *n, bool both)
{
	uint64_t	 cookie = (uint64_t)(n - nodes) + 1;

	n->sent = seconds();
	if (n->tries++ == 0)
		n->first_sent = n->sent;
	if (n->step == UPDATE) {
		put_update(n);
		return;
	}
	n->step = TESTS;
	if (!n->has_home)
		put_init(MH_HOTI, &n->home, cookie);
	if (both && !n->has_coa)
		put_init(MH_COTI, &n->coa, cookie);
}

static void
got_test(struct node *n, const struct mh *m, bool both)
{
	bool	 home = m->type == MH_HOT;

	if (n->step != TESTS || (home ? n->has_home : n->has_coa))
		return;
	answers++;
	if (home) {
		n->home_token = m->u.test.token;
		n->home_index = m->u.test.nonce_index;
		n->has_home = true;
	} else {
		n->coa_token = m->u.test.token;
		n->coa_index = m->u.test.nonce_index;
		n->has_coa = true;
	}
	if (!both)
		n->step = DONE;
	else if (n->has_home && n->has_coa) {
		n->step = UPDATE;
		ask(n, both);
	}
}

static void
got_ack(struct node *n, const struct mh *m)
{
	if (n->step != UPDATE)
		return;
	if (m->u.ba.status != 0 || mhauth_bad_verify(auth, m, n->kbm,
	    sizeof(n->kbm), &n->coa, &cn) != MHAUTH_OK)
		bad++;
	n->step = DONE;
	acks++;
}

static void
got(const uint8_t *p, size_t len, bool both)
{
	static struct mh	 m;
	struct ip6_walk		 w;
	struct in6_addr		 to;
	struct node		*n;

	if (ip6_walk(&w, p, len, 0) != IP6_OK || w.proto != IP6_P_MH)
		return;
	to = w.rh2 != 0 ? ip6_rh2_addr(&w) : ip6_dst(p);
	if ((n = node_of(&to)) == NULL ||
	    mh_parse(&m, p + w.upper, w.len - w.upper) != MH_OK)
		return;
	if (m.type == MH_HOT || m.type == MH_COT)
		got_test(n, &m, both);
	else if (m.type == MH_BA)
		got_ack(n, &m);
}

/* What is there now, or comes in a millisecond. */
static void
receive(bool both)
{
	static uint8_t		 buf[BATCH][FRAME];
	static struct iovec	 iov[BATCH];
	static struct mmsghdr	 msg[BATCH];
	struct pollfd		 pfd = { .fd = fd, .events = POLLIN };
	int			 i, n;

	flush();
	if (poll(&pfd, 1, 1) != 1)
		return;
	for (i = 0; i < BATCH; i++) {
		iov[i].iov_base = buf[i];
		iov[i].iov_len = FRAME;
		msg[i].msg_hdr.msg_iov = &iov[i];
		msg[i].msg_hdr.msg_iovlen = 1;
	}
	if ((n = recvmmsg(fd, msg, BATCH, MSG_DONTWAIT, NULL)) == -1)
		return;
	for (i = 0; i < n; i++)
		if (msg[i].msg_len > ETH_HLEN)
			got(buf[i] + ETH_HLEN, msg[i].msg_len - ETH_HLEN, both);
}

static bool
waits(const struct node *n)
{
	return (n->step == TESTS || n->step == UPDATE);
}

/* --- what is measured --- */

static void
serve(void)
{
	unsigned int	 i, next = 0, under_way, again = 0;
	double		 begin = seconds(), now;

	do {
		for (i = under_way = 0; i < next; i++)
			under_way += waits(&nodes[i]);
		for (; next < n_nodes && under_way < window; under_way++)
			ask(&nodes[next++], true);
		receive(true);
		now = seconds();
		for (i = 0; i < next; i++)
			if (waits(&nodes[i]) && now - nodes[i].sent > WAIT) {
				ask(&nodes[i], true);
				again++;
			}
	} while ((next < n_nodes || under_way > 0) && now - begin < 60);
	now = seconds() - begin;
	printf("nodes %u seconds %.3f procedures_per_second %.0f "
	    "messages_per_second %.0f acknowledged %u again %u bad %u\n",
	    n_nodes, now, acks / now, (answers + acks) / now, acks, again, bad);
}

static void
put_error(const struct in6_addr *src, bool about_other)
{
	static struct mh	 m;
	uint8_t			 buf[64];

	mh_init(&m, MH_BE);
	m.u.be.status = MH_BE_UNKNOWN_BINDING;
	m.u.be.home = of;
	m.u.be.home.s6_addr[15] ^= about_other;
	if (mh_build(&m, buf, sizeof(buf)) == 0)
		errx(1, "a Binding Error can't be built");
	put(&m, src, NULL);
}

/* Messages of others, as many as were asked for. */
static void
offer(bool errors)
{
	struct in6_addr	 a;
	uint64_t	 r, n = 0;
	double		 begin = seconds(), now;

	must("2001:db9::", &a);
	do {
		r = any();
		if (!one_prefix)
			memcpy(a.s6_addr + 4, &r, 4);
		r = any();
		memcpy(a.s6_addr + 8, &r, 8);
		if (errors)
			put_error(&a, n % 2 == 0);
		else
			put_init(n % 2 == 0 ? MH_HOTI : MH_COTI, &a, n + 1);
		now = seconds() - begin;
		if (++n % BATCH == 0 && n > now * rate)
			usleep((useconds_t)((double)n / rate * 1e6 -
			    now * 1e6));
	} while (now < length);
	flush();
	printf("offered_per_second %.0f ", (double)n / (seconds() - begin));
	fflush(stdout);
}

/* Nodes ask at moments that are spread over the flood. */
static void
flood(void)
{
	double		 begin = seconds(), now, last, step;
	unsigned int	 i, begun = 0, within = 0;
	pid_t		 pid;

	if ((pid = fork()) == -1)
		err(1, "fork");
	if (pid == 0) {
		offer(false);
		_exit(0);
	}
	/* The last one has its three tries before the end. */
	last = length - TRIES * WAIT - 0.2;
	step = last / n_nodes;
	do {
		now = seconds() - begin;
		for (; begun < n_nodes && now > 0.2 + begun * step; begun++)
			ask(&nodes[begun], false);
		receive(false);
		for (i = 0; i < begun; i++) {
			if (!waits(&nodes[i]) ||
			    seconds() - nodes[i].sent < WAIT)
				continue;
			if (nodes[i].tries < TRIES)
				ask(&nodes[i], false);
			else
				nodes[i].step = GIVEN_UP;
		}
	} while (now < length);
	for (i = 0; i < n_nodes; i++)
		if (nodes[i].step == DONE)
			served[nodes[i].tries]++;
	for (i = 1; i <= TRIES; i++)
		within += served[i];
	waitpid(pid, NULL, 0);
	printf("nodes %u served_at_first %u at_second %u at_third %u "
	    "served_percent %.1f\n", n_nodes, served[1], served[2], served[3],
	    100.0 * within / n_nodes);
}

/* Of this process and of the one that offers; it has ended by then. */
static void
print_cpu(void)
{
	static const int	 who[] = { RUSAGE_SELF, RUSAGE_CHILDREN };
	struct rusage		 u;
	double			 ms = 0;
	size_t			 i;

	for (i = 0; i < sizeof(who) / sizeof(who[0]); i++) {
		if (getrusage(who[i], &u) == -1)
			err(1, "getrusage");
		ms += (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e3 +
		    (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e3;
	}
	printf("load_cpu_ms %.0f\n", ms);
}

/* --- */

static void
open_link(const char *ifname, const char *mac)
{
	struct sockaddr_ll	 ll;
	struct ifreq		 ifr;
	unsigned int		 b[6];
	int			 i, size = 32 << 20;

	if (sscanf(mac, "%x:%x:%x:%x:%x:%x", &b[0], &b[1], &b[2], &b[3], &b[4],
	    &b[5]) != 6)
		errx(1, "%s is no MAC address", mac);
	for (i = 0; i < 6; i++)
		eth[i] = (uint8_t)b[i];
	eth[12] = ETH_P_IPV6 >> 8;
	eth[13] = ETH_P_IPV6 & 0xff;
	if ((fd = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_IPV6))) == -1)
		err(1, "socket");
	/* A bridge takes no frame without a source. */
	memset(&ifr, 0, sizeof(ifr));
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", ifname);
	if (ioctl(fd, SIOCGIFHWADDR, &ifr) == -1)
		err(1, "%s", ifname);
	memcpy(eth + ETH_ALEN, ifr.ifr_hwaddr.sa_data, ETH_ALEN);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	i = 1;
	setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &i, sizeof(i));
	memset(&ll, 0, sizeof(ll));
	ll.sll_family = AF_PACKET;
	ll.sll_protocol = htons(ETH_P_IPV6);
	ll.sll_ifindex = (int)if_nametoindex(ifname);
	if (bind(fd, (struct sockaddr *)&ll, sizeof(ll)) == -1)
		err(1, "bind to %s", ifname);
}

int
main(int argc, char **argv)
{
	const char	*ifname = "eth0", *mac = "";
	unsigned int	 i;
	int		 o;

	must("2001:db8:cc::2", &cn);
	while ((o = getopt(argc, argv, "c:i:m:n:o:pr:s:w:")) != -1)
		switch (o) {
		case 'c': must(optarg, &cn); break;
		case 'i': ifname = optarg; break;
		case 'm': mac = optarg; break;
		case 'n': n_nodes = (unsigned int)atoi(optarg); break;
		case 'o': must(optarg, &of); break;
		case 'p': one_prefix = true; break;
		case 'r': rate = (unsigned int)atoi(optarg); break;
		case 's': length = atof(optarg); break;
		case 'w': window = (unsigned int)atoi(optarg); break;
		default: errx(1, "see the head of rrload.c");
		}
	argv += optind;
	if (argv[0] == NULL || n_nodes == 0 || n_nodes > 65536 ||
	    (nodes = calloc(n_nodes, sizeof(*nodes))) == NULL ||
	    (auth = mhauth_new()) == NULL)
		errx(1, "see the head of rrload.c");
	must("2001:db8:1::", &homes);
	must("2001:db8:2::", &coas);
	for (i = 0; i < n_nodes; i++) {
		nodes[i].home = address(&homes, i);
		nodes[i].coa = address(&coas, i);
	}
	open_link(ifname, mac);
	if (strcmp(argv[0], "serve") == 0)
		serve();
	else if (strcmp(argv[0], "flood") == 0)
		flood();
	else if (strcmp(argv[0], "errors") == 0)
		offer(true);
	else
		errx(1, "see the head of rrload.c");
	print_cpu();
	mhauth_free(auth);
	free(nodes);
	return (0);
}

/*
 * Many mobile nodes at once, for tests and measurements of a home agent.
 *
 *	mnload -i interface -a home-agent [-c care-of /48] [-f first]
 *	    [-h home /64] [-j] [-l lifetime] [-n nodes] [-w window]
 *	mnload -C ...		print their mobile-node blocks for mip6d.conf
 *
 * Each node has its own home address, identifier, key, sequence number,
 * care-of address and socket.  What they do is read from standard input, a
 * line each; a line of figures is the answer to it:
 *
 *	register | refresh | move | deregister	all of them, -w at a time
 *	odd KIND I J		one Binding Update with a fault (spoil())
 *	fuzz COUNT SEED		random and mutated Mobility Headers, -r a second
 *	quit
 *
 * Care-of addresses are no addresses of this host: packets are sent whole,
 * and what the home agent sends is seen by a packet socket.  Between lines the
 * nodes answer echo requests that come through their tunnels.  What comes is
 * checked: RFC 6275 6.1.8 and 11.7.3, RFC 4285 5.1 and 6.
 */
#include <sys/types.h>
#include <sys/resource.h>
#include <sys/socket.h>

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

#include "wire/cksum.h"
#include "wire/ip6.h"
#include "wire/mh.h"
#include "wire/mhauth.h"

#define PACKET_MAX	2048
#define BATCH		64
/*
 * Seconds.  A node repeats sooner, but what is slow on a busy machine is not to
 * be taken for lost.
 */
#define RETRANSMIT	6.0
#define TRIES		5
#define SPI		256
#define KEYLEN		16

struct node {
	struct in6_addr	 home, coa;
	struct in6_addr	 asked;		/* care-of address it asked for */
	char		 id[32];
	uint8_t		 key[KEYLEN + 1];
	int		 fd;
	uint16_t	 seq, lifetime;	/* of the last Binding Update */
	uint64_t	 stamp;		/* 0: it had none */
	const uint8_t	*answer_key;	/* of its authenticator */
	bool		 waiting;
	unsigned int	 tries;
	double		 first_sent, sent;
	int		 status;	/* of the last answer, -1: none */
	uint8_t		 packet[512];	/* the last Binding Update */
	size_t		 len;
};

/* What became of one phase. */
struct result {
	unsigned int	 sent, again, answered, accepted, failed;
	unsigned int	 bad, stray, echoes;
	unsigned int	 status[256];
	double		 seconds;
};

/* How a Binding Update differs from a good one. */
struct make {
	const struct node	*identity;	/* whose identifier */
	const uint8_t		*key;
	const struct in6_addr	*altcoa, *home;
	uint32_t		 spi;
	int			 age;		/* s, of the timestamp */
	uint16_t		 lifetime;	/* units of 4 s */
	bool			 no_stamp, no_auth;
};

static struct node	*nodes;
static unsigned int	 n_nodes = 200, first, window, lifetime = 600;
static unsigned int	 rate = 20000, generation;
static struct in6_addr	 agent, home_net, coa_net;
static bool		 json;
static int		 wire_fd;
static struct mhauth	*auth;
static struct result	 res;
static double		*times;
static unsigned int	 ntimes;
static uint64_t		 seed = 1;

static double
seconds(void)
{
	struct timespec	 ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((double)ts.tv_sec + (double)ts.tv_nsec / 1e9);
}

static void
must(const char *text, struct in6_addr *a)
{
	if (inet_pton(AF_INET6, text, a) != 1)
		errx(1, "%s is no address", text);
}

static uint32_t
any(uint32_t below)
{
	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return ((uint32_t)(seed >> 33) % below);
}

/* The address of node i in a network; generation is bits 48 to 63. */
static struct in6_addr
address(const struct in6_addr *net, unsigned int i, unsigned int g)
{
	struct in6_addr	 a = *net;

	if (g != 0) {
		a.s6_addr[6] = (uint8_t)(g >> 8);
		a.s6_addr[7] = (uint8_t)g;
	}
	a.s6_addr[13] = 1;
	a.s6_addr[14] = (uint8_t)(i >> 8);
	a.s6_addr[15] = (uint8_t)i;
	return (a);
}

static void
node_init(struct node *n, unsigned int i)
{
	n->home = address(&home_net, first + i, 0);
	n->coa = address(&coa_net, first + i, generation);
	snprintf(n->id, sizeof(n->id), "node%u@example.org", first + i);
	snprintf((char *)n->key, sizeof(n->key), "mn key %09u", first + i);
	n->seq = (uint16_t)any(65536);
	n->status = -1;
}

static void
print_conf(void)
{
	char		 a[INET6_ADDRSTRLEN];
	unsigned int	 i;

	for (i = 0; i < n_nodes; i++) {
		inet_ntop(AF_INET6, &nodes[i].home, a, sizeof(a));
		printf("mobile-node \"%s\" { home-address %s; "
		    "authentication mn-ha spi %u key \"%s\"; }\n",
		    nodes[i].id, a, SPI, (const char *)nodes[i].key);
	}
}

/* --- sending --- */

static void
transmit(const struct node *n, const uint8_t *p, size_t len)
{
	struct sockaddr_in6	 to = { .sin6_family = AF_INET6 };

	to.sin6_addr = agent;
	while (sendto(n->fd, p, len, 0, (struct sockaddr *)&to,
	    sizeof(to)) == -1) {
		if (errno != ENOBUFS && errno != EAGAIN)
			err(1, "sendto");
		usleep(1000);
	}
}

/* IPv6 header and a Home Address option; where the payload goes. */
static uint8_t *
headers(uint8_t *p, const struct in6_addr *coa, const struct in6_addr *home,
    uint8_t proto, size_t payload)
{
	static const uint8_t	 padded[] = { 1, 2, 0, 0, IP6_OPT_HAO, 16 };

	ip6_header(p, coa, &agent, IP6_P_DSTOPTS,
	    (uint16_t)(IP6_HAO_HDRLEN + payload), 64, 0, 0);
	p += IP6_HDRLEN;
	p[0] = proto;
	p[1] = IP6_HAO_HDRLEN / 8 - 1;
	memcpy(p + 2, padded, sizeof(padded));
	memcpy(p + 8, home, sizeof(*home));
	return (p + IP6_HAO_HDRLEN);
}

/* A Binding Update of n as x says, into n->packet. */
static void
make_bu(struct node *n, const struct make *x)
{
	static struct mh	 m;
	struct timespec		 ts;
	struct mh_opt		*o;
	uint8_t			 mh[400];

	clock_gettime(CLOCK_REALTIME, &ts);
	ts.tv_sec -= x->age;
	n->stamp = x->no_stamp ? 0 : mhauth_ntp(&ts);
	n->answer_key = x->identity->key;
	n->asked = x->altcoa != NULL ? *x->altcoa : n->coa;
	n->seq++;
	n->lifetime = x->lifetime;
	mh_init(&m, MH_BU);
	m.u.bu.seq = n->seq;
	m.u.bu.flags = MH_BU_A | MH_BU_H;
	m.u.bu.lifetime = x->lifetime;
	if (x->altcoa != NULL)
		mh_add(&m, MHOPT_ALTCOA)->u.altcoa = *x->altcoa;
	o = mh_add(&m, MHOPT_MNID);
	o->u.mnid.subtype = MHOPT_MNID_NAI;
	o->var = (const uint8_t *)x->identity->id;
	o->varlen = (uint8_t)strlen(x->identity->id);
	if (!x->no_stamp)
		mh_add(&m, MHOPT_MESGID)->u.timestamp = n->stamp;
	if (!x->no_auth) {
		o = mh_add(&m, MHOPT_AUTH);
		o->u.auth.subtype = MHOPT_AUTH_MNHA;
		o->u.auth.spi = x->spi;
	}
	if (mh_build(&m, mh, sizeof(mh)) == 0)
		errx(1, "a Binding Update can't be built");
	if (!x->no_auth)
		mhauth_auth_sign(auth, &m, MHOPT_AUTH_MNHA, x->key, KEYLEN,
		    &n->asked, x->home);
	mh_set_checksum(&m, x->home, &agent);
	memcpy(headers(n->packet, &n->coa, x->home, IP6_P_MH, m.len), mh,
	    m.len);
	n->len = IP6_HDRLEN + IP6_HAO_HDRLEN + m.len;
}

static struct make
good(const struct node *n, unsigned int units)
{
	struct make	 x = { .identity = n, .key = n->key, .home = &n->home,
	    .spi = SPI, .lifetime = (uint16_t)units };

	return (x);
}

static void
send_bu(struct node *n, unsigned int units)
{
	struct make	 x = good(n, units);

	make_bu(n, &x);
	transmit(n, n->packet, n->len);
	n->sent = seconds();
	if (n->tries++ == 0)
		n->first_sent = n->sent;
	else
		res.again++;
	n->waiting = true;
	res.sent++;
}

/* --- receiving --- */

static void
bad(const struct node *n, const char *why)
{
	if (res.bad++ < 5)
		warnx("acknowledgement to %s: %s", n->id, why);
}

static struct node *
node_of(const struct in6_addr *home)
{
	struct in6_addr	 a;
	unsigned int	 i;

	i = ((unsigned int)home->s6_addr[14] << 8 | home->s6_addr[15]) - first;
	if (i >= n_nodes)
		return (NULL);
	a = address(&home_net, first + i, 0);
	return (in6_eq(&a, home) ? &nodes[i] : NULL);
}

/* RFC 4285 5.1 and 6: its own authenticator, our timestamp. */
static const char *
check_auth(const struct node *n, const struct mh *m)
{
	const struct mh_opt	*stamp = mh_find(m, MHOPT_MESGID);

	if (mh_find_auth(m, MHOPT_AUTH_MNHA) == NULL)
		return ("no authentication option");
	if (mhauth_auth_verify(auth, m, MHOPT_AUTH_MNHA, n->answer_key, KEYLEN,
	    &n->asked, &n->home) != MHAUTH_OK)
		return ("wrong authenticator");
	if (n->stamp == 0)
		return (NULL);
	if (stamp == NULL)
		return ("no replay protection option");
	if (m->u.ba.status != MH_ST_ID_MISMATCH &&
	    stamp->u.timestamp != n->stamp)
		return ("another timestamp");
	return (NULL);
}

static void
got_ba(struct node *n, const struct mh *m)
{
	const char	*why;

	if (m->type != MH_BA || !n->waiting ||
	    (m->u.ba.seq != n->seq && m->u.ba.status != MH_ST_SEQUENCE)) {
		res.stray++;
		return;
	}
	if ((why = check_auth(n, m)) != NULL) {
		bad(n, why);
		return;
	}
	if (m->u.ba.status < 128 && (m->u.ba.lifetime > n->lifetime ||
	    (m->u.ba.lifetime == 0) != (n->lifetime == 0))) {
		bad(n, "lifetime");
		return;
	}
	if (m->u.ba.status == MH_ST_SEQUENCE)
		n->seq = m->u.ba.seq;
	n->waiting = false;
	n->status = m->u.ba.status;
	res.answered++;
	res.accepted += m->u.ba.status < 128;
	res.status[m->u.ba.status]++;
	times[ntimes++] = seconds() - n->first_sent;
}

static void
got_mh(const uint8_t *p, const struct ip6_walk *w)
{
	static struct mh	 m;
	struct in6_addr		 home, dst = ip6_dst(p);
	struct node		*n;

	if (w->rh2 == 0)
		return;
	home = ip6_rh2_addr(w);
	if ((n = node_of(&home)) == NULL || !in6_eq(&n->coa, &dst))
		return;
	if (!mh_checksum_ok(p + w->upper, w->len - w->upper, &agent, &home)) {
		bad(n, "checksum");
		return;
	}
	if (mh_parse(&m, p + w->upper, w->len - w->upper) != MH_OK) {
		bad(n, "does not parse");
		return;
	}
	got_ba(n, &m);
}

/* An echo request through the tunnel, at in, is answered through the tunnel. */
static void
got_tunnel(const uint8_t *p, size_t len, size_t in)
{
	uint8_t		 out[PACKET_MAX];
	uint8_t		*q = out + IP6_HDRLEN;
	struct in6_addr	 home, peer, dst = ip6_dst(p);
	struct node	*n;
	uint16_t	 sum;

	if (len < in + IP6_HDRLEN + 8 || p[in + IP6_OFF_NEXT] !=
	    IP6_P_ICMPV6 || p[in + IP6_HDRLEN] != 128)
		return;
	home = ip6_dst(p + in);
	peer = ip6_src(p + in);
	if ((n = node_of(&home)) == NULL || !in6_eq(&n->coa, &dst))
		return;
	len -= in;
	memcpy(q, p + in, len);
	memcpy(q + IP6_OFF_SRC, &home, sizeof(home));
	memcpy(q + IP6_OFF_DST, &peer, sizeof(peer));
	q[IP6_OFF_HLIM] = 64;
	q[IP6_HDRLEN] = 129;
	q[IP6_HDRLEN + 2] = q[IP6_HDRLEN + 3] = 0;
	sum = cksum_ip6(&home, &peer, IP6_P_ICMPV6, q + IP6_HDRLEN,
	    len - IP6_HDRLEN);
	q[IP6_HDRLEN + 2] = (uint8_t)(sum >> 8);
	q[IP6_HDRLEN + 3] = (uint8_t)sum;
	ip6_header(out, &n->coa, &agent, IP6_P_IPV6, (uint16_t)len, 64, 0, 0);
	transmit(n, out, len + IP6_HDRLEN);
	res.echoes++;
}

static void
got(const uint8_t *p, size_t len)
{
	struct ip6_walk	 w;
	struct in6_addr	 src;

	if (ip6_walk(&w, p, len, 0) != IP6_OK)
		return;
	src = ip6_src(p);
	if (!in6_eq(&src, &agent) || w.nonfirst || w.frag != 0)
		return;
	if (w.proto == IP6_P_MH)
		got_mh(p, &w);
	else if (w.proto == IP6_P_IPV6)
		got_tunnel(p, w.len, w.upper);
}

static void
receive(void)
{
	static uint8_t		 buf[BATCH][PACKET_MAX];
	struct mmsghdr		 msg[BATCH];
	struct iovec		 iov[BATCH];
	int			 i, n;

	memset(msg, 0, sizeof(msg));
	for (i = 0; i < BATCH; i++) {
		iov[i].iov_base = buf[i];
		iov[i].iov_len = PACKET_MAX;
		msg[i].msg_hdr.msg_iov = &iov[i];
		msg[i].msg_hdr.msg_iovlen = 1;
	}
	do {
		n = recvmmsg(wire_fd, msg, BATCH, MSG_DONTWAIT, NULL);
		for (i = 0; i < n; i++)
			got(buf[i], msg[i].msg_len);
	} while (n == BATCH);
}

static void
wait_ms(int ms)
{
	struct pollfd	 p = { .fd = wire_fd, .events = POLLIN };

	if (poll(&p, 1, ms) > 0)
		receive();
}

/* --- what they do --- */

static int
by_size(const void *a, const void *b)
{
	double	 x = *(const double *)a, y = *(const double *)b;

	return (x < y ? -1 : x > y);
}

static void
report(const char *phase)
{
	const char	*sep = "";
	unsigned int	 i;
	double		 per = res.seconds > 0 ? res.answered / res.seconds : 0;

	qsort(times, ntimes, sizeof(times[0]), by_size);
	printf(json ? "{\"phase\":\"%s\",\"nodes\":%u,\"sent\":%u,"
	    "\"retransmitted\":%u,\"answered\":%u,\"accepted\":%u,"
	    "\"failed\":%u,\"bad\":%u,\"stray\":%u,\"echoes\":%u,"
	    "\"seconds\":%.3f,\"per_second\":%.0f,\"ms_median\":%.2f,"
	    "\"ms_max\":%.2f,\"status\":{" :
	    "%s: nodes %u sent %u retransmitted %u answered %u accepted %u "
	    "failed %u bad %u stray %u echoes %u seconds %.3f per_second %.0f "
	    "ms_median %.2f ms_max %.2f status ", phase, n_nodes, res.sent,
	    res.again, res.answered, res.accepted, res.failed, res.bad,
	    res.stray, res.echoes, res.seconds, per,
	    ntimes == 0 ? 0 : times[ntimes / 2] * 1e3,
	    ntimes == 0 ? 0 : times[ntimes - 1] * 1e3);
	for (i = 0; i < 256; i++)
		if (res.status[i] != 0) {
			printf(json ? "%s\"%u\":%u" : "%s%u:%u", sep, i,
			    res.status[i]);
			sep = ",";
		}
	puts(json ? "}}" : "");
	fflush(stdout);
	memset(&res, 0, sizeof(res));
	ntimes = 0;
}

/* Send again what was not answered in time; RFC 6275 11.8. */
static unsigned int
retransmit(unsigned int upto, unsigned int units)
{
	unsigned int	 i, given_up = 0;
	double		 now = seconds();

	for (i = 0; i < upto; i++) {
		if (!nodes[i].waiting || now - nodes[i].sent < RETRANSMIT)
			continue;
		if (nodes[i].tries < TRIES) {
			send_bu(&nodes[i], units);
			continue;
		}
		nodes[i].waiting = false;
		given_up++;
	}
	return (given_up);
}

static void
phase(const char *name, bool moving, unsigned int units)
{
	unsigned int	 next = 0;
	double		 start, scan;

	if (moving)
		generation++;
	start = scan = seconds();
	while (res.answered + res.failed < n_nodes) {
		while (next < n_nodes &&
		    next - res.answered - res.failed < window) {
			if (moving)
				nodes[next].coa = address(&coa_net,
				    first + next, generation);
			nodes[next].tries = 0;
			send_bu(&nodes[next++], units);
			if (next % BATCH == 0)
				receive();
		}
		wait_ms(20);
		if (seconds() - scan < 0.1)
			continue;
		scan = seconds();
		res.failed += retransmit(next, units);
	}
	res.seconds = seconds() - start;
	report(name);
}

/* What is wrong with it; o is another node. */
static bool
spoil(const char *kind, struct node *n, const struct node *o, struct make *x,
    struct in6_addr *alt)
{
	static const struct { const char *kind, *addr; } careof[] = {
		{ "multicast", "ff02::1" }, { "linklocal", "fe80::1" },
		{ "loopback", "::1" }, { "unspecified", "::" },
		{ "denied", "2001:db8:bad::1" }, { "agent", "2001:db8:1::1" },
	};
	size_t	 i;

	for (i = 0; i < sizeof(careof) / sizeof(careof[0]); i++)
		if (strcmp(kind, careof[i].kind) == 0) {
			must(careof[i].addr, alt);
			x->altcoa = alt;
			return (true);
		}
	if (strcmp(kind, "identity") == 0) {	/* and the key that fits */
		x->identity = o;
		x->key = o->key;
	} else if (strcmp(kind, "name") == 0)	/* but our own key */
		x->identity = o;
	else if (strcmp(kind, "key") == 0)
		x->key = o->key;
	else if (strcmp(kind, "spi") == 0)
		x->spi = SPI + 1;
	else if (strcmp(kind, "old") == 0)
		x->age = 3600;
	else if (strcmp(kind, "future") == 0)
		x->age = -3600;
	else if (strcmp(kind, "nostamp") == 0)
		x->no_stamp = true;
	else if (strcmp(kind, "noauth") == 0)
		x->no_auth = true;
	else if (strcmp(kind, "sequence") == 0)
		n->seq -= 100;
	else
		return (strcmp(kind, "replay") == 0 ||
		    strcmp(kind, "plain") == 0);
	return (true);
}

/* One that is not as it should be; J is another node, or nothing. */
static void
odd(const char *kind, unsigned int i, unsigned int j)
{
	struct node	*n = &nodes[i % n_nodes];
	struct make	 x = good(n, lifetime / MH_LIFETIME_UNIT);
	struct in6_addr	 alt;
	double		 end;

	if (!spoil(kind, n, &nodes[j % n_nodes], &x, &alt))
		errx(1, "odd %s: unknown", kind);
	if (strcmp(kind, "replay") != 0)
		make_bu(n, &x);
	n->status = -1;
	n->tries = 1;
	n->first_sent = seconds();
	n->waiting = true;
	transmit(n, n->packet, n->len);
	res.sent++;
	for (end = seconds() + 0.4; n->waiting && seconds() < end; )
		wait_ms(20);
	n->waiting = false;
	report(kind);
}

/* A message that is random, or nearly a good one. */
static size_t
garble(struct node *n, uint8_t *p)
{
	struct make	 x = good(n, lifetime / MH_LIFETIME_UNIT);
	size_t		 len, i, from = IP6_HDRLEN;
	unsigned int	 kind = any(5);
	uint16_t	 sum;
	uint8_t		*q;

	if (kind < 2) {			/* raw, or behind an option */
		len = 8 * (1 + any(kind == 0 ? 60 : 20));
		q = p + IP6_HDRLEN;
		if (kind == 1)
			q = headers(p, &n->coa, &n->home, IP6_P_MH, len);
		else
			ip6_header(p, &n->coa, &agent, IP6_P_MH,
			    (uint16_t)len, 64, 0, 0);
		for (i = 0; i < len; i++)
			q[i] = (uint8_t)any(256);
		q[0] = any(8) != 0 ? IP6_P_NONE : q[0];
		q[1] = any(4) != 0 ? (uint8_t)(len / 8 - 1) : q[1];
		q[2] = (uint8_t)any(any(4) != 0 ? 9 : 256);
		q[MH_OFF_CKSUM] = q[MH_OFF_CKSUM + 1] = 0;
		sum = mh_checksum(q, len, kind == 1 ? &n->home : &n->coa,
		    &agent);
		q[MH_OFF_CKSUM] = (uint8_t)(sum >> 8);
		q[MH_OFF_CKSUM + 1] = (uint8_t)sum;
		return ((size_t)(q - p) + len);
	}
	make_bu(n, &x);
	len = n->len;
	memcpy(p, n->packet, len);
	if (kind != 4)			/* else the extension header too */
		from += IP6_HAO_HDRLEN;
	for (i = 0; i <= any(4); i++)
		p[from + any((uint32_t)(len - from))] ^=
		    (uint8_t)(1 + any(255));
	/* Not even by chance a good one. */
	p[len - 1] = n->packet[len - 1] ^ 1;
	if (kind == 3)
		len = from + 8 + any((uint32_t)(len - from - 8));
	p[IP6_OFF_PLEN] = (uint8_t)((len - IP6_HDRLEN) >> 8);
	p[IP6_OFF_PLEN + 1] = (uint8_t)(len - IP6_HDRLEN);
	q = p + IP6_HDRLEN + IP6_HAO_HDRLEN;
	q[MH_OFF_CKSUM] = q[MH_OFF_CKSUM + 1] = 0;
	sum = mh_checksum(q, len - (size_t)(q - p), &n->home, &agent);
	q[MH_OFF_CKSUM] = (uint8_t)(sum >> 8);
	q[MH_OFF_CKSUM + 1] = (uint8_t)sum;
	return (len);
}

static void
fuzz(unsigned int count, unsigned int s)
{
	uint8_t		 p[PACKET_MAX];
	double		 start = seconds();
	unsigned int	 i;

	seed = s;
	for (i = 0; i < count; i++) {
		struct node	*n = &nodes[any(n_nodes)];

		transmit(n, p, garble(n, p));
		res.sent++;
		if (i % BATCH != 0)
			continue;
		receive();
		while (seconds() - start < (double)i / rate)
			wait_ms(1);
	}
	res.seconds = seconds() - start;
	report("fuzz");
}

static void
obey(char *line)
{
	char		 word[16] = "", kind[16] = "";
	unsigned int	 a = 0, b = 0;

	sscanf(line, "%15s", word);
	if (strcmp(word, "register") == 0 || strcmp(word, "refresh") == 0)
		phase(word, false, lifetime / MH_LIFETIME_UNIT);
	else if (strcmp(word, "move") == 0)
		phase(word, true, lifetime / MH_LIFETIME_UNIT);
	else if (strcmp(word, "deregister") == 0)
		phase(word, false, 0);
	else if (sscanf(line, "odd %15s %u %u", kind, &a, &b) >= 1)
		odd(kind, a, b);
	else if (sscanf(line, "fuzz %u %u", &a, &b) >= 1)
		fuzz(a, b);
	else if (strcmp(word, "quit") == 0)
		exit(0);
	else
		errx(1, "what is \"%s\"?", word);
}

static void
serve(void)
{
	struct pollfd	 p[2] = { { .fd = 0, .events = POLLIN },
	    { .fd = wire_fd, .events = POLLIN } };
	char		 line[128];

	setvbuf(stdin, NULL, _IONBF, 0);
	for (;;) {
		if (poll(p, 2, -1) == -1)
			err(1, "poll");
		if (p[1].revents != 0)
			receive();
		if (p[0].revents == 0)
			continue;
		if (fgets(line, sizeof(line), stdin) == NULL)
			return;
		obey(line);
	}
}

static void
open_sockets(const char *interface)
{
	struct sockaddr_ll	 ll = { .sll_family = AF_PACKET,
	    .sll_protocol = htons(ETH_P_IPV6) };
	struct rlimit		 rl = { n_nodes + 64, n_nodes + 64 };
	int			 size = 64 << 20;
	unsigned int		 i;

	if (setrlimit(RLIMIT_NOFILE, &rl) == -1)
		err(1, "setrlimit");
	if ((ll.sll_ifindex = (int)if_nametoindex(interface)) == 0)
		err(1, "%s", interface);
	wire_fd = socket(AF_PACKET, SOCK_DGRAM, 0);
	if (wire_fd == -1)
		err(1, "socket");
	setsockopt(wire_fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	size = 1;
	setsockopt(wire_fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &size,
	    sizeof(size));
	if (bind(wire_fd, (struct sockaddr *)&ll, sizeof(ll)) == -1)
		err(1, "bind");
	for (i = 0; i < n_nodes; i++)
		if ((nodes[i].fd = socket(AF_INET6, SOCK_RAW,
		    IPPROTO_RAW)) == -1)
			err(1, "socket");
}

int
main(int argc, char *argv[])
{
	const char	*interface = NULL;
	bool		 conf = false;
	unsigned int	 i;
	int		 c;

	must("2001:db8:1::1", &agent);
	must("2001:db8:1::", &home_net);
	must("2001:db8:f1::", &coa_net);
	while ((c = getopt(argc, argv, "Ca:c:f:h:i:jl:n:r:w:")) != -1)
		switch (c) {
		case 'C': conf = true; break;
		case 'a': must(optarg, &agent); break;
		case 'c': must(optarg, &coa_net); break;
		case 'f': first = (unsigned int)atoi(optarg); break;
		case 'h': must(optarg, &home_net); break;
		case 'i': interface = optarg; break;
		case 'j': json = true; break;
		case 'l': lifetime = (unsigned int)atoi(optarg); break;
		case 'n': n_nodes = (unsigned int)atoi(optarg); break;
		case 'r': rate = (unsigned int)atoi(optarg); break;
		case 'w': window = (unsigned int)atoi(optarg); break;
		default: errx(1, "see the head of mnload.c");
		}
	if (n_nodes == 0 || first + n_nodes > 65536 || rate == 0)
		errx(1, "1 to 65536 nodes");
	if (window == 0)
		window = n_nodes;
	nodes = calloc(n_nodes, sizeof(*nodes));
	times = calloc(n_nodes + 1, sizeof(*times));
	auth = mhauth_new();
	if (nodes == NULL || times == NULL || auth == NULL)
		errx(1, "out of memory");
	generation = 1;
	seed = (uint64_t)time(NULL);
	for (i = 0; i < n_nodes; i++)
		node_init(&nodes[i], i);
	if (conf) {
		print_conf();
		return (0);
	}
	if (interface == NULL)
		errx(1, "-i is missing");
	open_sockets(interface);
	serve();
	return (0);
}

/*
 * net/raw.c where there is no socket for whole packets, as on the BSDs.  What
 * a kernel refuses is sent in another way, or counted.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <arpa/inet.h>

#include <atf-c.h>
#include <errno.h>
#include <string.h>

static ssize_t	 test_sendmsg(int, const struct msghdr *, int);
#define sendmsg	test_sendmsg
#include "net/output.c"
#include "net/raw.c"
#undef sendmsg

#define LINK	3

static struct output	 out;
static unsigned int	 sent, refused_with, by[4];
static struct in6_addr	 from;

/* FreeBSD: an address of another interface can't be sent from by this one. */
static ssize_t
test_sendmsg(int fd, const struct msghdr *h, int flags)
{
	struct in6_pktinfo	 info;

	(void)flags;
	ATF_CHECK_EQ(fd, 10);
	memcpy(&info, CMSG_DATA(CMSG_FIRSTHDR(h)), sizeof(info));
	from = info.ipi6_addr;
	ATF_REQUIRE(sent < 4);
	by[sent++] = info.ipi6_ifindex;
	if (info.ipi6_ifindex == 0)
		return (1);
	errno = (int)refused_with;
	return (-1);
}

static unsigned int	 failures;
static int		 failed_by;

static void
on_failed(void *arg, const uint8_t *p, size_t len, int error)
{
	(void)arg;
	(void)p;
	(void)len;
	failures++;
	failed_by = error;
}

static int
on_link(void *arg, const uint8_t *p, size_t len, uint32_t ifindex)
{
	(void)arg;
	(void)p;
	(void)len;
	(void)ifindex;
	return (EINVAL);
}

/* A Mobility Header from home to the agent by the link. */
static void
send_update(void)
{
	static uint8_t	 p[IP6_HDRLEN + 16];

	memset(p, 0, sizeof(p));
	p[0] = 0x60;
	p[5] = 16;
	p[6] = IP6_P_MH;
	p[7] = 64;
	ATF_REQUIRE_EQ(inet_pton(AF_INET6, "2001:db8:1::100", p + 8), 1);
	ATF_REQUIRE_EQ(inet_pton(AF_INET6, "2001:db8:1::1", p + 24), 1);
	p[40] = IP6_P_NONE;
	p[41] = 1;
	output_init(&out, &raw_mh_row, on_failed, on_link, NULL);
	out.raw[IP6_P_MH] = 10;
	output_add(&out, p, sizeof(p), LINK, true);
	output_flush(&out);
}

ATF_TC_WITHOUT_HEAD(on_the_tun);
ATF_TC_BODY(on_the_tun, tc)
{
	struct in6_addr	 home;

	refused_with = EADDRNOTAVAIL;
	send_update();
	ATF_CHECK_EQ(failures, 0);
	ATF_REQUIRE_EQ(sent, 2);
	ATF_CHECK_EQ(by[0], LINK);
	ATF_CHECK_EQ(by[1], 0);
	ATF_REQUIRE_EQ(inet_pton(AF_INET6, "2001:db8:1::100", &home), 1);
	ATF_CHECK(in6_eq(&from, &home));
}

/* Anything else is no reason to send it another way. */
ATF_TC_WITHOUT_HEAD(no_route);
ATF_TC_BODY(no_route, tc)
{
	refused_with = EHOSTUNREACH;
	send_update();
	ATF_CHECK_EQ(failures, 1);
	ATF_CHECK_EQ(failed_by, EHOSTUNREACH);
	ATF_CHECK_EQ(sent, 1);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, on_the_tun);
	ATF_TP_ADD_TC(tp, no_route);
	return (atf_no_error());
}

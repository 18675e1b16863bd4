/*
 * kern/linux_nl: each result reaches its request, dumps in between or not, and
 * what is not the kernel's is not believed, neither there nor in linux_nft.
 */
#include <sys/socket.h>

#include <atf-c.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

/* For how it reads an answer. */
#include "kern/linux_nft.c"
#include "kern/linux_nl.h"

static unsigned int	 ndone;
static uint32_t		 ids[8];
static int		 errors[8];

static void
done(void *arg, uint32_t id, int error)
{
	(void)arg;
	ids[ndone] = id;
	errors[ndone++] = error;
}

static void
acknowledge(int fd, uint32_t seq, int error)
{
	struct {
		struct nlmsghdr	 h;
		struct nlmsgerr	 e;
	}		 m;

	memset(&m, 0, sizeof(m));
	m.h.nlmsg_len = sizeof(m);
	m.h.nlmsg_type = NLMSG_ERROR;
	m.h.nlmsg_seq = seq;
	m.e.error = -error;
	ATF_REQUIRE(send(fd, &m, sizeof(m), 0) == sizeof(m));
}

ATF_TC(dump_between);
ATF_TC_HEAD(dump_between, tc)
{
	/* What it is about is a wait without end. */
	atf_tc_set_md_var(tc, "timeout", "10");
}
ATF_TC_BODY(dump_between, tc)
{
	struct ifinfomsg	 body;
	struct nl		 nl;
	int			 sv[2];

	memset(&nl, 0, sizeof(nl));
	memset(&body, 0, sizeof(body));
	ATF_REQUIRE_EQ(socketpair(AF_UNIX, SOCK_DGRAM, 0, sv), 0);
	nl.fd = sv[0];
	ATF_REQUIRE(nl_begin(&nl, RTM_SETLINK, 0, &body, sizeof(body), 11));
	nl.seq += 5;		/* as dumps do */
	ATF_REQUIRE(nl_begin(&nl, RTM_SETLINK, 0, &body, sizeof(body), 12));
	ATF_REQUIRE(nl_begin(&nl, RTM_SETLINK, 0, &body, sizeof(body), 13));
	acknowledge(sv[1], nl.req[0].seq, 0);
	acknowledge(sv[1], nl.req[0].seq + 2, EIO);	/* of no request */
	acknowledge(sv[1], nl.req[1].seq, EEXIST);
	acknowledge(sv[1], nl.req[2].seq, 0);
	ATF_CHECK_EQ(nl_commit(&nl, done, NULL), 0);
	ATF_REQUIRE_EQ(ndone, 3);
	ATF_CHECK_EQ(ids[0], 11);
	ATF_CHECK_EQ(ids[1], 12);
	ATF_CHECK_EQ(ids[2], 13);
	ATF_CHECK_EQ(errors[0], 0);
	ATF_CHECK_EQ(errors[1], EEXIST);
	ATF_CHECK_EQ(errors[2], 0);
	nl_close(&nl);
	close(sv[1]);
}

struct error {
	struct nlmsghdr	 h;
	struct nlmsgerr	 e;
};

/* From one socket to the other, as if it were the kernel's; or skip. */
static void
forge(int fd, uint32_t to, uint32_t seq, int error)
{
	struct sockaddr_nl	 sa = { .nl_family = AF_NETLINK, .nl_pid = to };
	struct error		 m = { .h = { .nlmsg_len = sizeof(m),
	    .nlmsg_type = NLMSG_ERROR, .nlmsg_seq = seq },
	    .e = { .error = -error } };

	if (sendto(fd, &m, sizeof(m), 0, (struct sockaddr *)&sa,
	    sizeof(sa)) == -1)
		atf_tc_skip("no message to another socket: %s",
		    strerror(errno));
}

/* Only what comes from the kernel is believed; what else comes is counted. */
ATF_TC(forged);
ATF_TC_HEAD(forged, tc)
{
	atf_tc_set_md_var(tc, "timeout", "10");
	/* Nobody else may send to the socket of somebody else. */
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(forged, tc)
{
	struct ifinfomsg	 body;
	struct nl		 nl, other;

	ATF_REQUIRE_EQ(nl_open(&nl), 0);
	ATF_REQUIRE_EQ(nl_open(&other), 0);
	memset(&body, 0, sizeof(body));
	/* An answer to the next request, before it is made. */
	forge(other.fd, nl.port, nl.seq + 1, EXDEV);
	ATF_REQUIRE(nl_begin(&nl, RTM_SETLINK, 0, &body, sizeof(body), 1));
	ndone = 0;
	ATF_CHECK_EQ(nl_commit(&nl, done, NULL), 0);
	ATF_CHECK_EQ(ndone, 1);
	ATF_CHECK(errors[0] != EXDEV);
	ATF_CHECK_EQ(nl.forged, 1);
	nl_close(&nl);
	nl_close(&other);
}

/* The same for the table of the filter. */
ATF_TC(forged_filter);
ATF_TC_HEAD(forged_filter, tc)
{
	atf_tc_set_md_var(tc, "timeout", "30");
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(forged_filter, tc)
{
	struct nft	 n = { .fd = -1, .events = -1 };
	uint32_t	 port;
	int		 other;

	if (open_requests(&n) != 0 || (other = open_socket(false, &port)) == -1)
		atf_tc_skip("no netfilter: %s", strerror(errno));
	forge(other, n.port, 7, EXDEV);
	ATF_CHECK_EQ(answer(&n, 7), ETIMEDOUT);
	ATF_CHECK_EQ(n.forged, 1);
	nft_free(&n);
	close(other);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, dump_between);
	ATF_TP_ADD_TC(tp, forged);
	ATF_TP_ADD_TC(tp, forged_filter);
	return (atf_no_error());
}

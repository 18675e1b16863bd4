/*
 * parent/listen: a path at which somebody answers, or could if it were not
 * stopped, is left alone; one that the dead left is taken.  The sockets are
 * real ones in the directory of the test.
 */
#include <sys/types.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "parent/parent.h"

#define PATH	"mip6d.sock"

static struct conf_socket	 path;
static struct conf		 conf;
static struct parent		 parent;
static char			 why[256];

static int
open_it(void)
{
	snprintf(path.path, sizeof(path.path), "%s", PATH);
	conf.global.sockets = &path;
	conf.global.nsockets = 1;
	parent.conf = &conf;
	listen_init(&parent);
	return (listen_open(&parent, why, sizeof(why)));
}

/* Another's socket, which takes so many connections before it is full. */
static int
another(int backlog)
{
	struct sockaddr_un	 sun = { .sun_family = AF_UNIX };
	int			 fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", PATH);
	ATF_REQUIRE(fd != -1);
	ATF_REQUIRE_EQ(bind(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	ATF_REQUIRE_EQ(listen(fd, backlog), 0);
	return (fd);
}

/* The dead have left a path, which nobody listens at. */
ATF_TC_WITHOUT_HEAD(left);
ATF_TC_BODY(left, tc)
{
	struct stat	 st;

	close(another(1));
	ATF_REQUIRE_EQ(lstat(PATH, &st), 0);
	ATF_REQUIRE_EQ(open_it(), 0);
	listen_close(&parent);
	ATF_CHECK_EQ(lstat(PATH, &st), -1);
}

/* No socket at all: it is somebody's, and stays. */
ATF_TC_WITHOUT_HEAD(file);
ATF_TC_BODY(file, tc)
{
	struct stat	 st;
	int		 fd = open(PATH, O_CREAT | O_WRONLY, 0600);

	ATF_REQUIRE(fd != -1);
	close(fd);
	ATF_CHECK_EQ(open_it(), -1);
	ATF_CHECK_STREQ(why, PATH ": is not a socket");
	ATF_CHECK_EQ(lstat(PATH, &st), 0);
}

/* One lives there. */
ATF_TC_WITHOUT_HEAD(alive);
ATF_TC_BODY(alive, tc)
{
	int	 fd = another(8);

	ATF_CHECK_EQ(open_it(), -1);
	ATF_CHECK_STREQ(why, PATH ": another mip6d is running");
	close(fd);
}

/* It lives, but is stopped, and clients wait: nobody waits for it here. */
ATF_TC_WITHOUT_HEAD(stopped);
ATF_TC_BODY(stopped, tc)
{
	struct sockaddr_un	 sun = { .sun_family = AF_UNIX };
	int			 fd = another(0), clients[64], i, r = 0;

	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", PATH);
	for (i = 0; i < 64 && r == 0; i++) {
		clients[i] = socket(AF_UNIX, SOCK_STREAM, 0);
		ATF_REQUIRE(clients[i] != -1);
		fcntl(clients[i], F_SETFL, O_NONBLOCK);
		r = connect(clients[i], (struct sockaddr *)&sun, sizeof(sun));
	}
	ATF_REQUIRE(r == -1);
	if (errno != EAGAIN)
		atf_tc_skip("here a full queue is one at which nobody answers");
	ATF_CHECK_EQ(open_it(), -1);
	ATF_CHECK_STREQ(why, PATH ": another mip6d is running");
	while (--i >= 0)
		close(clients[i]);
	close(fd);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, left);
	ATF_TP_ADD_TC(tp, file);
	ATF_TP_ADD_TC(tp, alive);
	ATF_TP_ADD_TC(tp, stopped);
	return (atf_no_error());
}

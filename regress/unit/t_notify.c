/*
 * parent/notify: the service manager's socket, by path and by abstract name,
 * and whose watchdog it is.  Nobody may be there, or one that does not read.
 */
#include <sys/types.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <atf-c.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "parent/notify.h"

/* A manager that listens at that address, of so many octets. */
static int
manager(const char *path, size_t len)
{
	struct sockaddr_un	 sun = { .sun_family = AF_UNIX };
	int			 fd;

	memcpy(sun.sun_path, path, len);
	ATF_REQUIRE((fd = socket(AF_UNIX, SOCK_DGRAM, 0)) != -1);
	ATF_REQUIRE_EQ(0, bind(fd, (struct sockaddr *)&sun,
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)));
	return (fd);
}

static void
expect(int fd, const char *text)
{
	char	 buf[1024];
	ssize_t	 n;

	n = recv(fd, buf, sizeof(buf) - 1, MSG_DONTWAIT);
	ATF_REQUIRE(n >= 0);
	buf[n] = '\0';
	ATF_CHECK_STREQ(text, buf);
}

static void
environment(const char *socket_name, const char *usec, long pid)
{
	char	 text[32];

	snprintf(text, sizeof(text), "%ld", pid);
	ATF_REQUIRE_EQ(0, setenv("NOTIFY_SOCKET", socket_name, 1));
	ATF_REQUIRE_EQ(0, setenv("WATCHDOG_USEC", usec, 1));
	ATF_REQUIRE_EQ(0, setenv("WATCHDOG_PID", text, 1));
}

ATF_TC_WITHOUT_HEAD(path);
ATF_TC_BODY(path, tc)
{
	char	 name[1024];
	int	 fd = manager("./m", 3);

	ATF_REQUIRE(getcwd(name, sizeof(name) - 3) != NULL);
	strcat(name, "/m");
	environment(name, "10000000", getpid());
	ATF_CHECK_EQ(10000000, notify_open());
	ATF_CHECK(getenv("NOTIFY_SOCKET") == NULL);
	ATF_CHECK(getenv("WATCHDOG_USEC") == NULL);
	ATF_CHECK(getenv("WATCHDOG_PID") == NULL);
	notify("READY=1\nMAINPID=%d", 17);
	expect(fd, "READY=1\nMAINPID=17");
}

ATF_TC_WITHOUT_HEAD(abstract);
ATF_TC_BODY(abstract, tc)
{
#if defined(__linux__)
	char	 name[64];
	int	 fd;

	snprintf(name, sizeof(name), "@t_notify/%ld", (long)getpid());
	name[0] = '\0';
	fd = manager(name, 1 + strlen(name + 1));
	name[0] = '@';
	environment(name, "10", getpid());
	ATF_CHECK_EQ(10, notify_open());
	notify("STOPPING=1");
	expect(fd, "STOPPING=1");
#else
	atf_tc_skip("addresses without a path are Linux's");
#endif
}

ATF_TC_WITHOUT_HEAD(not_ours);
ATF_TC_BODY(not_ours, tc)
{
	/* Its watchdog is for the one that started us. */
	environment("/nonexistent", "10", getppid());
	ATF_CHECK_EQ(0, notify_open());
	notify("nobody hears %d", 1);
}

ATF_TC_WITHOUT_HEAD(nobody);
ATF_TC_BODY(nobody, tc)
{
	static const char *const	 bad[] = { "", "/", "relative", "@" };
	char				 longest[256];
	size_t				 i;

	unsetenv("NOTIFY_SOCKET");
	ATF_CHECK_EQ(0, notify_open());
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		environment(bad[i], "10", getpid());
		ATF_CHECK_EQ_MSG(0, notify_open(), "%s", bad[i]);
		notify("READY=1");
	}
	memset(longest, 'a', sizeof(longest) - 1);
	longest[0] = '/';
	longest[sizeof(longest) - 1] = '\0';
	environment(longest, "10", getpid());
	ATF_CHECK_EQ(0, notify_open());
}

/* A manager that does not read holds nobody up. */
ATF_TC_WITHOUT_HEAD(full);
ATF_TC_BODY(full, tc)
{
	char	 name[1024];
	int	 i;

	manager("./m", 3);
	ATF_REQUIRE(getcwd(name, sizeof(name) - 3) != NULL);
	strcat(name, "/m");
	environment(name, "10", getpid());
	notify_open();
	for (i = 0; i < 100000; i++)
		notify("WATCHDOG=1");
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, path);
	ATF_TP_ADD_TC(tp, abstract);
	ATF_TP_ADD_TC(tp, not_ours);
	ATF_TP_ADD_TC(tp, nobody);
	ATF_TP_ADD_TC(tp, full);
	return (atf_no_error());
}

/*
 * parent/pidfile: one daemon for each file.  Its lock tells who lives; what
 * the dead left is taken over, and what is no pidfile is left alone.
 */
#include <sys/types.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/mono.h"
#include "parent/pidfile.h"

#define FILE_NAME	"mip6d.pid"

static char	 why[256];

static void
write_file(const char *text)
{
	FILE	*f = fopen(FILE_NAME, "w");

	ATF_REQUIRE(f != NULL);
	fputs(text, f);
	fclose(f);
}

static void
holds(const char *text)
{
	char	 buf[64] = "";
	FILE	*f = fopen(FILE_NAME, "r");

	ATF_REQUIRE(f != NULL);
	ATF_CHECK(fread(buf, 1, sizeof(buf) - 1, f) > 0);
	fclose(f);
	ATF_CHECK_STREQ(buf, text);
}

static void
holds_us(void)
{
	char	 buf[32];

	snprintf(buf, sizeof(buf), "%ld\n", (long)getpid());
	holds(buf);
}

/* A process that holds the file until end() or it is killed. */
static pid_t
other(int *fd)
{
	int	 up[2], down[2];
	char	 c = 0;
	pid_t	 pid;

	ATF_REQUIRE(pipe(up) == 0 && pipe(down) == 0);
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		int	 lock = pidfile_take(FILE_NAME, why, sizeof(why));

		close(down[1]);
		if (write(up[1], lock == -1 ? "n" : "y", 1) == 1 &&
		    read(down[0], &c, 1) == 0)
			pidfile_leave(lock, FILE_NAME);
		_exit(0);
	}
	close(up[1]);
	close(down[0]);
	ATF_REQUIRE(read(up[0], &c, 1) == 1);
	close(up[0]);
	ATF_REQUIRE_EQ(c, 'y');
	*fd = down[1];
	return (pid);
}

ATF_TC_WITHOUT_HEAD(life);
ATF_TC_BODY(life, tc)
{
	int	 fd;

	ATF_CHECK_EQ(pidfile_holder(FILE_NAME, why, sizeof(why)), 0);
	ATF_REQUIRE((fd = pidfile_take(FILE_NAME, why, sizeof(why))) != -1);
	holds_us();
	ATF_CHECK_EQ(pidfile_holder(FILE_NAME, why, sizeof(why)), getpid());
	pidfile_leave(fd, FILE_NAME);
	ATF_CHECK_EQ(access(FILE_NAME, F_OK), -1);
	ATF_CHECK_EQ(pidfile_holder(FILE_NAME, why, sizeof(why)), 0);
}

ATF_TC_WITHOUT_HEAD(second);
ATF_TC_BODY(second, tc)
{
	char	 want[256];
	pid_t	 pid;
	int	 down, status;

	pid = other(&down);
	ATF_CHECK_EQ(pidfile_take(FILE_NAME, why, sizeof(why)), -1);
	snprintf(want, sizeof(want), "another mip6d is running, pid %ld: it "
	    "holds %s", (long)pid, FILE_NAME);
	ATF_CHECK_STREQ(why, want);
	snprintf(want, sizeof(want), "%ld\n", (long)pid);
	holds(want);
	close(down);
	waitpid(pid, &status, 0);
	ATF_CHECK(pidfile_take(FILE_NAME, why, sizeof(why)) != -1);
	holds_us();
}

/* One that was killed left its number and no lock. */
ATF_TC_WITHOUT_HEAD(stale);
ATF_TC_BODY(stale, tc)
{
	pid_t	 pid;
	int	 down, fd, status;

	pid = other(&down);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	ATF_CHECK_EQ(access(FILE_NAME, F_OK), 0);
	ATF_CHECK_EQ(pidfile_holder(FILE_NAME, why, sizeof(why)), 0);
	ATF_CHECK_EQ(pidfile_signal(FILE_NAME, SIGTERM, why, sizeof(why)), 0);
	ATF_REQUIRE((fd = pidfile_take(FILE_NAME, why, sizeof(why))) != -1);
	holds_us();
	pidfile_leave(fd, FILE_NAME);
}

/* What is executed does not keep the lock. */
ATF_TC_WITHOUT_HEAD(not_inherited);
ATF_TC_BODY(not_inherited, tc)
{
	int	 fd;

	ATF_REQUIRE((fd = pidfile_take(FILE_NAME, why, sizeof(why))) != -1);
	ATF_CHECK((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
	pidfile_leave(fd, FILE_NAME);
}

/* What was removed and made again belongs to who made it. */
ATF_TC_WITHOUT_HEAD(replaced);
ATF_TC_BODY(replaced, tc)
{
	int	 fd;

	ATF_REQUIRE((fd = pidfile_take(FILE_NAME, why, sizeof(why))) != -1);
	ATF_REQUIRE_EQ(unlink(FILE_NAME), 0);
	write_file("4711\n");
	pidfile_leave(fd, FILE_NAME);
	holds("4711\n");
}

ATF_TC_WITHOUT_HEAD(refused);
ATF_TC_BODY(refused, tc)
{
	static const char *const	 texts[] = { "root:x:0:0\n", "12",
	    "0\n", "-5\n", " 12\n", "12 \n", "99999999999\n",
	    "000000000000000000000000000000001\n" };
	size_t				 i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		write_file(texts[i]);
		ATF_CHECK_EQ(pidfile_take(FILE_NAME, why, sizeof(why)), -1);
		ATF_CHECK_MSG(strstr(why, "holds something else") != NULL,
		    "%s: %s", texts[i], why);
		holds(texts[i]);
	}
	ATF_REQUIRE_EQ(unlink(FILE_NAME), 0);
	ATF_REQUIRE_EQ(mkdir(FILE_NAME, 0755), 0);
	ATF_CHECK_EQ(pidfile_take(FILE_NAME, why, sizeof(why)), -1);
	ATF_REQUIRE_EQ(rmdir(FILE_NAME), 0);
	ATF_REQUIRE_EQ(mkfifo(FILE_NAME, 0600), 0);
	ATF_CHECK_EQ(pidfile_take(FILE_NAME, why, sizeof(why)), -1);
	ATF_CHECK_MSG(strstr(why, "plain file") != NULL, "%s", why);
	ATF_REQUIRE_EQ(unlink(FILE_NAME), 0);
	ATF_REQUIRE_EQ(symlink("elsewhere", FILE_NAME), 0);
	ATF_CHECK_EQ(pidfile_take(FILE_NAME, why, sizeof(why)), -1);
	ATF_CHECK_EQ(access("elsewhere", F_OK), -1);
	ATF_CHECK_EQ(pidfile_take("no/such/mip6d.pid", why, sizeof(why)), -1);
	ATF_CHECK_STREQ(why, "pidfile no/such/mip6d.pid: No such file or "
	    "directory");
}

/* One that ends lets go: who waits for it, or starts meanwhile, gets it. */
ATF_TC_WITHOUT_HEAD(ending);
ATF_TC_BODY(ending, tc)
{
	pid_t	 pid;
	int	 down, status;

	pid = other(&down);
	ATF_CHECK(!pidfile_wait(FILE_NAME, pid, MS(50)));
	ATF_CHECK_EQ(pidfile_signal(FILE_NAME, 0, why, sizeof(why)), pid);
	close(down);
	ATF_CHECK(pidfile_wait(FILE_NAME, pid, SEC(10)));
	waitpid(pid, &status, 0);
	ATF_CHECK_EQ(access(FILE_NAME, F_OK), -1);
}

ATF_TC_WITHOUT_HEAD(place);
ATF_TC_BODY(place, tc)
{
	struct conf_socket	 s = { .path = CONF_SOCKET };
	struct conf_global	 g = { .nsockets = 0 };
	char			 path[256];

	pidfile_path(NULL, &g, path, sizeof(path));
	ATF_CHECK_STREQ(path, "/var/run/mip6d.pid");
	g.sockets = &s;
	g.nsockets = 1;
	pidfile_path(NULL, &g, path, sizeof(path));
	ATF_CHECK_STREQ(path, "/var/run/mip6d.pid");
	strcpy(s.path, "/run/a.sock");
	pidfile_path(NULL, &g, path, sizeof(path));
	ATF_CHECK_STREQ(path, "/run/a.sock.pid");
	strcpy(g.pidfile, "/run/b.pid");
	pidfile_path(NULL, &g, path, sizeof(path));
	ATF_CHECK_STREQ(path, "/run/b.pid");
	pidfile_path("/run/c.pid", &g, path, sizeof(path));
	ATF_CHECK_STREQ(path, "/run/c.pid");
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, life);
	ATF_TP_ADD_TC(tp, second);
	ATF_TP_ADD_TC(tp, stale);
	ATF_TP_ADD_TC(tp, not_inherited);
	ATF_TP_ADD_TC(tp, replaced);
	ATF_TP_ADD_TC(tp, refused);
	ATF_TP_ADD_TC(tp, ending);
	ATF_TP_ADD_TC(tp, place);
	return (atf_no_error());
}

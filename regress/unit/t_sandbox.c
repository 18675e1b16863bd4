/*
 * core/sandbox: two processes of one user, both confined as children of the
 * daemon are.  What the one tries on the other is refused, call by call, and
 * what a process does to itself works.
 */
#include <sys/types.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if defined(__linux__)
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sched.h>
#include <time.h>
#endif

#include "core/sandbox.h"

static pid_t	 victim;
static int	 pipe_fd;	/* that one's end of a pair of sockets */

static void
enter(char *level, size_t cap)
{
	sandbox_enter(ROLE_CN, level, cap);
}

/* A process that waits, confined; until its pipe is closed. */
static void
start_victim(void)
{
	int	 sv[2];
	char	 level[128], c;

	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
	ATF_REQUIRE((victim = fork()) != -1);
	if (victim == 0) {
		close(sv[0]);
		enter(level, sizeof(level));
		if (write(sv[1], "r", 1) != 1 || read(sv[1], &c, 1) != 0)
			_exit(1);
		_exit(0);
	}
	close(sv[1]);
	ATF_REQUIRE_EQ(1, read(sv[0], &c, 1));
	pipe_fd = sv[0];
}

static int	 kill_it(void) { return (kill(victim, SIGKILL)); }
static int	 stop_it(void) { return (kill(victim, SIGSTOP)); }
static int	 probe(void) { return (kill(victim, 0)); }
/* Signal 0: were these allowed, they would not end at the victim. */
static int	 kill_group(void) { return (kill(0, 0)); }
static int	 kill_all(void) { return (kill(-1, 0)); }
static int
set_owner(void)
{
	return (fcntl(pipe_fd, F_SETOWN, victim));
}

static int
set_owner_ioctl(void)
{
	int	 pid = victim;

	return (ioctl(pipe_fd, FIOSETOWN, &pid));
}

static int
no_fork(void)
{
	pid_t	 pid = fork();

	if (pid == 0)
		_exit(0);
	return (pid == -1 ? -1 : 0);
}

static int
priority(void)
{
	return (setpriority(PRIO_PROCESS, (id_t)victim, 10));
}

static int
priority_user(void)
{
	return (setpriority(PRIO_USER, 0, 0));
}

#if defined(__linux__)
static int	 sigio(void) { return (fcntl(pipe_fd, F_SETSIG, SIGKILL)); }
static int	 tkill_it(void) { return ((int)syscall(SYS_tkill, victim, 9)); }

static int
tgkill_it(void)
{
	return ((int)syscall(SYS_tgkill, victim, victim, 9));
}

static int
pidfd(void)
{
	return ((int)syscall(SYS_pidfd_open, victim, 0));
}

static int
x32(void)
{
	return ((int)syscall(0x40000000 + 62, victim, 9));
}

static int
queue(void)
{
	siginfo_t	 si;

	memset(&si, 0, sizeof(si));
	si.si_code = SI_QUEUE;
	si.si_signo = SIGKILL;
	return ((int)syscall(SYS_rt_sigqueueinfo, victim, SIGKILL, &si));
}

static int
queue_thread(void)
{
	siginfo_t	 si;

	memset(&si, 0, sizeof(si));
	si.si_code = SI_QUEUE;
	si.si_signo = SIGKILL;
	return ((int)syscall(SYS_rt_tgsigqueueinfo, victim, victim, SIGKILL,
	    &si));
}

static int
pidfd_signal(void)
{
	return ((int)syscall(SYS_pidfd_send_signal, pipe_fd, SIGKILL, NULL, 0));
}

static int
owner_ex(void)
{
	struct f_owner_ex	 o = { F_OWNER_PID, victim };

	return (fcntl(pipe_fd, F_SETOWN_EX, &o));
}

static int
affinity(void)
{
	cpu_set_t	 set;

	CPU_ZERO(&set);
	CPU_SET(0, &set);
	return (sched_setaffinity(victim, sizeof(set), &set));
}

static int
scheduler(void)
{
	struct sched_param	 p = { 0 };

	return (sched_setscheduler(victim, SCHED_BATCH, &p));
}

static int
limit(void)
{
	struct rlimit	 l = { 0, 0 };

	return (prlimit(victim, RLIMIT_CPU, &l, NULL));
}

static int
io_priority(void)
{
	return ((int)syscall(SYS_ioprio_set, 1, victim, 3 << 13));
}

static int
read_memory(void)
{
	return ((int)syscall(SYS_process_vm_readv, victim, NULL, 0, NULL, 0,
	    0));
}

static int
compare(void)
{
	return ((int)syscall(SYS_kcmp, victim, getpid(), 0, 0, 0));
}

static int
move(void)
{
	return ((int)syscall(SYS_move_pages, victim, 0, NULL, NULL, NULL, 0));
}

static int
shared_memory(void)
{
	return ((int)syscall(SYS_shmget, 0x6d697036, 4096, 01666));
}

static int
type_a_key(void)
{
	return (ioctl(pipe_fd, TIOCSTI, "\003"));
}
#endif

struct attempt {
	const char	*name;
	int		(*fn)(void);
	bool		 signal;	/* one that Landlock refuses alone */
};

static const struct attempt	 attempts[] = {
	{ "kill", kill_it, true },
	{ "kill, stop", stop_it, true },
	{ "kill, is it there", probe, true },
	{ "kill of the group", kill_group, false },
	{ "kill of all", kill_all, false },
	{ "fcntl F_SETOWN", set_owner, false },
	{ "ioctl FIOSETOWN", set_owner_ioctl, false },
	{ "setpriority", priority, false },
	{ "setpriority of the user", priority_user, false },
	{ "fork", no_fork, false },
#if defined(__linux__)
	{ "fcntl F_SETSIG", sigio, false },
	{ "fcntl F_SETOWN_EX", owner_ex, false },
	{ "tkill", tkill_it, true },
	{ "tgkill", tgkill_it, true },
	{ "pidfd_open", pidfd, false },
	{ "pidfd_send_signal", pidfd_signal, false },
	{ "rt_sigqueueinfo", queue, true },
	{ "rt_tgsigqueueinfo", queue_thread, true },
#if defined(__x86_64__)
	{ "kill of the x32 interface", x32, false },
#endif
	{ "sched_setaffinity", affinity, false },
	{ "sched_setscheduler", scheduler, false },
	{ "prlimit", limit, false },
	{ "ioprio_set", io_priority, false },
	{ "process_vm_readv", read_memory, false },
	{ "kcmp", compare, false },
	{ "move_pages", move, false },
	{ "shmget", shared_memory, false },
	{ "ioctl TIOCSTI", type_a_key, false },
#endif
};

#define N_ATTEMPTS	(sizeof(attempts) / sizeof(attempts[0]))

/* Capsicum leaves these; the signals of the first two are ignored at first. */
static bool
is_left(const struct attempt *a)
{
#if defined(__FreeBSD__)
	return (a->fn == set_owner || a->fn == set_owner_ioctl ||
	    a->fn == priority || a->fn == priority_user);
#else
	(void)a;
	return (false);
#endif
}

static bool
is_refusal(const struct attempt *a, int error)
{
#if defined(ECAPMODE)
	if (error == ECAPMODE)
		return (true);
#endif
	return (error == EPERM || (a->fn == no_fork && error == EAGAIN));
}

/*
 * In a process of its own, confined by `confine': each attempt must be refused
 * (a fork beyond the limit is, with EAGAIN).  Which was not is printed.
 */
static void
attack(void (*confine)(char *, size_t), bool signals_alone)
{
	char	 level[128];
	size_t	 i;
	int	 status, bad = 0;
	pid_t	 pid;

	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		/* Its own group: what a mistake here would stop. */
		setpgid(0, 0);
		confine(level, sizeof(level));
		for (i = 0; i < N_ATTEMPTS; i++) {
			if ((signals_alone && !attempts[i].signal) ||
			    is_left(&attempts[i]))
				continue;
			errno = 0;
			if (attempts[i].fn() == -1 &&
			    is_refusal(&attempts[i], errno))
				continue;
			dprintf(STDOUT_FILENO, "%s: %s\n", attempts[i].name,
			    errno == 0 ? "allowed" : strerror(errno));
			bad = 1;
		}
		_exit(bad);
	}
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, WUNTRACED));
	ATF_CHECK_MSG(WIFEXITED(status) && WEXITSTATUS(status) == 0,
	    "not all were refused (status %x)", (unsigned int)status);
	/* And the other one has felt nothing. */
	ATF_CHECK_EQ(0, waitpid(victim, &status, WNOHANG | WUNTRACED));
}

static void
end_victim(void)
{
	int	 status;

	int	 mine = getpriority(PRIO_PROCESS, 0);

	/* That of ours, as it was born with. */
	errno = 0;
	ATF_CHECK_EQ(mine, getpriority(PRIO_PROCESS, (id_t)victim));
	ATF_CHECK_EQ(0, errno);
	close(pipe_fd);
	ATF_REQUIRE_EQ(victim, waitpid(victim, &status, 0));
	ATF_CHECK_MSG(WIFEXITED(status) && WEXITSTATUS(status) == 0,
	    "it ended with status %x", (unsigned int)status);
}

/* What this system reaches; a test of what it can't makes no sense. */
static void
need_no_signals(void)
{
	char	 level[128];
	int	 status;
	pid_t	 pid;

	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		enter(level, sizeof(level));
		_exit(strstr(level, SANDBOX_NO_SIGNALS) == NULL);
	}
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	ATF_REQUIRE(WIFEXITED(status));
	if (WEXITSTATUS(status) != 0)
		atf_tc_skip("this system does not keep processes of one user "
		    "from signalling each other");
}

ATF_TC_WITHOUT_HEAD(others);
ATF_TC_BODY(others, tc)
{
	need_no_signals();
	start_victim();
	attack(enter, false);
	end_victim();
}

#if defined(__linux__)

static void
seccomp_alone(char *level, size_t cap)
{
	(void)level;
	(void)cap;
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (!sandbox_seccomp(false))
		_exit(2);
}

static void
landlock_alone(char *level, size_t cap)
{
	bool	 scoped;

	(void)level;
	(void)cap;
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (!sandbox_landlock(false, &scoped) || !scoped)
		_exit(2);
}

ATF_TC_WITHOUT_HEAD(others_seccomp);
ATF_TC_BODY(others_seccomp, tc)
{
	start_victim();
	attack(seccomp_alone, false);
	end_victim();
}

ATF_TC_WITHOUT_HEAD(others_landlock);
ATF_TC_BODY(others_landlock, tc)
{
	if (syscall(444, NULL, 0, 1) < 6)
		atf_tc_skip("Landlock of this kernel has no scope for signals");
	start_victim();
	attack(landlock_alone, true);
	end_victim();
}

#endif

static void	 do_abort(void) { abort(); }
static void	 do_raise(void) { raise(SIGTERM); }
static void	 do_kill(void) { kill(getpid(), SIGUSR1); }

/* A process can still end itself, as an assertion that fails does. */
ATF_TC_WITHOUT_HEAD(itself);
ATF_TC_BODY(itself, tc)
{
	static const struct {
		void	(*fn)(void);
		int	 sig;
	} rows[] = {
		{ do_abort, SIGABRT }, { do_raise, SIGTERM },
		{ do_kill, SIGUSR1 },
	};
	struct rlimit	 l;
	char		 level[128];
	size_t		 i;
	pid_t		 pid;
	int		 status;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ATF_REQUIRE((pid = fork()) != -1);
		if (pid == 0) {
			enter(level, sizeof(level));
			/* Descriptors and limits of its own are its own. */
			if (fcntl(0, F_GETFL) == -1 ||
			    getrlimit(RLIMIT_NOFILE, &l) == -1)
				_exit(1);
			rows[i].fn();
			_exit(0);
		}
		ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
		ATF_CHECK_MSG(WIFSIGNALED(status) &&
		    WTERMSIG(status) == rows[i].sig, "row %zu: status %x", i,
		    (unsigned int)status);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, others);
#if defined(__linux__)
	ATF_TP_ADD_TC(tp, others_seccomp);
	ATF_TP_ADD_TC(tp, others_landlock);
#endif
	ATF_TP_ADD_TC(tp, itself);
	return (atf_no_error());
}

/*
 * Linux: running one of an administrator's programs with fixed words, as root
 * and therefore with a time limit.  What it reads and writes are files in
 * memory, so that nobody waits for anybody but for its end.
 */
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/log.h"
#include "kern/linux_run.h"

#define RUN_TIME	SEC(5)		/* of a program; it is killed then */
#define RUN_AGAIN	SEC(30)		/* after one had to be */
#define RUN_LOOK	2		/* ms */

static struct mono	 again;		/* when a program may be run */

const char	*linux_program_dirs[LINUX_PROGRAM_DIRS] = { "/usr/sbin",
    "/sbin", "/usr/local/sbin", "/usr/bin" };

/*
 * The path of a program that an administrator has, or NULL.  It is valid until
 * the next call.
 */
const char *
linux_find_program(const char *name)
{
	static char	 path[64];
	size_t		 i;

	for (i = 0; i < LINUX_PROGRAM_DIRS; i++) {
		snprintf(path, sizeof(path), "%s/%s", linux_program_dirs[i],
		    name);
		if (access(path, X_OK) == 0)
			return (path);
	}
	return (NULL);
}

/*
 * Its exit status, or -1: it had to be killed.  It is not waited for then, as
 * it may be stuck in the kernel: it is collected like any child that ends.
 */
static int
end_of(pid_t pid)
{
	struct timespec	 nap = { 0, RUN_LOOK * NS_PER_MS };
	struct mono	 end = mono_add(mono_now(), RUN_TIME);
	int		 status;
	pid_t		 r;

	while ((r = waitpid(pid, &status, WNOHANG)) != pid) {
		if (r == -1 && errno != EINTR)
			return (-1);
		if (!mono_before(mono_now(), end)) {
			kill(pid, SIGKILL);
			return (-1);
		}
		nanosleep(&nap, NULL);
	}
	return (WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

/* After one that hung none is run for a while: is that over? */
bool
linux_can_run(void)
{
	return (!mono_before(mono_now(), again));
}

/* What the child has as that descriptor: a file, or nothing. */
static void
give(posix_spawn_file_actions_t *fa, int as, int fd, int flags)
{
	if (fd != -1)
		posix_spawn_file_actions_adddup2(fa, fd, as);
	else
		posix_spawn_file_actions_addopen(fa, as, "/dev/null", flags,
		    0);
}

static pid_t
spawn(const char *const *argv, int in, int out)
{
	static char *const		 env[] = { NULL };
	posix_spawn_file_actions_t	 fa;
	pid_t				 pid;
	int				 e;

	posix_spawn_file_actions_init(&fa);
	give(&fa, STDIN_FILENO, in, O_RDONLY);
	give(&fa, STDOUT_FILENO, out, O_WRONLY);
	give(&fa, STDERR_FILENO, -1, O_WRONLY);
	e = posix_spawn(&pid, argv[0], &fa, NULL,
	    (char *const *)(uintptr_t)argv, env);
	posix_spawn_file_actions_destroy(&fa);
	return (e == 0 ? pid : -1);
}

/*
 * Run the program argv[0], a path, with these words up to NULL; it reads from
 * in and writes to out, either may be -1.  Its exit status, or -1: it did not
 * start, crashed or hung, or another one did less than half a minute ago.
 */
int
linux_run(const char *const *argv, int in, int out)
{
	pid_t	 pid;
	int	 status;

	if (!linux_can_run() || (pid = spawn(argv, in, out)) == -1)
		return (-1);
	if ((status = end_of(pid)) == -1) {
		log_warn("%s hangs or crashes, it is not run for %d s",
		    argv[0], (int)(RUN_AGAIN / NS_PER_SEC));
		again = mono_add(mono_now(), RUN_AGAIN);
	}
	return (status);
}

/*
 * inject PID OTHER [CALL]: make a running process call socket(2), execve(2),
 * open(2), ptrace(2), and signal the other process, and print what it got.  So
 * a test sees from outside what a sandbox refuses.  Exit status 0: all were
 * refused, but for that call, which was not.
 * Linux, x86-64.
 */
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SYSCALL_INSN	0x050f
#define SCRATCH		1024	/* below the stack pointer and its red zone */

static long
call(pid_t pid, long nr, long a, long b, long c)
{
	struct user_regs_struct	 saved, regs;
	long			 text;
	int			 status;

	if (ptrace(PTRACE_GETREGS, pid, 0, &saved) == -1)
		err(2, "getregs");
	errno = 0;
	text = ptrace(PTRACE_PEEKTEXT, pid, saved.rip, 0);
	if (errno != 0 || ptrace(PTRACE_POKETEXT, pid, saved.rip,
	    (text & ~0xffffL) | SYSCALL_INSN) == -1)
		err(2, "poke");
	regs = saved;
	regs.rax = (unsigned long)nr;
	regs.orig_rax = (unsigned long)-1;	/* no restart of the old one */
	regs.rdi = (unsigned long)a;
	regs.rsi = (unsigned long)b;
	regs.rdx = (unsigned long)c;
	regs.r10 = 0;
	if (ptrace(PTRACE_SETREGS, pid, 0, &regs) == -1 ||
	    ptrace(PTRACE_SINGLESTEP, pid, 0, 0) == -1 ||
	    waitpid(pid, &status, 0) == -1 || !WIFSTOPPED(status))
		err(2, "step");
	if (ptrace(PTRACE_GETREGS, pid, 0, &regs) == -1 ||
	    ptrace(PTRACE_POKETEXT, pid, saved.rip, text) == -1 ||
	    ptrace(PTRACE_SETREGS, pid, 0, &saved) == -1)
		err(2, "restore");
	return ((long)regs.rax);
}

static long
put_string(pid_t pid, const char *s)
{
	struct user_regs_struct	 regs;
	long			 word = 0, at;

	if (ptrace(PTRACE_GETREGS, pid, 0, &regs) == -1)
		err(2, "getregs");
	at = (long)((regs.rsp - SCRATCH) & ~7UL);
	memcpy(&word, s, strlen(s));
	if (ptrace(PTRACE_POKEDATA, pid, at, word) == -1)
		err(2, "scratch");
	return (at);
}

int
main(int argc, char **argv)
{
	int	 status, bad = 0;
	size_t	 i;
	long	 r, root, other;
	pid_t	 pid;

	if (argc != 3 && argc != 4)
		errx(2, "usage: inject pid other [call]");
	other = atol(argv[2]);
	pid = (pid_t)atoi(argv[1]);
	if (ptrace(PTRACE_ATTACH, pid, 0, 0) == -1 ||
	    waitpid(pid, &status, 0) == -1)
		err(2, "attach %d", (int)pid);
	root = put_string(pid, "/");
	struct { const char *name; long nr, a, b, c; } calls[] = {
		{ "socket", SYS_socket, AF_INET6, SOCK_DGRAM, 0 },
		{ "socket_unix", SYS_socket, AF_UNIX, SOCK_STREAM, 0 },
		{ "execve", SYS_execve, root, 0, 0 },
		{ "open", SYS_open, root, O_RDONLY, 0 },
		{ "openat", SYS_openat, AT_FDCWD, root, O_RDONLY },
		{ "ptrace", SYS_ptrace, PTRACE_TRACEME, 0, 0 },
		{ "setuid", SYS_setuid, 0, 0, 0 },
		{ "kill", SYS_kill, other, 0, 0 },
		{ "tgkill", SYS_tgkill, other, other, 0 },
		{ "setpriority", SYS_setpriority, PRIO_PROCESS, other, 1 },
		{ "fork", SYS_fork, 0, 0, 0 },
	};
	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		r = call(pid, calls[i].nr, calls[i].a, calls[i].b, calls[i].c);
		printf("%s %s\n", calls[i].name, r == -EPERM || r == -EACCES ?
		    "refused" : r < 0 ? strerror((int)-r) : "ALLOWED");
		if (argc == 4 && strcmp(calls[i].name, argv[3]) == 0)
			bad |= r < 0;
		else
			bad |= r != -EPERM && r != -EACCES;
	}
	ptrace(PTRACE_DETACH, pid, 0, 0);
	return (bad);
}

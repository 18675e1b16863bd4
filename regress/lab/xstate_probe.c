/*
 * Writes a child's extended registers as User-Mode Linux does, with a buffer
 * that is shorter than the CPU's xstate.  Exit status: 0 accepted, 1 refused,
 * 77 this CPU has no xstate that is longer.
 */
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include <elf.h>
#include <err.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

/* x87 and SSE state (512) and the XSAVE header (64). */
#define SHORT_LENGTH	576

int
main(void)
{
	static uint8_t	 buf[65536], again[65536];
	struct iovec	 iov = { buf, sizeof(buf) };
	pid_t		 pid;
	int		 ok;

	if ((pid = fork()) == -1)
		err(2, "fork");
	if (pid == 0) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		_exit(0);
	}
	if (waitpid(pid, NULL, 0) == -1 ||
	    ptrace(PTRACE_GETREGSET, pid, (void *)NT_X86_XSTATE, &iov) == -1)
		err(2, "PTRACE_GETREGSET");
	if (iov.iov_len <= SHORT_LENGTH)
		return (77);

	/* A value to be found again: the first SSE register. */
	memset(buf + 160, 0xa5, 16);
	buf[512] |= 3;
	iov.iov_len = SHORT_LENGTH;
	ok = ptrace(PTRACE_SETREGSET, pid, (void *)NT_X86_XSTATE, &iov) == 0;
	if (ok) {
		iov.iov_base = again;
		iov.iov_len = sizeof(again);
		if (ptrace(PTRACE_GETREGSET, pid, (void *)NT_X86_XSTATE,
		    &iov) == -1)
			err(2, "PTRACE_GETREGSET");
		if (memcmp(again + 160, buf + 160, 16) != 0)
			errx(2, "the registers were not written");
	}
	kill(pid, SIGKILL);
	return (ok ? 0 : 1);
}

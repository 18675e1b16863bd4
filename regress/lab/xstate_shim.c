/*
 * Preloaded into User-Mode Linux on x86-64.
 *
 * UML saves and restores the extended registers of its processes with
 * ptrace(PTRACE_SETREGSET, NT_X86_XSTATE) and a buffer of fixed size that
 * ends with the PKRU component.  The host kernel refuses a buffer that is
 * shorter than the CPU's whole xstate; on a CPU with AMX UML then dies with
 * "ptrace set fp regs failed".  So such a buffer is completed here.
 *
 * Reading needs no help: the host truncates what it gives to the buffer.
 */
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>

#include <elf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

/* XSTATE_BV, the first word of the XSAVE header (Intel SDM 1, 13.4.2). */
#define XSTATE_BV_OFFSET	512
/* x87 to PKRU (bits 0 to 9): the components that lie inside UML's buffer. */
#define XSTATE_BV_UML		0x3ffULL

long	 ptrace(enum __ptrace_request, ...);

static long
set_xstate(pid_t pid, struct iovec *uml)
{
	/*
	 * UML calls us on a kernel stack of a few pages.  It has one thread
	 * that traces.
	 */
	static uint8_t	 buf[65536];
	struct iovec	 all = { buf, sizeof(buf) };
	uint64_t	 bv;

	if (syscall(SYS_ptrace, PTRACE_GETREGSET, pid, NT_X86_XSTATE,
	    &all) == -1)
		return (-1);
	if (uml->iov_len >= all.iov_len ||
	    uml->iov_len < XSTATE_BV_OFFSET + sizeof(bv))
		return (syscall(SYS_ptrace, PTRACE_SETREGSET, pid,
		    NT_X86_XSTATE, uml));

	memcpy(buf, uml->iov_base, uml->iov_len);
	memset(buf + uml->iov_len, 0, all.iov_len - uml->iov_len);
	/* What lies outside is put in its initial state. */
	memcpy(&bv, buf + XSTATE_BV_OFFSET, sizeof(bv));
	bv &= XSTATE_BV_UML;
	memcpy(buf + XSTATE_BV_OFFSET, &bv, sizeof(bv));
	return (syscall(SYS_ptrace, PTRACE_SETREGSET, pid, NT_X86_XSTATE,
	    &all));
}

long
ptrace(enum __ptrace_request request, ...)
{
	va_list	 ap;
	void	*addr, *data;
	long	 ret, word;
	pid_t	 pid;

	va_start(ap, request);
	pid = va_arg(ap, pid_t);
	addr = va_arg(ap, void *);
	data = va_arg(ap, void *);
	va_end(ap);

	switch (request) {
	case PTRACE_SETREGSET:
		if ((uintptr_t)addr == NT_X86_XSTATE)
			return (set_xstate(pid, data));
		break;
	case PTRACE_PEEKTEXT:
	case PTRACE_PEEKDATA:
	case PTRACE_PEEKUSER:
		/* The system call stores the word, the function returns it. */
		ret = syscall(SYS_ptrace, request, pid, addr, &word);
		if (ret == -1)
			return (-1);
		errno = 0;
		return (word);
	default:
		break;
	}
	return (syscall(SYS_ptrace, request, pid, addr, data));
}

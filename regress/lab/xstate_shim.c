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
 *
 * UML writes them before it lets a process go on, always, and for that the host
 * maps memory and takes it away again, which is a large part of what a system
 * call of a guest costs.  They are mostly those that it has read when the
 * process stopped, and then nothing is written: only the process itself and a
 * signal that it is given change them.
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

/* PTRACE_SYSEMU and the like, of which only some headers know. */
#define REQUEST_SYSEMU		31
#define REQUEST_SYSEMU_STEP	32
#define REQUEST_OLDSETOPTIONS	21

/* What processes have in their extended registers, by the process's number. */
#define KNOWN			256
#define KNOWN_MAX		4096

struct known {
	pid_t	 pid;			/* 0: of nobody */
	size_t	 len;
	uint8_t	 regs[KNOWN_MAX];
};

static struct known	 known[KNOWN];

long	 ptrace(enum __ptrace_request, ...);

static struct known *
known_of(pid_t pid)
{
	return (&known[(unsigned int)pid % KNOWN]);
}

static void
learn(pid_t pid, const struct iovec *iov)
{
	struct known	*k = known_of(pid);

	k->pid = 0;
	if (iov->iov_len > sizeof(k->regs))
		return;
	memcpy(k->regs, iov->iov_base, iov->iov_len);
	k->len = iov->iov_len;
	k->pid = pid;
}

static int
is_known(pid_t pid, const struct iovec *iov)
{
	const struct known	*k = known_of(pid);

	return (k->pid == pid && k->len == iov->iov_len &&
	    memcmp(k->regs, iov->iov_base, k->len) == 0);
}

/* The process is about to run, or to be given a signal. */
static void
forget(pid_t pid)
{
	struct known	*k = known_of(pid);

	if (k->pid == pid)
		k->pid = 0;
}

static long
set_xstate(pid_t pid, struct iovec *uml)
{
	/*
	 * UML calls us on a kernel stack of a few pages.  It has one thread
	 * that traces.
	 */
	static uint8_t	 buf[65536];
	static size_t	 whole;
	struct iovec	 all = { buf, sizeof(buf) };
	uint64_t	 bv;

	if (whole == 0) {
		if (syscall(SYS_ptrace, PTRACE_GETREGSET, pid, NT_X86_XSTATE,
		    &all) == -1)
			return (-1);
		whole = all.iov_len;
	}
	all.iov_len = whole;
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

	switch ((int)request) {
	case PTRACE_SETREGSET:
		if ((uintptr_t)addr != NT_X86_XSTATE)
			break;
		if (is_known(pid, data))
			return (0);
		forget(pid);
		if ((ret = set_xstate(pid, data)) != -1)
			learn(pid, data);
		return (ret);
	case PTRACE_GETREGSET:
		ret = syscall(SYS_ptrace, request, pid, addr, data);
		if (ret != -1 && (uintptr_t)addr == NT_X86_XSTATE)
			learn(pid, data);
		return (ret);
	case PTRACE_CONT:
		/* UML's own code in the process, which leaves them alone. */
		if (data != NULL)
			forget(pid);
		break;
	case PTRACE_SYSCALL:
	case PTRACE_SINGLESTEP:
	case REQUEST_SYSEMU:
	case REQUEST_SYSEMU_STEP:
	case PTRACE_KILL:
	case PTRACE_SETOPTIONS:
	case REQUEST_OLDSETOPTIONS:
		/* Those of options are how UML greets a new process. */
		forget(pid);
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

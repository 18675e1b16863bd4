/*
 * Linux: which system calls a child has no use for (seccomp), no files and no
 * signals beyond itself (Landlock).  Children share one user, so the kernel
 * alone would let each of them stop, end, slow down or read any other.
 */
#include <sys/types.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "core/sandbox.h"

#if defined(__x86_64__)
#define THIS_ARCH	AUDIT_ARCH_X86_64
#define OTHER_ABI	0x40000000	/* x32: the same architecture */
#elif defined(__aarch64__)
#define THIS_ARCH	AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define THIS_ARCH	AUDIT_ARCH_RISCV64
#elif defined(__i386__)
#define THIS_ARCH	AUDIT_ARCH_I386
#elif defined(__arm__)
#define THIS_ARCH	AUDIT_ARCH_ARM
#endif

/* Of kernels that are newer than some headers; the same everywhere. */
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal	424
#endif
#ifndef SYS_io_uring_setup
#define SYS_io_uring_setup	425
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open		434
#endif
#ifndef SYS_clone3
#define SYS_clone3		435
#endif
#ifndef SYS_openat2
#define SYS_openat2		437
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd		438
#endif
#ifndef SYS_process_madvise
#define SYS_process_madvise	440
#endif
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset	444
#endif
#ifndef SYS_landlock_add_rule
#define SYS_landlock_add_rule		445
#endif
#ifndef SYS_landlock_restrict_self
#define SYS_landlock_restrict_self	446
#endif
#ifndef SYS_process_mrelease
#define SYS_process_mrelease	448
#endif
#ifndef F_SETOWN_EX
#define F_SETOWN_EX		15
#endif
#ifndef F_SETSIG
#define F_SETSIG		10
#endif
#ifndef FIOSETOWN
#define FIOSETOWN		0x8901
#endif
#ifndef SIOCSPGRP
#define SIOCSPGRP		0x8902
#endif

/*
 * What no child has a use for.  A list of what is denied, since one of what is
 * allowed breaks with each new libc.
 */
static const int denied[] = {
	SYS_socket, SYS_execve, SYS_execveat, SYS_ptrace, SYS_bpf, SYS_mount,
	SYS_umount2, SYS_pivot_root, SYS_chroot, SYS_init_module,
	SYS_finit_module, SYS_delete_module, SYS_kexec_load,
	SYS_perf_event_open,
	SYS_add_key, SYS_request_key, SYS_keyctl, SYS_unshare, SYS_setns,
	SYS_open_by_handle_at, SYS_name_to_handle_at, SYS_userfaultfd,
	SYS_reboot, SYS_swapon, SYS_swapoff, SYS_personality,
#ifdef SYS_move_mount
	SYS_move_mount, SYS_open_tree, SYS_fsopen, SYS_fsmount, SYS_fsconfig,
	SYS_fspick,
#endif
	SYS_io_uring_setup,
#ifdef SYS_open
	SYS_open, SYS_creat,
#endif
	SYS_openat2,
	/* Processes: others', and new ones. */
	SYS_process_vm_readv, SYS_process_vm_writev, SYS_process_madvise,
	SYS_process_mrelease, SYS_kcmp, SYS_pidfd_open, SYS_pidfd_getfd,
	SYS_pidfd_send_signal, SYS_rt_sigqueueinfo, SYS_rt_tgsigqueueinfo,
	SYS_setpriority, SYS_ioprio_set, SYS_sched_setaffinity,
	SYS_sched_setparam, SYS_sched_setscheduler, SYS_sched_setattr,
	SYS_migrate_pages, SYS_move_pages, SYS_get_robust_list,
	SYS_clone, SYS_clone3,
#ifdef SYS_fork
	SYS_fork, SYS_vfork,
#endif
	/* Memory and queues that are found by name. */
#ifdef SYS_shmget
	SYS_shmget, SYS_semget, SYS_msgget,
#endif
#ifdef SYS_ipc
	SYS_ipc,
#endif
	SYS_mq_open, SYS_mq_notify,
};

#define N_DENIED	(sizeof(denied) / sizeof(denied[0]))

/* And what only who has files needs. */
#define DENIED_FILES	SYS_openat

/* Calls of which an argument decides. */
#define SELF	0xffffffff	/* this process */

enum arg_kind { ALLOW_ONLY, DENY };

static const struct arg_rule {
	int		 nr;
	uint8_t		 arg;
	enum arg_kind	 kind;
	uint8_t		 n;
	uint32_t	 v[6];
} arg_rules[] = {
	/* raise(3) and abort(3) signal this process, and that is right. */
	{ SYS_kill, 0, ALLOW_ONLY, 1, { SELF } },
	{ SYS_tkill, 0, ALLOW_ONLY, 1, { SELF } },
	{ SYS_tgkill, 0, ALLOW_ONLY, 1, { SELF } },
	{ SYS_prlimit64, 0, ALLOW_ONLY, 2, { 0, SELF } },
	/* Whom a descriptor signals. */
	{ SYS_fcntl, 1, DENY, 3, { F_SETOWN, F_SETOWN_EX, F_SETSIG } },
#ifdef SYS_fcntl64
	{ SYS_fcntl64, 1, DENY, 3, { F_SETOWN, F_SETOWN_EX, F_SETSIG } },
#endif
	/* The same, and what would type on the terminal of who runs us. */
	{ SYS_ioctl, 1, DENY, 6, { FIOSETOWN, SIOCSPGRP, TIOCSTI, TIOCSPGRP,
	    TIOCSCTTY, TIOCLINUX } },
};

#define N_RULES	(sizeof(arg_rules) / sizeof(arg_rules[0]))

#ifdef THIS_ARCH

#define LEN_MAX	(8 + 2 * (N_DENIED + 1) + (4 + 6) * N_RULES)

struct program {
	struct sock_filter	 f[LEN_MAX];
	unsigned short		 n;
};

static void
add(struct program *p, unsigned int code, uint32_t k, size_t jt, size_t jf)
{
	p->f[p->n++] = (struct sock_filter){ (uint16_t)code, (uint8_t)jt,
	    (uint8_t)jf, k };
}

#define LOAD	(BPF_LD | BPF_W | BPF_ABS)
#define JEQ	(BPF_JMP | BPF_JEQ | BPF_K)
#define JGE	(BPF_JMP | BPF_JGE | BPF_K)
#define RET	(BPF_RET | BPF_K)
#define NO	(SECCOMP_RET_ERRNO | EPERM)

/* Where the low half of an argument lies; all that we compare is int. */
static uint32_t
arg_offset(unsigned int i)
{
	return ((uint32_t)(offsetof(struct seccomp_data, args) + 8 * i +
	    (BYTE_ORDER == BIG_ENDIAN ? 4 : 0)));
}

/* Ends in one of its two returns if the number is the rule's. */
static void
add_rule(struct program *p, const struct arg_rule *r, uint32_t self)
{
	size_t	 i;

	add(p, JEQ, (uint32_t)r->nr, 0, r->n + 3U);
	add(p, LOAD, arg_offset(r->arg), 0, 0);
	for (i = 0; i < r->n; i++)
		add(p, JEQ, r->v[i] == SELF ? self : r->v[i], r->n - i, 0);
	add(p, RET, r->kind == DENY ? SECCOMP_RET_ALLOW : NO, 0, 0);
	add(p, RET, r->kind == DENY ? NO : SECCOMP_RET_ALLOW, 0, 0);
}

static void
deny(struct program *p, int nr)
{
	add(p, JEQ, (uint32_t)nr, 0, 1);
	add(p, RET, NO, 0, 0);
}

/*
 * Deny what the lists above say, with EPERM, for good; files: it may open
 * some.  False: this system can't, or its numbers are not known here.
 */
bool
sandbox_seccomp(bool files)
{
	static struct program	 p;
	struct sock_fprog	 prog;
	size_t			 i;

	p.n = 0;
	add(&p, LOAD, offsetof(struct seccomp_data, arch), 0, 0);
	add(&p, JEQ, THIS_ARCH, 1, 0);
	/* Another architecture's numbers would walk past the lists. */
	add(&p, RET, NO, 0, 0);
	add(&p, LOAD, offsetof(struct seccomp_data, nr), 0, 0);
#ifdef OTHER_ABI
	add(&p, JGE, OTHER_ABI, 0, 1);
	add(&p, RET, NO, 0, 0);
#endif
	for (i = 0; i < N_DENIED; i++)
		deny(&p, denied[i]);
	if (!files)
		deny(&p, DENIED_FILES);
	for (i = 0; i < N_RULES; i++)
		add_rule(&p, &arg_rules[i], (uint32_t)getpid());
	add(&p, RET, SECCOMP_RET_ALLOW, 0, 0);
	prog.len = p.n;
	prog.filter = p.f;
	return (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog, 0, 0) == 0);
}

#else

bool
sandbox_seccomp(bool files)
{
	(void)files;
	return (false);
}

#endif

/*
 * linux/landlock.h of some headers has neither version nor scopes.  Rights are
 * those of the kernel's first version; newer ones only add.
 */
struct ruleset {
	uint64_t	 fs, net, scoped;
};

#define RULESET_VERSION	1	/* flag: which version is there? */
#define ALL_FS		((1ULL << 13) - 1)
#define RULE_BENEATH	1	/* type: what is below a directory */
/* Read, write, list, remove and make regular files. */
#define FILES_FS	(1ULL << 1 | 1ULL << 2 | 1ULL << 3 | 1ULL << 5 | \
			    1ULL << 8)
#define SCOPE_ABSTRACT	(1ULL << 0)	/* abstract unix(7) sockets */
#define SCOPE_SIGNAL	(1ULL << 1)
#define HAS_SCOPES	6	/* version */

/* Packed, as the kernel has it. */
struct rule_beneath {
	uint64_t	 allowed;
	int32_t		 dir;
} __attribute__((__packed__));

/*
 * Regular files below the directory that is the root of this process.  If that
 * fails there are none, and whoever opens one says so.
 */
static void
allow_files(int ruleset)
{
	struct rule_beneath	 rule = { .allowed = FILES_FS };

	rule.dir = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (rule.dir == -1)
		return;
	syscall(SYS_landlock_add_rule, ruleset, RULE_BENEATH, &rule, 0);
	close(rule.dir);
}

/*
 * No file can be opened any more, with files none but those below the root of
 * this process; from version 6 on (*scoped) nobody outside it can be
 * signalled, by whatever way.  False: not there.
 */
bool
sandbox_landlock(bool files, bool *scoped)
{
	struct ruleset	 r = { .fs = ALL_FS };
	size_t		 len = sizeof(r.fs);
	long		 version;
	int		 fd;
	bool		 ok;

	*scoped = false;
	version = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    RULESET_VERSION);
	if (version >= HAS_SCOPES) {
		r.scoped = SCOPE_ABSTRACT | SCOPE_SIGNAL;
		len = sizeof(r);
	}
	fd = (int)syscall(SYS_landlock_create_ruleset, &r, len, 0);
	if (fd == -1)
		return (false);
	if (files)
		allow_files(fd);
	ok = syscall(SYS_landlock_restrict_self, fd, 0) == 0;
	close(fd);
	*scoped = ok && version >= HAS_SCOPES;
	return (ok);
}

/*
 * Per role and system what confines a child, in this one file.  First, on all
 * systems: chroot, group, user.  Then, once configuration and descriptors are
 * there, what the system offers beyond that.
 */
#include <sys/types.h>

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#if defined(__linux__)
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stddef.h>
#elif defined(__FreeBSD__)
#include <sys/capsicum.h>
#endif

#include "core/sandbox.h"

static void
add_level(char *level, size_t cap, const char *what)
{
	size_t	 n = strlen(level);

	snprintf(level + n, cap - n, "%s%s", n == 0 ? "" : " ", what);
}

/* What only root can give up: the bounding set of capabilities. */
static void
drop_privileges_for_good(void)
{
#if defined(__linux__)
	int	 c;

	for (c = 0; prctl(PR_CAPBSET_READ, c, 0, 0, 0) >= 0; c++)
		prctl(PR_CAPBSET_DROP, c, 0, 0, 0);
#endif
}

/*
 * Leave the file system and the root user for good.  0, or -1 and why.  The
 * order matters: chroot needs root, and groups go before the user.
 */
int
sandbox_become(const char *dir, unsigned int uid, unsigned int gid,
    char *why, size_t cap)
{
	const char	*what = "uid 0 is not for a child";
	gid_t		 g = gid;

	errno = 0;
	if (uid == 0 || gid == 0)
		goto fail;
	drop_privileges_for_good();
	what = "chroot";
	if (chroot(dir) == -1 || chdir("/") == -1)
		goto fail;
	what = "setgroups";
	if (setgroups(1, &g) == -1)
		goto fail;
	what = "setgid";
	if (setgid(gid) == -1)
		goto fail;
	what = "setuid";
	if (setuid(uid) == -1)
		goto fail;
	what = "root can be regained";
	if (setuid(0) == 0 || geteuid() == 0)
		goto fail;
	return (0);
fail:
	snprintf(why, cap, "%s: %s", what, strerror(errno));
	return (-1);
}

#if defined(__linux__)

#if defined(__x86_64__)
#define THIS_ARCH	AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define THIS_ARCH	AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define THIS_ARCH	AUDIT_ARCH_RISCV64
#elif defined(__i386__)
#define THIS_ARCH	AUDIT_ARCH_I386
#elif defined(__arm__)
#define THIS_ARCH	AUDIT_ARCH_ARM
#endif

/*
 * What no child has a use for.  A list of what is denied, since one of what is
 * allowed breaks with each new libc.
 */
static const int denied[] = {
	SYS_socket, SYS_execve, SYS_execveat, SYS_ptrace, SYS_bpf, SYS_mount,
	SYS_umount2, SYS_pivot_root, SYS_chroot, SYS_init_module,
	SYS_finit_module, SYS_delete_module, SYS_kexec_load,
	SYS_process_vm_readv, SYS_process_vm_writev, SYS_perf_event_open,
	SYS_add_key, SYS_request_key, SYS_keyctl, SYS_unshare, SYS_setns,
	SYS_open_by_handle_at, SYS_name_to_handle_at, SYS_userfaultfd,
	SYS_reboot, SYS_swapon, SYS_swapoff, SYS_personality,
#ifdef SYS_move_mount
	SYS_move_mount, SYS_open_tree, SYS_fsopen, SYS_fsmount, SYS_fsconfig,
	SYS_fspick,
#endif
#ifdef SYS_io_uring_setup
	SYS_io_uring_setup,
#endif
#ifdef SYS_pidfd_getfd
	SYS_pidfd_getfd,
#endif
#ifdef SYS_open
	SYS_open, SYS_creat,
#endif
	SYS_openat,
#ifdef SYS_openat2
	SYS_openat2,
#endif
};

#define N_DENIED	(sizeof(denied) / sizeof(denied[0]))

static int
enter_seccomp(void)
{
#ifdef THIS_ARCH
	struct sock_filter	 f[6 + 2 * N_DENIED];
	struct sock_fprog	 prog = { 0, f };
	size_t			 i, n = 0;

	f[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
	    offsetof(struct seccomp_data, arch));
	f[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
	    THIS_ARCH, 1, 0);
	/* Another architecture's numbers would walk past the list. */
	f[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
	    SECCOMP_RET_ERRNO | EPERM);
	f[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
	    offsetof(struct seccomp_data, nr));
	for (i = 0; i < N_DENIED; i++) {
		f[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
		    (unsigned int)denied[i], 0, 1);
		f[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
		    SECCOMP_RET_ERRNO | EPERM);
	}
	f[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
	    SECCOMP_RET_ALLOW);
	prog.len = (unsigned short)n;
	return (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog, 0, 0));
#else
	errno = ENOSYS;
	return (-1);
#endif
}

/* Every right of the kernel's first version; newer ones only add. */
#define ALL_FS	((1ULL << 13) - 1)

static int
enter_landlock(void)
{
#ifdef SYS_landlock_create_ruleset
	struct landlock_ruleset_attr	 attr = { .handled_access_fs = ALL_FS };
	int				 fd, r;

	fd = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	if (fd == -1)
		return (-1);
	r = (int)syscall(SYS_landlock_restrict_self, fd, 0);
	close(fd);
	return (r);
#else
	errno = ENOSYS;
	return (-1);
#endif
}

/* Without capabilities in any set, and none to be had again. */
static int
drop_caps(void)
{
	struct __user_cap_header_struct	 h = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct	 d[2];

	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	memset(d, 0, sizeof(d));
	return ((int)syscall(SYS_capset, &h, d));
}

static void
enter(enum role role, char *level, size_t cap)
{
	(void)role;
	if (drop_caps() == 0)
		add_level(level, cap, "nocaps");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
		add_level(level, cap, "no_new_privs");
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	if (enter_landlock() == 0)
		add_level(level, cap, "landlock");
	if (enter_seccomp() == 0)
		add_level(level, cap, "seccomp");
}

#elif defined(__FreeBSD__)

static void
enter(enum role role, char *level, size_t cap)
{
	/* sendto() with an address fails in capability mode; net needs it. */
	if (role != ROLE_NET && cap_enter() == 0)
		add_level(level, cap, "capsicum");
}

#elif defined(__OpenBSD__)

static void
enter(enum role role, char *level, size_t cap)
{
	const char	*promises = "stdio";

	if (role == ROLE_NET)
		promises = "stdio inet recvfd";
	else if (role == ROLE_CONTROL)
		promises = "stdio unix recvfd";
	else
		promises = "stdio recvfd";
	if (pledge(promises, NULL) == 0)
		add_level(level, cap, "pledge");
}

#else

static void
enter(enum role role, char *level, size_t cap)
{
	(void)role;
	(void)level;
	(void)cap;
}

#endif

/*
 * Enter the strictest sandbox that this role can live in here; level says
 * what was reached, "chroot uid" at least.  A kernel without a feature is no
 * failure: mip6ctl shows what is missing.
 */
void
sandbox_enter(enum role role, char *level, size_t cap)
{
	level[0] = '\0';
	add_level(level, cap, "chroot uid");
	enter(role, level, cap);
}

/*
 * Handing a configuration to a child: as text, with the parts and the secrets
 * of its role, in a file in memory of which it gets the descriptor.  So its
 * size is no matter to the pipe, and nobody waits for a reader.
 */
#include <sys/types.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kern/compat.h"
#include "parent/parent.h"

/*
 * Let the file end where a page does: NetBSD maps what is in memory in whole
 * pages, and nothing beyond its end.  -1 and errno.
 */
static int
fill_page(int fd, off_t len)
{
	off_t	 page = (off_t)sysconf(_SC_PAGESIZE);

	return (ftruncate(fd, (len + page - 1) / page * page));
}

/* Print into fd; its length, or -1 and errno. */
static off_t
print(int fd, const struct conf *conf, unsigned int parts)
{
	static char	 buf[64 * 1024];
	FILE		*f;
	off_t		 len = -1;
	int		 copy, e;

	if ((copy = dup(fd)) == -1)
		return (-1);
	if ((f = fdopen(copy, "w")) == NULL) {
		e = errno;
		close(copy);
		errno = e;
		return (-1);
	}
	setvbuf(f, buf, _IOFBF, sizeof(buf));
	if (conf_print(f, conf, parts) != -1)
		len = ftello(f);
	e = errno;
	if (fclose(f) != 0 && len != -1) {
		e = errno;
		len = -1;
	}
	if (len != -1 && fill_page(fd, len) == -1) {
		e = errno;
		len = -1;
	}
	explicit_bzero(buf, sizeof(buf));
	errno = e;
	return (len);
}

/*
 * Send a child a configuration to stage, with a number of its own in
 * pr->conf_gen.  False if it could not be written; the reason is logged.
 */
bool
proc_send_conf(struct proc *pr, const struct conf *conf)
{
	struct parent	*p = pr->parent;
	struct msg_conf	 m;
	off_t		 len = -1;
	int		 fd;

	if ((fd = compat_memory()) == -1 ||
	    (len = print(fd, conf, role_def(pr->role)->parts)) == -1) {
		log_error("%s: its configuration can't be written: %s",
		    role_name(pr->role), strerror(errno));
		if (fd != -1)
			close(fd);
		return (false);
	}
	/* 0 is no number. */
	if (++p->conf_gens == 0)
		p->conf_gens = 1;
	pr->conf_gen = p->conf_gens;
	memset(&m, 0, sizeof(m));
	m.gen = pr->conf_gen;
	m.len = (uint64_t)len;
	ipc_send_fd(pr->ipc, MSG_CONF, &m, fd);
	return (true);
}

/* Tell a child to take, or to forget, what it was sent last, if anything. */
void
proc_end_conf(struct proc *pr, bool take)
{
	struct msg_conf_end	 m = { .gen = pr->conf_gen };

	if (pr->conf_gen != 0 && pr->ipc != NULL)
		ipc_send(pr->ipc, take ? MSG_CONF_COMMIT : MSG_CONF_ABORT, &m);
	pr->conf_gen = 0;
	pr->in_reload = false;
}

/*
 * The files with keys and certificates that the configuration names, for
 * processes that can open none.  Those that are named, and no other, are opened
 * and given away, so that no key is in memory of others; root reads none.
 * While cga is away, `mip6ctl why' tells so.
 */
#include <sys/types.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "parent/parent.h"

#define FILE_MAX	(64 * 1024)

static bool
same_path(const char *named, const char *asked)
{
	return (named[0] != '\0' && strcmp(named, asked) == 0);
}

static bool
of_ipsec(const struct conf_ipsec *c, const char *path)
{
	return (c != NULL && (same_path(c->certificate, path) ||
	    same_path(c->private_key, path)));
}

/* Does the configuration name that file for ike to have? */
static bool
is_named(const struct conf *c, const char *path)
{
	size_t	 i;

	if (same_path(c->ike->certificate, path) ||
	    same_path(c->ike->private_key, path))
		return (true);
	for (i = 0; i < c->ike->nauthorities; i++)
		if (same_path(c->ike->authorities[i].path, path))
			return (true);
	for (i = 0; c->mn != NULL && i < c->mn->nhomes; i++)
		if (of_ipsec(c->mn->homes[i].ipsec, path))
			return (true);
	for (i = 0; c->ha != NULL && i < c->ha->nnodes; i++)
		if (of_ipsec(c->ha->nodes[i].ipsec, path))
			return (true);
	return (false);
}

/* ... as one that nobody else is to read? */
static bool
is_private(const struct conf *c, const char *path)
{
	size_t	 i;

	if (same_path(c->ike->private_key, path))
		return (true);
	for (i = 0; c->mn != NULL && i < c->mn->nhomes; i++)
		if (c->mn->homes[i].ipsec != NULL &&
		    same_path(c->mn->homes[i].ipsec->private_key, path))
			return (true);
	return (false);
}

/* A regular file of at most FILE_MAX octets: *fd; 0 or an errno. */
static int
open_file(const char *path, bool private, int *fd)
{
	struct stat	 st;
	int		 e = 0;

	if ((*fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC |
	    O_NOCTTY)) == -1)
		return (errno);
	if (fstat(*fd, &st) == -1)
		e = errno;
	else if (!S_ISREG(st.st_mode))
		e = EINVAL;
	else if (st.st_size > FILE_MAX)
		e = EFBIG;
	if (e != 0) {
		close(*fd);
		*fd = -1;
	} else if (private && (st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		log_warn("%s: others than its owner may read this private key",
		    path);
	return (e);
}

/* ... for ike, and as its key? */
static bool
is_of_ike(const struct conf *c, const char *path, bool *private)
{
	if (c->ike == NULL || !is_named(c, path))
		return (false);
	*private = is_private(c, path);
	return (true);
}

/* Does a home address name that file for cga to have, and as its key? */
static bool
is_of_cga(const struct conf *c, const char *path, bool *private)
{
	size_t	 i;

	for (i = 0; c->mn != NULL && i < c->mn->nhomes; i++) {
		*private = same_path(c->mn->homes[i].cga_key, path);
		if (*private || same_path(c->mn->homes[i].cga_params, path))
			return (true);
	}
	return (false);
}

/* cga, ike: MSG_OPEN.  The answer is the descriptor, or what is wrong. */
void
keyfile_open(struct proc *pr, const union msg *msg)
{
	const struct msg_open	*ask = &msg->u_OPEN;
	struct msg_result	 m = { .id = ask->id };
	bool			 private, named;
	int			 fd = -1;

	named = pr->role == ROLE_IKE ?
	    is_of_ike(pr->parent->conf, ask->path, &private) :
	    is_of_cga(pr->parent->conf, ask->path, &private);
	if (!named) {
		parent_denied(pr, "a file that the configuration does not "
		    "name");
		m.error = EACCES;
	} else
		m.error = (uint32_t)open_file(ask->path, private, &fd);
	if (proc_give(pr, FD_FILE, 0, ask->id, "", fd) == -1)
		ipc_send(pr->ipc, MSG_RESULT, &m);
}

/* cga is there, or nobody wants it. */
void
keyfile_child_ready(struct proc *pr)
{
	if (pr->role == ROLE_CGA)
		why_clear(&pr->parent->whys, clock_now(), WHY_CGA_AWAY,
		    role_name(ROLE_CGA));
}

/* The pipe to a child has gone. */
void
keyfile_child_gone(struct proc *pr)
{
	struct parent	*p = pr->parent;

	if (pr->role != ROLE_CGA || p->ending)
		return;
	if (role_wanted(ROLE_CGA, p->conf))
		why_set(&p->whys, clock_now(), WHY_CGA_AWAY,
		    role_name(ROLE_CGA), NULL);
	else
		keyfile_child_ready(pr);
}

/*
 * Between the engines, which want keys, and who has them: the ike process,
 * or the configuration.  No key passes here but those in files that ike asks
 * for and that the configuration names.
 */
#include <sys/types.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kern/compat.h"
#include "parent/ipsec.h"

#define FILE_MAX	(64 * 1024)

static bool
ike_is_up(const struct parent *p)
{
	return (p->procs[ROLE_IKE].state == PROC_READY &&
	    p->procs[ROLE_IKE].ipc != NULL);
}

static void
tell_state(struct sec_node *n, enum key_state state, bool tunnel,
    const struct in6_addr *at, const char *text)
{
	struct msg_key_state	 m;

	memset(&m, 0, sizeof(m));
	m.home = n->want.home;
	m.at = *at;
	m.state = n->key_state = (uint8_t)state;
	m.tunnel = n->key_tunnel = tunnel;
	snprintf(m.text, sizeof(m.text), "%s", text);
	snprintf(n->key_text, sizeof(n->key_text), "%s", m.text);
	proc_send(n->sec->parent, n->role, MSG_KEY_STATE, &m);
}

/* Tell ike the reqids of a node; nothing if it has no use for them. */
void
keys_tell_node(struct sec_node *n, bool gone)
{
	struct msg_sa_node	 m;

	if ((!gone && sec_manual(n)) || n->want.reqid == 0 ||
	    !ike_is_up(n->sec->parent))
		return;
	memset(&m, 0, sizeof(m));
	m.home = n->want.home;
	m.reqid = n->want.reqid;
	m.seen = n->seen;
	m.gone = gone;
	proc_tell(n->sec->parent, MSG_SA_NODE, &m);
}

/* That was all that there is to be told of reqids. */
void
keys_told(struct sec *s)
{
	struct msg_empty	 none = { 0 };

	if (ike_is_up(s->parent))
		proc_tell(s->parent, MSG_SA_NODE_END, &none);
}

/* ike has started, or the configuration is another: all nodes. */
void
keys_ike_ready(struct sec *s)
{
	struct sec_node	*n;

	if (!ike_is_up(s->parent))
		return;
	TAILQ_FOREACH(n, &s->nodes, all)
		if (!n->gone)
			keys_tell_node(n, false);
	keys_told(s);
	TAILQ_FOREACH(n, &s->nodes, all)
		if (!n->gone && n->key_want.op != 0)
			proc_tell(s->parent, MSG_KEY_WANT, &n->key_want);
}

static void
want_of_manual(struct sec_node *n, const struct msg_key_want *m)
{
	bool	 tunnel = false;
	size_t	 i;

	for (i = 0; i < n->conf->nsas; i++)
		tunnel |= manual_use(n, i, SA_TUNNEL);
	if (m->op == KEY_END)
		tell_state(n, KEY_DOWN, false, &in6addr_any,
		    "manual associations");
	else if (m->op != KEY_DISCARD)
		tell_state(n, KEY_UP, tunnel, &in6addr_any,
		    "manual associations");
}

static bool
want_allowed(const struct proc *pr, const struct sec_node *n,
    const struct msg_key_want *m)
{
	const struct in6_addr	*agent = pr->role == ROLE_HA ? &m->local :
				    &m->remote;

	if (n == NULL || n->gone || m->op < KEY_NEED || m->op > KEY_DISCARD ||
	    (m->op == KEY_DISCARD && pr->role != ROLE_HA))
		return (false);
	return (m->op == KEY_END ||
	    IN6_ARE_ADDR_EQUAL(agent, &n->want.agent));
}

/* ha, mn: MSG_KEY_WANT. */
void
keys_want(struct proc *pr, const union msg *msg)
{
	const struct msg_key_want	*m = &msg->u_KEY_WANT;
	struct sec			*s = pr->parent->sec;
	struct sec_node			*n = s == NULL ? NULL :
					    sec_find(s, pr->role, &m->home);

	if (!want_allowed(pr, n, m)) {
		parent_denied(pr, "keys of what is not its node");
		return;
	}
	if (sec_manual(n)) {
		want_of_manual(n, m);
		return;
	}
	if (m->op != KEY_DISCARD)
		n->key_want = *m;
	if (m->op == KEY_END)
		n->key_want.op = 0;
	else if (m->op == KEY_RENEW)
		n->key_want.op = KEY_NEED;	/* to a new ike */
	if (ike_is_up(pr->parent))
		proc_tell(pr->parent, MSG_KEY_WANT, m);
	else if (m->op == KEY_NEED || m->op == KEY_RENEW)
		tell_state(n, KEY_PENDING, false, &in6addr_any,
		    "the ike process is not running");
}

/* ike: MSG_KEY_STATE, for the engine whose node that is. */
void
keys_relay(struct proc *pr, const union msg *msg)
{
	const struct msg_key_state	*m = &msg->u_KEY_STATE;
	struct sec			*s = pr->parent->sec;
	struct sec_node			*n;
	bool				 found = false;
	enum role			 r;

	FOREACH_ROLE_WITH(r, HAS_NODES) {
		n = s == NULL ? NULL : sec_find(s, r, &m->home);
		if (n == NULL || n->gone || sec_manual(n) ||
		    m->state < KEY_DOWN || m->state > KEY_FAILED)
			continue;
		found = true;
		/* Others may be there, of a charon that died. */
		if (m->state == KEY_UP && n->key_state != KEY_UP)
			orphan_suspect(n);
		tell_state(n, m->state, m->tunnel, &m->at, m->text);
	}
	/* One that a reload has just removed is no offence. */
	if (!found)
		log_debug("ike: state of keys of no node");
}

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

	if (c->ike == NULL)
		return (false);
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

/* All of a regular file into buf; 0 or an errno. */
static int
read_all(const char *path, bool private, uint8_t *buf, size_t *len)
{
	struct stat	 st;
	ssize_t		 n = 0;
	int		 e = 0, fd;

	*len = 0;
	if ((fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC |
	    O_NOCTTY)) == -1)
		return (errno);
	if (fstat(fd, &st) == -1)
		e = errno;
	else if (!S_ISREG(st.st_mode))
		e = EINVAL;
	else if (st.st_size > FILE_MAX)
		e = EFBIG;
	if (e == 0 && private && (st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		log_warn("%s: others than its owner may read this private key",
		    path);
	while (e == 0 && *len < FILE_MAX &&
	    (n = read(fd, buf + *len, FILE_MAX - *len)) > 0)
		*len += (size_t)n;
	if (e == 0 && n == -1)
		e = errno;
	close(fd);
	return (e);
}

/* ike: MSG_IKE_FILE. */
void
keys_file(struct proc *pr, const union msg *msg)
{
	static uint8_t		 buf[FILE_MAX];
	const char		*path = msg->u_IKE_FILE.path;
	struct msg_ike_data	 m;
	size_t			 len = 0;

	memset(&m, 0, sizeof(m));
	m.id = msg->u_IKE_FILE.id;
	if (!is_named(pr->parent->conf, path)) {
		parent_denied(pr, "a file that the configuration does not "
		    "name");
		m.error = EACCES;
	} else
		m.error = (uint32_t)read_all(path,
		    is_private(pr->parent->conf, path), buf, &len);
	m.data.p = buf;
	m.data.len = m.error == 0 ? len : 0;
	ipc_send(pr->ipc, MSG_IKE_DATA, &m);
	explicit_bzero(buf, sizeof(buf));
}

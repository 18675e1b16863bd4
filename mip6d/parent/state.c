/*
 * What an engine wants its next life to know: small opaque records by home
 * address, one file a role, replaced whole and atomically.
 *
 * File: "MIP6S1\n", then records: 16 bytes home address, u16 length, bytes.
 */
#include <sys/types.h>
#include <sys/stat.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "parent/parent.h"
#include "wire/buf.h"

#define MAGIC		"MIP6S1\n"
#define RECORD_MAX	256
#define RECORDS_MAX	4096
#define FILE_MAX	(RECORDS_MAX * (RECORD_MAX + 18) + 16)

struct record {
	struct in6_addr	 home;
	uint16_t	 len;
	uint8_t		 data[RECORD_MAX];
};

static struct {
	struct record	*v;
	size_t		 n;
	bool		 loaded;
} states[ROLE_MAX];

static void
file_name(struct parent *p, enum role r, char *buf, size_t cap)
{
	snprintf(buf, cap, "%s/%s.state", p->conf->global.state, role_name(r));
}

static struct record *
find(enum role r, const struct in6_addr *home)
{
	size_t	 i;

	for (i = 0; i < states[r].n; i++)
		if (IN6_ARE_ADDR_EQUAL(&states[r].v[i].home, home))
			return (&states[r].v[i]);
	return (NULL);
}

static bool
put(enum role r, const struct in6_addr *home, const uint8_t *data, size_t len)
{
	struct record	*rec = find(r, home), *v;

	if (len > RECORD_MAX)
		return (false);
	if (rec == NULL) {
		if (states[r].n == RECORDS_MAX)
			return (false);
		v = realloc(states[r].v, (states[r].n + 1) * sizeof(*v));
		if (v == NULL)
			return (false);
		states[r].v = v;
		rec = &v[states[r].n++];
		rec->home = *home;
	}
	rec->len = (uint16_t)len;
	memcpy(rec->data, data, len);
	return (true);
}

static void
read_file(struct parent *p, enum role r)
{
	struct in6_addr	 home;
	struct rbuf	 rb;
	char		 name[256];
	uint8_t		*buf;
	const uint8_t	*data;
	uint16_t	 len;
	FILE		*f;
	size_t		 n;

	states[r].loaded = true;
	file_name(p, r, name, sizeof(name));
	if ((f = fopen(name, "rb")) == NULL)
		return;
	if ((buf = malloc(FILE_MAX)) == NULL) {
		fclose(f);
		return;
	}
	n = fread(buf, 1, FILE_MAX, f);
	fclose(f);
	rbuf_init(&rb, buf, n);
	data = rbuf_ptr(&rb, strlen(MAGIC));
	if (data == NULL || memcmp(data, MAGIC, strlen(MAGIC)) != 0)
		rb.bad = true;
	while (rbuf_left(&rb) > 0) {
		rbuf_bytes(&rb, &home, sizeof(home));
		len = rbuf_u16(&rb);
		if ((data = rbuf_ptr(&rb, len)) == NULL ||
		    !put(r, &home, data, len))
			rb.bad = true;
	}
	if (rb.bad)
		log_warn("%s: damaged, what could be read is used", name);
	free(buf);
}

static bool
write_file(struct parent *p, enum role r)
{
	char	 name[256], tmp[272];
	uint8_t	 head[18];
	size_t	 i;
	FILE	*f;
	int	 fd;

	file_name(p, r, name, sizeof(name));
	snprintf(tmp, sizeof(tmp), "%s.new", name);
	if ((fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW |
	    O_CLOEXEC, 0600)) == -1)
		return (false);
	if ((f = fdopen(fd, "wb")) == NULL) {
		close(fd);
		return (false);
	}
	fwrite(MAGIC, 1, strlen(MAGIC), f);
	for (i = 0; i < states[r].n; i++) {
		memcpy(head, &states[r].v[i].home, 16);
		head[16] = (uint8_t)(states[r].v[i].len >> 8);
		head[17] = (uint8_t)states[r].v[i].len;
		fwrite(head, 1, sizeof(head), f);
		fwrite(states[r].v[i].data, 1, states[r].v[i].len, f);
	}
	if (ferror(f) != 0) {
		fclose(f);
		return (false);
	}
	return (fclose(f) == 0 && rename(tmp, name) == 0);
}

/* Make the directory for states; not every system has /var/db. */
bool
state_directory(const char *dir)
{
	char	 up[CONF_PATH_MAX], *slash;

	if (mkdir(dir, 0700) == 0 || errno == EEXIST)
		return (true);
	if (errno != ENOENT)
		return (false);
	snprintf(up, sizeof(up), "%s", dir);
	if ((slash = strrchr(up, '/')) == NULL || slash == up)
		return (false);
	*slash = '\0';
	return (mkdir(up, 0755) == 0 && mkdir(dir, 0700) == 0);
}

/* An engine's record; an address that is not configured is denied. */
void
state_save(struct proc *pr, const union msg *m)
{
	const struct msg_state	*s = &m->u_STATE_SAVE;
	struct parent		*p = pr->parent;

	if (!states[pr->role].loaded)
		read_file(p, pr->role);
	if (!put(pr->role, &s->home, s->data.p, s->data.len)) {
		parent_denied(pr, "state too large");
		return;
	}
	if (!state_directory(p->conf->global.state))
		COUNT(&p->counters, PC_STATE_ERRORS);
	if (write_file(p, pr->role)) {
		COUNT(&p->counters, PC_STATE_SAVED);
		return;
	}
	if (p->counters.v[PC_STATE_ERRORS] == 0)
		log_error("%s: state can't be written: %s",
		    p->conf->global.state, strerror(errno));
	COUNT(&p->counters, PC_STATE_ERRORS);
}

/* Tell an engine what its former life left. */
void
state_load(struct proc *pr)
{
	struct msg_state	 m;
	size_t			 i;

	if ((ROLE_BIT(pr->role) & ROLES_ENGINE) == 0)
		return;
	if (!states[pr->role].loaded)
		read_file(pr->parent, pr->role);
	for (i = 0; i < states[pr->role].n; i++) {
		memset(&m, 0, sizeof(m));
		m.home = states[pr->role].v[i].home;
		m.data.p = states[pr->role].v[i].data;
		m.data.len = states[pr->role].v[i].len;
		ipc_send(pr->ipc, MSG_STATE_LOAD, &m);
	}
}

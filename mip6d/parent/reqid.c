/*
 * Reqids: each node has an even one for its transport mode associations and
 * the next for those of its tunnel.  They are kept over restarts, as key
 * management and peers of this daemon may have associations with them.
 *
 * File: "MIP6R1\n", then records: role, 16 bytes home address, u16 reqid,
 * u64 time of the last registration.
 */
#include <sys/types.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "parent/ipsec.h"
#include "wire/buf.h"

#define MAGIC		"MIP6R1\n"
#define RECORD		27
#define FILE_MAX	(16 + RECORD * (REQID_LAST + 1) / 2)

/* The numbers that may be used; what is in use stays so. */
void
reqid_range(struct reqids *r, const struct conf_global *g)
{
	r->first = g->reqid_first != 0 ? g->reqid_first : REQID_FIRST;
	r->last = g->reqid_last != 0 ? g->reqid_last : REQID_LAST;
	if (r->last > REQID_LAST)
		r->last = REQID_LAST;
	r->first += r->first & 1;
	if (r->next < r->first || r->next > r->last)
		r->next = r->first;
}

/* Take this one; false: it can't be had. */
bool
reqid_take(struct reqids *r, uint32_t id)
{
	if ((id & 1) != 0 || id < r->first || id + 1 > r->last || id == 0 ||
	    r->used[id / 2] != 0)
		return (false);
	r->used[id / 2] = 1;
	return (true);
}

/* A free one, that was freed long ago rather than just now; 0: none. */
uint32_t
reqid_new(struct reqids *r)
{
	uint32_t	 i, id = r->next, n;

	n = r->last < r->first ? 0 : (r->last - r->first + 1) / 2;
	for (i = 0; i < n; i++, id += 2) {
		if (id + 1 > r->last)
			id = r->first;
		if (!reqid_take(r, id))
			continue;
		r->next = id + 2;
		return (id);
	}
	return (0);
}

void
reqid_free(struct reqids *r, uint32_t id)
{
	if (id <= REQID_LAST)
		r->used[id / 2] = 0;
}

static void
file_name(const struct sec *s, char *buf, size_t cap)
{
	snprintf(buf, cap, "%s/reqid.state", s->parent->conf->global.state);
}

static void
take_record(struct sec *s, struct rbuf *rb)
{
	struct in6_addr	 home;
	struct sec_node	*n;
	uint64_t	 seen;
	uint32_t	 reqid;
	uint8_t		 role;

	role = rbuf_u8(rb);
	rbuf_bytes(rb, &home, sizeof(home));
	reqid = rbuf_u16(rb);
	seen = (uint64_t)rbuf_u32(rb) << 32;
	seen |= rbuf_u32(rb);
	if (rb->bad || (n = sec_find(s, role, &home)) == NULL ||
	    n->want.reqid != 0)
		return;
	n->seen = seen;
	if (reqid_take(&s->reqids, reqid))
		n->want.reqid = reqid;
}

/* Give the nodes that are configured the reqids that they had. */
void
reqid_load(struct sec *s)
{
	struct rbuf	 rb;
	const uint8_t	*magic;
	char		 name[256];
	uint8_t		*buf;
	FILE		*f;
	size_t		 n;

	file_name(s, name, sizeof(name));
	if ((f = fopen(name, "rbe")) == NULL)
		return;
	if ((buf = malloc(FILE_MAX)) == NULL) {
		fclose(f);
		return;
	}
	n = fread(buf, 1, FILE_MAX, f);
	fclose(f);
	rbuf_init(&rb, buf, n);
	magic = rbuf_ptr(&rb, strlen(MAGIC));
	if (magic == NULL || memcmp(magic, MAGIC, strlen(MAGIC)) != 0)
		rb.bad = true;
	while (!rb.bad && rbuf_left(&rb) > 0)
		take_record(s, &rb);
	if (rb.bad)
		log_warn("%s: damaged, what could be read is used", name);
	free(buf);
}

static void
put_record(FILE *f, const struct sec_node *n)
{
	uint8_t		 b[RECORD];
	unsigned int	 i;

	b[0] = (uint8_t)n->role;
	memcpy(b + 1, &n->want.home, 16);
	b[17] = (uint8_t)(n->want.reqid >> 8);
	b[18] = (uint8_t)n->want.reqid;
	for (i = 0; i < 8; i++)
		b[19 + i] = (uint8_t)(n->seen >> (56 - 8 * i));
	fwrite(b, 1, sizeof(b), f);
}

static bool
write_file(const struct sec *s)
{
	const struct sec_node	*n;
	char			 name[256], tmp[272];
	FILE			*f;
	int			 fd;

	if (!state_directory(s->parent->conf->global.state))
		return (false);
	file_name(s, name, sizeof(name));
	snprintf(tmp, sizeof(tmp), "%s.new", name);
	if ((fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW |
	    O_CLOEXEC, 0600)) == -1)
		return (false);
	if ((f = fdopen(fd, "wb")) == NULL) {
		close(fd);
		return (false);
	}
	fwrite(MAGIC, 1, strlen(MAGIC), f);
	TAILQ_FOREACH(n, &s->nodes, all)
		if (!n->gone && n->want.reqid != 0)
			put_record(f, n);
	if (ferror(f) != 0) {
		fclose(f);
		return (false);
	}
	return (fclose(f) == 0 && rename(tmp, name) == 0);
}

/* Write them down, if that has not been done since something changed. */
void
reqid_save(struct sec *s)
{
	struct counters	*c = &s->parent->counters;

	if (!s->saved_dirty)
		return;
	s->saved_dirty = false;
	if (write_file(s)) {
		COUNT(c, PC_STATE_SAVED);
		return;
	}
	if (c->v[PC_STATE_ERRORS] == 0)
		log_error("%s: reqids can't be written: %s",
		    s->parent->conf->global.state, strerror(errno));
	COUNT(c, PC_STATE_ERRORS);
}

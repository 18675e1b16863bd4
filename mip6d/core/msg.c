/*
 * Packing, unpacking, printing and checking internal messages.  core/msg.def
 * has a row for each type; a function of each kind is made of the row's fields
 * by what the kinds of fields become there, and all types stand in one table.
 */
#include <sys/socket.h>

#include <arpa/inet.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/msg.h"
#include "wire/buf.h"

struct out {
	char	*p;
	size_t	 cap, off;
};

struct row {
	const char	*name;
	size_t		 size;
	void		 (*pack)(struct wbuf *, const void *);
	bool		 (*unpack)(struct rbuf *, void *);
	void		 (*print)(struct out *, const void *);
	enum msg_class	 class;
	enum way { ARRIVES, MAY_DROP, WITH_FD } way;
};

static void
put_str(struct wbuf *w, const char *s, size_t size)
{
	size_t	 n = strnlen(s, size - 1);

	wbuf_u16(w, (uint16_t)n);
	wbuf_bytes(w, s, n);
}

static void
put_blob(struct wbuf *w, const struct blob *b)
{
	wbuf_u32(w, (uint32_t)b->len);
	wbuf_bytes(w, b->p, b->len);
}

/* pack_init() and all the others: a message, as its struct, into w. */
#define NOTHING		(void)w; (void)m;
#define U8(f)		wbuf_u8(w, m->f);
#define U16(f)		wbuf_u16(w, m->f);
#define U32(f)		wbuf_u32(w, m->f);
#define U64(f)		wbuf_u64(w, m->f);
#define BOOL(f)		wbuf_u8(w, m->f);
#define ADDR(f)		wbuf_bytes(w, &m->f, sizeof(m->f));
#define STR(f, n)	put_str(w, m->f, n);
#define BYTES(f, n)	wbuf_bytes(w, m->f, n);
#define BLOB(f)		put_blob(w, &m->f);
#define LIKE(...)
#define MESSAGE(type, name, class, way, ...)				\
static void								\
pack_##name(struct wbuf *w, const void *arg)				\
{									\
	const struct msg_##name	*m = arg;				\
									\
	__VA_ARGS__							\
}
#include "core/msg.def"

static bool
get_bool(struct rbuf *r, bool *v)
{
	uint8_t	 octet = rbuf_u8(r);

	*v = octet == 1;
	return (octet <= 1);
}

static bool
get_str(struct rbuf *r, char *s, size_t size)
{
	size_t		 n = rbuf_u16(r);
	const uint8_t	*p;

	if (n >= size || (p = rbuf_ptr(r, n)) == NULL ||
	    memchr(p, '\0', n) != NULL)
		return (false);
	memcpy(s, p, n);
	return (true);
}

static bool
get_blob(struct rbuf *r, struct blob *b)
{
	b->len = rbuf_u32(r);
	b->p = rbuf_ptr(r, b->len);
	return (b->p != NULL);
}

/*
 * unpack_init() and all the others: of r into the struct, which is all 0.
 * False if a field can't be; an integer beyond the end is noticed later.
 */
#define NOTHING		((void)r, (void)m, true) &&
#define U8(f)		(m->f = rbuf_u8(r), true) &&
#define U16(f)		(m->f = rbuf_u16(r), true) &&
#define U32(f)		(m->f = rbuf_u32(r), true) &&
#define U64(f)		(m->f = rbuf_u64(r), true) &&
#define BOOL(f)		get_bool(r, &m->f) &&
#define ADDR(f)		rbuf_bytes(r, &m->f, sizeof(m->f)) &&
#define STR(f, n)	get_str(r, m->f, n) &&
#define BYTES(f, n)	rbuf_bytes(r, m->f, n) &&
#define BLOB(f)		get_blob(r, &m->f) &&
#define LIKE(...)
#define MESSAGE(type, name, class, way, ...)				\
static bool								\
unpack_##name(struct rbuf *r, void *arg)				\
{									\
	struct msg_##name	*m = arg;				\
									\
	return (__VA_ARGS__ true);					\
}
#include "core/msg.def"

static void out(struct out *, const char *, ...)
    __attribute__((__format__(printf, 2, 3)));

static void
out(struct out *o, const char *fmt, ...)
{
	va_list	 ap;
	int	 n;

	if (o->off >= o->cap)
		return;
	va_start(ap, fmt);
	n = vsnprintf(o->p + o->off, o->cap - o->off, fmt, ap);
	va_end(ap);
	if (n > 0)
		o->off += (size_t)n;
}

static void
out_number(struct out *o, const char *name, uint64_t v)
{
	out(o, " %s=%llu", name, (unsigned long long)v);
}

static void
out_addr(struct out *o, const char *name, const struct in6_addr *a)
{
	char	 addr[INET6_ADDRSTRLEN];

	out(o, " %s=%s", name, inet_ntop(AF_INET6, a, addr, sizeof(addr)));
}

static void
out_hex(struct out *o, const char *name, const uint8_t *p, size_t n)
{
	size_t	 i;

	out(o, " %s=%s", name, n == 0 ? "-" : "");
	for (i = 0; i < n; i++)
		out(o, "%02x", p[i]);
}

/* print_init() and all the others: " field=value" of each. */
#define NOTHING		(void)o; (void)m;
#define U8(f)		out_number(o, #f, m->f);
#define U16(f)		out_number(o, #f, m->f);
#define U32(f)		out_number(o, #f, m->f);
#define U64(f)		out_number(o, #f, m->f);
#define BOOL(f)		out_number(o, #f, m->f);
#define ADDR(f)		out_addr(o, #f, &m->f);
#define STR(f, n)	out(o, " %s=\"%s\"", #f, m->f);
#define BYTES(f, n)	out_hex(o, #f, m->f, n);
#define BLOB(f)		out_hex(o, #f, m->f.p, m->f.len);
#define LIKE(...)
#define MESSAGE(type, name, class, way, ...)				\
static void								\
print_##name(struct out *o, const void *arg)				\
{									\
	const struct msg_##name	*m = arg;				\
									\
	__VA_ARGS__							\
}
#include "core/msg.def"

static const struct row rows[MSG_MAX] = {
#define LIKE(type, name, class, way)					\
	[MSG_##type] = { #type, sizeof(struct msg_##name),		\
	    pack_##name, unpack_##name, print_##name, MC_##class, way },
#define MESSAGE(type, name, class, way, ...)				\
	LIKE(type, name, class, way)
#include "core/msg.def"
};

static const struct row *
row_of(enum msg_type t)
{
	if (t <= MSG_NONE || t >= MSG_MAX)
		return (NULL);
	return (&rows[t]);
}

/* Name of a message for logs; "?" if there is no such type. */
const char *
msg_name(enum msg_type t)
{
	const struct row	*r = row_of(t);

	return (r == NULL ? "?" : r->name);
}

/* Bytes of the message's struct; 0 if there is no such type. */
size_t
msg_size(enum msg_type t)
{
	const struct row	*r = row_of(t);

	return (r == NULL ? 0 : r->size);
}

/* May a process of role from send this to one of role to? */
bool
msg_allowed(enum msg_type t, enum role from, enum role to)
{
	const struct row	*r = row_of(t);

	return (r != NULL && (unsigned int)from < ROLE_MAX &&
	    (unsigned int)to < ROLE_MAX &&
	    (role_def(from)->says & CLASS(r->class)) != 0 &&
	    (role_def(to)->hears & CLASS(r->class)) != 0);
}

/*
 * Whom a role tells that: the first other one that hears it, and the parent is
 * before all.  ROLE_MAX: nobody.  What several hear is sent by who knows more.
 */
enum role
msg_to(enum msg_type t, enum role from)
{
	unsigned int	 to;

	for (to = 0; to < ROLE_MAX; to++)
		if (to != from && msg_allowed(t, from, (enum role)to))
			break;
	return ((enum role)to);
}

/* Does a descriptor come with it? */
bool
msg_has_fd(enum msg_type t)
{
	const struct row	*r = row_of(t);

	return (r != NULL && r->way == WITH_FD);
}

/* May it be dropped when the pipe is full?  All else must arrive. */
bool
msg_may_drop(enum msg_type t)
{
	const struct row	*r = row_of(t);

	return (r != NULL && r->way == MAY_DROP);
}

/*
 * Pack m, a struct msg_* of type t, into cap bytes at p.  Returns the bytes
 * used (0 is right for an empty message) or SIZE_MAX if they do not suffice.
 */
size_t
msg_pack(uint8_t *p, size_t cap, enum msg_type t, const void *m)
{
	const struct row	*r = row_of(t);
	struct wbuf		 w;

	if (r == NULL)
		return (SIZE_MAX);
	wbuf_init(&w, p, cap);
	r->pack(&w, m);
	return (w.bad ? SIZE_MAX : w.off);
}

/*
 * Unpack a message of exactly len bytes.  Blobs point into p.  False if it is
 * malformed in any way: too short, bytes left over, a string that does not
 * fit or holds a NUL, a boolean that is neither.
 */
bool
msg_unpack(enum msg_type t, const uint8_t *p, size_t len, union msg *m)
{
	const struct row	*r = row_of(t);
	struct rbuf		 rb;

	if (r == NULL)
		return (false);
	memset(m, 0, r->size);
	rbuf_init(&rb, p, len);
	return (r->unpack(&rb, m) && rbuf_done(&rb));
}

/*
 * Print a message on one line, "NAME field=value ...", into cap bytes (always
 * NUL-terminated if cap > 0).  Returns the length it wanted, as snprintf(3).
 */
size_t
msg_print(char *buf, size_t cap, enum msg_type t, const void *m)
{
	const struct row	*r = row_of(t);
	struct out		 o = { buf, cap, 0 };

	out(&o, "%s", msg_name(t));
	if (r != NULL)
		r->print(&o, m);
	return (o.off);
}

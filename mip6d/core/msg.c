/*
 * Internal messages: a row for each type says what its fields are, of which
 * class it is, whether a descriptor comes along and whether it may be dropped.
 * Packing, unpacking and checking all follow from that row.
 */
#include <sys/socket.h>

#include <arpa/inet.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/msg.h"
#include "wire/buf.h"

enum kind { K_U8, K_U16, K_U32, K_U64, K_BOOL, K_ADDR, K_STR, K_BYTES, K_BLOB };

struct field {
	const char	*name;
	enum kind	 kind;
	size_t		 off;
	size_t		 size;
};

struct row {
	const char		*name;
	size_t			 size;
	const struct field	*fields;
	size_t			 nfields;
	enum msg_class		 class;
	bool			 fd;		/* one comes along */
	bool			 may_drop;	/* under load, counted */
};

#define F(s, m, k)	{ #m, k, offsetof(struct msg_##s, m), \
			    sizeof(((struct msg_##s *)0)->m) }

static const struct field f_init[] = {
	F(init, role, K_U8), F(init, uid, K_U32), F(init, gid, K_U32),
	F(init, chroot, K_STR), F(init, debug, K_BOOL),
	F(init, verbose, K_BOOL),
};
static const struct field f_conf[] = {
	F(conf, gen, K_U32), F(conf, len, K_U64),
};
static const struct field f_conf_end[] = { F(conf_end, gen, K_U32) };
static const struct field f_conf_ack[] = {
	F(conf_ack, gen, K_U32), F(conf_ack, ok, K_BOOL),
	F(conf_ack, text, K_STR),
};
static const struct field f_fd[] = {
	F(fd, kind, K_U8), F(fd, peer, K_U8), F(fd, flags, K_U8),
	F(fd, arg, K_U32), F(fd, name, K_STR),
};
static const struct field f_ready[] = { F(ready, sandbox, K_STR) };
static const struct field f_woke[] = { F(woke, seconds, K_U32) };
static const struct field f_verbose[] = { F(verbose, on, K_BOOL) };
static const struct field f_log[] = {
	F(log, level, K_U8), F(log, text, K_STR),
};
static const struct field f_event[] = {
	F(event, role, K_U8), F(event, level, K_U8), F(event, name, K_STR),
	F(event, home, K_ADDR), F(event, text, K_STR),
};
static const struct field f_query[] = {
	F(query, conn, K_U32), F(query, role, K_U8), F(query, verb, K_U16),
	F(query, cursor, K_U64), F(query, restricted, K_BOOL),
	F(query, arg, K_STR),
};
static const struct field f_report[] = {
	F(report, conn, K_U32), F(report, role, K_U8), F(report, rows, K_BLOB),
};
static const struct field f_report_end[] = {
	F(report_end, conn, K_U32), F(report_end, role, K_U8),
	F(report_end, cursor, K_U64),
	F(report_end, status, K_U16), F(report_end, text, K_STR),
};
static const struct field f_reload[] = { F(reload, conn, K_U32) };
static const struct field f_peer_bad[] = {
	F(peer_bad, peer, K_U8), F(peer_bad, reason, K_STR),
};
static const struct field f_peer_lost[] = { F(peer_lost, peer, K_U8) };
static const struct field f_mh_in[] = {
	F(mh_in, src, K_ADDR), F(mh_in, dst, K_ADDR), F(mh_in, home, K_ADDR),
	F(mh_in, ifindex, K_U32), F(mh_in, hlim, K_U8), F(mh_in, flags, K_U8),
	F(mh_in, mh, K_BLOB),
};
static const struct field f_mh_out[] = {
	F(mh_out, src, K_ADDR), F(mh_out, dst, K_ADDR),
	F(mh_out, home, K_ADDR), F(mh_out, ifindex, K_U32),
	F(mh_out, flags, K_U8), F(mh_out, mh, K_BLOB),
};
static const struct field f_icmp6_in[] = {
	F(icmp6_in, src, K_ADDR), F(icmp6_in, dst, K_ADDR),
	F(icmp6_in, home, K_ADDR), F(icmp6_in, ifindex, K_U32),
	F(icmp6_in, hlim, K_U8), F(icmp6_in, flags, K_U8),
	F(icmp6_in, icmp6, K_BLOB),
};
static const struct field f_icmp6_sent[] = {
	F(icmp6_sent, id, K_U32), F(icmp6_sent, ifindex, K_U32),
};
static const struct field f_icmp6_out[] = {
	F(icmp6_out, src, K_ADDR), F(icmp6_out, dst, K_ADDR),
	F(icmp6_out, home, K_ADDR), F(icmp6_out, ifindex, K_U32),
	F(icmp6_out, id, K_U32),
	F(icmp6_out, hlim, K_U8), F(icmp6_out, flags, K_U8),
	F(icmp6_out, icmp6, K_BLOB),
};
static const struct field f_bind[] = {
	F(bind, home, K_ADDR), F(bind, local, K_ADDR), F(bind, peer, K_ADDR),
	F(bind, ifindex, K_U32), F(bind, flags, K_U8),
	F(bind, owner, K_BLOB),
};
static const struct field f_unbind[] = { F(unbind, home, K_ADDR) };
static const struct field f_tunnel[] = {
	F(tunnel, home, K_ADDR), F(tunnel, peer, K_ADDR),
	F(tunnel, event, K_U8), F(tunnel, icmp6_type, K_U8),
	F(tunnel, icmp6_code, K_U8), F(tunnel, value, K_U32),
	F(tunnel, age, K_U32),
};
static const struct field f_group[] = {
	F(group, group, K_ADDR), F(group, ifindex, K_U32),
	F(group, join, K_BOOL),
};
static const struct field f_defend[] = {
	F(defend, addr, K_ADDR), F(defend, source, K_ADDR),
	F(defend, ifindex, K_U32), F(defend, on, K_BOOL),
};
static const struct field f_link[] = {
	F(link, ifindex, K_U32), F(link, name, K_STR), F(link, flags, K_U8),
	F(link, mtu, K_U32), F(link, lladdr, K_BYTES),
	F(link, lladdrlen, K_U8),
};
static const struct field f_capture_lost[] = {
	F(capture_lost, ifindex, K_U32),
};
static const struct field f_address[] = {
	F(address, ifindex, K_U32), F(address, addr, K_ADDR),
	F(address, plen, K_U8), F(address, flags, K_U8),
	F(address, preferred, K_U32), F(address, valid, K_U32),
	F(address, dynamic, K_BOOL), F(address, stale, K_BOOL),
};
static const struct field f_router[] = {
	F(router, ifindex, K_U32), F(router, addr, K_ADDR),
	F(router, gone, K_BOOL), F(router, silent, K_BOOL),
};
static const struct field f_addr_set[] = {
	F(addr_set, id, K_U32), F(addr_set, ifindex, K_U32),
	F(addr_set, addr, K_ADDR), F(addr_set, plen, K_U8),
	F(addr_set, flags, K_U8), F(addr_set, add, K_BOOL),
	F(addr_set, preferred, K_U32), F(addr_set, valid, K_U32),
};
static const struct field f_deprecate[] = {
	F(deprecate, id, K_U32), F(deprecate, ifindex, K_U32),
	F(deprecate, addr, K_ADDR), F(deprecate, preferred, K_U32),
	F(deprecate, on, K_BOOL),
};
static const struct field f_home_route[] = {
	F(home_route, id, K_U32), F(home_route, home, K_ADDR),
	F(home_route, plen, K_U8), F(home_route, add, K_BOOL),
};
static const struct field f_home_policy[] = {
	F(home_policy, id, K_U32), F(home_policy, home, K_ADDR),
	F(home_policy, plen, K_U8), F(home_policy, active, K_BOOL),
	F(home_policy, on_link, K_BOOL),
};
static const struct field f_path[] = {
	F(path, id, K_U32), F(path, agent, K_ADDR), F(path, router, K_ADDR),
	F(path, ifindex, K_U32), F(path, add, K_BOOL),
};
static const struct field f_result[] = {
	F(result, id, K_U32), F(result, error, K_U32),
};
static const struct field f_connect[] = {
	F(connect, id, K_U32), F(connect, place, K_STR),
};
static const struct field f_ike_file[] = {
	F(ike_file, id, K_U32), F(ike_file, path, K_STR),
};
static const struct field f_ike_data[] = {
	F(ike_data, id, K_U32), F(ike_data, error, K_U32),
	F(ike_data, data, K_BLOB),
};
static const struct field f_sa_node[] = {
	F(sa_node, home, K_ADDR), F(sa_node, reqid, K_U32),
	F(sa_node, seen, K_U64), F(sa_node, gone, K_BOOL),
};
static const struct field f_key_want[] = {
	F(key_want, home, K_ADDR), F(key_want, local, K_ADDR),
	F(key_want, remote, K_ADDR), F(key_want, op, K_U8),
};
static const struct field f_key_state[] = {
	F(key_state, home, K_ADDR), F(key_state, at, K_ADDR),
	F(key_state, state, K_U8),
	F(key_state, tunnel, K_BOOL), F(key_state, text, K_STR),
};
static const struct field f_sa_ask[] = {
	F(sa_ask, id, K_U32), F(sa_ask, home, K_ADDR),
};
static const struct field f_sa_spis[] = {
	F(sa_spis, id, K_U32), F(sa_spis, home, K_ADDR),
	F(sa_spis, known, K_BOOL), F(sa_spis, spis, K_BLOB),
};
static const struct field f_ipsec[] = {
	F(ipsec, id, K_U32), F(ipsec, home, K_ADDR), F(ipsec, local, K_ADDR),
	F(ipsec, peer, K_ADDR), F(ipsec, flags, K_U8),
};
static const struct field f_spi[] = {
	F(spi, spi, K_U32), F(spi, home, K_ADDR), F(spi, what, K_U8),
};
static const struct field f_state[] = {
	F(state, id, K_U32), F(state, home, K_ADDR), F(state, exact, K_BOOL),
	F(state, data, K_BLOB),
};

#define N_OF(a)		(sizeof(a) / sizeof((a)[0]))
#define ROW(t, s, c) \
	[MSG_##t] = { #t, sizeof(struct msg_##s), f_##s, N_OF(f_##s), \
	    MC_##c, false, false }
#define ROW0(t, c) \
	[MSG_##t] = { #t, sizeof(struct msg_empty), NULL, 0, MC_##c, \
	    false, false }
#define ROWFD(t, s, c) \
	[MSG_##t] = { #t, sizeof(struct msg_##s), f_##s, N_OF(f_##s), \
	    MC_##c, true, false }
#define ROWDROP(t, s, c) \
	[MSG_##t] = { #t, sizeof(struct msg_##s), f_##s, N_OF(f_##s), \
	    MC_##c, false, true }

/*
 * The closed list; who may say it to whom is in the rows of core/role.c, by its
 * class.  ROWDROP: packets and what they cause, and what is told to people, may
 * be dropped when a pipe is full.  All else must arrive; see core/ipc.h.
 */
static const struct row rows[MSG_MAX] = {
	ROW(INIT, init, LIFE),
	ROWFD(CONF, conf, LIFE),
	ROW(CONF_ACK, conf_ack, LIFE_ANSWER),
	ROW(CONF_COMMIT, conf_end, LIFE),
	ROW(CONF_ABORT, conf_end, LIFE),
	ROWFD(FD, fd, LIFE),
	ROW0(START, LIFE),
	ROW(READY, ready, LIFE_ANSWER),
	ROW0(SHUTDOWN, LIFE),
	ROW(VERBOSE, verbose, QUERY),
	ROWDROP(LOG, log, LIFE_ANSWER),
	ROWDROP(EVENT, event, REPORT),
	ROW(QUERY, query, QUERY),
	ROW(REPORT, report, REPORT),
	ROW(REPORT_END, report_end, REPORT),
	ROW(RELOAD, reload, RELOAD),
	ROW(PEER_BAD, peer_bad, LIFE_ANSWER),
	ROW(PEER_LOST, peer_lost, PIPE_LOST),
	ROWDROP(MH_IN, mh_in, PACKET_IN),
	ROWDROP(MH_OUT, mh_out, PACKET_OUT),
	ROWDROP(ICMP6_IN, icmp6_in, PACKET_IN),
	ROWDROP(ICMP6_OUT, icmp6_out, PACKET_OUT),
	ROWDROP(ICMP6_SENT, icmp6_sent, PACKET_IN),
	ROW(BIND, bind, PACKET_OUT),
	ROW(UNBIND, unbind, PACKET_OUT),
	ROW(BOUND, bind, PACKET_IN),
	ROW0(BOUND_END, PACKET_IN),
	ROWDROP(TUNNEL, tunnel, PACKET_IN),
	ROW(GROUP, group, PACKET_OUT),
	ROW0(GROUPS_FULL, NET_NEEDS),
	ROW(DEFEND, defend, DEFEND),
	ROW(LINK, link, WORLD),
	ROW(ADDRESS, address, WORLD),
	ROW(ROUTER, router, WORLD),
	ROW0(RESYNC, PACKET_OUT),
	ROW0(RESYNC_END, PACKET_OUT),
	ROW(ADDR_SET, addr_set, MOVE),
	ROW(DEPRECATE, deprecate, MOVE),
	ROW(HOME_ROUTE, home_route, HOME_ROUTE),
	ROW(HOME_POLICY, home_policy, MOVE),
	ROW(PATH, path, MOVE),
	ROW0(ROUTES_LOST, ROUTES_LOST),
	ROW(RESULT, result, RESULT),
	ROW(STATE_SAVE, state, ENGINE_STATE),
	ROW(STATE_LOAD, state, ENGINE_PAST),
	ROW0(SNAPSHOT, WORLD),
	ROW0(SNAPSHOT_END, WORLD),
	ROW(CONNECT, connect, CONNECT),
	ROW(IKE_FILE, ike_file, KEYING),
	ROW(IKE_DATA, ike_data, KEYING_ANSWER),
	ROW(SA_NODE, sa_node, KEYING_ANSWER),
	ROW0(SA_NODE_END, KEYING_ANSWER),
	ROW(KEY_WANT, key_want, KEY_WANT),
	ROW(KEY_STATE, key_state, KEY_STATE),
	ROW(SA_ASK, sa_ask, KEYING_ANSWER),
	ROW(SA_SPIS, sa_spis, KEYING),
	ROW(IPSEC, ipsec, IPSEC),
	ROW(SPI, spi, SPI),
	ROWDROP(SPI_ASK, spi, NET_NEEDS),
	/* Is it alive?  PONG, or BUSY from the middle of long work. */
	ROW0(PING, LIFE),
	ROW0(PONG, LIFE_ANSWER),
	ROW0(BUSY, LIFE_ANSWER),
	ROW(CAPTURE_LOST, capture_lost, NET_NEEDS),
	ROW(WOKE, woke, ENGINE_PAST),
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

	return (r != NULL && r->fd);
}

/* May it be dropped when the pipe is full?  All else must arrive. */
bool
msg_may_drop(enum msg_type t)
{
	const struct row	*r = row_of(t);

	return (r != NULL && r->may_drop);
}

static void
pack_field(struct wbuf *w, const struct field *f, const uint8_t *p)
{
	const struct blob	*b;
	uint16_t		 v16;
	uint32_t		 v32;
	uint64_t		 v64;
	size_t			 n;

	switch (f->kind) {
	case K_U8:
	case K_BOOL:
		wbuf_u8(w, *p);
		break;
	case K_U16:
		memcpy(&v16, p, sizeof(v16));
		wbuf_u16(w, v16);
		break;
	case K_U32:
		memcpy(&v32, p, sizeof(v32));
		wbuf_u32(w, v32);
		break;
	case K_U64:
		memcpy(&v64, p, sizeof(v64));
		wbuf_u64(w, v64);
		break;
	case K_ADDR:
	case K_BYTES:
		wbuf_bytes(w, p, f->size);
		break;
	case K_STR:
		n = strnlen((const char *)p, f->size - 1);
		wbuf_u16(w, (uint16_t)n);
		wbuf_bytes(w, p, n);
		break;
	case K_BLOB:
		b = (const struct blob *)(const void *)p;
		wbuf_u32(w, (uint32_t)b->len);
		wbuf_bytes(w, b->p, b->len);
		break;
	}
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
	size_t			 i;

	if (r == NULL)
		return (SIZE_MAX);
	wbuf_init(&w, p, cap);
	for (i = 0; i < r->nfields; i++)
		pack_field(&w, &r->fields[i],
		    (const uint8_t *)m + r->fields[i].off);
	return (w.bad ? SIZE_MAX : w.off);
}

static bool
unpack_str(struct rbuf *rb, const struct field *f, uint8_t *p)
{
	size_t		 n = rbuf_u16(rb);
	const uint8_t	*s;

	if (n >= f->size || (s = rbuf_ptr(rb, n)) == NULL ||
	    memchr(s, '\0', n) != NULL)
		return (false);
	memcpy(p, s, n);
	return (true);
}

static bool
unpack_field(struct rbuf *rb, const struct field *f, uint8_t *p)
{
	struct blob	 b;
	uint16_t	 v16;
	uint32_t	 v32;
	uint64_t	 v64;

	switch (f->kind) {
	case K_U8:
		*p = rbuf_u8(rb);
		break;
	case K_BOOL:
		*p = rbuf_u8(rb);
		return (*p <= 1);
	case K_U16:
		v16 = rbuf_u16(rb);
		memcpy(p, &v16, sizeof(v16));
		break;
	case K_U32:
		v32 = rbuf_u32(rb);
		memcpy(p, &v32, sizeof(v32));
		break;
	case K_U64:
		v64 = rbuf_u64(rb);
		memcpy(p, &v64, sizeof(v64));
		break;
	case K_ADDR:
	case K_BYTES:
		return (rbuf_bytes(rb, p, f->size));
	case K_STR:
		return (unpack_str(rb, f, p));
	case K_BLOB:
		b.len = rbuf_u32(rb);
		b.p = rbuf_ptr(rb, b.len);
		if (b.p == NULL)
			return (false);
		memcpy(p, &b, sizeof(b));
		break;
	}
	return (true);
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
	size_t			 i;

	if (r == NULL)
		return (false);
	memset(m, 0, r->size);
	rbuf_init(&rb, p, len);
	for (i = 0; i < r->nfields; i++)
		if (!unpack_field(&rb, &r->fields[i],
		    (uint8_t *)m + r->fields[i].off))
			return (false);
	return (rbuf_done(&rb));
}

struct out {
	char	*p;
	size_t	 cap, off;
};

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
print_hex(struct out *o, const uint8_t *p, size_t n)
{
	size_t	 i;

	if (n == 0)
		out(o, "-");
	for (i = 0; i < n; i++)
		out(o, "%02x", p[i]);
}

static void
print_field(struct out *o, const struct field *f, const uint8_t *p)
{
	const struct blob	*b = (const struct blob *)(const void *)p;
	char			 addr[INET6_ADDRSTRLEN];
	uint16_t		 v16;
	uint32_t		 v32;
	uint64_t		 v64;

	out(o, " %s=", f->name);
	switch (f->kind) {
	case K_U8:
	case K_BOOL:
		out(o, "%u", *p);
		break;
	case K_U16:
		memcpy(&v16, p, sizeof(v16));
		out(o, "%u", v16);
		break;
	case K_U32:
		memcpy(&v32, p, sizeof(v32));
		out(o, "%u", v32);
		break;
	case K_U64:
		memcpy(&v64, p, sizeof(v64));
		out(o, "%llu", (unsigned long long)v64);
		break;
	case K_ADDR:
		out(o, "%s", inet_ntop(AF_INET6, p, addr, sizeof(addr)));
		break;
	case K_BYTES:
		print_hex(o, p, f->size);
		break;
	case K_STR:
		out(o, "\"%s\"", (const char *)p);
		break;
	case K_BLOB:
		print_hex(o, b->p, b->len);
		break;
	}
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
	size_t			 i;

	out(&o, "%s", msg_name(t));
	if (r == NULL)
		return (o.off);
	for (i = 0; i < r->nfields; i++)
		print_field(&o, &r->fields[i],
		    (const uint8_t *)m + r->fields[i].off);
	return (o.off);
}

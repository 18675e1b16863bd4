/*
 * BSD: struct kern with its sockets, from kern_open() to kern_close(), and the
 * table of what these systems do about each kind of row.  The parent calls it,
 * by kern.h; all that the table names is in the other bsd files.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "kern/bsd.h"

#define EVENT_BUFFER	(256 * 1024)

struct keep *
kern_keep(struct kern *k)
{
	return (&k->keep);
}

/* They have no policies of ours. */
size_t
kern_ipsec_drops(struct kern_drop *v, size_t max)
{
	(void)v;
	(void)max;
	return (0);
}

/* The routing socket has messages of the kernel alone. */
uint64_t
kern_forged(const struct kern *k)
{
	(void)k;
	return (0);
}

/* Everything was done at once. */
static void
flush(struct kern *k)
{
	(void)k;
}

static const char *
tun_name(const struct kern *k)
{
	return (k->tun_name);
}

/* The address that routes into the tun point to. */
static const struct row_addr	 tun_key = { 0, BSD_TUN_ADDR };
static const struct row_life	 tun_life = { .preferred = UINT32_MAX,
    .valid = UINT32_MAX, .plen = 128, .flags = ADDR_NODAD };
static const struct row_spec	 device[] = {
	{ .kind = ROW_ADDRESS, .key = &tun_key, .keylen = sizeof(tun_key),
	    .value = &tun_life, .valuelen = sizeof(tun_life),
	    .dev = KEEP_TUN },
};

/* The device, and rules of the filter if none are to be. */
static int
leftovers(struct kern *k)
{
	int	 e = bsd_leftovers(k);

	if (!keep_wants_filter(&k->keep) && e == 0)
		e = bsd_filter_answers(false);
	return (e);
}

static const struct keep_ops	 ops = {
	.kinds = {
		[ROW_CLOSED] = { .begin = bsd_begin_closed,
		    .list = bsd_list_closed, .look = bsd_look_at_closed,
		    .lacks = bsd_lacks_filter },
		[ROW_TUN] = { .begin = bsd_begin_tun,
		    .look = bsd_look_at_tun },
		[ROW_SYSCTL] = { .never = "no setting of an interface is "
		    "ours" },
		[ROW_OPTIMISTIC] = { .never = "no optimistic DAD here" },
		[ROW_RULE] = { .never = "no routing by source address here" },
		[ROW_ROUTE] = { .begin = bsd_begin_route,
		    .list = bsd_list_routes },
		[ROW_ROUTER] = { .begin = bsd_begin_router },
		[ROW_ADDRESS] = { .begin = bsd_begin_address,
		    .look = bsd_look_at_addresses },
		[ROW_DEPRECATED] = { .begin = bsd_begin_stale },
		[ROW_FILTER] = { .begin = bsd_begin_filter,
		    .look = bsd_look_at_filter },
	},
	.host = bsd_begin_host,
	.flush = flush,
	.look = bsd_addrs_look,
	.leftovers = leftovers,
	.tun = tun_name,
	.device = device,
	.ndevice = sizeof(device) / sizeof(device[0]),
	.now = mono_now,
};

static int
open_route(void)
{
	return (socket(PF_ROUTE, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

int
kern_open(struct kern **kp, const struct kern_events *cb)
{
	struct kern	*k;
	int		 e, one = 1, off = 0, size = EVENT_BUFFER;

	if ((k = calloc(1, sizeof(*k))) == NULL)
		return (ENOMEM);
	k->cb = *cb;
	if ((e = bsd_addrs_init(k)) != 0) {
		free(k);
		return (e);
	}
	if ((e = keep_init(&k->keep, k, &ops, &k->cb)) != 0) {
		bsd_addrs_free(k);
		free(k);
		return (e);
	}
	k->events = open_route();
	k->requests = open_route();
	k->inet6 = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (k->events == -1 || k->requests == -1 || k->inet6 == -1) {
		e = errno;
		kern_close(k);
		return (e);
	}
	setsockopt(k->events, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
#if defined(SO_RERROR)
	/* An overflow is then reported as ENOBUFS. */
	setsockopt(k->events, SOL_SOCKET, SO_RERROR, &one, sizeof(one));
#endif
	(void)one;
	/* write(2) returns the result; nothing is ever read from this one. */
	setsockopt(k->requests, SOL_SOCKET, SO_USELOOPBACK, &off, sizeof(off));
	shutdown(k->requests, SHUT_RD);
	*kp = k;
	return (0);
}

/* Close all, and remove the tun device, which does not go by itself. */
void
kern_close(struct kern *k)
{
	if (k->keep.tun != 0)
		bsd_tun_destroy(k, k->tun_name);
	if (k->events != -1)
		close(k->events);
	if (k->requests != -1)
		close(k->requests);
	if (k->inet6 != -1)
		close(k->inet6);
	keep_free(&k->keep);
	bsd_addrs_free(k);
	bsd_routers_free(k);
	free(k);
}

int
kern_fd(const struct kern *k)
{
	return (k->events);
}

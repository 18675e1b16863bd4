#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kern/fake.h"

#define LOG_MAX		65536
#define PENDING_MAX	1024

const uint8_t	kern_tun_flags = 0;

static struct {
	char			 log[LOG_MAX];
	size_t			 len;
	int			 error;		/* of all requests from now on */
	struct kern_caps	 caps;
	pid_t			 holder;	/* of the tun */
	int			 pfkey;		/* 1 more; 0: there is none */
	uint32_t		 pending[PENDING_MAX];
	size_t			 npending;
} fake;

static void
record(const char *what, enum msg_type t, const void *m)
{
	char	 text[1024] = "";

	if (t != MSG_NONE)
		msg_print(text, sizeof(text), t, m);
	fake.len += (size_t)snprintf(fake.log + fake.len,
	    LOG_MAX - fake.len, "%s%s%s\n", what, text[0] == '\0' ? "" : " ",
	    text);
	if (fake.len >= LOG_MAX)
		abort();
}

/* One line a call, since the last fake_reset(). */
const char *
fake_log(void)
{
	return (fake.log);
}

void
fake_reset(void)
{
	memset(&fake, 0, sizeof(fake));
}

/* Every request from now on has this result. */
void
fake_fail(int error)
{
	fake.error = error;
}

/* What kern_caps() will say. */
struct kern_caps *
fake_caps(void)
{
	return (&fake.caps);
}

int
kern_open(struct kern **k, const struct kern_events *cb)
{
	(void)cb;
	*k = (struct kern *)(void *)&fake;
	record("open", MSG_NONE, NULL);
	return (0);
}

void
kern_close(struct kern *k)
{
	(void)k;
	record("close", MSG_NONE, NULL);
}

void
kern_caps(struct kern *k, struct kern_caps *c)
{
	(void)k;
	*c = fake.caps;
}

int
kern_fd(const struct kern *k)
{
	(void)k;
	return (-1);
}

void
kern_read(struct kern *k)
{
	(void)k;
}

int
kern_dump(struct kern *k)
{
	(void)k;
	record("dump", MSG_NONE, NULL);
	return (0);
}

int
kern_raw(struct kern *k, int kind)
{
	(void)k;
	(void)kind;
	return (open("/dev/null", O_RDWR));
}

int
kern_capture(struct kern *k, const char *interface, uint32_t *ifindex)
{
	(void)k;
	record("capture", MSG_NONE, NULL);
	*ifindex = interface[0];
	return (open("/dev/null", O_RDWR));
}

int
kern_tun(struct kern *k, const char *name, uint32_t mtu, uint32_t *ifindex)
{
	(void)k;
	(void)name;
	(void)mtu;
	if (fake.holder != 0) {
		errno = EBUSY;
		return (-1);
	}
	*ifindex = 99;
	record("tun", MSG_NONE, NULL);
	return (open("/dev/null", O_RDWR));
}

/* Another daemon has the tun. */
void
fake_tun_held(pid_t pid)
{
	fake.holder = pid;
}

pid_t
kern_tun_holder(struct kern *k, const char *name)
{
	(void)k;
	(void)name;
	return (fake.holder);
}

/* A copy of this descriptor is what kern_pfkey() gives; -1: there is none. */
void
fake_pfkey(int fd)
{
	fake.pfkey = fd + 1;
}

int
kern_pfkey(struct kern *k)
{
	(void)k;
	record("pfkey", MSG_NONE, NULL);
	if (fake.pfkey == 0) {
		errno = EAFNOSUPPORT;
		return (-1);
	}
	return (dup(fake.pfkey - 1));
}

static int
pend(uint32_t id)
{
	if (fake.npending == PENDING_MAX)
		abort();
	fake.pending[fake.npending++] = id;
	return (0);
}

int
kern_addr_set(struct kern *k, const struct msg_addr_set *m)
{
	(void)k;
	record("kernel", MSG_ADDR_SET, m);
	return (pend(m->id));
}

int
kern_home_route(struct kern *k, const struct msg_home_route *m)
{
	(void)k;
	record("kernel", MSG_HOME_ROUTE, m);
	return (pend(m->id));
}

int
kern_home_policy(struct kern *k, const struct msg_home_policy *m)
{
	(void)k;
	record("kernel", MSG_HOME_POLICY, m);
	return (pend(m->id));
}

int
kern_path(struct kern *k, const struct msg_path *m)
{
	(void)k;
	record("kernel", MSG_PATH, m);
	return (pend(m->id));
}

int
kern_ipsec(struct kern *k, bool on)
{
	(void)k;
	record(on ? "ipsec on" : "ipsec off", MSG_NONE, NULL);
	return (0);
}

size_t
kern_ipsec_drops(struct kern_drop *v, size_t max)
{
	if (max == 0)
		return (0);
	v[0] = (struct kern_drop){ "in_no_states", "of the fake", 7 };
	return (1);
}

int
kern_commit(struct kern *k, void (*done)(void *, uint32_t, int), void *arg)
{
	size_t	 i, n = fake.npending;

	(void)k;
	fake.npending = 0;
	for (i = 0; i < n && done != NULL; i++)
		done(arg, fake.pending[i], fake.error);
	return (0);
}

int
kern_optimistic(struct kern *k, const char *interface, bool on)
{
	(void)k;
	(void)interface;
	record(on ? "optimistic on" : "optimistic off", MSG_NONE, NULL);
	return (0);
}

int
kern_suppress(struct kern *k, bool on)
{
	(void)k;
	record(on ? "suppress on" : "suppress off", MSG_NONE, NULL);
	return (0);
}

int
kern_reconcile(struct kern *k)
{
	(void)k;
	record("reconcile", MSG_NONE, NULL);
	return (0);
}

/*
 * A kernel for tests.  Each call is a line of text; what is asked for becomes
 * a row, named by its text, which is put into a list and taken out of it.
 */
#include <sys/socket.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kern/fake.h"
#include "kern/keep.h"

#define HAVE_MAX	64
#define OPTIMISTIC_MAX	4

const uint8_t	kern_tun_flags = 0;

static struct {
	char			*log;
	size_t			 len, cap;
	bool			 unfiltered;
	int			 filter_error; /* of kern_suppress() */
	int			 error; /* of all requests from now on */
	struct kern_caps	 caps;
	unsigned int		 caps_asked;	/* times */
	bool			 no_ra, drops_mh;
	pid_t			 holder;	/* of the tun */
	uint32_t		 mtu;		/* the tun's */
	int			 pfkey;		/* 1 more; 0: there is none */
	const char		*absent;	/* an interface */
	bool			 capture_all;
	char			 uncaptured[MSG_NAME_MAX];	/* or "*" */
	int			 capture_error;
	void			 (*dump)(void);
	int			 dump_error;
} fake;

struct kern {
	struct kern_events	 cb;
	struct keep		 keep;
	struct mono		 now;
	char			 have[HAVE_MAX][64];
	size_t			 nhave;
	char			 optimistic[OPTIMISTIC_MAX][MSG_NAME_MAX];
};

/* There is one, and it outlives a fake_reset(). */
static struct kern	 the;

/* Into the transcript, if there is to be one: see regress/transcript.h. */
static void
transcribe(const char *what, const char *text)
{
	const char	*path = getenv("MIP6D_TRANSCRIPT");
	FILE		*f;

	if (path == NULL)
		return;
	if ((f = fopen(path, "a")) == NULL)
		abort();
	fprintf(f, "%lld.%06lld kernel: %s%s%s\n",
	    (long long)(the.now.ns / NS_PER_SEC),
	    (long long)(the.now.ns % NS_PER_SEC / 1000), what,
	    text[0] == '\0' ? "" : " ", text);
	fclose(f);
}

static void
record(const char *what, enum msg_type t, const void *m)
{
	char	 text[1024] = "";

	if (t != MSG_NONE)
		msg_print(text, sizeof(text), t, m);
	transcribe(what, text);
	if (fake.len + strlen(what) + strlen(text) + 3 > fake.cap) {
		fake.cap = fake.cap * 2 + 4096;
		if ((fake.log = realloc(fake.log, fake.cap)) == NULL)
			abort();
	}
	fake.len += (size_t)snprintf(fake.log + fake.len,
	    fake.cap - fake.len, "%s%s%s\n", what, text[0] == '\0' ? "" : " ",
	    text);
}

/* One line a call, since the last fake_reset(). */
const char *
fake_log(void)
{
	return (fake.log == NULL ? "" : fake.log);
}

void
fake_reset(void)
{
	free(fake.log);
	memset(&fake, 0, sizeof(fake));
}

/* Every request from now on has this result. */
void
fake_fail(int error)
{
	fake.error = error;
}

/* Whom the kernel tells of links, addresses and routers. */
const struct kern_events *
fake_events(void)
{
	return (&the.cb);
}

/* kern_dump() calls this, which tells all that there is. */
void
fake_dump(void (*fn)(void))
{
	fake.dump = fn;
}

/* It fails from now on, after it has told some. */
void
fake_dump_fail(int error)
{
	fake.dump_error = error;
}

/* What kern_takes_ra() says. */
void
fake_takes_ra(bool on)
{
	fake.no_ra = !on;
}

/* What kern_caps() will say. */
struct kern_caps *
fake_caps(void)
{
	return (&fake.caps);
}

/* How often that was asked. */
unsigned int
fake_caps_asked(void)
{
	return (fake.caps_asked);
}

static struct mono
fake_now(void)
{
	return (the.now);
}

/* Let time pass for what is to be put back. */
void
fake_pass(int64_t ns)
{
	the.now = mono_add(the.now, ns);
}

static size_t
fake_place(const char *row)
{
	size_t	 i;

	for (i = 0; i < the.nhave; i++)
		if (strcmp(the.have[i], row) == 0)
			break;
	return (i);
}

/* Is that row in the kernel? */
bool
fake_has(const char *row)
{
	return (fake_place(row) < the.nhave);
}

/* Somebody puts a row with our tag there; nobody notices. */
void
fake_add(const char *row)
{
	if (fake_has(row))
		return;
	if (the.nhave == HAVE_MAX)
		abort();
	snprintf(the.have[the.nhave++], sizeof(the.have[0]), "%s",
	    row);
}

static bool
fake_take(const char *row)
{
	size_t	 i = fake_place(row);

	if (i == the.nhave)
		return (false);
	memmove(the.have[i], the.have[--the.nhave],
	    sizeof(the.have[0]));
	return (true);
}

static enum row_kind
fake_kind_of(const char *row)
{
	return (strncmp(row, "address", 7) == 0 ? ROW_ADDRESS :
	    strncmp(row, "deprecated", 10) == 0 ? ROW_DEPRECATED :
	    strncmp(row, "route", 5) == 0 ? ROW_ROUTE : ROW_RULE);
}

/* The address that a row "deprecated address on ifindex" is about. */
static bool
fake_stale(const char *row, struct in6_addr *addr, uint32_t *ifindex)
{
	char	 text[INET6_ADDRSTRLEN];

	return (sscanf(row, "deprecated %45s on %u", text, ifindex) == 2 &&
	    inet_pton(AF_INET6, text, addr) == 1);
}

/* Somebody removes a row, and there is an event; false: it is not there. */
bool
fake_remove(const char *row)
{
	struct in6_addr	 addr;
	uint32_t	 ifindex;

	if (!fake_take(row))
		return (false);
	if (fake_stale(row, &addr, &ifindex))
		keep_stale_seen(&the.keep, ifindex, &addr, false, false);
	else
		rows_gone(&the.keep.rows, fake_kind_of(row), row, strlen(row),
		    the.now);
	return (true);
}

/* Somebody removes the route of a binding. */
void
fake_host_gone(const struct in6_addr *home)
{
	keep_host_gone(&the.keep, home);
}

static void
fake_text_of(const struct kern *k, const struct row *row, char *text,
    size_t cap)
{
	struct row_stale	 s;
	char			 addr[INET6_ADDRSTRLEN];

	(void)k;
	if (row->kind != ROW_DEPRECATED) {
		snprintf(text, cap, "%.*s", (int)row->keylen,
		    (const char *)row->key);
		return;
	}
	memcpy(&s, row->key, sizeof(s));
	snprintf(text, cap, "deprecated %s on %u", inet_ntop(AF_INET6, &s.addr,
	    addr, sizeof(addr)), s.ifindex);
}

static int
fake_begin(struct kern *k, const struct row *row, enum row_op op,
    uint32_t token)
{
	char	 text[64], line[80];

	(void)token;
	fake_text_of(k, row, text, sizeof(text));
	snprintf(line, sizeof(line), "%s %s", op == ROW_PUT ? "put" : "take",
	    text);
	record(line, MSG_NONE, NULL);
	if (fake.error != 0)
		return (fake.error);
	if (op == ROW_PUT)
		fake_add(text);
	else
		fake_take(text);
	return (0);
}

static int
fake_host(struct kern *k, const struct in6_addr *home, bool add, uint32_t token)
{
	(void)k;
	(void)home;
	(void)add;
	(void)token;
	return (fake.error);
}

static void
fake_flush(struct kern *k)
{
	(void)k;
}

static int
fake_list(struct kern *k)
{
	struct row_spec	 s;
	struct in6_addr	 addr;
	uint32_t	 ifindex;
	size_t		 i;

	memset(&s, 0, sizeof(s));
	for (i = 0; i < k->nhave; i++) {
		if (fake_stale(k->have[i], &addr, &ifindex)) {
			keep_stale_seen(&k->keep, ifindex, &addr, true, true);
			continue;
		}
		s.key = k->have[i];
		s.keylen = strlen(k->have[i]);
		s.kind = fake_kind_of(k->have[i]);
		rows_seen(&k->keep.rows, &s, true, k->now);
	}
	k->keep.compared = ROW_BITS_ALL & ~ROW_BIT(ROW_TUN);
	return (0);
}

static const struct keep_ops	 fake_ops = {
	.begin = fake_begin, .host = fake_host, .flush = fake_flush,
	.list = fake_list, .now = fake_now, .text = fake_text_of,
};

struct keep *
kern_keep(struct kern *k)
{
	return (&k->keep);
}

int
kern_open(struct kern **k, const struct kern_events *cb)
{
	memset(&the, 0, sizeof(the));
	the.cb = *cb;
	the.now = (struct mono){ SEC(1000) };
	if (keep_init(&the.keep, &the, &fake_ops, &the.cb) != 0)
		return (ENOMEM);
	*k = &the;
	record("open", MSG_NONE, NULL);
	return (0);
}

void
kern_close(struct kern *k)
{
	keep_free(&k->keep);
	record("close", MSG_NONE, NULL);
}

void
kern_caps(struct kern *k, struct kern_caps *c)
{
	(void)k;
	fake.caps_asked++;
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
	if (fake.dump != NULL)
		fake.dump();
	return (fake.dump_error);
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
	char	 what[MSG_NAME_MAX + 16];

	(void)k;
	snprintf(what, sizeof(what), "capture %s", interface);
	record(what, MSG_NONE, NULL);
	if (fake.capture_error != 0 && (fake.uncaptured[0] == '*' ||
	    strcmp(fake.uncaptured, interface) == 0)) {
		errno = fake.capture_error;
		return (-1);
	}
	/* Its index is the number at the end of its name. */
	*ifindex = (uint32_t)strtoul(interface + strcspn(interface,
	    "0123456789"), NULL, 10);
	return (open("/dev/null", O_RDWR));
}

int
kern_capture_all(struct kern *k)
{
	(void)k;
	if (!fake.capture_all) {
		errno = EOPNOTSUPP;
		return (-1);
	}
	record("capture all", MSG_NONE, NULL);
	return (open("/dev/null", O_RDWR));
}

/* One capture sees all interfaces, as on Linux; else each has its own. */
void
fake_capture_all(bool on)
{
	fake.capture_all = on;
}

/* Captures of that interface ("*": any) fail; error 0: no more. */
void
fake_capture_fail(const char *interface, int error)
{
	snprintf(fake.uncaptured, sizeof(fake.uncaptured), "%s", interface);
	fake.capture_error = error;
}

int
kern_tun(struct kern *k, const char *name, uint32_t mtu, uint32_t *ifindex)
{
	(void)k;
	(void)name;
	if (fake.holder != 0) {
		errno = EBUSY;
		return (-1);
	}
	*ifindex = FAKE_TUN;
	fake.mtu = mtu;
	record("tun", MSG_NONE, NULL);
	return (open("/dev/null", O_RDWR));
}

int
kern_tun_mtu(struct kern *k, uint32_t mtu)
{
	(void)k;
	fake.mtu = mtu;
	return (0);
}

/* What the tun was told last. */
uint32_t
fake_tun_mtu(void)
{
	return (fake.mtu);
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

/* The owner of the row that is "what address". */
static struct row_owner
fake_owner(char *text, size_t cap, const char *what, const struct in6_addr *a,
    uint32_t n)
{
	char	 addr[INET6_ADDRSTRLEN];

	snprintf(text, cap, "%s %s", what,
	    inet_ntop(AF_INET6, a, addr, sizeof(addr)));
	return (keep_owner(OWN_OTHER + (unsigned int)fake_kind_of(what), a, n));
}

static int
fake_want(struct kern *k, bool add, uint32_t id, const char *what,
    const struct in6_addr *a, uint32_t n)
{
	char			 text[64];
	struct row_owner	 o = fake_owner(text, sizeof(text), what, a, n);
	struct row_spec		 s = { .kind = fake_kind_of(what), .key = text,
	    .keylen = strlen(text) };

	if (!add)
		rows_drop(&k->keep.rows, &o);
	else if (rows_want(&k->keep.rows, &s, &o) != 0)
		return (ENOMEM);
	return (keep_answer(&k->keep, id, &o, add ? 0 : fake.error));
}

static bool
fake_owned(struct kern *k, const char *what, const struct in6_addr *a,
    uint32_t n)
{
	char			 text[64];
	struct row_owner	 o = fake_owner(text, sizeof(text), what, a, n);

	return (rows_owned(&k->keep.rows, &o));
}

int
kern_addr_set(struct kern *k, const struct msg_addr_set *m)
{
	record("kernel", MSG_ADDR_SET, m);
	return (fake_want(k, m->add, m->id, "address", &m->addr, m->ifindex));
}

bool
kern_has_addr(struct kern *k, const struct msg_addr_set *m)
{
	return (fake_owned(k, "address", &m->addr, m->ifindex));
}

int
kern_home_route(struct kern *k, const struct msg_home_route *m)
{
	record("kernel", MSG_HOME_ROUTE, m);
	if (m->plen == 128)
		return (keep_host(&k->keep, m));
	return (fake_want(k, m->add, m->id, "route", &m->home, m->plen));
}

bool
kern_has_route(struct kern *k, const struct msg_home_route *m)
{
	if (m->plen == 128)
		return (hosts_has(&k->keep.hosts, &m->home));
	return (fake_owned(k, "route", &m->home, m->plen));
}

int
kern_home_policy(struct kern *k, const struct msg_home_policy *m)
{
	record("kernel", MSG_HOME_POLICY, m);
	return (fake_want(k, m->active, m->id, "rule", &m->home, 0));
}

bool
kern_has_policy(struct kern *k, const struct msg_home_policy *m)
{
	return (fake_owned(k, "rule", &m->home, 0));
}

int
kern_path(struct kern *k, const struct msg_path *m)
{
	record("kernel", MSG_PATH, m);
	return (fake_want(k, m->add, m->id, "route to", &m->agent, 0));
}

bool
kern_has_path(struct kern *k, const struct msg_path *m)
{
	return (fake_owned(k, "route to", &m->agent, 0));
}

uint64_t
kern_forged(const struct kern *k)
{
	(void)k;
	return (0);
}

int
kern_keep_closed(struct kern *k, const struct in6_addr *home)
{
	(void)k;
	(void)home;
	return (0);
}

int
kern_ipsec(struct kern *k, bool on)
{
	(void)k;
	record(on ? "ipsec on" : "ipsec off", MSG_NONE, NULL);
	return (0);
}

int
kern_link_local(struct kern *k, const char *interface)
{
	char	 what[64];

	(void)k;
	if (interface == NULL)
		return (0);
	snprintf(what, sizeof(what), "link-local %s", interface);
	record(what, MSG_NONE, NULL);
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

void
kern_commit(struct kern *k, void (*done)(void *, uint32_t, int), void *arg)
{
	keep_commit(&k->keep, done, arg);
}

/* For all, as the caps say. */
int
kern_forwarding(struct kern *k, const char *interface, char *name, size_t cap)
{
	(void)k;
	snprintf(name, cap, "forwarding");
	return (interface == NULL ? fake.caps.forwarding : -1);
}

const char *
kern_never_ipsec(void)
{
	return (fake.caps.ipsec ? NULL : fake.caps.no_ipsec);
}

bool
kern_drops_mh(struct kern *k, char *setting, size_t cap)
{
	(void)k;
	snprintf(setting, cap, "deny_unknown_exthdrs=1");
	return (fake.drops_mh);
}

/* The kernel has a setting that loses Mobility Headers. */
void
fake_drops_mh(bool on)
{
	fake.drops_mh = on;
}

int
kern_takes_ra(struct kern *k, const char *interface, char *name, size_t cap)
{
	(void)k;
	(void)interface;
	snprintf(name, cap, "forwarding=1");
	return (!fake.no_ra);
}

/* There is no such interface any more; NULL: there is again. */
void
fake_no_interface(const char *name)
{
	fake.absent = name;
}

static bool
fake_absent(const char *interface)
{
	return (fake.absent != NULL && strcmp(interface, fake.absent) == 0);
}

/* Where that is on, or a free place. */
static char *
fake_optimistic(const char *interface)
{
	size_t	 i;

	for (i = 0; i < OPTIMISTIC_MAX; i++)
		if (the.optimistic[i][0] == '\0' ||
		    strcmp(the.optimistic[i], interface) == 0)
			return (the.optimistic[i]);
	abort();
}

int
kern_optimistic(struct kern *k, const char *interface, bool on)
{
	char	*place = fake_optimistic(interface);

	(void)k;
	if (fake_absent(interface))
		return (EOPNOTSUPP);
	record(on ? "optimistic on" : "optimistic off", MSG_NONE, NULL);
	if (on)
		snprintf(place, MSG_NAME_MAX, "%s", interface);
	else
		place[0] = '\0';
	return (0);
}

int
kern_is_optimistic(struct kern *k, const char *interface)
{
	(void)k;
	return (fake_absent(interface) ? -1 :
	    fake_optimistic(interface)[0] != '\0');
}

int
kern_suppress(struct kern *k, enum kern_filter what)
{
	static const char *const	 words[] = { "suppress off",
	    "suppress on", "suppress on esp" };

	(void)k;
	record(words[what], MSG_NONE, NULL);
	if (what != FILTER_OFF && fake.filter_error != 0)
		return (fake.filter_error);
	fake.unfiltered = fake.unfiltered && fake.error != 0;
	return (0);
}

int
kern_reconcile(struct kern *k)
{
	int	 e;

	record("reconcile", MSG_NONE, NULL);
	if ((e = keep_compare(&k->keep)) == 0)
		keep_settle(&k->keep);
	return (e);
}

int
kern_withdraw(struct kern *k)
{
	size_t	 i;

	for (i = 0; i < OPTIMISTIC_MAX; i++)
		if (k->optimistic[i][0] != '\0')
			kern_optimistic(k, k->optimistic[i], false);
	rows_drop_all(&k->keep.rows);
	return (kern_reconcile(k));
}

/* What kern_suppress() says from now on when it is to put the filter. */
void
fake_refuse_filter(int error)
{
	fake.filter_error = error;
}

/* Somebody removed what kern_suppress() put there, and nobody tells. */
void
fake_unfilter(void)
{
	fake.unfiltered = true;
}

bool
kern_suppressed(struct kern *k)
{
	(void)k;
	return (!fake.unfiltered);
}

int
kern_filter_fd(struct kern *k)
{
	(void)k;
	return (-1);
}

bool
kern_filter_read(struct kern *k)
{
	(void)k;
	return (false);
}

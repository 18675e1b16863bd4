/*
 * A kernel for tests.  Each call is a line of text.  Rows are put into a list
 * and taken out of it, whatever their kinds are, and tests name them by their
 * words (kern/kinds.h).
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

#define HAVE_MAX	512

const uint8_t	kern_tun_flags = 0;

static struct {
	char			*log;
	size_t			 len, cap;
	int			 filter_error; /* of putting the filter */
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

/* A row that is there. */
struct fake_row {
	enum row_kind	 kind;
	uint8_t		 key[64], value[64];
	size_t		 keylen, valuelen;
	char		 words[160];
};

struct kern {
	struct kern_events	 cb;
	struct keep		 keep;
	struct mono		 now;
	struct fake_row		 have[HAVE_MAX];
	size_t			 nhave;
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

/* The row of these words, or the end. */
static struct fake_row *
fake_named(const char *words)
{
	struct fake_row	*r;

	for (r = the.have; r < &the.have[the.nhave]; r++)
		if (strcmp(r->words, words) == 0)
			break;
	return (r);
}

/* The row of this key, or the end. */
static struct fake_row *
fake_find(enum row_kind kind, const void *key, size_t keylen)
{
	struct fake_row	*r;

	for (r = the.have; r < &the.have[the.nhave]; r++)
		if (r->kind == kind && r->keylen == keylen &&
		    memcmp(r->key, key, keylen) == 0)
			break;
	return (r);
}

/* Is that row in the kernel? */
bool
fake_has(const char *words)
{
	return (fake_named(words) < &the.have[the.nhave]);
}

static void
fake_enter(enum row_kind kind, const void *key, size_t keylen,
    const void *value, size_t valuelen, const char *words)
{
	struct fake_row	*r = fake_find(kind, key, keylen);

	if (r == &the.have[HAVE_MAX] || keylen > sizeof(r->key) ||
	    valuelen > sizeof(r->value))
		abort();
	the.nhave += r == &the.have[the.nhave];
	r->kind = kind;
	memcpy(r->key, key, r->keylen = keylen);
	if (valuelen > 0)
		memcpy(r->value, value, valuelen);
	r->valuelen = valuelen;
	snprintf(r->words, sizeof(r->words), "%s", words);
}

/* Somebody puts a rule with our tag there; nobody notices. */
void
fake_add(const char *words)
{
	static struct row_rule	 r = { .action = RULE_TABLE };

	r.pref++;
	fake_enter(ROW_RULE, &r, sizeof(r), NULL, 0, words);
}

static void
fake_take(struct fake_row *r)
{
	if (r < &the.have[the.nhave])
		*r = the.have[--the.nhave];
}

/* Somebody removes a row, and there is an event; false: it is not there. */
bool
fake_remove(const char *words)
{
	struct fake_row	*r = fake_named(words), was;
	struct row_addr	 a;

	if (r == &the.have[the.nhave])
		return (false);
	was = *r;
	fake_take(r);
	if (was.kind == ROW_DEPRECATED) {
		memcpy(&a, was.key, sizeof(a));
		keep_stale_seen(&the.keep, a.ifindex, &a.addr, false, false);
	} else
		rows_gone(&the.keep.rows, was.kind, was.key, was.keylen,
		    the.now);
	return (true);
}

/* Somebody removes the route of a binding. */
void
fake_host_gone(const struct in6_addr *home)
{
	fake_take(fake_find(ROW_HOSTS, home, sizeof(*home)));
	keep_host_gone(&the.keep, home);
}

/* Events were lost, which those who are told hear, too. */
void
fake_lost(void)
{
	keep_lost(&the.keep);
}

static bool
fake_absent(const char *interface)
{
	return (fake.absent != NULL && strcmp(interface, fake.absent) == 0);
}

/* What the kernel says to that, if it is not what it says to all. */
static int
fake_refuses(const struct row *row)
{
	if (row->kind == ROW_FILTER)
		return (fake.filter_error);
	if (row->kind == ROW_OPTIMISTIC &&
	    fake_absent((const char *)row->key))
		return (ENETDOWN);
	return (0);
}

static int
fake_begin(struct kern *k, const struct row *row, bool put, uint32_t token)
{
	char		 words[160], line[176];
	int		 e = put ? fake_refuses(row) : 0;

	(void)token;
	keep_row_text(&k->keep, row, words, sizeof(words));
	snprintf(line, sizeof(line), "%s %s", put ? "put" : "take", words);
	record(line, MSG_NONE, NULL);
	if (fake.error != 0)
		return (fake.error);
	if (e != 0)
		return (e);
	if (put)
		fake_enter(row->kind, row->key, row->keylen, row->value,
		    row->valuelen, words);
	else
		fake_take(fake_find(row->kind, row->key, row->keylen));
	return (0);
}

static int
fake_host(struct kern *k, const struct in6_addr *home, bool add, uint32_t token)
{
	(void)k;
	(void)token;
	if (fake.error != 0)
		return (fake.error);
	if (add)
		fake_enter(ROW_HOSTS, home, sizeof(*home), NULL, 0, "");
	else
		fake_take(fake_find(ROW_HOSTS, home, sizeof(*home)));
	return (0);
}

static void
fake_flush(struct kern *k)
{
	(void)k;
}

static int
fake_list(struct kern *k)
{
	const struct fake_row	*r;
	struct row_spec		 s;
	struct in6_addr		 home;

	for (r = k->have; r < &k->have[k->nhave]; r++) {
		if (r->kind == ROW_HOSTS) {
			memcpy(&home, r->key, sizeof(home));
			keep_host_seen(&k->keep, &home);
			continue;
		}
		s = (struct row_spec){ .kind = r->kind, .key = r->key,
		    .keylen = r->keylen, .value = r->value,
		    .valuelen = r->valuelen };
		keep_seen(&k->keep, &s, true);
	}
	return (0);
}

static const char *
fake_tun_name(const struct kern *k)
{
	(void)k;
	return ("mip6");
}

/* Any kind; of host routes no row is one. */
#define KIND(id, ...)							\
	[ROW_##id] = { .begin = fake_begin, .list = fake_list,		\
	    .some = ROW_##id == ROW_HOSTS },

static const struct keep_ops	 fake_ops = {
	.kinds = {
#include "kern/kind.def"
	},
	.host = fake_host, .flush = fake_flush,
	.tun = fake_tun_name,
	.record = record, .now = fake_now,
};
#undef KIND

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
	*ifindex = the.keep.tun = FAKE_TUN;
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

uint64_t
kern_forged(const struct kern *k)
{
	(void)k;
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

/* That interface is there, as it comes, or is not. */
static void
fake_interface(const char *name, bool there)
{
	const struct row	*row = keep_optimistic_row(&the.keep, name);

	if (!there)
		fake_take(fake_find(ROW_OPTIMISTIC, name, strlen(name) + 1));
	if (row != NULL)
		keep_optimistic_seen(&the.keep, row, there ? 0 : -1);
}

/* There is no such interface any more; NULL: there is again. */
void
fake_no_interface(const char *name)
{
	const char	*was = fake.absent;

	fake.absent = name;
	if (the.keep.ops == NULL)
		return;
	if (was != NULL)
		fake_interface(was, true);
	if (name != NULL)
		fake_interface(name, false);
}

/* What it says from now on when the filter is to be put. */
void
fake_refuse_filter(int error)
{
	fake.filter_error = error;
}

int
kern_filter_fd(struct kern *k)
{
	(void)k;
	return (-1);
}

/*
 * store: what survives a restart.  Files cut and damaged at every place, only
 * what is configured is kept, changes are written together, errors heal.
 */
#include <sys/types.h>
#include <sys/stat.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <atf-c.h>
#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/conf.h"
#include "core/clock.h"
#include "core/log.h"
#include "parent/parent.h"
#include "store/store.h"

#define DIR	"state"
#define NAME	"mn.state"
#define PATH	DIR "/" NAME
#define JOURNAL	DIR "/mn.journal"

extern const struct child_ops	 store_ops;

static struct child		 ch;
static struct conf		 conf;
static struct conf_mn		 mn;
static struct conf_home		*homes;
static char			 lines[8192];	/* of the log */
static uint64_t			 saved_in_all, commits_in_all, denied_in_all;

static unsigned int		 syncs;		/* of journals */
static bool			 sync_fails;

/* In place of the one of libc. */
int
fdatasync(int fd)
{
	syncs++;
	if (!sync_fails)
		return (fsync(fd));
	errno = EIO;
	return (-1);
}

static void
on_log(void *arg, enum log_level level, const char *text)
{
	size_t	 n = strlen(lines);

	(void)arg;
	(void)level;
	snprintf(lines + n, sizeof(lines) - n, "%s\n", text);
}

static struct in6_addr
home(uint32_t i)
{
	struct in6_addr	 a;

	ATF_REQUIRE_EQ(1, inet_pton(AF_INET6, "2001:db8::", &a));
	i = htonl(i);
	memcpy(&a.s6_addr[12], &i, sizeof(i));
	return (a);
}

/* The directory of files, as root makes it. */
static void
make_directory(void)
{
	ATF_REQUIRE(mkdir(DIR, 0700) == 0 || errno == EEXIST);
}

static void
start(void)
{
	make_directory();
	ATF_REQUIRE_EQ(0, chdir(DIR));
	ATF_REQUIRE_EQ(0, store_ops.start(&ch));
	ATF_REQUIRE_EQ(0, chdir(".."));
	ch.started = ch.ready = true;
}

/* A configuration of n mobile nodes' home addresses, from first on. */
static void
configure(uint32_t first, uint32_t n)
{
	uint32_t	 i;

	free(homes);
	ATF_REQUIRE((homes = calloc(n + 1, sizeof(*homes))) != NULL);
	for (i = 0; i < n; i++)
		homes[i].address = home(first + i);
	mn.homes = homes;
	mn.nhomes = n;
	conf.mn = &mn;
	if (ch.started)
		store_ops.configure(&ch, NULL);
}

static void
setup(uint32_t n)
{
	log_to(on_log, NULL);
	lines[0] = '\0';
	memset(&ch, 0, sizeof(ch));
	snprintf(conf.global.state, sizeof(conf.global.state), DIR);
	ch.ops = &store_ops;
	ch.conf = &conf;
	ATF_REQUIRE((ch.base = event_base_new()) != NULL);
	ATF_REQUIRE_EQ(0, counters_init(&ch.counters, store_ops.counters));
	configure(1, n);
	start();
}

static void
teardown(void)
{
	store_ops.stop(&ch);
	event_base_free(ch.base);
	saved_in_all = ch.counters.v[STC_SAVED];
	commits_in_all = ch.counters.v[STC_COMMITS];
	denied_in_all = ch.counters.v[STC_DENIED];
	counters_free(&ch.counters);
}

static void
say(enum msg_type t, const union msg *m)
{
	store_ops.message(&ch, ROLE_MN, t, m);
}

static void
save(uint32_t i, const char *data)
{
	union msg	 m;

	memset(&m, 0, sizeof(m));
	m.u_STATE_SAVE.home = home(i);
	m.u_STATE_SAVE.exact = true;
	m.u_STATE_SAVE.data.p = (const uint8_t *)data;
	m.u_STATE_SAVE.data.len = strlen(data);
	say(MSG_STATE_SAVE, &m);
}

/* One that is to be on disk before it is answered. */
static void
save_stable(uint32_t i, const char *data, uint32_t id)
{
	union msg	 m;

	memset(&m, 0, sizeof(m));
	m.u_STATE_SAVE.id = id;
	m.u_STATE_SAVE.stable = true;
	m.u_STATE_SAVE.home = home(i);
	m.u_STATE_SAVE.data.p = (const uint8_t *)data;
	m.u_STATE_SAVE.data.len = strlen(data);
	say(MSG_STATE_SAVE, &m);
}

static void *
no_memory(void *mem, size_t n)
{
	(void)mem;
	(void)n;
	return (NULL);
}

/* What an engine is told at its start: records, and the data of one. */
static struct {
	size_t	 n;
	bool	 all;
	char	 data[65536];
} told;

static void
hear(void *arg, struct ipc *ipc, enum msg_type t, const union msg *m, int fd)
{
	const struct blob	*b = &m->u_STATE_LOAD.data;

	(void)arg;
	(void)ipc;
	(void)fd;
	ATF_REQUIRE(!told.all);
	if (t == MSG_STATE_LOADED) {
		told.all = true;
		return;
	}
	ATF_REQUIRE_EQ(MSG_STATE_LOAD, t);
	told.n++;
	if (strlen(told.data) + b->len + 2 < sizeof(told.data))
		snprintf(told.data + strlen(told.data), b->len + 2, "%.*s ",
		    (int)b->len, (const char *)b->p);
}

static void
dead(void *arg, struct ipc *ipc, const char *reason)
{
	(void)arg;
	(void)ipc;
	atf_tc_fail("pipe: %s", reason);
}

/* A pipe to that engine, whose end hears what is said. */
static struct ipc *
connect_engine(enum role r, ipc_handler *hears)
{
	struct ipc	*engine;
	int		 sv[2];

	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
	engine = ipc_new(ch.base, sv[1], r, ROLE_STORE, hears, dead, NULL);
	ch.peers[r] = ipc_new(ch.base, sv[0], ROLE_STORE, r, hears, dead, NULL);
	ATF_REQUIRE(engine != NULL && ch.peers[r] != NULL);
	store_ops.peer(&ch, r, true);
	return (engine);
}

/* It has heard all, and is gone. */
static void
disconnect(enum role r, struct ipc *engine)
{
	while (ipc_queued(ch.peers[r]) > 0 ||
	    engine->stats.received < ch.peers[r]->stats.sent)
		event_base_loop(ch.base, EVLOOP_NONBLOCK);
	ipc_close(engine);
	ipc_close(ch.peers[r]);
	ch.peers[r] = NULL;
	store_ops.peer(&ch, r, false);
}

static void
load(void)
{
	struct ipc	*engine = connect_engine(ROLE_MN, hear);
	union msg	 m = { .u_STATE_ASK = { 0 } };

	memset(&told, 0, sizeof(told));
	say(MSG_STATE_ASK, &m);
	disconnect(ROLE_MN, engine);
	ATF_CHECK(told.all);
}

static uint64_t
saved(void)
{
	return (ch.counters.v[STC_SAVED]);
}

/* Until so many files have been written, or tries have failed. */
static void
until(enum store_counter c, uint64_t n)
{
	while (ch.counters.v[c] < n)
		event_base_loop(ch.base, EVLOOP_ONCE);
}

static size_t
count(const char *what)
{
	const char	*s;
	size_t		 n = 0;

	for (s = lines; (s = strstr(s, what)) != NULL; s++)
		n++;
	return (n);
}

static void
put_file(const char *path, const uint8_t *b, size_t len)
{
	FILE	*f = fopen(path, "w");

	ATF_REQUIRE(f != NULL && fwrite(b, 1, len, f) == len &&
	    fclose(f) == 0);
}

static size_t
get_file(const char *path, uint8_t *b, size_t cap)
{
	FILE	*f = fopen(path, "r");
	size_t	 n;

	ATF_REQUIRE(f != NULL);
	n = fread(b, 1, cap, f);
	fclose(f);
	return (n);
}

ATF_TC_WITHOUT_HEAD(kept);
ATF_TC_BODY(kept, tc)
{
	struct stat	 st;

	setup(3);
	load();
	ATF_CHECK_EQ(0, told.n);
	save(1, "one");
	save(3, "three");
	save(3, "3");
	load();
	ATF_CHECK_STREQ("one 3 ", told.data);
	teardown();
	ATF_REQUIRE_EQ(0, stat(PATH, &st));
	ATF_CHECK_EQ(0600, st.st_mode & 07777);
	ATF_CHECK_EQ(-1, access(PATH ".new", F_OK));
	setup(3);
	load();
	ATF_CHECK_STREQ("one 3 ", told.data);
	ATF_CHECK_STREQ("", lines);
	teardown();
}

/*
 * Only what is configured: when it is read, when it changes, when it is told.
 */
ATF_TC_WITHOUT_HEAD(purged);
ATF_TC_BODY(purged, tc)
{
	uint8_t	 b[512];
	size_t	 n;

	setup(4);
	save(9, "not configured");
	save(1, "one");
	save(2, "two");
	save(4, "four");
	configure(2, 3);
	load();
	ATF_CHECK_STREQ("two four ", told.data);
	save(1, "late");
	teardown();
	n = get_file(PATH, b, sizeof(b));
	setup(1);
	load();
	ATF_CHECK_EQ(0, told.n);
	teardown();
	ATF_CHECK_MSG(get_file(PATH, b, sizeof(b)) < n,
	    "the file is as long as it was");
	setup(4);
	load();
	ATF_CHECK_EQ(0, told.n);
	teardown();
	ATF_CHECK_EQ(0, denied_in_all);
}

/* The first change is written at once, those that follow together. */
ATF_TC_WITHOUT_HEAD(together);
ATF_TC_BODY(together, tc)
{
	struct mono	 begin;
	uint32_t	 i;

	setup(10000);
	begin = mono_now();
	save(1, "first");
	until(STC_SAVED, 1);
	for (i = 1; i <= 10000; i++)
		save(i, "x");
	until(STC_COMMITS, 1);
	ATF_CHECK_MSG(mono_diff(mono_now(), begin) >= SEC(1), "too early");
	ATF_CHECK_EQ_MSG(1, saved(), "all was written for what had changed");
	teardown();
	ATF_CHECK_EQ_MSG(2, saved_in_all, "what is on disk was written again");
	ATF_CHECK_EQ(1, commits_in_all);
	setup(10000);
	load();
	ATF_CHECK_EQ(10000, told.n);
	save(1, "last");
	teardown();
	ATF_CHECK_EQ_MSG(1, saved_in_all, "the end");
}

static void
drop_record(void *arg, const struct in6_addr *a, const uint8_t *data,
    size_t len)
{
	size_t	 *next = arg;
	struct in6_addr	 want = home((uint32_t)++*next);
	char		 text[16];

	ATF_CHECK(IN6_ARE_ADDR_EQUAL(&want, a));
	snprintf(text, sizeof(text), "data %zu", *next);
	ATF_CHECK(len == strlen(text) && memcmp(text, data, len) == 0);
}

/* A file of n records in memory. */
static void
build(struct statebuf *b, size_t n)
{
	struct in6_addr	 a;
	char		 text[16];
	size_t		 i;

	ATF_REQUIRE(statebuf_begin(b));
	for (i = 1; i <= n; i++) {
		a = home((uint32_t)i);
		snprintf(text, sizeof(text), "data %zu", i);
		statebuf_add(b, &a, text, strlen(text));
	}
	statebuf_finish(b);
}

/* The power fails: whatever is left of the file, what is whole is used. */
ATF_TC_WITHOUT_HEAD(cut);
ATF_TC_BODY(cut, tc)
{
	struct statebuf		 b;
	enum statefile_result	 r;
	uint8_t			*exact;
	size_t			 len, n, wanted, next, most = 0;

	build(&b, 5);
	for (len = 0; len <= b.len; len++) {
		/* Of this size exactly, for the sanitizer to watch. */
		ATF_REQUIRE((exact = malloc(len == 0 ? 1 : len)) != NULL);
		memcpy(exact, b.p, len);
		next = 0;
		r = statefile_parse(exact, len, drop_record, &next, &n,
		    &wanted);
		free(exact);
		ATF_CHECK_EQ(n, next);
		ATF_CHECK_EQ(r, len == b.len ? STATEFILE_OK : len < 16 ?
		    STATEFILE_UNKNOWN : STATEFILE_DAMAGED);
		ATF_CHECK(n >= most && n <= 5);
		most = n;
	}
	ATF_CHECK_EQ(5, most);
	statebuf_free(&b);
}

/* A byte is another: no record is taken for what it is not. */
ATF_TC_WITHOUT_HEAD(flipped);
ATF_TC_BODY(flipped, tc)
{
	struct statebuf	 b;
	size_t		 i, n, wanted, next;
	int		 bit;

	build(&b, 5);
	for (i = 0; i < b.len; i++)
		for (bit = 0; bit < 8; bit++) {
			b.p[i] ^= (uint8_t)(1 << bit);
			next = 0;
			ATF_CHECK(statefile_parse(b.p, b.len, drop_record,
			    &next, &n, &wanted) != STATEFILE_OK);
			b.p[i] ^= (uint8_t)(1 << bit);
		}
	statebuf_free(&b);
}

ATF_TC_WITHOUT_HEAD(set_aside);
ATF_TC_BODY(set_aside, tc)
{
	struct statebuf	 b;

	make_directory();
	build(&b, 3);
	put_file(PATH, b.p, b.len - 1);
	setup(3);
	load();
	ATF_CHECK_STREQ("data 1 data 2 ", told.data);
	ATF_CHECK_STREQ(PATH ": damaged, 2 of 3 records could be read and are "
	    "used; it is kept as " PATH ".bad\n", lines);
	ATF_CHECK_EQ(0, access(PATH ".bad", F_OK));
	ATF_CHECK_EQ(-1, access(PATH, F_OK));
	save(3, "new");
	teardown();
	setup(3);
	load();
	ATF_CHECK_STREQ("data 1 data 2 new ", told.data);
	ATF_CHECK_STREQ("", lines);
	teardown();
	/* Another program's, or of another version. */
	put_file(PATH, (const uint8_t *)"MIP6S1\nsome bytes", 17);
	setup(3);
	load();
	ATF_CHECK_EQ(0, told.n);
	ATF_CHECK_EQ(1, count("no state file of this version; it is kept"));
	teardown();
	statebuf_free(&b);
}

/* Said once, counted, and well again as soon as that can be. */
ATF_TC_WITHOUT_HEAD(heals);
ATF_TC_BODY(heals, tc)
{
	setup(2);
	ATF_REQUIRE_EQ(0, mkdir(PATH ".new", 0700));
	save(1, "one");
	until(STC_ERRORS, 1);
	save(2, "two");
	until(STC_ERRORS, 2);
	ATF_CHECK_EQ(1, count(PATH ": can't be written"));
	ATF_CHECK_EQ(0, saved());
	ATF_REQUIRE_EQ(0, rmdir(PATH ".new"));
	until(STC_SAVED, 1);
	ATF_CHECK_EQ(1, count("can be written again"));
	teardown();
	setup(2);
	load();
	ATF_CHECK_STREQ("one two ", told.data);
	teardown();
}

/* What an engine is told that waits for the disk. */
static struct {
	size_t		 n;
	uint32_t	 id, error;
} answered;

static void
hear_result(void *arg, struct ipc *ipc, enum msg_type t, const union msg *m,
    int fd)
{
	(void)arg;
	(void)ipc;
	(void)fd;
	if (t != MSG_RESULT)
		return;
	answered.n++;
	answered.id = m->u_RESULT.id;
	answered.error = m->u_RESULT.error;
}

static void
until_answered(size_t n, uint32_t id, bool ok)
{
	while (answered.n < n)
		event_base_loop(ch.base, EVLOOP_ONCE);
	ATF_CHECK_EQ(id, answered.id);
	ATF_CHECK_EQ(ok, answered.error == 0);
}

static bool
is_in(const char *path, const char *what)
{
	uint8_t	 b[4096];
	size_t	 n;

	if (access(path, F_OK) == -1)
		return (false);
	n = get_file(path, b, sizeof(b));
	return (memmem(b, n, what, strlen(what)) != NULL);
}

static bool
on_disk(const char *what)
{
	return (is_in(PATH, what) || is_in(JOURNAL, what));
}

/* Neither the journal nor the file can be written. */
static void
break_disk(void)
{
	ATF_REQUIRE_EQ(0, unlink(JOURNAL));
	ATF_REQUIRE_EQ(0, mkdir(PATH ".new", 0700));
}

/*
 * Who waits for the disk is told when it is there, at once and not with others
 * a second later, and when it can't be; and nobody is told what another life
 * has waited for.
 */
ATF_TC_WITHOUT_HEAD(stable);
ATF_TC_BODY(stable, tc)
{
	struct ipc	*engine;
	union msg	 ask = { .u_STATE_ASK = { 0 } };

	setup(3);
	memset(&answered, 0, sizeof(answered));
	engine = connect_engine(ROLE_MN, hear_result);
	save(1, "first");
	until(STC_SAVED, 1);
	save(1, "together with others");
	save_stable(2, "second", 7);
	syncs = 0;
	until_answered(1, 7, true);
	ATF_CHECK_EQ_MSG(1, syncs, "it was not brought to the disk");
	ATF_CHECK(on_disk("second"));
	ATF_CHECK_EQ(1, saved());
	ATF_CHECK_EQ(1, ch.counters.v[STC_COMMITS]);
	/* None is kept of what is not configured. */
	save_stable(9, "nobody", 8);
	until_answered(2, 8, false);
	/* A disk that can't be written to, and then can. */
	break_disk();
	save_stable(3, "third", 9);
	until_answered(3, 9, false);
	ATF_CHECK(!on_disk("third"));
	ATF_REQUIRE_EQ(0, rmdir(PATH ".new"));
	until_answered(4, 9, true);
	ATF_CHECK(on_disk("third"));
	/* Another life begins before that is done. */
	save_stable(3, "fourth", 10);
	say(MSG_STATE_ASK, &ask);
	until(STC_COMMITS, ch.counters.v[STC_COMMITS] + 1);
	save_stable(2, "fifth", 11);
	until_answered(5, 11, true);
	/* What a disk has of a journal that it failed for, nobody knows. */
	sync_fails = true;
	save_stable(2, "sixth", 12);
	until_answered(6, 12, true);
	sync_fails = false;
	ATF_CHECK(is_in(PATH, "sixth"));
	disconnect(ROLE_MN, engine);
	ATF_CHECK_EQ(6, answered.n);
	teardown();
}

/* The files of a moment: what a host would find that stopped then. */
struct image {
	uint8_t	 file[4096], journal[16384];
	size_t	 nfile, njournal;
};

static void
take_image(struct image *im)
{
	im->nfile = get_file(PATH, im->file, sizeof(im->file));
	im->njournal = get_file(JOURNAL, im->journal, sizeof(im->journal));
}

static void
put_image(const struct image *file, const struct image *journal,
    size_t njournal)
{
	put_file(PATH, file->file, file->nfile);
	put_file(JOURNAL, journal->journal, njournal);
}

/* We are killed: what was not committed is there, and once more after that. */
ATF_TC_WITHOUT_HEAD(killed);
ATF_TC_BODY(killed, tc)
{
	struct image	 im;
	int		 i;

	setup(3);
	save(1, "one");
	until(STC_SAVED, 1);
	save(1, "1");
	save(3, "three");
	while (!on_disk("three"))
		event_base_loop(ch.base, EVLOOP_ONCE);
	ATF_CHECK_EQ(0, ch.counters.v[STC_COMMITS]);
	take_image(&im);
	teardown();
	ATF_CHECK_EQ_MSG(-1, access(JOURNAL, F_OK), "all is in one file");
	for (i = 0; i < 2; i++) {
		put_image(&im, &im, im.njournal);
		setup(3);
		load();
		ATF_CHECK_STREQ("1 three ", told.data);
		ATF_CHECK_STREQ("", lines);
		until(STC_SAVED, 1);
		ATF_CHECK(is_in(PATH, "three") && !is_in(JOURNAL, "three"));
		teardown();
	}
}

/* A journal tells nothing of a file that is not the one before it. */
ATF_TC_WITHOUT_HEAD(another_file);
ATF_TC_BODY(another_file, tc)
{
	struct image	 im, later;

	setup(2);
	save(1, "one");
	until(STC_SAVED, 1);
	save_stable(1, "two", 1);
	until(STC_COMMITS, 1);
	take_image(&im);
	save_stable(1, "three", 1);
	until(STC_COMMITS, 2);
	teardown();
	later.nfile = get_file(PATH, later.file, sizeof(later.file));
	/* The file was written, and the journal behind it was not. */
	put_image(&later, &im, im.njournal);
	setup(2);
	load();
	ATF_CHECK_STREQ("three ", told.data);
	ATF_CHECK_STREQ("", lines);
	teardown();
	/* The file is damaged: what the journal has is there all the same. */
	im.file[im.nfile - 1] ^= 1;
	put_image(&im, &im, im.njournal);
	setup(2);
	load();
	ATF_CHECK_STREQ("two ", told.data);
	ATF_CHECK_EQ(1, count(PATH ": damaged, 0 of 1 records"));
	teardown();
	/* Another program's. */
	put_file(JOURNAL, (const uint8_t *)"MIP6JL\0\1 some bytes", 20);
	setup(2);
	load();
	ATF_CHECK_STREQ("two ", told.data);
	ATF_CHECK_EQ(1, count(JOURNAL ": no journal of this version"));
	save(1, "four");
	until(STC_SAVED, 1);
	ATF_CHECK_EQ(1, count("it is kept as " JOURNAL ".bad"));
	ATF_CHECK(is_in(JOURNAL ".bad", "some bytes"));
	teardown();
}

#define COMMITS		20
#define IMAGES		250
#define SECTOR		512

/* A random number below n. */
static uint32_t
below(size_t n)
{
	uint32_t	 v;

	arc4random_buf(&v, sizeof(v));
	return (v % (uint32_t)n);
}

/* What a disk may have of octets that nobody has waited for. */
static void
tear(uint8_t *p, size_t safe, size_t len)
{
	size_t	 at, n;

	for (at = safe; at < len; at += n) {
		n = SECTOR - at % SECTOR;
		if (n > len - at)
			n = len - at;
		if (below(3) == 0)
			memset(p + at, 0, n);
		else if (below(3) == 0)
			arc4random_buf(p + at, n);
	}
}

/* Each of the five records is as new as when that commit was over, or newer. */
static void
none_is_older(uint32_t commit)
{
	const char	*s = told.data;
	unsigned long	 v;
	uint32_t	 i;
	char		*end;

	ATF_REQUIRE_EQ(5, told.n);
	for (i = 1; i <= 5; i++) {
		v = strtoul(s, &end, 10);
		ATF_CHECK_MSG(v >= commit && v <= COMMITS, "record %u: %lu "
		    "after %u", i, v, commit);
		s = end + strspn(end, "x ");
	}
}

/*
 * The power fails at any moment: what was said to be on disk is there, whatever
 * became of later writes.
 */
ATF_TC_WITHOUT_HEAD(power_cut);
ATF_TC_BODY(power_cut, tc)
{
	static struct image	 all, torn;
	size_t			 safe[COMMITS + 1], n;
	uint32_t		 i, k, c;
	char			 text[128];

	setup(5);
	for (c = 0; c <= COMMITS; c++) {
		memset(text, 'x', sizeof(text));
		n = (size_t)snprintf(text, sizeof(text), "%u", c);
		text[n] = 'x';
		text[sizeof(text) - 1] = '\0';
		for (k = 1; k <= 5; k++)
			save_stable(k, text, k);
		until(c == 0 ? STC_SAVED : STC_COMMITS, c == 0 ? 1 : c);
		take_image(&all);
		safe[c] = all.njournal;
	}
	ATF_CHECK_EQ(1, saved());
	teardown();
	for (i = 0; i < IMAGES; i++) {
		c = below(COMMITS + 1);
		torn = all;
		n = safe[c] + below(all.njournal - safe[c] + 1);
		tear(torn.journal, safe[c], n);
		put_image(&all, &torn, n);
		setup(5);
		load();
		none_is_older(c);
		teardown();
	}
}

/* A journal does not grow for ever. */
ATF_TC_WITHOUT_HEAD(folded);
ATF_TC_BODY(folded, tc)
{
	struct stat	 st;
	uint32_t	 i, turn;
	char		 text[200];

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	setup(1000);
	save(1, "first");
	until(STC_SAVED, 1);
	for (turn = 0; saved() < 2; turn++) {
		ATF_REQUIRE(turn < 1000);
		for (i = 1; i <= 1000; i++)
			save_stable(i, text, 1);
		event_base_loop(ch.base, EVLOOP_ONCE);
	}
	ATF_REQUIRE_EQ(0, stat(JOURNAL, &st));
	ATF_CHECK_MSG(st.st_size < 512 && turn > 10, "%ld octets after %u",
	    (long)st.st_size, turn);
	teardown();
	setup(1000);
	load();
	ATF_CHECK_EQ(1000, told.n);
	teardown();
}

/*
 * Nobody is told that something is on disk which there was no memory for; the
 * next store is told it again.
 */
ATF_TC_WITHOUT_HEAD(no_memory_for_a_record);
ATF_TC_BODY(no_memory_for_a_record, tc)
{
	struct ipc	*engine;
	int		 status;
	pid_t		 pid;

	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		setup(1);
		memset(&answered, 0, sizeof(answered));
		engine = connect_engine(ROLE_MN, hear_result);
		ch.parent = ch.peers[ROLE_MN];
		record_realloc = no_memory;
		save_stable(1, "one", 7);
		disconnect(ROLE_MN, engine);
		_exit(answered.n > 0 && answered.error == 0 ? 2 : 0);
	}
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	ATF_CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 1);
}

/* The directory itself is no more: the next life is given another. */
ATF_TC_WITHOUT_HEAD(directory_gone);
ATF_TC_BODY(directory_gone, tc)
{
	struct stat	 st;
	int		 sv[2], status;
	pid_t		 pid;

	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		setup(1);
		ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
		ch.parent = ipc_new(ch.base, sv[0], ROLE_STORE, ROLE_PARENT,
		    hear, dead, NULL);
		ATF_REQUIRE_EQ(0, rmdir(DIR));
		save(1, "one");
		event_base_dispatch(ch.base);
		_exit(0);
	}
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	ATF_CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 1);
	ATF_CHECK_EQ(-1, stat(DIR, &st));
}

/* We are new, and who is not tells all that it has saved, and no more. */
ATF_TC_WITHOUT_HEAD(told_again);
ATF_TC_BODY(told_again, tc)
{
	union msg	 none = { .u_STATE_TOLD = { 0 } };
	struct ipc	*engine;

	setup(4);
	save(1, "old");
	save(2, "of another time");
	save(3, "3");
	teardown();
	setup(4);
	engine = connect_engine(ROLE_MN, hear);
	save(1, "one");
	save(4, "four");
	say(MSG_STATE_TOLD, &none);
	disconnect(ROLE_MN, engine);
	load();
	ATF_CHECK_STREQ("one four ", told.data);
	/* The same once more, on another pipe. */
	engine = connect_engine(ROLE_MN, hear);
	save(4, "4");
	say(MSG_STATE_TOLD, &none);
	disconnect(ROLE_MN, engine);
	teardown();
	setup(4);
	load();
	ATF_CHECK_STREQ("4 ", told.data);
	teardown();
}

/* An engine has the new configuration an instant before us. */
ATF_TC_WITHOUT_HEAD(staged);
ATF_TC_BODY(staged, tc)
{
	struct conf_home	 home2[2] = { { .address = home(1) },
				    { .address = home(2) } };
	struct conf_mn		 mn2 = { .homes = home2, .nhomes = 2 };
	struct conf		 next = { .mn = &mn2 };

	setup(1);
	ch.staged = &next;
	save(1, "one");
	save(2, "two");
	save(3, "three");
	ch.staged = NULL;
	configure(1, 2);
	load();
	ATF_CHECK_STREQ("one two ", told.data);
	teardown();
}

static struct conf_ha	 agent;

/* A home agent instead; what it is told of its time, and if that is exact. */
static void
setup_agent(void)
{
	setup(0);
	store_ops.stop(&ch);
	conf.mn = NULL;
	conf.ha = &agent;
	start();
}

static struct {
	unsigned int	 saved;		/* answers */
	bool		 loaded, exact;
	char		 data[64];
} time_told;

static void
hear_time(void *arg, struct ipc *ipc, enum msg_type t, const union msg *m,
    int fd)
{
	(void)arg;
	(void)ipc;
	(void)fd;
	if (t == MSG_RESULT) {
		ATF_CHECK_EQ(0, m->u_RESULT.error);
		ATF_CHECK_EQ(77, m->u_RESULT.id);
		time_told.saved++;
		return;
	}
	if (t == MSG_STATE_LOADED)
		return;
	ATF_REQUIRE_EQ(MSG_STATE_LOAD, t);
	time_told.loaded = true;
	time_told.exact = m->u_STATE_LOAD.exact;
	snprintf(time_told.data, sizeof(time_told.data), "%.*s",
	    (int)m->u_STATE_LOAD.data.len,
	    (const char *)m->u_STATE_LOAD.data.p);
}

/* The agent saves that time, unless NULL, and is told what there is. */
static void
agent_time(const char *data)
{
	struct ipc	*engine = connect_engine(ROLE_HA, hear_time);
	union msg	 m;

	memset(&time_told, 0, sizeof(time_told));
	memset(&m, 0, sizeof(m));
	m.u_STATE_SAVE.id = 77;
	m.u_STATE_SAVE.exact = true;
	m.u_STATE_SAVE.data.p = (const uint8_t *)data;
	m.u_STATE_SAVE.data.len = data == NULL ? 0 : strlen(data);
	if (data != NULL)
		store_ops.message(&ch, ROLE_HA, MSG_STATE_SAVE, &m);
	store_ops.message(&ch, ROLE_HA, MSG_STATE_ASK, &m);
	disconnect(ROLE_HA, engine);
}

#define TIME_PATH	DIR "/ha.time"

/* What a daemon is told that begins now: of its own file, or of ha.state. */
static void
begins(const char *data, bool exact)
{
	setup_agent();
	agent_time(NULL);
	ATF_CHECK(time_told.loaded);
	ATF_CHECK_STREQ(data, time_told.data);
	ATF_CHECK_EQ(exact, time_told.exact);
	teardown();
}

/* The time of a home agent is on file before it is answered. */
ATF_TC_WITHOUT_HEAD(agent_time);
ATF_TC_BODY(agent_time, tc)
{
	uint8_t	 b[512], old[512];
	size_t	 n, nold, i;
	int	 bit;

	setup_agent();
	agent_time("first");
	nold = get_file(TIME_PATH, old, sizeof(old));
	agent_time("second");
	ATF_CHECK_EQ(1, time_told.saved);
	ATF_CHECK(time_told.exact);
	/* We are killed here: what has been answered is there. */
	n = get_file(TIME_PATH, b, sizeof(b));
	ATF_CHECK(memmem(b, n, "second", 6) != NULL);
	teardown();
	begins("second", true);
	/* A byte of it is another, or missing. */
	for (i = 0; i < n; i++)
		for (bit = 0; bit < 8; bit += 7) {
			b[i] ^= (uint8_t)(1 << bit);
			put_file(TIME_PATH, b, n);
			b[i] ^= (uint8_t)(1 << bit);
			begins("second", false);
		}
	for (i = 0; i < n; i++) {
		put_file(TIME_PATH, b, i);
		begins("second", false);
	}
	/* It is newer than the other one. */
	put_file(TIME_PATH, old, nold);
	begins("first", true);
	ATF_REQUIRE_EQ(0, unlink(TIME_PATH));
	begins("second", false);
}

/* ... and worth nothing after the host has begun anew. */
ATF_TC_WITHOUT_HEAD(another_boot);
ATF_TC_BODY(another_boot, tc)
{
	static const int64_t	 differ[] = { SEC(2), -SEC(2), SEC(86400) };
	struct now		 now = clock_now();
	const uint8_t		*data;
	uint8_t			 b[512];
	size_t			 n, len, i;

	setup_agent();
	agent_time("time");
	teardown();
	n = get_file(TIME_PATH, b, sizeof(b));
	ATF_CHECK(timefile_parse(b, n, now.wall - now.mono.ns, &data, &len));
	ATF_CHECK(len == 4 && memcmp(data, "time", 4) == 0);
	for (i = 0; i < sizeof(differ) / sizeof(differ[0]); i++)
		ATF_CHECK(!timefile_parse(b, n, now.wall - now.mono.ns +
		    differ[i], &data, &len));
}

/* What can't be written is not believed later, and the engine goes on. */
ATF_TC_WITHOUT_HEAD(time_unwritten);
ATF_TC_BODY(time_unwritten, tc)
{
	setup_agent();
	agent_time("time");
	ATF_REQUIRE_EQ(0, unlink(TIME_PATH));
	ATF_REQUIRE_EQ(0, mkdir(TIME_PATH, 0700));
	agent_time("later");
	agent_time("latest");
	ATF_CHECK_EQ(1, time_told.saved);
	ATF_CHECK_EQ(1, count("the time of the home agent can't be written"));
	ATF_CHECK_EQ(2, ch.counters.v[STC_ERRORS]);
	ATF_REQUIRE_EQ(0, rmdir(TIME_PATH));
	agent_time("well");
	teardown();
	begins("well", true);
}

/* Twenty times what was the limit; a record costs the same as with few. */
ATF_TC_WITHOUT_HEAD(many);
ATF_TC_BODY(many, tc)
{
	struct mono	 begin = mono_now();
	uint32_t	 i, turn;

	setup(100000);
	for (turn = 0; turn < 3; turn++)
		for (i = 1; i <= 100000; i++)
			save(i, turn == 2 ? "the last" : "x");
	teardown();
	setup(100000);
	load();
	ATF_CHECK_EQ(100000, told.n);
	configure(50001, 100000);
	load();
	ATF_CHECK_EQ(50000, told.n);
	teardown();
	/* A list to be searched takes minutes. */
	ATF_CHECK_MSG(mono_diff(mono_now(), begin) < SEC(30), "%ld ms",
	    (long)(mono_diff(mono_now(), begin) / NS_PER_MS));
}

ATF_TC_WITHOUT_HEAD(too_large);
ATF_TC_BODY(too_large, tc)
{
	char	 text[300];

	memset(text, 'x', sizeof(text));
	text[299] = '\0';
	setup(1);
	save(1, text);
	ATF_CHECK_EQ(1, ch.counters.v[STC_DENIED]);
	load();
	ATF_CHECK_EQ(0, told.n);
	teardown();
}

#define NOBODY	65534

static struct parent	 p;

/* Does root give that directory away, to NOBODY? */
static bool
is_given(const char *dir)
{
	struct stat	 st;

	log_to(on_log, NULL);
	lines[0] = '\0';
	snprintf(conf.global.state, sizeof(conf.global.state), "%s", dir);
	p.conf = &conf;
	p.procs[ROLE_STORE].parent = &p;
	p.procs[ROLE_STORE].role = ROLE_STORE;
	p.procs[ROLE_STORE].uid = p.procs[ROLE_STORE].gid = NOBODY;
	statedir_take(&p.procs[ROLE_STORE]);
	if (p.state_dir[0] == '\0') {
		ATF_CHECK_EQ(1, count("the next daemon will know of nothing"));
		return (false);
	}
	ATF_CHECK_STREQ("", lines);
	ATF_CHECK_STREQ(dir, p.state_dir);
	ATF_REQUIRE_EQ(0, stat(dir, &st));
	ATF_CHECK(st.st_uid == NOBODY && st.st_gid == NOBODY);
	ATF_CHECK_EQ(0700, st.st_mode & 07777);
	return (true);
}

/* A directory of root's, with a file. */
static void
old_directory(const char *dir, const char *path)
{
	ATF_REQUIRE_EQ(0, mkdir(dir, 0755));
	put_file(path, (const uint8_t *)"x", 1);
}

/* The store's directory is its own; no other directory is taken for it. */
ATF_TC(given);
ATF_TC_HEAD(given, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(given, tc)
{
	struct stat	 st;

	ATF_CHECK(is_given("up/made"));
	ATF_CHECK(is_given("up/made"));
	/* It may always read its own, or those that await it never start. */
	ATF_REQUIRE_EQ(0, chmod("up/made", 0));
	ATF_CHECK(is_given("up/made"));
	/* Of a daemon that had written it as root. */
	old_directory("old", "old/mn.state");
	put_file("old/ha.time", (const uint8_t *)"x", 1);
	/* ... and what that had called otherwise. */
	put_file("old/reqid.state", (const uint8_t *)"xy", 2);
	put_file("old/reqid.state.bad", (const uint8_t *)"x", 1);
	put_file("old/reqid.state.new", (const uint8_t *)"x", 1);
	ATF_CHECK(is_given("old"));
	ATF_REQUIRE_EQ(0, stat("old/sec.state", &st));
	ATF_CHECK(st.st_uid == NOBODY && st.st_size == 2);
	ATF_REQUIRE_EQ(0, stat("old/mn.state", &st));
	ATF_CHECK_EQ(NOBODY, st.st_uid);
	/* Another's. */
	old_directory("other", "other/mn.state");
	put_file("other/passwd", (const uint8_t *)"x", 1);
	ATF_CHECK(!is_given("other"));
	ATF_CHECK_EQ(1, count("has other files"));
	ATF_REQUIRE(stat("other", &st) == 0 && st.st_uid == 0);
	ATF_REQUIRE(stat("other/mn.state", &st) == 0 && st.st_uid == 0);
	ATF_REQUIRE_EQ(0, chown("other", NOBODY - 1, NOBODY));
	ATF_CHECK(!is_given("other"));
	ATF_CHECK_EQ(1, count("belongs to uid 65533"));
	/* Somebody may put links there while it is given away. */
	old_directory("open", "open/ha.state");
	ATF_REQUIRE_EQ(0, chmod("open", 0775));
	ATF_CHECK(!is_given("open"));
	ATF_CHECK_EQ(1, count("others than root may write"));
	ATF_REQUIRE_EQ(0, chmod("open", 01757));
	ATF_CHECK(!is_given("open"));
	ATF_REQUIRE(stat("open/ha.state", &st) == 0 && st.st_uid == 0);
	/* What is refused stays as it is. */
	old_directory("refused", "refused/reqid.state");
	put_file("refused/passwd", (const uint8_t *)"x", 1);
	ATF_CHECK(!is_given("refused"));
	ATF_CHECK_EQ(0, access("refused/reqid.state", F_OK));
	/* What has such a name and is a file of elsewhere. */
	old_directory("links", "links/ha.state");
	put_file("elsewhere", (const uint8_t *)"x", 1);
	ATF_REQUIRE_EQ(0, link("elsewhere", "links/mn.state"));
	ATF_CHECK(!is_given("links"));
	ATF_REQUIRE_EQ(0, unlink("links/mn.state"));
	ATF_REQUIRE_EQ(0, symlink("../elsewhere", "links/mn.state"));
	ATF_CHECK(!is_given("links"));
	ATF_REQUIRE(stat("elsewhere", &st) == 0 && st.st_uid == 0);
	/* Nor can a file be one. */
	ATF_CHECK(!is_given("elsewhere"));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, kept);
	ATF_TP_ADD_TC(tp, purged);
	ATF_TP_ADD_TC(tp, together);
	ATF_TP_ADD_TC(tp, cut);
	ATF_TP_ADD_TC(tp, flipped);
	ATF_TP_ADD_TC(tp, set_aside);
	ATF_TP_ADD_TC(tp, heals);
	ATF_TP_ADD_TC(tp, stable);
	ATF_TP_ADD_TC(tp, killed);
	ATF_TP_ADD_TC(tp, another_file);
	ATF_TP_ADD_TC(tp, power_cut);
	ATF_TP_ADD_TC(tp, folded);
	ATF_TP_ADD_TC(tp, no_memory_for_a_record);
	ATF_TP_ADD_TC(tp, directory_gone);
	ATF_TP_ADD_TC(tp, told_again);
	ATF_TP_ADD_TC(tp, staged);
	ATF_TP_ADD_TC(tp, agent_time);
	ATF_TP_ADD_TC(tp, another_boot);
	ATF_TP_ADD_TC(tp, time_unwritten);
	ATF_TP_ADD_TC(tp, many);
	ATF_TP_ADD_TC(tp, too_large);
	ATF_TP_ADD_TC(tp, given);
	return (atf_no_error());
}

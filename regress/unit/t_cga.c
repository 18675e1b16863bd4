/*
 * The cga process between a parent, whose part that opens files is the real
 * one, and a mobile node that asks.  Tested is which keys it takes, what it
 * signs and decrypts with them and what it refuses, how often, and what a new
 * configuration changes.
 */
#include <sys/types.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <arpa/inet.h>

#include <atf-c.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cga/form.h"
#include "cga/key.h"
#include "core/child.h"
#include "core/file.h"
#include "mip6ctl/cga.h"
#include "parent/parent.h"
#include "pipe_lab.h"
#include "wire/cgakey.h"
#include "wire/cgaopt.h"
#include "wire/cgarsa.h"

#define PREFIX	"2001:db8:1::/64"
#define TOKEN	UINT64_C(0x0123456789abcdef)

extern const struct child_ops	 cga_ops;

static struct child		 ch;
static struct parent		 p;
static struct conf		 conf;
static struct conf_mn		 mn;
static struct conf_home		 homes[2];
static struct mhauth		*auth;

/* What mn was told at last, and how often of keys. */
static struct msg_cga_params	 params;
static struct msg_cga_signed	 signed_;
static struct msg_cga_decrypted	 decrypted;
static uint8_t			 octets[CGA_MAXLEN];
static unsigned int		 nparams, nsigned, ndecrypted;

/* A file of parameters, and what is in it. */
struct made {
	uint8_t		*p;
	size_t		 len;
	struct cga	 c;
	struct cga_rsa	 rsa;
	struct in6_addr	 addr;
};

static int64_t
clock_now_ms(void)
{
	return (0);
}

static void
nothing(const char *text)
{
	(void)text;
}

/* Make NAME.key, of so many bits, and NAME.cga. */
static void
make(const char *name, const char *bits, struct made *m)
{
	struct progress	 pr = { .now_ms = clock_now_ms, .say = nothing };
	struct output	 o;
	char		 key[32], par[32], why[256], *out;
	char		*w[] = { strdup("new"), strdup("-s"), strdup("0"),
			    strdup("-b"), strdup(bits), strdup("-k"), key,
			    strdup("-o"), par, strdup(PREFIX), NULL };
	size_t		 len, i;
	FILE		*f;

	snprintf(key, sizeof(key), "%s.key", name);
	snprintf(par, sizeof(par), "%s.cga", name);
	ATF_REQUIRE((f = open_memstream(&out, &len)) != NULL);
	output_init(&o, f, VERB_CGA_NEW, false, false);
	ATF_REQUIRE_MSG(cga_new(&o, &pr, 10, w, why, sizeof(why)), "%s", why);
	fclose(f);
	free(out);
	for (i = 0; i < 10; i++)
		if (w[i] != key && w[i] != par)
			free(w[i]);
	ATF_REQUIRE((m->p = file_read(par, 0, CGA_MAXLEN, &m->len)) != NULL);
	ATF_REQUIRE_EQ(CGA_OK, cga_parse(&m->c, m->p, m->len));
	ATF_REQUIRE_EQ(CGA_OK, cga_rsa(&m->c, &m->rsa));
	if (auth == NULL)
		auth = mhauth_new();
	ATF_REQUIRE_EQ(CGA_OK, cga_address(auth, &m->c, 0, &m->addr));
}

static void
to_parent(void *arg, struct ipc *ipc, enum msg_type t, const union msg *m,
    int fd)
{
	(void)arg;
	(void)ipc;
	ATF_REQUIRE_EQ(-1, fd);
	ATF_REQUIRE_EQ(MSG_OPEN, t);
	keyfile_open(&p.procs[ROLE_CGA], m);
}

static void
to_cga(void *arg, struct ipc *ipc, enum msg_type t, const union msg *m, int fd)
{
	(void)arg;
	if (t == MSG_FD)
		cga_ops.got_fd(&ch, &m->u_FD, fd);
	else
		cga_ops.message(&ch, ipc->peer, t, m);
}

static void
to_mn(void *arg, struct ipc *ipc, enum msg_type t, const union msg *m, int fd)
{
	const struct blob	*b = NULL;

	(void)arg;
	(void)ipc;
	ATF_REQUIRE_EQ(-1, fd);
	if (t == MSG_CGA_PARAMS) {
		params = m->u_CGA_PARAMS;
		b = &params.params;
		nparams++;
	} else if (t == MSG_CGA_SIGNED) {
		signed_ = m->u_CGA_SIGNED;
		b = &signed_.signature;
		nsigned++;
	} else {
		ATF_REQUIRE_EQ(MSG_CGA_DECRYPTED, t);
		decrypted = m->u_CGA_DECRYPTED;
		b = &decrypted.token;
		ndecrypted++;
	}
	ATF_REQUIRE(b->len <= sizeof(octets));
	memcpy(octets, b->p, b->len);
}

static void
turn(void)
{
	int	 i;

	for (i = 0; i < 40; i++)
		event_base_loop(ch.base, EVLOOP_NONBLOCK);
}

static struct ipc *mn_end;

/* A mn that is new. */
static void
new_mn(void)
{
	int	 sv[2];

	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
	ch.peers[ROLE_MN] = ipc_new(ch.base, sv[0], ROLE_CGA, ROLE_MN, to_cga,
	    on_dead, NULL);
	mn_end = ipc_new(ch.base, sv[1], ROLE_MN, ROLE_CGA, to_mn, on_dead,
	    NULL);
	ATF_REQUIRE(ch.peers[ROLE_MN] != NULL && mn_end != NULL);
	nparams = 0;
	cga_ops.peer(&ch, ROLE_MN, true);
	turn();
}

static void
home(struct conf_home *h, const char *name, const struct in6_addr *addr)
{
	h->address = *addr;
	snprintf(h->cga_params, sizeof(h->cga_params), "%s.cga", name);
	snprintf(h->cga_key, sizeof(h->cga_key), "%s.key", name);
}

/* Both begin, with these many home addresses. */
static void
start(size_t nhomes)
{
	struct proc	*pr = &p.procs[ROLE_CGA];
	int		 sv[2];

	conf.mn = &mn;
	mn.homes = homes;
	mn.nhomes = nhomes;
	p.conf = ch.conf = &conf;
	ch.ops = &cga_ops;
	ch.started = true;
	ATF_REQUIRE((ch.base = event_base_new()) != NULL);
	ATF_REQUIRE_EQ(0, counters_init(&ch.counters, cga_ops.counters));
	ATF_REQUIRE_EQ(0, counters_init(&p.counters, parent_counters));
	ATF_REQUIRE(whys_init(&ch.whys, &(struct hash_key){ { 1, 2 } }, NULL,
	    NULL));
	ATF_REQUIRE(whys_init(&p.whys, &(struct hash_key){ { 1, 2 } }, NULL,
	    NULL));
	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
	pr->parent = &p;
	pr->role = ROLE_CGA;
	pr->ipc = ipc_new(ch.base, sv[0], ROLE_PARENT, ROLE_CGA, to_parent,
	    on_dead, NULL);
	ch.parent = ipc_new(ch.base, sv[1], ROLE_CGA, ROLE_PARENT, to_cga,
	    on_dead, NULL);
	ATF_REQUIRE(pr->ipc != NULL && ch.parent != NULL);
	ATF_REQUIRE_EQ(0, cga_ops.start(&ch));
	turn();
	new_mn();
}

static void
end(void)
{
	cga_ops.stop(&ch);
	ipc_close(mn_end);
	ipc_close(ch.peers[ROLE_MN]);
	ipc_close(p.procs[ROLE_CGA].ipc);
	ipc_close(ch.parent);
	counters_free(&ch.counters);
	counters_free(&p.counters);
	whys_free(&ch.whys);
	whys_free(&p.whys);
	event_base_free(ch.base);
	mhauth_free(auth);
}

static uint64_t
count(const char *name)
{
	size_t	 i;

	for (i = 0; i < ch.counters.n; i++)
		if (strcmp(ch.counters.defs[i].name, name) == 0)
			return (ch.counters.v[i]);
	atf_tc_fail("no counter %s", name);
}

static struct in6_addr
addr(const char *text)
{
	struct in6_addr	 a;

	ATF_REQUIRE_EQ(1, inet_pton(AF_INET6, text, &a));
	return (a);
}

/* What a mobile node has signed: its octets, and how many. */
static size_t
update(const struct made *m, uint8_t data[MHAUTH_DATAMAX])
{
	const struct in6_addr	 careof = addr("2001:db8:2::5");
	const struct in6_addr	 peer = addr("2001:db8:9::1");
	uint8_t			 buf[MH_MAXLEN], sig[128] = { 0 };
	struct mh_opt		*o;
	struct mh		 bu;

	mh_init(&bu, MH_BU);
	bu.u.bu.seq = 7;
	bu.u.bu.flags = MH_BU_A;
	bu.u.bu.lifetime = 100;
	ATF_REQUIRE((o = mh_add(&bu, MHOPT_NONCE)) != NULL);
	o->u.nonce.home = 3;
	o->u.nonce.careof = 4;
	ATF_REQUIRE(cgaopt_add(&bu, m->p, m->len));
	ATF_REQUIRE((o = mh_add(&bu, MHOPT_SIGNATURE)) != NULL);
	o->var = sig;
	o->varlen = sizeof(sig);
	ATF_REQUIRE(mh_build(&bu, buf, sizeof(buf)) > 0);
	return (cgaopt_data(&bu, &careof, &peer, data));
}

static uint8_t
ask_sign(const struct in6_addr *of, const uint8_t *data, size_t len)
{
	static uint32_t		 id;
	struct msg_cga_sign	 m = { .id = ++id, .home = *of,
				    .data = { data, len } };
	unsigned int		 before = nsigned;

	ipc_send(mn_end, MSG_CGA_SIGN, &m);
	turn();
	ATF_REQUIRE_EQ(before + 1, nsigned);
	ATF_CHECK_EQ(id, signed_.id);
	ATF_CHECK(memcmp(of, &signed_.home, sizeof(*of)) == 0);
	ATF_CHECK(signed_.status == CGA_DONE || signed_.signature.len == 0);
	return (signed_.status);
}

static uint8_t
ask_decrypt(const struct in6_addr *of, const uint8_t *data, size_t len)
{
	static uint32_t		 id = 1000;
	struct msg_cga_decrypt	 m = { .id = ++id, .home = *of,
				    .data = { data, len } };
	unsigned int		 before = ndecrypted;

	ipc_send(mn_end, MSG_CGA_DECRYPT, &m);
	turn();
	ATF_REQUIRE_EQ(before + 1, ndecrypted);
	ATF_CHECK_EQ(id, decrypted.id);
	ATF_CHECK(memcmp(of, &decrypted.home, sizeof(*of)) == 0);
	ATF_CHECK_EQ(decrypted.status == CGA_DONE ? CGA_TOKEN_LEN : 0,
	    decrypted.token.len);
	return (decrypted.status);
}

static uint64_t
random64(void *arg)
{
	(void)arg;
	return (UINT64_C(0x1122334455667788));
}

/* mn knows of these parameters, or that there are none. */
static void
check_told(const struct in6_addr *of, const struct made *m)
{
	ATF_CHECK(memcmp(of, &params.home, sizeof(*of)) == 0);
	ATF_REQUIRE_EQ(m == NULL ? 0 : m->len, params.params.len);
	ATF_CHECK(m == NULL || memcmp(octets, m->p, m->len) == 0);
}

static void
check_why(const struct in6_addr *of, bool stands)
{
	char	 text[INET6_ADDRSTRLEN];

	inet_ntop(AF_INET6, of, text, sizeof(text));
	ATF_CHECK_EQ_MSG(stands, why_find(&ch.whys, WHY_CGA_UNUSABLE, text) !=
	    NULL, "%s", text);
}

/* It signs what another implementation of the same rules verifies. */
ATF_TC_WITHOUT_HEAD(signs);
ATF_TC_BODY(signs, tc)
{
	struct made	 m;
	uint8_t		 data[MHAUTH_DATAMAX];
	struct in6_addr	 other = addr("2001:db8:1::7");
	size_t		 n;

	make("a", "2040", &m);
	home(&homes[0], "a", &m.addr);
	start(1);
	ATF_CHECK_EQ(1, nparams);
	check_told(&m.addr, &m);
	check_why(&m.addr, false);
	n = update(&m, data);
	ATF_CHECK_EQ(CGA_DONE, ask_sign(&m.addr, data, n));
	ATF_CHECK_EQ(255, signed_.signature.len);
	ATF_CHECK_EQ(CGARSA_OK, cgarsa_verify(auth, &m.rsa, data, n, octets,
	    signed_.signature.len));
	ATF_CHECK_EQ(1, count("signed"));
	ATF_CHECK_EQ(CGA_NO_KEY, ask_sign(&other, data, n));
	ATF_CHECK_EQ(CGA_NO_KEY, ask_decrypt(&other, data, 255));
	ATF_CHECK_EQ(2, count("no_key"));
	free(m.p);
	end();
}

ATF_TC_WITHOUT_HEAD(decrypts);
ATF_TC_BODY(decrypts, tc)
{
	struct made	 m, o;
	uint8_t		 in[CGARSA_MAX], want[8] = { 0x01, 0x23, 0x45, 0x67,
			    0x89, 0xab, 0xcd, 0xef };
	size_t		 len;

	make("a", "1024", &m);
	make("b", "1024", &o);
	home(&homes[0], "a", &m.addr);
	start(1);
	ATF_REQUIRE_EQ(CGARSA_OK, cgarsa_encrypt(&m.rsa, TOKEN, random64, NULL,
	    in, &len));
	ATF_CHECK_EQ(CGA_DONE, ask_decrypt(&m.addr, in, len));
	ATF_CHECK(memcmp(octets, want, sizeof(want)) == 0);
	ATF_CHECK_EQ(1, count("decrypted"));
	ATF_CHECK_EQ(CGA_REFUSED, ask_decrypt(&m.addr, in, len - 1));
	ATF_CHECK_EQ(CGA_REFUSED, ask_decrypt(&m.addr, in, 0));
	ATF_CHECK_EQ(2, count("refused"));
	in[len - 1] ^= 1;
	ATF_CHECK_EQ(CGA_FAILED, ask_decrypt(&m.addr, in, len));
	/* Encrypted for another. */
	ATF_REQUIRE_EQ(CGARSA_OK, cgarsa_encrypt(&o.rsa, TOKEN, random64, NULL,
	    in, &len));
	ATF_CHECK_EQ(CGA_FAILED, ask_decrypt(&m.addr, in, len));
	ATF_CHECK_EQ(2, count("failed"));
	ATF_CHECK_EQ(1, count("decrypted"));
	free(m.p);
	free(o.p);
	end();
}

/* Of what is to be signed: what is changed, and what it is then. */
static const struct {
	const char	*name;
	size_t		 at;
	uint8_t		 v;
} wrong[] = {
	{ "a care-of address of many", 0, 0xff },
	{ "a correspondent of many", 16, 0xff },
	{ "payload", 32 + 0, 58 },
	{ "header shorter than what is signed", 32 + 1, 2 },
	{ "a Binding Acknowledgement", 32 + 2, 6 },
	{ "a checksum", 32 + 4, 1 },
	{ "half a checksum", 32 + 5, 1 },
	{ "for a home agent", 32 + 8, 0xc0 },
	{ "an option beyond the end", 32 + 13, 255 },
	{ "other parameters", 32 + 20, 0x55 },
};

ATF_TC_WITHOUT_HEAD(form);
ATF_TC_BODY(form, tc)
{
	struct made	 m;
	uint8_t		 data[MHAUTH_DATAMAX], bad[MHAUTH_DATAMAX + 1] = { 0 };
	size_t		 i, n;

	make("a", "2040", &m);
	n = update(&m, data);
	ATF_REQUIRE(form_is_update(data, n, m.p, m.len));
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		memcpy(bad, data, n);
		bad[wrong[i].at] = wrong[i].v;
		ATF_CHECK_MSG(!form_is_update(bad, n, m.p, m.len), "%s",
		    wrong[i].name);
	}
	for (i = 0; i < n; i++)
		ATF_CHECK_MSG(!form_is_update(data, i, m.p, m.len),
		    "cut at %zu", i);
	/* More behind the parameters, be it padding. */
	memcpy(bad, data, n);
	for (i = 0; i < 2; i++) {
		bad[n + i] = 0;
		ATF_CHECK(!form_is_update(bad, n + i + 1, m.p, m.len));
	}
	ATF_CHECK(!form_is_update(bad, sizeof(bad), m.p, m.len));
	/* Others' parameters, longer and shorter ones. */
	ATF_CHECK(!form_is_update(data, n, m.p, m.len - 1));
	m.p[m.len - 1] ^= 1;
	ATF_CHECK(!form_is_update(data, n, m.p, m.len));
	free(m.p);
	mhauth_free(auth);
}

/* What is refused is counted, and there is an end of questions. */
ATF_TC_WITHOUT_HEAD(limits);
ATF_TC_BODY(limits, tc)
{
	struct made	 m;
	uint8_t		 data[MHAUTH_DATAMAX], token[CGARSA_MAX];
	size_t		 n, len;
	int		 i;

	make("a", "1024", &m);
	home(&homes[0], "a", &m.addr);
	start(1);
	n = update(&m, data);
	data[32 + 8] |= 0x40;
	ATF_CHECK_EQ(CGA_REFUSED, ask_sign(&m.addr, data, n));
	ATF_CHECK_EQ(1, count("refused"));
	data[32 + 8] &= (uint8_t)~0x40;
	for (i = 0; i < 3000 && count("limited") == 0; i++)
		ask_sign(&m.addr, data, n);
	ATF_CHECK_EQ(1, count("limited"));
	ATF_CHECK_EQ(CGA_REFUSED, signed_.status);
	ATF_CHECK(count("signed") >= 199);
	/* One does not use up what is the other's. */
	ATF_REQUIRE_EQ(CGARSA_OK, cgarsa_encrypt(&m.rsa, TOKEN, random64, NULL,
	    token, &len));
	ATF_CHECK_EQ(CGA_DONE, ask_decrypt(&m.addr, token, len));
	for (i = 0; i < 3000 && count("limited") == 1; i++)
		ask_decrypt(&m.addr, token, len - 1);
	ATF_CHECK_EQ(2, count("limited"));
	/* There is more after a while. */
	usleep(200000);
	ATF_CHECK_EQ(CGA_DONE, ask_sign(&m.addr, data, n));
	free(m.p);
	end();
}

static void
put(const char *path, const void *v, size_t len)
{
	unlink(path);
	ATF_REQUIRE_EQ(0, file_create(path, 0600, v, len));
}

/* The files are looked at again; what is wrong with them then stands. */
static void
again(const struct in6_addr *of, bool well)
{
	cga_ops.configure(&ch, &conf);
	turn();
	check_why(of, !well);
}

/* A file that can't be used leaves no key, and one that can brings it back. */
ATF_TC_WITHOUT_HEAD(files);
ATF_TC_BODY(files, tc)
{
	struct made	 m, o;
	uint8_t		*key, *other, big[CGA_MAXLEN + 1] = { 0 };
	size_t		 len, olen;

	make("a", "1024", &m);
	make("b", "1024", &o);
	ATF_REQUIRE((key = file_read("a.key", 0, 100000, &len)) != NULL);
	ATF_REQUIRE((other = file_read("b.key", 0, 100000, &olen)) != NULL);
	home(&homes[0], "a", &m.addr);
	start(1);
	ATF_CHECK_EQ(1, nparams);
	again(&m.addr, true);
	ATF_CHECK_EQ(2, nparams);
	check_told(&m.addr, &m);

	unlink("a.key");
	again(&m.addr, false);
	ATF_CHECK_EQ(3, nparams);
	check_told(&m.addr, NULL);
	ATF_CHECK_EQ(CGA_NO_KEY, ask_sign(&m.addr, big, 100));
	put("a.key", other, olen);
	again(&m.addr, false);
	put("a.key", "nothing", 7);
	again(&m.addr, false);
	put("a.key", "", 0);
	again(&m.addr, false);
	ATF_CHECK_EQ(3, nparams);
	put("a.key", key, len);
	again(&m.addr, true);
	ATF_CHECK_EQ(4, nparams);
	check_told(&m.addr, &m);

	put("a.cga", o.p, o.len);
	again(&m.addr, false);
	check_told(&m.addr, NULL);
	put("a.cga", big, sizeof(big));
	again(&m.addr, false);
	unlink("a.cga");
	ATF_REQUIRE_EQ(0, mkdir("a.cga", 0700));
	again(&m.addr, false);
	ATF_REQUIRE_EQ(0, rmdir("a.cga"));
	put("a.cga", m.p, m.len);
	again(&m.addr, true);
	check_told(&m.addr, &m);
	ATF_CHECK_EQ(6, nparams);
	ATF_CHECK_EQ(0, p.procs[ROLE_CGA].denied);
	free(key);
	free(other);
	free(m.p);
	free(o.p);
	end();
}

/* Home addresses come and go; what stays is told of again, not as gone. */
ATF_TC_WITHOUT_HEAD(configured);
ATF_TC_BODY(configured, tc)
{
	struct made	 m, o;
	uint8_t		 data[MHAUTH_DATAMAX];
	size_t		 n;

	make("a", "1024", &m);
	make("b", "1024", &o);
	home(&homes[0], "a", &m.addr);
	home(&homes[1], "b", &o.addr);
	start(1);
	mn.nhomes = 2;
	cga_ops.configure(&ch, &conf);
	/* It goes on with what it has while the file is on its way. */
	n = update(&m, data);
	ATF_CHECK_EQ(CGA_DONE, ask_sign(&m.addr, data, n));
	turn();
	ATF_CHECK_EQ(3, nparams);
	ATF_CHECK_EQ(CGA_REFUSED, ask_sign(&o.addr, data, n));
	n = update(&o, data);
	ATF_CHECK_EQ(CGA_DONE, ask_sign(&o.addr, data, n));

	/* The first goes. */
	homes[0].cga_key[0] = homes[0].cga_params[0] = '\0';
	cga_ops.configure(&ch, &conf);
	turn();
	ATF_CHECK_EQ(5, nparams);
	check_told(&o.addr, &o);
	ATF_CHECK_EQ(CGA_NO_KEY, ask_sign(&m.addr, data, n));
	ATF_CHECK_EQ(CGA_DONE, ask_sign(&o.addr, data, n));
	ipc_close(mn_end);
	ipc_close(ch.peers[ROLE_MN]);
	new_mn();
	ATF_CHECK_EQ(1, nparams);
	check_told(&o.addr, &o);

	/* One that could not be used, and is configured no more. */
	unlink("b.key");
	again(&o.addr, false);
	mn.nhomes = 1;
	again(&o.addr, true);
	free(m.p);
	free(o.p);
	end();
}

/* The parent opens what is named for it, and nothing else. */
ATF_TC_WITHOUT_HEAD(denied);
ATF_TC_BODY(denied, tc)
{
	struct made	 m;
	struct msg_open	 ask = { .id = 99, .path = "secret" };

	make("a", "1024", &m);
	put("secret", "x", 1);
	home(&homes[0], "a", &m.addr);
	snprintf(homes[0].identifier, sizeof(homes[0].identifier), "secret");
	start(1);
	ipc_send(ch.parent, MSG_OPEN, &ask);
	turn();
	ATF_CHECK_EQ(1, p.procs[ROLE_CGA].denied);
	/* An answer to nobody's question changes nothing. */
	ATF_CHECK_EQ(1, nparams);
	check_why(&m.addr, false);
	free(m.p);
	end();
}

static char	 said[1024];

static void
hear(void *arg, const char *file, int line, int column, const char *text)
{
	size_t	 n = strlen(said);

	(void)arg;
	(void)file;
	snprintf(said + n, sizeof(said) - n, "%d:%d: %s\n", line, column,
	    text);
}

#define ROUTES	"route-optimisation {\n}\n"

/*
 * A configuration with that home address, and these statements in its block,
 * is refused with these words, of which each % is the directory; or "", taken.
 */
static void
check_conf(const char *home_addr, const char *statements, const char *ro,
    const char *want)
{
	char		 text[2048], dir[512], full[1024], *f = full;
	struct conf	*c;

	ATF_REQUIRE(getcwd(dir, sizeof(dir)) != NULL);
	snprintf(text, sizeof(text), "mobile-node {\n"
	    "interface \"wlan0\"\n"
	    "home-address %s {\n"
	    "home-prefix 2001:db8:1::/64\n"
	    "home-agent 2001:db8:1::1\n"
	    "authentication none insecure\n"
	    "%s}\n%s}\n", home_addr, statements, ro);
	put("conf", text, strlen(text));
	for (; *want != '\0'; want++)
		f += snprintf(f, sizeof(full) - (size_t)(f - full),
		    *want == '%' ? "%s" : "%.1s", *want == '%' ? dir : want);
	*f = '\0';
	said[0] = '\0';
	c = conf_parse_file("conf", NULL, 0, NULL, hear, NULL);
	ATF_CHECK_STREQ(full, said);
	ATF_CHECK_EQ(full[0] == '\0', c != NULL);
	conf_free(c);
}

/* What the file names is looked at when it is read: place, expected, found. */
ATF_TC_WITHOUT_HEAD(named);
ATF_TC_BODY(named, tc)
{
	struct made	 m, o;
	char		 dir[256], st[1200], want[700], a[INET6_ADDRSTRLEN];

	make("a", "1024", &m);
	make("b", "1024", &o);
	inet_ntop(AF_INET6, &m.addr, a, sizeof(a));
	ATF_REQUIRE(getcwd(dir, sizeof(dir)) != NULL);
	ATF_REQUIRE(strlen(dir) < CONF_PATH_MAX - 6);
#define NAMED(params, key)						\
	(snprintf(st, sizeof(st), "cga-parameters \"%s/" params "\"\n"	\
	    "cga-key \"%s/" key "\"\n", dir, dir), st)
	check_conf(a, NAMED("a.cga", "a.key"), ROUTES, "");
	check_conf(a, NAMED("a.cga", "b.key"), ROUTES, "8:1: cga-key: "
	    "%/b.key: is not the key of the cga-parameters beside it\n");
	snprintf(want, sizeof(want), "7:1: cga-parameters: %%/a.cga: expected "
	    "those of 2001:db8:1::77, found those of %s: the interface "
	    "identifier is of other parameters\n", a);
	check_conf("2001:db8:1::77", NAMED("a.cga", "a.key"), ROUTES, want);
	check_conf(a, NAMED("c.cga", "a.key"), ROUTES, "7:1: cga-parameters: "
	    "%/c.cga: No such file or directory\n");
	check_conf(a, NAMED("a.key", "a.key"), ROUTES, "7:1: cga-parameters: "
	    "%/a.key: the public key is no SubjectPublicKeyInfo in DER\n");
	check_conf(a, NAMED("a.cga", "c.key"), ROUTES, "8:1: cga-key: "
	    "%/c.key: No such file or directory\n");
	ATF_REQUIRE_EQ(0, mkdir("d", 0700));
	check_conf(a, NAMED("a.cga", "d"), ROUTES, "8:1: cga-key: %/d: not a "
	    "file\n");
	put("e.key", m.p, m.len);
	check_conf(a, NAMED("a.cga", "e.key"), ROUTES, "8:1: cga-key: "
	    "%/e.key: has no private key in PEM\n");
	ATF_REQUIRE_EQ(0, chmod("a.key", 0640));
	check_conf(a, NAMED("a.cga", "a.key"), ROUTES, "8:1: cga-key: "
	    "%/a.key: expected mode 0600, found 0640\n");
	ATF_REQUIRE_EQ(0, chmod("a.key", 0600));
	/* Neither without the other, nor without what they are for. */
	check_conf(a, "cga-key \"/a\"\n", ROUTES, "7:1: cga-key: expected "
	    "cga-parameters, too\n");
	check_conf(a, "cga-parameters \"/a\"\n", ROUTES, "7:1: "
	    "cga-parameters: expected a cga-key, too\n");
	snprintf(want, sizeof(want), "3:1: home-address %s has a cga-key, "
	    "which is for correspondents: expected a route-optimisation block, "
	    "too\n", a);
	check_conf(a, NAMED("a.cga", "a.key"), "", want);
	free(m.p);
	free(o.p);
	mhauth_free(auth);
}

/* That the keys are away is told of, unless nobody wants them. */
ATF_TC_WITHOUT_HEAD(away);
ATF_TC_BODY(away, tc)
{
	struct proc	*pr = &p.procs[ROLE_CGA];
	struct made	 m;

	make("a", "1024", &m);
	home(&homes[0], "a", &m.addr);
	start(1);
	keyfile_child_gone(pr);
	ATF_CHECK(why_find(&p.whys, WHY_CGA_AWAY, "cga") != NULL);
	keyfile_child_ready(&p.procs[ROLE_MN]);
	keyfile_child_ready(pr);
	ATF_CHECK(why_find(&p.whys, WHY_CGA_AWAY, "cga") == NULL);
	keyfile_child_gone(pr);
	homes[0].cga_key[0] = '\0';
	keyfile_child_gone(pr);
	ATF_CHECK(why_find(&p.whys, WHY_CGA_AWAY, "cga") == NULL);
	free(m.p);
	end();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, signs);
	ATF_TP_ADD_TC(tp, decrypts);
	ATF_TP_ADD_TC(tp, form);
	ATF_TP_ADD_TC(tp, limits);
	ATF_TP_ADD_TC(tp, files);
	ATF_TP_ADD_TC(tp, configured);
	ATF_TP_ADD_TC(tp, denied);
	ATF_TP_ADD_TC(tp, named);
	ATF_TP_ADD_TC(tp, away);
	return (atf_no_error());
}

/*
 * mip6ctl cga: makes a cryptographically generated address of a new key or of
 * one that is there, prints CGA Parameters, and tells whether an address is of
 * them.  No daemon is asked: wire/cga.c knows RFC 3972, rsakey.c the keys.  A
 * file of parameters has just their octets, as in RFC 3972 section 3.  Files
 * are made at the end, so that nothing is left of a run that was interrupted.
 */
#include <sys/types.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <arpa/inet.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"
#include "mip6ctl/cga.h"
#include "mip6ctl/rsakey.h"
#include "wire/cga.h"
#include "wire/ip6.h"

#define SEC		1	/* without -s */
#define HASHES		4096	/* of a step of the search */
#define NAME		(INET6_ADDRSTRLEN + sizeof(".cga"))

/* What the words of cga new say. */
struct wanted {
	unsigned int	 sec;
	unsigned int	 bits;		/* 0: not said */
	const char	*keyfile;	/* NULL: named by the address */
	const char	*file;		/* the same */
	struct in6_addr	 prefix;
};

/* What it works on. */
struct work {
	struct wanted	 want;
	struct progress	*progress;
	struct mhauth	*auth;
	struct rsakey	*key;
	bool		 key_is_new;
	uint8_t		*public;	/* c.key points to it */
	struct cga	 c;
	struct cga_rsa	 rsa;
	uint64_t	 hashes;
	struct in6_addr	 addr;
	char		 keyname[NAME], name[NAME];
};

static struct report	 rep;

/* Print the row that was made in rep. */
static void
put_row(struct output *o)
{
	report_end(&rep);
	output_rows(o, rep.mem, rep.w.off);
}

static void
begin_row(const char *table)
{
	report_init(&rep);
	report_row(&rep, table);
}

/* A number of decimal digits; false if it is none or above max. */
static bool
number(const char *s, unsigned int max, unsigned int *v)
{
	char		*end;
	unsigned long	 n;

	if (*s < '0' || *s > '9')
		return (false);
	errno = 0;
	n = strtoul(s, &end, 10);
	*v = (unsigned int)n;
	return (*end == '\0' && errno == 0 && n <= max);
}

static bool
read_sec(const char *s, unsigned int *sec, char *why, size_t cap)
{
	if (!number(s, CGA_SEC_MAX, sec)) {
		snprintf(why, cap, "-s: \"%s\" is no Sec, 0 or 1 is", s);
		return (false);
	}
	if (*sec <= CGA_SEC_SEARCH)
		return (true);
	snprintf(why, cap, "-s %u: that would take 2^%u hashes; 0 or 1 can be "
	    "had", *sec, 16 * *sec);
	return (false);
}

static bool
read_bits(const char *s, unsigned int *bits, char *why, size_t cap)
{
	struct cga_rsa	 k = { .e = 65537 };
	enum cga_err	 e;

	if (!number(s, 1 << 20, bits)) {
		snprintf(why, cap, "-b: \"%s\" is no number of bits", s);
		return (false);
	}
	k.bits = *bits;
	if ((e = cga_rsa_fits(&k)) == CGA_OK)
		return (true);
	snprintf(why, cap, "-b %u: %s", *bits, cga_err_name(e));
	return (false);
}

/* 2001:db8:1:: or 2001:db8:1::/64. */
static bool
read_prefix(const char *s, struct in6_addr *prefix, char *why, size_t cap)
{
	char		 text[INET6_ADDRSTRLEN];
	const char	*slash = strchr(s, '/'), *reason = NULL;
	struct in6_addr	 cut;
	unsigned int	 len = 64;

	snprintf(text, sizeof(text), "%.*s", slash == NULL ? (int)strlen(s) :
	    (int)(slash - s), s);
	if (inet_pton(AF_INET6, text, prefix) != 1 ||
	    (slash != NULL && !number(slash + 1, 128, &len)))
		reason = "is no IPv6 prefix";
	else if (len != 64)
		reason = "is not of 64 bits, as RFC 3972 wants it";
	else if (cut = in6_prefix(prefix, 64), !in6_eq(prefix, &cut))
		reason = "has more than 64 bits";
	else if (!in6_is_linklocal(prefix) && !in6_is_routable(prefix))
		reason = "is no prefix for addresses of hosts";
	if (reason != NULL)
		snprintf(why, cap, "\"%s\" %s", s, reason);
	return (reason == NULL);
}

static bool
read_words(struct wanted *w, int argc, char **argv, char *why, size_t cap)
{
	int	 c;
	bool	 ok = true;

	/* The options before the verb were read by the same function. */
	optind = 1;
	opterr = 0;
	w->sec = SEC;
	while (ok && (c = getopt(argc, argv, "+b:k:o:s:")) != -1) {
		if (c == 'b')
			ok = read_bits(optarg, &w->bits, why, cap);
		else if (c == 'k')
			w->keyfile = optarg;
		else if (c == 'o')
			w->file = optarg;
		else if (c == 's')
			ok = read_sec(optarg, &w->sec, why, cap);
		else
			argc = 0;
	}
	if (ok && argc - optind != 1) {
		verb_usage(VERB_CGA_NEW, why, cap);
		return (false);
	}
	return (ok && read_prefix(argv[optind], &w->prefix, why, cap));
}

/* The key is in a file already, or is made. */
static bool
have_key(struct work *w, char *why, size_t cap)
{
	const char	*path = w->want.keyfile;
	char		 reason[256];
	struct stat	 st;

	if (path != NULL) {
		w->key = rsakey_read(path, reason, sizeof(reason));
		if (w->key == NULL && errno != ENOENT) {
			snprintf(why, cap, "%s: %s", path, reason);
			return (false);
		}
		if (w->key != NULL && stat(path, &st) == 0 &&
		    (st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
			w->progress->say("others than its owner may read the "
			    "private key");
	}
	if (w->key == NULL) {
		w->key_is_new = true;
		w->key = rsakey_make(w->want.bits == 0 ? CGA_RSA_MAX :
		    w->want.bits, w->progress, why, cap);
	}
	return (w->key != NULL);
}

/* Parameters with that key, if it may be one. */
static bool
have_parameters(struct work *w, char *why, size_t cap)
{
	const char	*path = w->want.keyfile == NULL ? "the new key" :
			    w->want.keyfile;
	enum cga_err	 e;

	w->public = rsakey_public(w->key, &w->c.keylen);
	if (w->public == NULL) {
		snprintf(why, cap, "%s", strerror(ENOMEM));
		return (false);
	}
	w->c.key = w->public;
	if ((e = cga_rsa(&w->c, &w->rsa)) != CGA_OK ||
	    (e = cga_rsa_fits(&w->rsa)) != CGA_OK) {
		snprintf(why, cap, "%s: %s", path, cga_err_name(e));
		return (false);
	}
	if (w->want.bits != 0 && w->want.bits != w->rsa.bits) {
		snprintf(why, cap, "%s: its key has %u bits, not %u", path,
		    w->rsa.bits, w->want.bits);
		return (false);
	}
	arc4random_buf(w->c.modifier, sizeof(w->c.modifier));
	cga_move(&w->c, &w->want.prefix);
	return (true);
}

/* RFC 3972 4, and 5 on what came out. */
static enum cga_err
generate(struct work *w)
{
	struct cga_search	 s;
	enum cga_err		 e;

	if ((e = cga_search_begin(&s, &w->c, w->want.sec)) != CGA_OK)
		return (e);
	progress_begin(w->progress);
	while (!s.found) {
		e = cga_search_step(w->auth, &s, &w->c, HASHES);
		if (e != CGA_OK)
			return (e);
		if (!s.found)
			progress_tick(w->progress, "searching for a modifier: "
			    "%" PRIu64 " hashes of about %u", s.hashes,
			    1U << 16 * w->want.sec);
	}
	w->hashes = s.hashes;
	if ((e = cga_address(w->auth, &w->c, w->want.sec, &w->addr)) != CGA_OK)
		return (e);
	return (cga_verify(w->auth, &w->c, &w->addr));
}

/* Files that were not named have the address as their name. */
static void
name_files(struct work *w)
{
	char	 addr[INET6_ADDRSTRLEN];

	inet_ntop(AF_INET6, &w->addr, addr, sizeof(addr));
	snprintf(w->keyname, sizeof(w->keyname), "%s.key", addr);
	snprintf(w->name, sizeof(w->name), "%s.cga", addr);
	if (w->want.keyfile == NULL)
		w->want.keyfile = w->keyname;
	if (w->want.file == NULL)
		w->want.file = w->name;
}

/* The key first: parameters without one are of no use. */
static bool
write_files(struct work *w, char *why, size_t cap)
{
	uint8_t	 octets[CGA_MAXLEN];
	char	 reason[256];
	int	 e;

	if (w->key_is_new && !rsakey_write(w->key, w->want.keyfile, reason,
	    sizeof(reason))) {
		snprintf(why, cap, "%s: %s", w->want.keyfile, reason);
		return (false);
	}
	e = file_create(w->want.file, 0644, octets,
	    cga_build(&w->c, octets, sizeof(octets)));
	if (e == 0)
		return (true);
	if (w->key_is_new)
		unlink(w->want.keyfile);
	snprintf(why, cap, "%s: %s", w->want.file, strerror(e));
	return (false);
}

static bool
make(struct work *w, char *why, size_t cap)
{
	enum cga_err	 e = CGA_E_CRYPTO;

	/* Better now than after all the work; file_create() looks again. */
	if (w->want.file != NULL && access(w->want.file, F_OK) == 0) {
		snprintf(why, cap, "%s: %s", w->want.file, strerror(EEXIST));
		return (false);
	}
	if (!have_key(w, why, cap) || !have_parameters(w, why, cap))
		return (false);
	if ((w->auth = mhauth_new()) == NULL ||
	    (e = generate(w)) != CGA_OK) {
		snprintf(why, cap, "%s", cga_err_name(e));
		return (false);
	}
	name_files(w);
	return (write_files(w, why, cap));
}

/*
 * cga new: make an address, a file of its parameters and, unless the key was
 * there, one of the key.  A row tells what they are.
 */
bool
cga_new(struct output *o, struct progress *p, int argc, char **argv, char *why,
    size_t cap)
{
	struct work	 w;
	bool		 ok;

	memset(&w, 0, sizeof(w));
	w.progress = p;
	ok = read_words(&w.want, argc, argv, why, cap) && make(&w, why, cap);
	if (ok) {
		begin_row("cga");
		report_addr(&rep, "address", &w.addr);
		report_u64(&rep, "sec", w.want.sec);
		report_str(&rep, "parameters", w.want.file);
		report_str(&rep, "key", w.want.keyfile);
		report_bool(&rep, "key_is_new", w.key_is_new);
		report_u64(&rep, "bits", w.rsa.bits);
		report_u64(&rep, "hashes", w.hashes);
		put_row(o);
	}
	mhauth_free(w.auth);
	rsakey_free(w.key);
	free(w.public);
	return (ok);
}

/* Parameters from a file: *p is their octets, which the caller frees. */
static bool
read_parameters(const char *path, struct cga *c, uint8_t **p, char *why,
    size_t cap)
{
	enum cga_err	 e;
	size_t		 len;

	if ((*p = file_read(path, 0, CGA_MAXLEN, &len)) == NULL) {
		snprintf(why, cap, "%s: %s", path, errno == EFBIG ?
		    cga_err_name(CGA_E_LONG) : errno == EINVAL ?
		    "not a file" : strerror(errno));
		return (false);
	}
	if ((e = cga_parse(c, *p, len)) == CGA_OK)
		return (true);
	snprintf(why, cap, "%s: %s", path, cga_err_name(e));
	free(*p);
	*p = NULL;
	return (false);
}

static void
report_key(const struct cga *c)
{
	struct cga_rsa	 k;
	enum cga_err	 e = cga_rsa(c, &k);

	if (e == CGA_OK) {
		report_u64(&rep, "bits", k.bits);
		report_u64(&rep, "exponent", k.e);
		e = cga_rsa_fits(&k);
	}
	report_bool(&rep, "fits_rfc4866", e == CGA_OK);
	if (e != CGA_OK)
		report_str(&rep, "note", cga_err_name(e));
}

static void
put_parameters(struct output *o, const struct cga *c)
{
	char		 hex[2 * CGA_MODIFIER + 1];
	char		 prefix[INET6_ADDRSTRLEN + sizeof("/64")];
	struct in6_addr	 a = IN6ADDR_ANY_INIT;
	size_t		 i;

	for (i = 0; i < CGA_MODIFIER; i++)
		snprintf(hex + 2 * i, 3, "%02x", c->modifier[i]);
	memcpy(a.s6_addr, c->prefix, CGA_PREFIX);
	inet_ntop(AF_INET6, &a, prefix, INET6_ADDRSTRLEN);
	memcpy(prefix + strlen(prefix), "/64", sizeof("/64"));
	begin_row("cga_parameters");
	report_str(&rep, "modifier", hex);
	report_str(&rep, "prefix", prefix);
	report_u64(&rep, "collision_count", c->collisions);
	report_u64(&rep, "key_octets", c->keylen);
	report_u64(&rep, "extension_octets", c->extlen);
	report_key(c);
	put_row(o);
}

/* One for each Sec that the modifier does for. */
static enum cga_err
put_addresses(struct output *o, struct mhauth *a, const struct cga *c)
{
	struct in6_addr	 addr;
	enum cga_err	 e;
	unsigned int	 sec, max;

	if ((e = cga_sec_max(a, c, &max)) != CGA_OK)
		return (e);
	for (sec = 0; sec <= max; sec++) {
		if ((e = cga_address(a, c, sec, &addr)) != CGA_OK)
			return (e);
		begin_row("cga_address");
		report_u64(&rep, "sec", sec);
		report_addr(&rep, "address", &addr);
		put_row(o);
	}
	return (CGA_OK);
}

/*
 * cga show: what is in a file of parameters, and the addresses that they make.
 * False if there is none of them, too.
 */
bool
cga_show(struct output *o, struct progress *p, int argc, char **argv, char *why,
    size_t cap)
{
	struct mhauth	*a;
	struct cga	 c;
	enum cga_err	 e = CGA_E_CRYPTO;
	uint8_t		*octets;

	(void)p;
	if (argc != 2) {
		verb_usage(VERB_CGA_SHOW, why, cap);
		return (false);
	}
	if (!read_parameters(argv[1], &c, &octets, why, cap))
		return (false);
	put_parameters(o, &c);
	if ((a = mhauth_new()) != NULL)
		e = put_addresses(o, a, &c);
	if (e != CGA_OK)
		snprintf(why, cap, "%s: %s", argv[1], cga_err_name(e));
	mhauth_free(a);
	free(octets);
	return (e == CGA_OK);
}

/*
 * cga verify: is an address of the parameters in a file (RFC 3972 5)?  If not
 * the reason tells at which step that was seen.
 */
bool
cga_verify_file(struct output *o, struct progress *p, int argc, char **argv,
    char *why, size_t cap)
{
	struct mhauth	*a;
	struct in6_addr	 addr;
	struct cga	 c;
	enum cga_err	 e = CGA_E_CRYPTO;
	uint8_t		*octets;

	(void)p;
	if (argc != 3) {
		verb_usage(VERB_CGA_VERIFY, why, cap);
		return (false);
	}
	if (!verb_address(argv[1], &addr)) {
		snprintf(why, cap, "\"%s\" is not an IPv6 address", argv[1]);
		return (false);
	}
	if (!read_parameters(argv[2], &c, &octets, why, cap))
		return (false);
	if ((a = mhauth_new()) != NULL)
		e = cga_verify(a, &c, &addr);
	mhauth_free(a);
	free(octets);
	begin_row("cga_verified");
	report_addr(&rep, "address", &addr);
	report_u64(&rep, "sec", cga_sec(&addr));
	report_bool(&rep, "verified", e == CGA_OK);
	put_row(o);
	if (e != CGA_OK)
		snprintf(why, cap, "%s: %s", argv[2], cga_err_name(e));
	return (e == CGA_OK);
}

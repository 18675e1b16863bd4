/*
 * What a control client may ask: the words of each verb, its argument, which
 * roles answer it, and whether restricted sockets have it.  mip6ctl matches
 * words by this table, and control checks requests by it.  A new verb is a row
 * of core/verb.def.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <arpa/inet.h>

#include <stdio.h>
#include <string.h>

#include "core/verb.h"

/* The roles as a row of verb.def names them. */
enum {
#define ROOT(id, ...)		id = ROLE_BIT(ROLE_##id),
#define SERVICE(id, ...)	id = ROLE_BIT(ROLE_##id),
#define ENGINE(id, ...)		id = ROLE_BIT(ROLE_##id),
#include "core/role.def"
};
#define ALL		ROLES_ALL
#define BINDING_ARG	"[home-address A | care-of A | identifier ID]"

static const struct verb_def verbs[VERB_MAX] = {
#define VERB(id, ...)	[VERB_##id] = { __VA_ARGS__ },
#include "core/verb.def"
};

static const struct {
	const char	*name;
	enum verb_key	 key;
} keys[] = {
	{ "home-address",	VK_HOME_ADDRESS },
	{ "care-of",		VK_CARE_OF },
	{ "identifier",		VK_IDENTIFIER },
};
#define NKEYS	(sizeof(keys) / sizeof(keys[0]))

/* The row of a verb, NULL if there is none of that number. */
const struct verb_def *
verb_def(enum verb v)
{
	if ((unsigned int)v >= VERB_MAX || verbs[v].words == NULL)
		return (NULL);
	return (&verbs[v]);
}

/* The i-th word of a verb: where it is and its length, or NULL. */
static const char *
word_at(const struct verb_def *d, int i, size_t *len)
{
	const char	*p = d->words;

	for (; i > 0 && p != NULL; i--)
		if ((p = strchr(p, ' ')) != NULL)
			p++;
	if (p != NULL)
		*len = strcspn(p, " ");
	return (p);
}

/* The verbs that are still possible after some words. */
struct match {
	bool		 in[VERB_MAX];
	int		 depth;		/* words that are behind us */
};

static void
list_add(char *list, size_t cap, const char *word, size_t len)
{
	size_t	 off = strlen(list);

	snprintf(list + off, cap - off, "%s%.*s", off == 0 ? "" : ", ",
	    (int)len, word);
}

/* Does an earlier verb that is still possible have this same next word? */
static bool
seen(const struct match *m, int before, const char *word, size_t len)
{
	const char	*w;
	size_t		 n = 0;
	int		 v;

	for (v = 0; v < before; v++)
		if (m->in[v] && (w = word_at(&verbs[v], m->depth, &n)) !=
		    NULL && n == len && strncmp(w, word, len) == 0)
			return (true);
	return (false);
}

/*
 * The different words that may come next and begin with prefix.  Returns how
 * many, their list, and the last of them; an exact match is the only one.
 */
static int
candidates(const struct match *m, const char *prefix, char *list, size_t cap,
    const char **found, size_t *foundlen)
{
	const char	*w;
	size_t		 len = 0, plen = strlen(prefix);
	int		 v, n = 0;

	list[0] = '\0';
	for (v = 0; v < VERB_MAX; v++) {
		if (!m->in[v] ||
		    (w = word_at(&verbs[v], m->depth, &len)) == NULL ||
		    plen > len || strncmp(w, prefix, plen) != 0 ||
		    seen(m, v, w, len))
			continue;
		*found = w;
		*foundlen = len;
		if (plen == len)
			return (1);
		list_add(list, cap, w, len);
		n++;
	}
	return (n);
}

static void
narrow(struct match *m, const char *word, size_t len)
{
	const char	*w;
	size_t		 n = 0;
	int		 v;

	for (v = 0; v < VERB_MAX; v++)
		if (m->in[v] && ((w = word_at(&verbs[v], m->depth, &n)) ==
		    NULL || n != len || strncmp(w, word, len) != 0))
			m->in[v] = false;
	m->depth++;
}

/* The verb that has no more words than were given. */
static enum verb
complete(const struct match *m)
{
	size_t	 len;
	int	 v;

	for (v = 0; v < VERB_MAX; v++)
		if (m->in[v] && word_at(&verbs[v], m->depth, &len) == NULL)
			return ((enum verb)v);
	return (VERB_NONE);
}

/*
 * Find a verb by words of which each may be cut to its shortest unique
 * prefix.  Returns it and how many words it took; VERB_NONE and what was
 * wrong, with the words that would have been right, if there is none.
 */
enum verb
verb_match(int argc, char *const *argv, int *used, char *err, size_t errlen)
{
	struct match	 m = { .depth = 0 };
	const char	*word = NULL;
	char		 list[400];
	enum verb	 v;
	size_t		 len = 0;
	int		 i, n;

	for (i = 0; i < VERB_MAX; i++)
		m.in[i] = verbs[i].words != NULL;
	for (i = 0; i < argc; i++) {
		n = candidates(&m, argv[i], list, sizeof(list), &word, &len);
		if (n > 1) {
			snprintf(err, errlen, "ambiguous \"%s\": %s", argv[i],
			    list);
			return (VERB_NONE);
		}
		if (n == 0)
			break;
		narrow(&m, word, len);
	}
	*used = i;
	if (i > 0 && (v = complete(&m)) != VERB_NONE)
		return (v);
	candidates(&m, "", list, sizeof(list), &word, &len);
	if (i < argc)
		snprintf(err, errlen, "unknown \"%s\", expected one of: %s",
		    argv[i], list);
	else
		snprintf(err, errlen, "one word more is needed: %s", list);
	return (VERB_NONE);
}

/* Text that may go into an argument: no control characters. */
static bool
printable(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			return (false);
	return (true);
}

/*
 * An argument that is one IPv6 address (VA_ADDRESS): into *a, network byte
 * order.  False if it is not one.
 */
bool
verb_address(const char *arg, struct in6_addr *a)
{
	return (inet_pton(AF_INET6, arg, a) == 1);
}

static bool
pack_address(const char *s, const char *what, char *arg, size_t cap, char *err,
    size_t errlen)
{
	char		 text[INET6_ADDRSTRLEN];
	struct in6_addr	 a;

	if (!verb_address(s, &a)) {
		snprintf(err, errlen, "%s: \"%s\" is not an IPv6 address",
		    what, s);
		return (false);
	}
	inet_ntop(AF_INET6, &a, text, sizeof(text));
	snprintf(arg, cap, "%s", text);
	return (true);
}

/* Anything printable; an address in the one way that it is shown. */
static bool
pack_text(const struct verb_def *d, const char *s, char *arg, size_t cap,
    char *err, size_t errlen)
{
	if (s[0] == '\0' || strlen(s) >= cap || !printable(s) ||
	    (d->arg == VA_SUBJECT && strchr(s, ' ') != NULL)) {
		snprintf(err, errlen, "%s: argument too long or not one word",
		    d->words);
		return (false);
	}
	snprintf(arg, cap, "%s", s);
	return (d->arg != VA_SUBJECT || strchr(s, ':') == NULL ||
	    !verb_address(s, &(struct in6_addr){ 0 }) ||
	    pack_address(s, d->words, arg, cap, err, errlen));
}

static bool
pack_binding(const char *key, const char *value, char *arg, size_t cap,
    char *err, size_t errlen)
{
	size_t	 i, off;

	for (i = 0; i < NKEYS; i++)
		if (key[0] != '\0' &&
		    strncmp(keys[i].name, key, strlen(key)) == 0)
			break;
	if (i == NKEYS) {
		snprintf(err, errlen, "unknown \"%s\", expected one of: "
		    "home-address, care-of, identifier, summary", key);
		return (false);
	}
	off = (size_t)snprintf(arg, cap, "%s ", keys[i].name);
	if (keys[i].key != VK_IDENTIFIER)
		return (pack_address(value, keys[i].name, arg + off, cap - off,
		    err, errlen));
	if (value[0] == '\0' || strlen(value) >= cap - off ||
	    !printable(value)) {
		snprintf(err, errlen, "not an identifier");
		return (false);
	}
	snprintf(arg + off, cap - off, "%s", value);
	return (true);
}

/* "usage: VERB ARGUMENT", into buf. */
void
verb_usage(enum verb v, char *buf, size_t cap)
{
	const struct verb_def	*d = verb_def(v);

	snprintf(buf, cap, "usage: %s%s%s", d == NULL ? "?" : d->words,
	    d == NULL || d->argname == NULL ? "" : " ",
	    d == NULL || d->argname == NULL ? "" : d->argname);
}

/*
 * The words after a verb as its argument in one canonical string (cap bytes,
 * VERB_ARG_MAX is enough).  False and what was wrong if they do not fit it;
 * so it is with any words of VA_OPTIONS, which are no argument of a request.
 */
bool
verb_arg_pack(enum verb v, int argc, char *const *argv, char *arg, size_t cap,
    char *err, size_t errlen)
{
	const struct verb_def	*d = verb_def(v);
	int			 want[] = { [VA_NONE] = 0, [VA_ADDRESS] = 1,
				    [VA_ADDRESS_OPT] = 1, [VA_BINDING] = 2,
				    [VA_SUBJECT] = 1, [VA_TEXT] = 1,
				    [VA_OPTIONS] = -1 };

	arg[0] = '\0';
	if (d == NULL || (argc != want[d->arg] &&
	    !((d->arg == VA_BINDING || d->arg == VA_ADDRESS_OPT ||
	    d->arg == VA_SUBJECT) && argc == 0))) {
		verb_usage(v, err, errlen);
		return (false);
	}
	if (argc == 0)
		return (true);
	if (d->arg == VA_ADDRESS || d->arg == VA_ADDRESS_OPT)
		return (pack_address(argv[0], d->words, arg, cap, err, errlen));
	if (d->arg == VA_BINDING)
		return (pack_binding(argv[0], argv[1], arg, cap, err, errlen));
	return (pack_text(d, argv[0], arg, cap, err, errlen));
}

/* Is this an argument that verb_arg_pack() could have made for the verb? */
bool
verb_arg_ok(enum verb v, const char *arg)
{
	const struct verb_def	*d = verb_def(v);
	char			 copy[VERB_ARG_MAX], out[VERB_ARG_MAX];
	char			 err[400];
	char			*words[2];
	int			 n = 0;

	if (d == NULL || strlen(arg) >= sizeof(copy))
		return (false);
	snprintf(copy, sizeof(copy), "%s", arg);
	if (copy[0] != '\0')
		words[n++] = copy;
	if (n > 0 && d->arg == VA_BINDING) {
		if ((words[1] = strchr(copy, ' ')) == NULL)
			return (false);
		*words[1]++ = '\0';
		n++;
	}
	return (verb_arg_pack(v, n, words, out, sizeof(out), err,
	    sizeof(err)) && strcmp(out, arg) == 0);
}

/*
 * What an argument of VA_BINDING asks for.  False if it is malformed, which
 * verb_arg_ok() excludes.
 */
bool
verb_filter(const char *arg, struct verb_filter *f)
{
	const char	*value;
	size_t		 i, len;

	memset(f, 0, sizeof(*f));
	if (arg[0] == '\0')
		return (true);
	if ((value = strchr(arg, ' ')) == NULL)
		return (false);
	len = (size_t)(value++ - arg);
	for (i = 0; i < NKEYS; i++)
		if (strlen(keys[i].name) == len &&
		    strncmp(keys[i].name, arg, len) == 0)
			break;
	if (i == NKEYS)
		return (false);
	f->key = keys[i].key;
	if (f->key != VK_IDENTIFIER)
		return (verb_address(value, &f->addr));
	snprintf(f->text, sizeof(f->text), "%s", value);
	return (f->text[0] != '\0');
}

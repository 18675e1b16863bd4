/*
 * What a value may be: for each type how it is called, read, printed, compared
 * and preset.  A table with a row for each type; a new type is a new row.
 * Called by apply.c, print.c and tree.c, which know no single type.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "conf/parser.h"

/* Durations: the largest unit that divides a value is used in print. */
static const struct {
	const char	*name;
	uint32_t	 ms;
} units[] = {
	{ "d", 86400000 }, { "h", 3600000 }, { "m", 60000 }, { "s", 1000 },
	{ "ms", 1 },
};
#define NUNITS	(sizeof(units) / sizeof(units[0]))

/* Seconds as seconds, for that is how the RFCs have them. */
static void
duration_text(uint32_t ms, char *buf, size_t len)
{
	if (ms % 1000 == 0)
		snprintf(buf, len, "%us", ms / 1000);
	else
		snprintf(buf, len, "%ums", ms);
}

/* Fields may be enums or bools: all are integers of 1 or 4 bytes. */
static int
load(const struct conf_key *key, const void *field)
{
	int	 v;

	if (key->size == sizeof(bool))
		return (*(const bool *)field);
	memcpy(&v, field, sizeof(v));
	return (v);
}

static void
store(const struct conf_key *key, void *field, int v)
{
	if (key->size == sizeof(bool))
		*(bool *)field = v != 0;
	else
		memcpy(field, &v, sizeof(v));
}

/* yes and no */

static void
bool_expects(const struct conf_key *key, char *buf, size_t len)
{
	(void)key;
	snprintf(buf, len, "yes or no");
}

static int
bool_parse(struct parser *p, const struct conf_key *key, const struct word *w,
    void *field)
{
	(void)p;
	(void)key;
	if (w->quoted || (strcmp(w->text, "yes") != 0 &&
	    strcmp(w->text, "no") != 0))
		return (0);
	*(bool *)field = w->text[0] == 'y';
	return (1);
}

static void
bool_print(FILE *f, const struct conf_key *key, const void *field, bool all)
{
	(void)key;
	(void)all;
	fputs(*(const bool *)field ? "yes" : "no", f);
}

static bool
bool_equal(const struct conf_key *key, const void *a, const void *b)
{
	(void)key;
	return (*(const bool *)a == *(const bool *)b);
}

static void
bool_init(const struct conf_key *key, void *field)
{
	*(bool *)field = key->def != 0;
}

/* Keywords without a value; the printer tells whether they are there. */

static int
word_parse(struct parser *p, const struct conf_key *key,
    const struct word *w, void *field)
{
	(void)p;
	(void)w;
	store(key, field, (int)key->def);
	return (1);
}

static void
word_print(FILE *f, const struct conf_key *key, const void *field, bool all)
{
	(void)f;
	(void)key;
	(void)field;
	(void)all;
}

static bool
int_equal(const struct conf_key *key, const void *a, const void *b)
{
	return (load(key, a) == load(key, b));
}

/* Zero is the default of a field that words set. */
static void
word_init(const struct conf_key *key, void *field)
{
	store(key, field, 0);
}

/* One of several words */

static void
enum_expects(const struct conf_key *key, char *buf, size_t len)
{
	const struct conf_name	*n;
	size_t			 off = 0;

	for (n = key->names; n->name != NULL && off < len; n++)
		off += (size_t)snprintf(buf + off, len - off, "%s%s",
		    n == key->names ? "" : n[1].name == NULL ? " or " : ", ",
		    n->name);
}

static int
enum_parse(struct parser *p, const struct conf_key *key, const struct word *w,
    void *field)
{
	const struct conf_name	*n;

	(void)p;
	for (n = key->names; n->name != NULL; n++)
		if (!w->quoted && strcmp(n->name, w->text) == 0) {
			store(key, field, n->value);
			return (1);
		}
	return (0);
}

static void
enum_print(FILE *f, const struct conf_key *key, const void *field, bool all)
{
	const struct conf_name	*n;

	(void)all;
	/* The first name of a value is the one that is written. */
	for (n = key->names; n->name != NULL; n++)
		if (n->value == load(key, field)) {
			fputs(n->name, f);
			return;
		}
}

static void
enum_init(const struct conf_key *key, void *field)
{
	store(key, field, (int)key->def);
}

/* Numbers */

static void
number_expects(const struct conf_key *key, char *buf, size_t len)
{
	snprintf(buf, len, "a number from %lld to %lld", (long long)key->min,
	    (long long)key->max);
}

static int
number_parse(struct parser *p, const struct conf_key *key,
    const struct word *w, void *field)
{
	const char	*s = w->text;
	bool		 minus = *s == '-';
	int64_t		 v = 0;
	uint32_t	 u;
	int		 i;

	(void)p;
	if (w->quoted || *(s += minus) == '\0')
		return (0);
	for (; *s != '\0'; s++) {
		if (!isdigit((unsigned char)*s) || v > UINT32_MAX)
			return (0);
		v = v * 10 + (*s - '0');
	}
	v = minus ? -v : v;
	if (v < key->min || v > key->max)
		return (0);
	u = (uint32_t)v;
	i = (int)v;
	if (key->type == KEY_U32)
		memcpy(field, &u, sizeof(u));
	else
		memcpy(field, &i, sizeof(i));
	return (1);
}

static void
number_print(FILE *f, const struct conf_key *key, const void *field, bool all)
{
	uint32_t	 u;
	int		 i;

	(void)all;
	memcpy(&u, field, sizeof(u));
	memcpy(&i, field, sizeof(i));
	if (key->type == KEY_U32)
		fprintf(f, "%u", u);
	else
		fprintf(f, "%d", i);
}

static bool
number_equal(const struct conf_key *key, const void *a, const void *b)
{
	(void)key;
	return (memcmp(a, b, sizeof(uint32_t)) == 0);
}

static void
number_init(const struct conf_key *key, void *field)
{
	uint32_t	 v = (uint32_t)key->def;

	memcpy(field, &v, sizeof(v));
}

/* Durations */

static void
duration_expects(const struct conf_key *key, char *buf, size_t len)
{
	char	 min[16], max[16];

	duration_text((uint32_t)key->min, min, sizeof(min));
	duration_text((uint32_t)key->max, max, sizeof(max));
	snprintf(buf, len, "a duration from %s to %s%s", min, max,
	    key->flags & KEY_SECONDS ? " in whole seconds" : "");
}

static int
duration_parse(struct parser *p, const struct conf_key *key,
    const struct word *w, void *field)
{
	const char	*s = w->text;
	uint64_t	 v = 0;
	uint32_t	 ms;
	size_t		 i;

	(void)p;
	if (w->quoted || !isdigit((unsigned char)*s))
		return (0);
	for (; isdigit((unsigned char)*s); s++) {
		if (v > UINT32_MAX)
			return (0);
		v = v * 10 + (uint64_t)(*s - '0');
	}
	for (i = 0; i < NUNITS && strcmp(s, units[i].name) != 0;)
		i++;
	if (i == NUNITS)
		return (0);
	v *= units[i].ms;
	if (v < (uint64_t)key->min || v > (uint64_t)key->max ||
	    ((key->flags & KEY_SECONDS) != 0 && v % 1000 != 0))
		return (0);
	ms = (uint32_t)v;
	memcpy(field, &ms, sizeof(ms));
	return (1);
}

static void
duration_print(FILE *f, const struct conf_key *key, const void *field,
    bool all)
{
	uint32_t	 ms;
	char		 text[16];

	(void)all;
	memcpy(&ms, field, sizeof(ms));
	duration_text(ms, text, sizeof(text));
	fputs(key->alt != NULL && ms == key->alt_value ? key->alt : text, f);
}

/* Addresses and prefixes */

/*
 * Whether a node may be reached globally by it: RFC 6275, 6.1.7 and RFC 4291;
 * neither unspecified, loopback, multicast, link-local nor IPv4-mapped.
 */
static bool
is_unicast(const struct in6_addr *a)
{
	return (!IN6_IS_ADDR_UNSPECIFIED(a) && !IN6_IS_ADDR_LOOPBACK(a) &&
	    !IN6_IS_ADDR_MULTICAST(a) && !IN6_IS_ADDR_LINKLOCAL(a) &&
	    !IN6_IS_ADDR_V4MAPPED(a));
}

static void
addr_expects(const struct conf_key *key, char *buf, size_t len)
{
	snprintf(buf, len, "%s IPv6 address",
	    key->flags & KEY_UNICAST ? "a global unicast" : "an");
}

static int
addr_parse(struct parser *p, const struct conf_key *key, const struct word *w,
    void *field)
{
	struct in6_addr	 a;

	(void)p;
	if (inet_pton(AF_INET6, w->text, &a) != 1 ||
	    ((key->flags & KEY_UNICAST) != 0 && !is_unicast(&a)))
		return (0);
	memcpy(field, &a, sizeof(a));
	return (1);
}

static void
addr_print(FILE *f, const struct conf_key *key, const void *field, bool all)
{
	char	 text[INET6_ADDRSTRLEN];

	(void)key;
	(void)all;
	fputs(inet_ntop(AF_INET6, field, text, sizeof(text)), f);
}

static bool
addr_equal(const struct conf_key *key, const void *a, const void *b)
{
	(void)key;
	return (memcmp(a, b, sizeof(struct in6_addr)) == 0);
}

static void
addr_init(const struct conf_key *key, void *field)
{
	(void)key;
	memset(field, 0, sizeof(struct in6_addr));
}

static void
prefix_expects(const struct conf_key *key, char *buf, size_t len)
{
	snprintf(buf, len, "%s IPv6 prefix such as 2001:db8:1::/64",
	    key->flags & KEY_NETWORK ? "a global unicast" : "an");
}

static void
mask_bits(struct in6_addr *a, unsigned int len)
{
	unsigned int	 i, bits;

	for (i = 0; i < sizeof(a->s6_addr); i++) {
		bits = len > i * 8 ? len - i * 8 : 0;
		if (bits < 8)
			a->s6_addr[i] &= (uint8_t)(0xff00U >> bits);
	}
}

static int
prefix_parse(struct parser *p, const struct conf_key *key,
    const struct word *w, void *field)
{
	struct conf_prefix	 out;
	struct in6_addr		 a, masked;
	const char		*slash = strchr(w->text, '/'), *s;
	char			 text[INET6_ADDRSTRLEN];
	unsigned int		 len = 0;

	if (slash == NULL || (size_t)(slash - w->text) >= sizeof(text))
		return (0);
	memcpy(text, w->text, (size_t)(slash - w->text));
	text[slash - w->text] = '\0';
	if (inet_pton(AF_INET6, text, &a) != 1 || slash[1] == '\0')
		return (0);
	for (s = slash + 1; *s != '\0'; s++) {
		if (!isdigit((unsigned char)*s) || len > 128)
			return (0);
		len = len * 10 + (unsigned int)(*s - '0');
	}
	if (len > 128 || ((key->flags & KEY_NETWORK) != 0 &&
	    (len == 0 || !is_unicast(&a))))
		return (0);
	masked = a;
	mask_bits(&masked, len);
	if (memcmp(&a, &masked, sizeof(a)) != 0) {
		inet_ntop(AF_INET6, &masked, text, sizeof(text));
		conf_error(p, &w->at, "%s: expected %s/%u, found \"%s\": bits "
		    "behind the prefix length are set", key->name, text, len,
		    w->text);
		return (-1);
	}
	memset(&out, 0, sizeof(out));
	out.addr = a;
	out.len = (uint8_t)len;
	memcpy(field, &out, sizeof(out));
	return (1);
}

static void
prefix_print(FILE *f, const struct conf_key *key, const void *field, bool all)
{
	const struct conf_prefix	*prefix = field;

	addr_print(f, key, &prefix->addr, all);
	fprintf(f, "/%u", prefix->len);
}

static bool
prefix_equal(const struct conf_key *key, const void *a, const void *b)
{
	const struct conf_prefix	*x = a, *y = b;

	return (x->len == y->len && addr_equal(key, &x->addr, &y->addr));
}

static void
prefix_init(const struct conf_key *key, void *field)
{
	(void)key;
	memset(field, 0, sizeof(struct conf_prefix));
}

/* Strings */

static void
string_expects(const struct conf_key *key, char *buf, size_t len)
{
	snprintf(buf, len, "%s of 1 to %zu bytes", key->flags & KEY_ABSPATH ?
	    "an absolute path" : "a name", key->max != 0 ?
	    (size_t)key->max : key->size - 1);
}

static int
string_parse(struct parser *p, const struct conf_key *key,
    const struct word *w, void *field)
{
	size_t	 max = key->max != 0 ? (size_t)key->max : key->size - 1;

	(void)p;
	if (w->len == 0 || w->len > max ||
	    ((key->flags & KEY_ABSPATH) != 0 && w->text[0] != '/'))
		return (0);
	memset(field, 0, key->size);
	memcpy(field, w->text, w->len);
	return (1);
}

static void
quote(FILE *f, const char *s, size_t len)
{
	putc('"', f);
	for (; len > 0; len--, s++) {
		if (*s == '"' || *s == '\\')
			putc('\\', f);
		putc(*s, f);
	}
	putc('"', f);
}

static void
string_print(FILE *f, const struct conf_key *key, const void *field, bool all)
{
	const char	*s = field;

	(void)all;
	if (s[0] == '\0' && key->alt != NULL)
		fputs(key->alt, f);
	else
		quote(f, s, strlen(s));
}

static bool
string_equal(const struct conf_key *key, const void *a, const void *b)
{
	(void)key;
	return (strcmp(a, b) == 0);
}

static void
string_init(const struct conf_key *key, void *field)
{
	memset(field, 0, key->size);
	if (key->sdef != NULL)
		memcpy(field, key->sdef, strlen(key->sdef));
}

/* Secrets: text in quotes or hexadecimal digits */

static size_t *
secret_len(const struct conf_key *key, void *field)
{
	return ((size_t *)(void *)((char *)field - key->off + key->count));
}

static void
secret_expects(const struct conf_key *key, char *buf, size_t len)
{
	snprintf(buf, len, "text in quotes or hexadecimal digits behind 0x, "
	    "%lld to %zu bytes", (long long)key->min, key->size);
}

static int
hex(int c)
{
	const char	*digits = "0123456789abcdef", *at;

	at = strchr(digits, tolower(c));
	return (at == NULL ? 0 : (int)(at - digits));
}

/* The value itself is never shown in an error. */
static int
secret_parse(struct parser *p, const struct conf_key *key,
    const struct word *w, void *field)
{
	char	 expects[128];
	uint8_t	*out = field;
	size_t	 n, i;
	bool	 ok;

	if (w->quoted)
		n = w->len;
	else
		n = (w->len - 2) / 2;
	ok = w->quoted || (w->len > 3 && w->len % 2 == 0 &&
	    strncmp(w->text, "0x", 2) == 0 &&
	    strspn(w->text + 2, "0123456789abcdefABCDEF") == w->len - 2);
	if (!ok || n < (size_t)key->min || n > key->size) {
		secret_expects(key, expects, sizeof(expects));
		conf_error(p, &w->at, "%s: expected %s", key->name, expects);
		return (-1);
	}
	memset(out, 0, key->size);
	for (i = 0; i < n; i++)
		out[i] = (uint8_t)(w->quoted ? w->text[i] :
		    hex(w->text[2 + 2 * i]) << 4 | hex(w->text[3 + 2 * i]));
	*secret_len(key, field) = n;
	p->conf->secrets = true;
	file_secret(p, w);
	return (1);
}

static void
secret_print(FILE *f, const struct conf_key *key, const void *field, bool all)
{
	const uint8_t	*s = field;
	size_t		 n = *(const size_t *)(const void *)
			    ((const char *)field - key->off + key->count), i;

	if (!all || n == 0) {
		fputs(key->alt, f);
		return;
	}
	for (i = 0; i < n && s[i] >= ' ' && s[i] < 0x7f;)
		i++;
	if (i == n) {
		quote(f, field, n);
		return;
	}
	fputs("0x", f);
	for (i = 0; i < n; i++)
		fprintf(f, "%02x", s[i]);
}

static bool
secret_equal(const struct conf_key *key, const void *a, const void *b)
{
	const char	*x = a, *y = b;

	return (memcmp(x, y, key->size) == 0 &&
	    memcmp(x - key->off + key->count, y - key->off + key->count,
	    sizeof(size_t)) == 0);
}

static void
secret_init(const struct conf_key *key, void *field)
{
	memset(field, 0, key->size);
	*secret_len(key, field) = 0;
}

const struct value_ops conf_value[KEY_TYPES] = {
	[KEY_BOOL] = { bool_expects, bool_parse, bool_print, bool_equal,
	    bool_init },
	[KEY_WORD] = { bool_expects, word_parse, word_print, int_equal,
	    word_init },
	[KEY_ENUM] = { enum_expects, enum_parse, enum_print, int_equal,
	    enum_init },
	[KEY_U32] = { number_expects, number_parse, number_print, number_equal,
	    number_init },
	[KEY_INT] = { number_expects, number_parse, number_print, number_equal,
	    number_init },
	[KEY_DURATION] = { duration_expects, duration_parse, duration_print,
	    number_equal, number_init },
	[KEY_ADDR] = { addr_expects, addr_parse, addr_print, addr_equal,
	    addr_init },
	[KEY_PREFIX] = { prefix_expects, prefix_parse, prefix_print,
	    prefix_equal, prefix_init },
	[KEY_STRING] = { string_expects, string_parse, string_print,
	    string_equal, string_init },
	[KEY_SECRET] = { secret_expects, secret_parse, secret_print,
	    secret_equal, secret_init },
};

/* What a message says is expected for a key. */
void
conf_expects(const struct conf_key *key, char *buf, size_t len)
{
	size_t	 n;

	buf[0] = '\0';
	conf_value[key->type].expects(key, buf, len);
	n = strlen(buf);
	if (key->alt != NULL && key->type != KEY_SECRET)
		snprintf(buf + n, len - n, ", or %s", key->alt);
	else if (key->why != NULL)
		snprintf(buf + n, len - n, " (%s)", key->why);
}

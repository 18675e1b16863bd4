/*
 * conf: configurations are parsed, checked and printed again.  Defaults, the
 * sample files, includes and macros, errors and their places, permissions of
 * files, and each allocation that can fail.
 */
#include <sys/types.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <arpa/inet.h>
#include <atf-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "conf/conf.h"
#include "conf/parser.h"

#define KEY	"authentication mn-ha spi 256 key \"0123456789abcdef\"\n"
#define SECRET	"mobile-node {\ninterface em0\nhome-address 2001:db8:1::5 {\n" \
		"home-prefix 2001:db8:1::/64\nhome-agent 2001:db8:1::1\n"      \
		"identifier \"a@b\"\n" KEY "}\n}\n"

/* All messages of one run, a line each. */
struct said {
	char	*text;
	size_t	 len;
	FILE	*f;
};

static void
collect(void *arg, const char *file, int line, int column, const char *text)
{
	struct said	*s = arg;

	fprintf(s->f, "%s:%d:%d: %s\n", file, line, column, text);
}

static void
write_file(const char *path, const char *text, mode_t mode)
{
	FILE	*f = fopen(path, "w");

	ATF_REQUIRE(f != NULL && fputs(text, f) != EOF && fclose(f) == 0);
	ATF_REQUIRE(chmod(path, mode) == 0);
}

static struct conf *
parse_file(const char *path, struct said *s)
{
	struct conf	*c;

	s->f = open_memstream(&s->text, &s->len);
	ATF_REQUIRE(s->f != NULL);
	c = conf_parse_file(path, NULL, 0, NULL, collect, s);
	fclose(s->f);
	return (c);
}

/* What is said of a file; "" when it is accepted. */
static void
expect(const char *path, const char *said)
{
	struct said	 s;
	struct conf	*c = parse_file(path, &s);

	ATF_CHECK_STREQ(s.text, said);
	ATF_CHECK_EQ(c != NULL, said[0] == '\0');
	conf_free(c);
	free(s.text);
}

static struct conf *
parse(const char *text)
{
	struct said	 s;
	struct conf	*c;

	s.f = open_memstream(&s.text, &s.len);
	c = conf_parse_text(text, strlen(text), collect, &s);
	fclose(s.f);
	ATF_REQUIRE_MSG(c != NULL, "%s", s.text);
	free(s.text);
	return (c);
}

static char *
print(const struct conf *c, unsigned int mask)
{
	char	*text;
	size_t	 len;
	FILE	*f = open_memstream(&text, &len);

	ATF_REQUIRE(f != NULL && conf_print(f, c, mask) == 0);
	fclose(f);
	return (text);
}

static bool
is_addr(const struct in6_addr *a, const char *text)
{
	struct in6_addr	 b;

	return (inet_pton(AF_INET6, text, &b) == 1 &&
	    memcmp(a, &b, sizeof(b)) == 0);
}

ATF_TC_WITHOUT_HEAD(defaults);
ATF_TC_BODY(defaults, tc)
{
	struct conf	*c;

	write_file("c", "correspondent {\n}\n", 0644);
	c = conf_parse_file("c", NULL, 0, NULL, NULL, NULL);
	ATF_REQUIRE(c != NULL);
	ATF_CHECK_STREQ(c->global.user, "_mip6d");
	ATF_CHECK_STREQ(c->global.chroot, "/var/empty");
	ATF_CHECK_STREQ(c->global.state, "/var/db/mip6d");
	ATF_CHECK_EQ(c->global.log, LOGTO_SYSLOG);
	ATF_CHECK_EQ(c->global.dataplane, DATAPLANE_AUTO);
	ATF_CHECK_EQ(c->global.nsockets, 1);
	ATF_CHECK_STREQ(c->global.sockets[0].path, "/var/run/mip6d.sock");
	ATF_CHECK(!c->global.sockets[0].restricted);
	ATF_CHECK(c->ha == NULL && c->mn == NULL && c->ike == NULL);
	/* RFC 6275, 12: MAX_RR_BINDING_LIFETIME */
	ATF_CHECK_EQ(c->cn->max_lifetime, 420000);
	/* RFC 4866, 7: MAX_CGA_BINDING_LIFETIME */
	ATF_CHECK(c->cn->enhanced);
	ATF_CHECK_EQ(c->cn->max_cga_lifetime, 86400000);
	ATF_CHECK_EQ(c->cn->max_bindings, 10000);
	ATF_CHECK_EQ(c->cn->max_per_network, 1000);
	ATF_CHECK(!c->secrets);
	conf_free(c);
}

/* RFC 6275, 12 and 13; RFC 4285, 5.1 */
ATF_TC_WITHOUT_HEAD(defaults_of_a_node);
ATF_TC_BODY(defaults_of_a_node, tc)
{
	struct conf	*c = parse(SECRET);

	ATF_CHECK_EQ(c->mn->initial_timeout, 1500);
	ATF_CHECK_EQ(c->mn->bindack_timeout, 1000);
	ATF_CHECK_EQ(c->mn->max_timeout, 32000);
	ATF_CHECK(!c->mn->optimistic);
	ATF_CHECK(c->mn->optimistic_dad);
	ATF_REQUIRE_EQ(c->mn->nhomes, 1);
	ATF_CHECK(is_addr(&c->mn->homes[0].address, "2001:db8:1::5"));
	ATF_CHECK(is_addr(&c->mn->homes[0].prefix.addr, "2001:db8:1::"));
	ATF_CHECK_EQ(c->mn->homes[0].prefix.len, 64);
	ATF_CHECK(is_addr(&c->mn->homes[0].agent, "2001:db8:1::1"));
	ATF_CHECK(!c->mn->homes[0].discover);
	ATF_CHECK_EQ(c->mn->homes[0].auth.type, AUTH_MN_HA);
	ATF_CHECK_EQ(c->mn->homes[0].auth.spi, 256);
	ATF_CHECK_EQ(c->mn->homes[0].auth.keylen, 16);
	ATF_CHECK_EQ(memcmp(c->mn->homes[0].auth.key, "0123456789abcdef", 16),
	    0);
	ATF_CHECK_EQ(c->mn->homes[0].auth.replay, REPLAY_TIMESTAMP);
	ATF_CHECK_EQ(c->mn->homes[0].auth.tolerance, 7000);
	ATF_CHECK(c->secrets);
	conf_free(c);
}

static const struct conf_ra *
ra_of(const char *inside, struct conf **c)
{
	char	 text[512];

	snprintf(text, sizeof(text), "home-agent {\nhome-link em0 {\n"
	    "address 2001:db8::1\nprefix 2001:db8::/64\n%s\n}\n}\n", inside);
	*c = parse(text);
	return (&(*c)->ha->links[0].ra);
}

/* RFC 4861, 6.2.1 and RFC 6275, 7.4, 7.5 and 13: what follows from what. */
ATF_TC_WITHOUT_HEAD(advertisements);
ATF_TC_BODY(advertisements, tc)
{
	const struct conf_ra	*ra;
	struct conf		*c;

	ra = ra_of("", &c);
	ATF_CHECK(ra->enabled && c->ha->links[0].dad);
	ATF_CHECK_EQ(ra->min_interval, 198000);
	ATF_CHECK_EQ(ra->max_interval, 600000);
	ATF_CHECK_EQ(ra->router_lifetime, 1800000);
	ATF_CHECK_EQ(ra->min_delay, 3000);
	ATF_CHECK_EQ(c->ha->links[0].ha_lifetime, 1800000);
	ATF_CHECK_EQ(c->ha->links[0].valid, 2592000000U);
	ATF_CHECK_EQ(c->ha->links[0].preferred, 604800000);
	conf_free(c);
	ra = ra_of("router-advertisements { interval 30ms 70ms }", &c);
	ATF_CHECK(ra->enabled);
	ATF_CHECK_EQ(ra->router_lifetime, 1000);
	ATF_CHECK_EQ(ra->min_delay, 30);
	ATF_CHECK_EQ(c->ha->links[0].ha_lifetime, 1000);
	conf_free(c);
	ra = ra_of("router-advertisements { interval 20m 30m }", &c);
	ATF_CHECK_EQ(ra->router_lifetime, 5400000);
	conf_free(c);
	ra = ra_of("valid-lifetime infinity\nrouter-advertisements no", &c);
	ATF_CHECK(!ra->enabled);
	ATF_CHECK_EQ(c->ha->links[0].valid, CONF_INFINITE);
	conf_free(c);
	ra = ra_of("router-advertisements {router-lifetime 0s}", &c);
	ATF_CHECK_EQ(ra->router_lifetime, 0);
	ATF_CHECK_EQ(c->ha->links[0].ha_lifetime, 1800000);
	conf_free(c);
}

/* The same text with CR LF, a byte order mark, no last line end: the same. */
ATF_TC_WITHOUT_HEAD(line_ends);
ATF_TC_BODY(line_ends, tc)
{
	static const char	 lf[] =
	    "# caf\xc3\xa9, and caf\xe9\n"
	    "home-agent {\n\thome-link \"home\" { address 2001:db8:1::1; "
	    "prefix 2001:db8:1::/64; }\n"
	    "\tmobile-node \"x\" {\n\t\thome-address 2001:db8:1::100\n"
	    "\t\tauthentication mn-ha spi 300 \\\n"
	    "\t\t\tkey \"0123456789abcdef\" # behind a \\\n"
	    "\t}\n}\n";
	char		 text[2 * sizeof(lf) + 3];
	struct conf	*c = parse(lf), *d;
	const char	*p;
	size_t		 n = 0;

	memcpy(text, "\xef\xbb\xbf", 3);
	for (p = lf, n = 3; *p != '\0'; p++) {
		if (*p == '\n')
			text[n++] = '\r';
		text[n++] = *p;
	}
	text[n] = '\0';
	d = parse(text);
	ATF_CHECK(conf_equal(c, d));
	conf_free(d);
	text[n - 2] = '\0';
	d = parse(text);
	ATF_CHECK(conf_equal(c, d));
	conf_free(d);
	conf_free(c);
}

ATF_TC_WITHOUT_HEAD(route_optimisation);
ATF_TC_BODY(route_optimisation, tc)
{
	struct conf	*c, *d;
	char		*text;

	c = parse("mobile-node {\ninterface em0\nhome-address 2001:db8::5 {\n"
	    "home-prefix 2001:db8::/32\nhome-agent discover\n"
	    "authentication none insecure\n}\nroute-optimisation {\n"
	    "never 2001:db8:a::/48\nallow ::/0; after 0 within 2s\n"
	    "hold-down 1h\nmaximum-peers 7\n}\n}\n");
	ATF_REQUIRE(c->mn->ro != NULL);
	ATF_REQUIRE_EQ(c->mn->ro->nrules, 2);
	ATF_CHECK(!c->mn->ro->rules[0].allow && c->mn->ro->rules[1].allow);
	ATF_CHECK_EQ(c->mn->ro->rules[0].prefix.len, 48);
	ATF_CHECK_EQ(c->mn->ro->after.packets, 0);
	ATF_CHECK_EQ(c->mn->ro->after.window, 2000);
	ATF_CHECK_EQ(c->mn->ro->hold_down, 3600000);
	ATF_CHECK_EQ(c->mn->ro->max_peers, 7);
	text = print(c, CONF_PRINT_ALL);
	d = parse(text);
	ATF_CHECK(conf_equal(c, d));
	free(text);
	conf_free(d);
	d = parse("mobile-node {\ninterface em0\nhome-address 2001:db8::5 {\n"
	    "home-prefix 2001:db8::/32\nhome-agent discover\n"
	    "authentication none insecure\n}\nroute-optimisation {\n}\n}\n");
	ATF_CHECK(!conf_equal(c, d));
	ATF_CHECK_EQ(d->mn->ro->after.packets, 10);
	ATF_CHECK_EQ(d->mn->ro->after.window, 10000);
	ATF_CHECK_EQ(d->mn->ro->hold_down, 600000);
	ATF_CHECK_EQ(d->mn->ro->max_peers, 1000);
	conf_free(c);
	conf_free(d);
}

#define NONCES	" home-nonce \"12345678\" care-of-nonce 0x0102030405060708\n"

/* Keys are read, told to who needs them, and shown to nobody. */
ATF_TC_WITHOUT_HEAD(static_keys);
ATF_TC_BODY(static_keys, tc)
{
	struct conf	*c, *d;
	char		*text;

	c = parse("mobile-node {\ninterface em0\nhome-address 2001:db8::5 {\n"
	    "home-prefix 2001:db8::/32\nhome-agent discover\n"
	    "authentication none insecure\n}\nroute-optimisation {\n"
	    "static-key 2001:db8:c::1 home-address 2001:db8::5 \\\n"
	    "key \"of twenty octets, yes\"" NONCES
	    "static-key 2001:db8:c::2 key \"of twenty octets, YES\"" NONCES
	    "}\n}\ncorrespondent {\nstatic-key 2001:db8::7 "
	    "key 0x000102030405060708090a0b0c0d0e0f10111213" NONCES "}\n");
	ATF_REQUIRE_EQ(2, c->mn->ro->nkeys);
	ATF_CHECK(c->mn->ro->keys[0].has_home);
	ATF_CHECK(!c->mn->ro->keys[1].has_home);
	ATF_REQUIRE_EQ(1, c->cn->nkeys);
	ATF_CHECK_EQ(20, c->cn->keys[0].kcnlen);
	ATF_CHECK_EQ(0x13, c->cn->keys[0].kcn[19]);
	ATF_CHECK_EQ(8, c->cn->keys[0].home_noncelen);
	ATF_CHECK(memcmp(c->cn->keys[0].careof_nonce, "\1\2\3\4\5\6\7\10",
	    8) == 0);
	ATF_CHECK(c->secrets);
	text = print(c, CONF_PRINT_ALL);
	d = parse(text);
	ATF_CHECK(conf_equal(c, d));
	d->cn->keys[0].home_nonce[7] ^= 1;
	ATF_CHECK(!conf_equal(c, d));
	free(text);
	conf_free(d);
	text = print(c, CONF_PRINT_ALL & ~CONF_PRINT_SECRETS);
	ATF_CHECK(strstr(text, "twenty") == NULL);
	ATF_CHECK(strstr(text, "12345678") == NULL);
	ATF_CHECK(strstr(text, "0102030405060708") == NULL);
	ATF_CHECK(strstr(text, "static-key 2001:db8::7 key removed home-nonce "
	    "removed care-of-nonce removed\n") != NULL);
	d = parse(text);
	ATF_CHECK_EQ(0, d->mn->ro->keys[0].kcnlen);
	ATF_CHECK(!d->secrets && !conf_equal(c, d));
	free(text);
	conf_free(d);
	conf_free(c);
}

ATF_TC_WITHOUT_HEAD(rules_and_forms);
ATF_TC_BODY(rules_and_forms, tc)
{
	struct conf	*c, *d;

	c = parse("correspondent {\nmaximum-bindings-per-network 7\n"
	    "maximum-cga-lifetime 1h; enhanced-route-optimisation no\n"
	    "deny care-of 2001:db8:bad::/48;"
	    " allow identifier \"*@b\" \\\n home-address ::/0\n"
	    "deny # all others\n}\n"
	    "mobile-node {\ninterface em0 preference -3\ninterface em1 {\n"
	    "preference 4 }\ninterface \"em2\";\n"
	    "home-address 2001:db8::5 { home-prefix 2001:db8::/32; home-agent "
	    "discover; authentication none insecure }\n}\n");
	ATF_CHECK_EQ(c->cn->max_per_network, 7);
	ATF_CHECK_EQ(c->cn->max_cga_lifetime, 3600000);
	ATF_CHECK(!c->cn->enhanced);
	ATF_REQUIRE_EQ(c->cn->nrules, 3);
	ATF_CHECK(!c->cn->rules[0].allow && c->cn->rules[0].has_careof &&
	    !c->cn->rules[0].has_home);
	ATF_CHECK_EQ(c->cn->rules[0].careof.len, 48);
	ATF_CHECK(c->cn->rules[1].allow && c->cn->rules[1].has_home);
	ATF_CHECK_STREQ(c->cn->rules[1].identifier, "*@b");
	ATF_CHECK(!c->cn->rules[2].allow && !c->cn->rules[2].has_home &&
	    !c->cn->rules[2].has_careof);
	ATF_REQUIRE_EQ(c->mn->ninterfaces, 3);
	ATF_CHECK_EQ(c->mn->interfaces[0].preference, -3);
	ATF_CHECK_EQ(c->mn->interfaces[1].preference, 4);
	ATF_CHECK_STREQ(c->mn->interfaces[2].name, "em2");
	ATF_CHECK(c->mn->homes[0].discover);
	ATF_CHECK_EQ(c->mn->homes[0].auth.type, AUTH_NONE);
	/* Each of these differs from it in one thing. */
	d = parse("correspondent {\n}\n");
	ATF_CHECK(!conf_equal(c, d));
	conf_free(d);
	d = parse("correspondent {\nallow care-of 2001:db8:bad::/48\n}\n");
	conf_free(c);
	c = parse("correspondent {\ndeny care-of 2001:db8:bad::/48\n}\n");
	ATF_CHECK(!conf_equal(c, d));
	conf_free(c);
	c = parse("correspondent {\nallow home-address 2001:db8:bad::/48\n}");
	ATF_CHECK(!conf_equal(c, d));
	conf_free(c);
	conf_free(d);
}

static void
sample(const atf_tc_t *tc, const char *name)
{
	char		 path[1024], text[8192], *one, *two;
	struct said	 s;
	struct conf	*c, *d;
	FILE		*f;
	size_t		 n;

	snprintf(path, sizeof(path), "%s/../../etc/%s",
	    atf_tc_get_config_var(tc, "srcdir"), name);
	ATF_REQUIRE_MSG((f = fopen(path, "r")) != NULL, "%s", path);
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
	write_file(name, text, 0600);
	c = parse_file(name, &s);
	ATF_REQUIRE_MSG(c != NULL, "%s", s.text);
	free(s.text);
	one = print(c, CONF_PRINT_ALL);
	write_file("printed", one, 0600);
	d = parse_file("printed", &s);
	ATF_REQUIRE_MSG(d != NULL, "%s", s.text);
	free(s.text);
	ATF_CHECK(conf_equal(c, d));
	ATF_CHECK_EQ(c->secrets, d->secrets);
	two = print(d, CONF_PRINT_ALL);
	ATF_CHECK_STREQ(one, two);
	free(one);
	free(two);
	conf_free(c);
	conf_free(d);
}

ATF_TC_WITHOUT_HEAD(samples);
ATF_TC_BODY(samples, tc)
{
	sample(tc, "mip6d.conf");
	sample(tc, "home-agent.conf");
	sample(tc, "home-agent-virtual.conf");
	sample(tc, "mobile-node.conf");
	sample(tc, "home-agent-ipsec.conf");
	sample(tc, "mobile-node-ipsec.conf");
	sample(tc, "correspondent.conf");
}

/* A child gets the blocks that it needs, and keys if it needs them. */
ATF_TC_WITHOUT_HEAD(masks);
ATF_TC_BODY(masks, tc)
{
	struct conf	*c = parse("log stderr\ncorrespondent {\n}\n" SECRET);
	struct conf	*d;
	char		*text;

	text = print(c, CONF_PRINT_CN);
	ATF_CHECK(strncmp(text, "correspondent {", 15) == 0);
	ATF_CHECK(strstr(text, "log") == NULL);
	ATF_CHECK(strstr(text, "mobile-node") == NULL);
	free(text);
	text = print(c, CONF_PRINT_ALL & ~CONF_PRINT_SECRETS);
	ATF_CHECK(strstr(text, "0123456789abcdef") == NULL);
	ATF_CHECK(strstr(text, "spi 256 key removed") != NULL);
	d = parse(text);
	ATF_CHECK_EQ(d->mn->homes[0].auth.keylen, 0);
	ATF_CHECK(!d->secrets && !conf_equal(c, d));
	free(text);
	conf_free(d);
	text = print(c, CONF_PRINT_GLOBAL | CONF_PRINT_MN |
	    CONF_PRINT_SECRETS);
	d = parse(text);
	ATF_CHECK(d->cn == NULL && d->mn != NULL && d->secrets);
	ATF_CHECK_EQ(d->global.log, LOGTO_STDERR);
	free(text);
	conf_free(c);
	conf_free(d);
	d = parse("");
	ATF_CHECK(d->ha == NULL && d->mn == NULL && d->cn == NULL);
	conf_free(d);
}

/* Keys of all bytes, strings with quotes. */
ATF_TC_WITHOUT_HEAD(odd_values);
ATF_TC_BODY(odd_values, tc)
{
	struct conf	*c, *d;
	char		*text;

	c = parse("home-agent {\nhome-link virtual {\naddress 2001:db8::1\n"
	    "prefix 2001:db8::/64\n}\nmobile-node \"a\\\"\\\\\xc3\xa9@b\" {\n"
	    "home-address 2001:db8::2\nauthentication mn-ha spi 4294967295 "
	    "key 0x000102030405060708090A0b0c0d0e0f replay none\n}\n}\n");
	ATF_CHECK_STREQ(c->ha->nodes[0].identifier, "a\"\\\xc3\xa9@b");
	ATF_CHECK_EQ(c->ha->nodes[0].auth.spi, 4294967295U);
	ATF_CHECK_EQ(c->ha->nodes[0].auth.keylen, 16);
	ATF_CHECK_EQ(c->ha->nodes[0].auth.key[10], 10);
	ATF_CHECK_EQ(c->ha->nodes[0].auth.replay, REPLAY_NONE);
	text = print(c, CONF_PRINT_ALL);
	d = parse(text);
	ATF_CHECK(conf_equal(c, d));
	free(text);
	conf_free(c);
	conf_free(d);
}

#define LINK	"home-agent {\nhome-link virtual {\naddress 2001:db8::1\n" \
		"prefix 2001:db8::/64\n}\nauthentication ipsec\n"
#define SA(what, spi, cipher, mac)					\
		"security-association " what " {\nspi " spi		\
		"\nencryption " cipher "\nintegrity " mac "\n}\n"
#define SHA1	"hmac-sha1-96 \"sha1-key-of-20-bytes\""
#define MANUAL								\
	SA("binding to-agent", "256", "null", SHA1)			\
	SA("binding from-agent", "256", "aes-cbc \"aes-key-16-bytes\"", SHA1) \
	SA("tunnel to-agent", "257", "3des-cbc \"3des-key-of-24-bytes-abc\"", \
	"hmac-sha256-128 \"sha256-key-of-32-bytes-abcdefghi\"")		\
	SA("tunnel from-agent", "258", "aes-cbc \"aes-key-16-bytes\"", SHA1)

/* RFC 4877: secrets and certificates; what the ike block has by default. */
ATF_TC_WITHOUT_HEAD(ipsec_negotiated);
ATF_TC_BODY(ipsec_negotiated, tc)
{
	struct conf	*c, *d;
	char		*text;

	c = parse("reqids 2000 2999\nike {\nidentity \"ha\"\nauthority \"/1\"\n"
	    "authority \"/2\"\n}\n" LINK "mobile-node {\nhome-address "
	    "2001:db8::2\nipsec {\nidentity mn1\nsecret "
	    "0x000102030405060708090a0b0c0d0e0f\nprotect payload\n}\n}\n}\n"
	    "mobile-node {\ninterface em0\nhome-address 2001:db8:1::5 {\n"
	    "home-prefix 2001:db8:1::/64\nhome-agent 2001:db8:1::1\n"
	    "authentication ipsec\nipsec {\nidentity mn2\n"
	    "home-agent-identity ha2\ncertificate \"/c\"\n"
	    "private-key \"/k\"\n}\n}\n}\n");
	ATF_CHECK_EQ(c->global.reqid_first, 2000);
	ATF_CHECK_EQ(c->global.reqid_last, 2999);
	ATF_CHECK_STREQ(c->ike->vici, "/var/run/charon.vici");
	ATF_CHECK_STREQ(c->ike->identity, "ha");
	ATF_CHECK_STREQ(c->ike->ike_proposals, "aes128-sha256-x25519");
	ATF_CHECK_STREQ(c->ike->esp_proposals, "aes128-sha256");
	ATF_CHECK_EQ(c->ike->ike_lifetime, 14400000);
	ATF_CHECK_EQ(c->ike->sa_lifetime, 3600000);
	ATF_CHECK(c->ike->key_mobility);
	ATF_REQUIRE_EQ(c->ike->nauthorities, 2);
	ATF_CHECK_STREQ(c->ike->authorities[1].path, "/2");
	ATF_REQUIRE(c->ha->nodes[0].ipsec != NULL);
	ATF_CHECK_EQ(c->ha->nodes[0].auth.type, AUTH_UNSET);
	ATF_CHECK_EQ(c->ha->nodes[0].ipsec->protect, PROTECT_PAYLOAD);
	ATF_CHECK_STREQ(c->ha->nodes[0].ipsec->identity, "mn1");
	ATF_CHECK_EQ(c->ha->nodes[0].ipsec->secretlen, 16);
	ATF_CHECK_EQ(c->ha->nodes[0].ipsec->secret[15], 15);
	ATF_REQUIRE(c->mn->homes[0].ipsec != NULL);
	ATF_CHECK_EQ(c->mn->homes[0].ipsec->protect, PROTECT_RR);
	ATF_CHECK_STREQ(c->mn->homes[0].ipsec->agent_identity, "ha2");
	ATF_CHECK_STREQ(c->mn->homes[0].ipsec->certificate, "/c");
	ATF_CHECK_STREQ(c->mn->homes[0].ipsec->private_key, "/k");
	ATF_CHECK_EQ(c->mn->homes[0].ipsec->secretlen, 0);
	ATF_CHECK(c->secrets);
	text = print(c, CONF_PRINT_ALL);
	d = parse(text);
	ATF_CHECK(conf_equal(c, d));
	free(text);
	conf_free(d);
	d = parse("reqids 2000 2999\n");
	ATF_CHECK(!conf_equal(c, d));
	conf_free(d);
	conf_free(c);
	c = parse("");
	ATF_CHECK_EQ(c->global.reqid_first, 1024);
	ATF_CHECK_EQ(c->global.reqid_last, 16383);
	conf_free(c);
}

/* RFC 2473 6.6 */
ATF_TC_WITHOUT_HEAD(encapsulation_limit);
ATF_TC_BODY(encapsulation_limit, tc)
{
	struct conf	*c, *d;
	char		*text;

	c = parse("");
	ATF_CHECK_EQ(c->global.encapsulation_limit, 4);
	ATF_CHECK(!c->global.no_encapsulation_limit);
	d = parse("encapsulation-limit none\n");
	ATF_CHECK(d->global.no_encapsulation_limit);
	ATF_CHECK(!conf_equal(c, d));
	conf_free(c);
	text = print(d, CONF_PRINT_ALL);
	c = parse(text);
	ATF_CHECK(conf_equal(c, d));
	free(text);
	conf_free(c);
	conf_free(d);
	c = parse("encapsulation-limit 255\n");
	ATF_CHECK_EQ(c->global.encapsulation_limit, 255);
	conf_free(c);
}

/* RFC 3776: keys by hand; nobody needs ike for them. */
ATF_TC_WITHOUT_HEAD(ipsec_by_hand);
ATF_TC_BODY(ipsec_by_hand, tc)
{
	static const char	 text[] = LINK "mobile-node {\nhome-address "
				    "2001:db8::2\nipsec {\n" MANUAL
				    "}\n}\n}\n";
	static const char	*const keys[] = { "sha1-key", "sha256-key",
				    "aes-key", "3des-key" };
	const struct conf_sa	*sa;
	struct conf		*c, *d;
	char			*printed;
	size_t			 i;

	write_file("manual", text, 0600);
	expect("manual", "");
	c = parse(text);
	ATF_REQUIRE_EQ(c->ha->nodes[0].ipsec->nsas, 4);
	sa = c->ha->nodes[0].ipsec->sas;
	ATF_CHECK_EQ(sa[0].use, SA_BINDING);
	ATF_CHECK_EQ(sa[0].way, SA_TO_AGENT);
	ATF_CHECK_EQ(sa[0].spi, 256);
	ATF_CHECK_EQ(sa[0].cipher, CIPHER_NULL);
	ATF_CHECK_EQ(sa[0].cipher_keylen, 0);
	ATF_CHECK_EQ(sa[0].mac, MAC_SHA1_96);
	ATF_CHECK_EQ(sa[0].mac_keylen, 20);
	ATF_CHECK_EQ(sa[1].way, SA_FROM_AGENT);
	ATF_CHECK_EQ(sa[2].use, SA_TUNNEL);
	ATF_CHECK_EQ(sa[2].cipher, CIPHER_3DES_CBC);
	ATF_CHECK_EQ(sa[2].cipher_keylen, 24);
	ATF_CHECK_EQ(sa[2].mac, MAC_SHA256_128);
	ATF_CHECK_EQ(memcmp(sa[3].cipher_key, "aes-key-16-bytes", 16), 0);
	printed = print(c, CONF_PRINT_ALL);
	d = parse(printed);
	ATF_CHECK(conf_equal(c, d));
	free(printed);
	d->ha->nodes[0].ipsec->sas[3].cipher_key[0] ^= 1;
	ATF_CHECK(!conf_equal(c, d));
	conf_free(d);
	/* Those who may know keys of RFC 4285 may not know these. */
	printed = print(c, CONF_PRINT_HA | CONF_PRINT_SECRETS);
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		ATF_CHECK(strstr(printed, keys[i]) == NULL);
	ATF_CHECK(strstr(printed, "encryption null\n") != NULL);
	ATF_CHECK(strstr(printed, "encryption aes-cbc removed\n") != NULL);
	d = parse(printed);
	ATF_CHECK(!d->secrets);
	ATF_CHECK_EQ(d->ha->nodes[0].ipsec->sas[2].mac_keylen, 0);
	free(printed);
	conf_free(d);
	conf_free(c);
}

/* A block of nodes is the same as each of them. */
ATF_TC_WITHOUT_HEAD(nodes_by_number);
ATF_TC_BODY(nodes_by_number, tc)
{
	struct conf	*c, *d;
	char		*text;

	c = parse(LINK "mobile-nodes 255 256 {\nidentity \"n%u@b\"\n"
	    "identifier \"%u@c\"\nhome-address 2001:db8::ff\nprotect none\n}\n"
	    "mobile-node {\nhome-address 2001:db8::2\nipsec {\n"
	    "identity mn1\nsecret \"0123456789abcdef\"\n}\n}\n"
	    "mobile-nodes 4294967295 4294967295 { identity \"%u\"; "
	    "home-address 2001:db8::1:0 }\n}\n");
	d = parse(LINK "mobile-node \"255@c\" {\nhome-address 2001:db8::ff\n"
	    "authentication ipsec\nipsec {\nidentity \"n255@b\"\n"
	    "protect none\n}\n}\nmobile-node \"256@c\" {\nhome-address "
	    "2001:db8::100\nauthentication ipsec\nipsec {\n"
	    "identity \"n256@b\"\nprotect none\n}\n}\n"
	    "mobile-node {\nhome-address 2001:db8::2\nipsec {\n"
	    "identity mn1\nsecret \"0123456789abcdef\"\n}\n}\n"
	    "mobile-node {\nhome-address 2001:db8::1:0\n"
	    "authentication ipsec\nipsec {\nidentity 4294967295\n}\n}\n}\n");
	ATF_CHECK_EQ(c->ha->nnodes, 4);
	ATF_CHECK(conf_equal(c, d));
	conf_free(d);
	text = print(c, CONF_PRINT_ALL);
	ATF_CHECK(strstr(text, "mobile-nodes") == NULL);
	d = parse(text);
	ATF_CHECK(conf_equal(c, d));
	free(text);
	conf_free(d);
	conf_free(c);
	c = parse(LINK "mobile-nodes 1 20000 {\nidentity \"n%u@b\"\n"
	    "home-address 2001:db8::1:0\n}\n}\n");
	ATF_REQUIRE_EQ(c->ha->nnodes, 20000);
	ATF_CHECK_STREQ(c->ha->nodes[19999].ipsec->identity, "n20000@b");
	ATF_CHECK(is_addr(c->ha->nodes[19999].homes, "2001:db8::1:4e1f"));
	conf_free(c);
}

ATF_TC_WITHOUT_HEAD(macros);
ATF_TC_BODY(macros, tc)
{
	static const struct conf_macro	 given[] = { { "user", "daemon" } };
	struct conf			*c;

	write_file("m", "user = nobody\nnet = \"2001:db8:1\"\n"
	    "auth = \"none $how\"\nhow = \"insecure\"\nuser $user\n"
	    "home-agent {\nhome-link virtual {\naddress 2001:db8:1::1\n"
	    "prefix 2001:db8:1::/64\n}\nauthentication $auth\n}\n", 0644);
	c = conf_parse_file("m", given, 1, NULL, NULL, NULL);
	ATF_REQUIRE(c != NULL);
	ATF_CHECK_STREQ(c->global.user, "daemon");
	ATF_CHECK_EQ(c->ha->default_auth.type, AUTH_NONE);
	conf_free(c);
	c = conf_parse_file("m", NULL, 0, NULL, NULL, NULL);
	ATF_REQUIRE(c != NULL);
	ATF_CHECK_STREQ(c->global.user, "nobody");
	conf_free(c);
}

ATF_TC_WITHOUT_HEAD(permissions);
ATF_TC_BODY(permissions, tc)
{
	write_file("s", SECRET, 0600);
	expect("s", "");
	write_file("s", SECRET, 0400);
	expect("s", "");
	write_file("s", SECRET, 0640);
	expect("s", "s:7:34: s holds a secret: expected mode 0600, "
	    "found 0640\n");
	write_file("s", SECRET, 0604);
	expect("s", "s:7:34: s holds a secret: expected mode 0600, "
	    "found 0604\n");
	write_file("s", SECRET, 0620);
	expect("s", "s:7:34: s holds a secret: expected mode 0600, "
	    "found 0620\n");
	/* Secrets of IPsec are secrets. */
	write_file("s", LINK "mobile-node {\nhome-address 2001:db8::2\n"
	    "ipsec {\nsecret \"0123456789abcdef\"\n}\n}\n}\n", 0640);
	expect("s", "s:10:8: s holds a secret: expected mode 0600, "
	    "found 0640\ns:9:1: ipsec has no identity\n");
	write_file("s", LINK "mobile-node {\nhome-address 2001:db8::2\n"
	    "ipsec {\n" MANUAL "}\n}\n}\n", 0640);
	expect("s", "s:13:24: s holds a secret: expected mode 0600, "
	    "found 0640\n");
	/* No secret in it. */
	write_file("s", "correspondent {\n}\n", 0666);
	expect("s", "");
	/* The secret is in the included file: that one is told about. */
	write_file("main", "include \"part\"\n", 0644);
	write_file("part", SECRET, 0600);
	expect("main", "");
	write_file("main", "include \"part\"\n", 0600);
	write_file("part", SECRET, 0644);
	expect("main", "part:7:34: part holds a secret: expected mode 0600, "
	    "found 0644\n");
	/* So is a macro's: the file that has its value. */
	write_file("part", "psk = \"\\\"0123456789abcdef\\\"\"\n", 0644);
	write_file("main", "include \"part\"\nhome-agent {\n"
	    "home-link virtual {\naddress 2001:db8::1\n"
	    "prefix 2001:db8::/64\n}\nauthentication mn-ha spi 256 key $psk\n"
	    "}\n", 0600);
	expect("main", "main:7:34: part holds a secret: expected mode 0600, "
	    "found 0644\n");
}

ATF_TC(owner);
ATF_TC_HEAD(owner, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(owner, tc)
{
	write_file("s", SECRET, 0600);
	ATF_REQUIRE(chown("s", 12345, 0) == 0);
	expect("s", "s:7:34: s holds a secret: expected to belong to root, "
	    "found user 12345\n");
}

ATF_TC_WITHOUT_HEAD(includes);
ATF_TC_BODY(includes, tc)
{
	char	 path[16], text[64];
	int	 i;

	ATF_REQUIRE(mkdir("sub", 0700) == 0);
	write_file("main", "include \"sub/one\"\ncorrespondent {\n"
	    "include \"sub/three\"\n}\n", 0644);
	write_file("sub/one", "include \"two\"\n", 0644);
	write_file("sub/two", "log stderr", 0644);
	write_file("sub/three", "maximum-bindings 7", 0644);
	expect("main", "");
	write_file("sub/two", "log stdout", 0644);
	write_file("sub/three", "maximum-bindings 0\n", 0644);
	expect("main", "sub/two:1:5: log: expected one of syslog, stderr, "
	    "brief, verbose, found \"stdout\"\n"
	    "sub/three:1:18: maximum-bindings: expected a number from 1 to "
	    "16777216, found \"0\"\n");
	write_file("main", "include \"nowhere\"\ncorrespondent {\n}\n", 0644);
	expect("main", "main:1:9: nowhere: No such file or directory\n");
	expect("nowhere", "nowhere:0:0: No such file or directory\n");
	expect("sub", "sub:0:0: not a regular file\n");
	write_file("main", "include \"sub/one\"\ncorrespondent {\n}\n", 0644);
	write_file("sub/two", "include \"../main\"\n", 0644);
	expect("main", "sub/two:1:9: sub/../main: the file includes "
	    "itself\n");
	write_file("sub/two", "ike {\n", 0644);
	expect("main", "sub/two:2:1: expected \"}\" before the end of the "
	    "included file\n"
	    "main:2:1: unknown keyword \"correspondent\" in ike, expected "
	    "one of vici-socket, identity, certificate, private-key, "
	    "authority, ike-proposals, esp-proposals, ike-lifetime, "
	    "sa-lifetime, key-mobility\n"
	    "main:4:1: expected \"}\", found end of file: the block ike of "
	    "line 1 is open\n");
	for (i = 0; i < 17; i++) {
		snprintf(path, sizeof(path), "d%d", i);
		snprintf(text, sizeof(text), "include \"d%d\"\n", i + 1);
		write_file(path, text, 0644);
	}
	write_file("d17", "correspondent {\n}\n", 0644);
	expect("d0", "d15:1:9: files are included more than 16 deep\n");
	expect("d2", "");
	ATF_CHECK(conf_parse_text("include \"d17\"\n", 14, NULL, NULL) ==
	    NULL);
}

/* Huge words, statements, nesting. */
ATF_TC_WITHOUT_HEAD(limits);
ATF_TC_BODY(limits, tc)
{
	char	*text = malloc(200000);
	int	 i;

	ATF_REQUIRE(text != NULL);
	strcpy(text, "user ");
	memset(text + 5, 'x', 100000);
	strcpy(text + 100005, "\ncorrespondent {\n}\n");
	write_file("c", text, 0644);
	expect("c", "c:1:6: the statement is too long\n");
	text[0] = '\0';
	for (i = 0; i < 70; i++)
		strcat(text, "word ");
	strcat(text, "\ncorrespondent {\n}\n");
	write_file("c", text, 0644);
	expect("c", "c:1:321: the statement is too long\n");
	for (i = 0; i < 100; i++)
		memcpy(text + i * 4, "ike{", 5);
	ATF_CHECK(conf_parse_text(text, strlen(text), NULL, NULL) == NULL);
	memset(text, '{', 100000);
	ATF_CHECK(conf_parse_text(text, 100000, NULL, NULL) == NULL);
	for (i = 0; i < 100000; i += 2)
		memcpy(text + i, "a{", 2);
	ATF_CHECK(conf_parse_text(text, 100000, NULL, NULL) == NULL);
	memset(text, 0, 100000);
	ATF_CHECK(conf_parse_text(text, 100000, NULL, NULL) == NULL);
	for (i = 0; i < 9; i++)
		memcpy(text + i * 24, "control socket \"/abcd0\"\n", 25);
	ATF_CHECK(conf_parse_text(text, 8 * 24, NULL, NULL) == NULL);
	for (i = 0; i < 9; i++)
		text[i * 24 + 21] = (char)('0' + i);
	conf_free(parse("") /* none at all is fine */);
	text[8 * 24] = '\0';
	conf_free(parse(text));
	text[8 * 24] = 'c';
	ATF_CHECK(conf_parse_text(text, 9 * 24, NULL, NULL) == NULL);
	free(text);
}

/* Time grows with the number of nodes, not with its square. */
ATF_TC_WITHOUT_HEAD(many_nodes);
ATF_TC_BODY(many_nodes, tc)
{
	struct said	 s;
	struct conf	*c;
	clock_t		 begin = clock();
	int		 i, n = 50000;

	s.f = open_memstream(&s.text, &s.len);
	fprintf(s.f, "home-agent {\nhome-link virtual {\naddress 2001:db8::1\n"
	    "prefix 2001:db8::/64\n}\n");
	for (i = 0; i < n; i++)
		fprintf(s.f, "mobile-node \"mn%d@b\" {\nhome-address "
		    "2001:db8::1:%x:%x\n" KEY "}\n", i, i >> 16, i & 0xffff);
	fprintf(s.f, "}\n");
	fclose(s.f);
	c = conf_parse_text(s.text, s.len, NULL, NULL);
	ATF_REQUIRE(c != NULL);
	ATF_CHECK_EQ(c->ha->nnodes, (size_t)n);
	ATF_CHECK_STREQ(c->ha->nodes[n - 1].identifier, "mn49999@b");
	conf_free(c);
	free(s.text);
	ATF_CHECK((clock() - begin) / CLOCKS_PER_SEC < 20);
}

/* Each allocation in turn fails: an answer, nothing lost, nothing broken. */
ATF_TC_WITHOUT_HEAD(no_memory);
ATF_TC_BODY(no_memory, tc)
{
	static const char	 text[] = "a = \"stderr\"\nlog $a\n"
				    "control socket \"/a\"\ncorrespondent {\n"
				    "deny care-of ::/0\ndeny\n}\n" SECRET
				    "home-agent {\nhome-link virtual {\n"
				    "address 2001:db8::1\nprefix "
				    "2001:db8::/64\n}\nmobile-node \"c@d\" {\n"
				    "home-address 2001:db8::2\n" KEY "}\n"
				    "mobile-nodes 1 2 {\nidentity \"n%u\"\n"
				    "home-address 2001:db8::3\n}\n"
				    "mobile-node {\nhome-address "
				    "2001:db8::5\nauthentication ipsec\n"
				    "ipsec {\n" MANUAL "}\n}\n}\n"
				    "ike {\nidentity h\nauthority \"/a\"\n"
				    "certificate \"/c\"\n"
				    "private-key \"/k\"\n}\n";
	struct said		 s;
	struct conf		*c;
	long			 i;

	write_file("main", "include \"part\"\nb = \"c\"\n", 0600);
	write_file("part", text, 0600);
	for (i = 0; i < 1000; i++) {
		conf_mem_fail = i;
		c = parse_file("main", &s);
		conf_mem_fail = -1;
		ATF_CHECK_EQ(c == NULL, strstr(s.text, "out of memory") !=
		    NULL);
		free(s.text);
		conf_free(c);
		if (c != NULL)
			break;
	}
	ATF_CHECK_MSG(i > 20 && i < 1000, "%ld allocations", i);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, defaults);
	ATF_TP_ADD_TC(tp, defaults_of_a_node);
	ATF_TP_ADD_TC(tp, advertisements);
	ATF_TP_ADD_TC(tp, line_ends);
	ATF_TP_ADD_TC(tp, route_optimisation);
	ATF_TP_ADD_TC(tp, static_keys);
	ATF_TP_ADD_TC(tp, rules_and_forms);
	ATF_TP_ADD_TC(tp, samples);
	ATF_TP_ADD_TC(tp, masks);
	ATF_TP_ADD_TC(tp, odd_values);
	ATF_TP_ADD_TC(tp, ipsec_negotiated);
	ATF_TP_ADD_TC(tp, encapsulation_limit);
	ATF_TP_ADD_TC(tp, ipsec_by_hand);
	ATF_TP_ADD_TC(tp, nodes_by_number);
	ATF_TP_ADD_TC(tp, macros);
	ATF_TP_ADD_TC(tp, permissions);
	ATF_TP_ADD_TC(tp, owner);
	ATF_TP_ADD_TC(tp, includes);
	ATF_TP_ADD_TC(tp, limits);
	ATF_TP_ADD_TC(tp, many_nodes);
	ATF_TP_ADD_TC(tp, no_memory);
	return (atf_no_error());
}

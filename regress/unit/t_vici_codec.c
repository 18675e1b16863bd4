/*
 * VICI packets and messages: the example of charon's own description, and
 * round trips.  What a hostile charon could send is refused.
 */
#include <atf-c.h>
#include <stdlib.h>
#include <string.h>

#include "ike/vici_codec.h"

static uint8_t	 mem[2 * VICI_MAX];

/* README.md of charon's vici plugin, "Encoding example". */
static const uint8_t	 example[] = {
	3, 4, 'k', 'e', 'y', '1', 0, 6, 'v', 'a', 'l', 'u', 'e', '1',
	1, 8, 's', 'e', 'c', 't', 'i', 'o', 'n', '1',
	1, 11, 's', 'u', 'b', '-', 's', 'e', 'c', 't', 'i', 'o', 'n',
	3, 4, 'k', 'e', 'y', '2', 0, 6, 'v', 'a', 'l', 'u', 'e', '2',
	2,
	4, 5, 'l', 'i', 's', 't', '1',
	5, 0, 5, 'i', 't', 'e', 'm', '1',
	5, 0, 5, 'i', 't', 'e', 'm', '2',
	6,
	2,
};

static size_t
build_example(struct vici_builder *b, enum vici_type t, const char *name)
{
	vici_begin(b, mem, sizeof(mem), t, name);
	vici_str(b, "key1", "value1");
	vici_section(b, "section1");
	vici_section(b, "sub-section");
	vici_str(b, "key2", "value2");
	vici_section_end(b);
	vici_list(b, "list1");
	vici_list_item(b, "item1");
	vici_list_item(b, "item2");
	vici_list_end(b);
	vici_section_end(b);
	return (vici_finish(b));
}

ATF_TC_WITHOUT_HEAD(build);
ATF_TC_BODY(build, tc)
{
	static const uint8_t	 head[] = { 0, 0, 0, 5 + sizeof(example), 0, 3,
				    'a', 'b', 'c' };
	struct vici_builder	 b;
	size_t			 n;

	n = build_example(&b, VICI_CMD_REQUEST, "abc");
	ATF_REQUIRE_EQ(sizeof(head) + sizeof(example), n);
	ATF_CHECK(memcmp(mem, head, sizeof(head)) == 0);
	ATF_CHECK(memcmp(mem + sizeof(head), example, sizeof(example)) == 0);

	/* A response has no name. */
	n = build_example(&b, VICI_CMD_RESPONSE, NULL);
	ATF_REQUIRE_EQ(5 + sizeof(example), n);
	ATF_CHECK(memcmp(mem + 5, example, sizeof(example)) == 0);
}

ATF_TC_WITHOUT_HEAD(build_wrong);
ATF_TC_BODY(build_wrong, tc)
{
	static char		 huge[70000];
	struct vici_builder	 b;
	char			 name[300];
	int			 i;

#define BEGIN()	vici_begin(&b, mem, sizeof(mem), VICI_CMD_REQUEST, "x")
	memset(huge, 'h', sizeof(huge));
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	BEGIN();
	ATF_CHECK(vici_finish(&b) == 7);
	vici_begin(&b, mem, sizeof(mem), VICI_CMD_REQUEST, NULL);
	ATF_CHECK_EQ(0, vici_finish(&b));
	vici_begin(&b, mem, sizeof(mem), VICI_CMD_RESPONSE, "x");
	ATF_CHECK_EQ(0, vici_finish(&b));
	vici_begin(&b, mem, sizeof(mem), VICI_CMD_REQUEST, "");
	ATF_CHECK_EQ(0, vici_finish(&b));
	vici_begin(&b, mem, 6, VICI_CMD_REQUEST, "x");
	ATF_CHECK_EQ(0, vici_finish(&b));
	BEGIN();
	vici_section(&b, "open");
	ATF_CHECK_EQ(0, vici_finish(&b));
	BEGIN();
	vici_section_end(&b);
	ATF_CHECK_EQ(0, vici_finish(&b));
	BEGIN();
	vici_list_item(&b, "outside");
	ATF_CHECK_EQ(0, vici_finish(&b));
	BEGIN();
	vici_list(&b, "l");
	ATF_CHECK_EQ(0, vici_finish(&b));
	vici_list_end(&b);
	ATF_CHECK(vici_finish(&b) > 0);
	BEGIN();
	vici_list(&b, "l");
	vici_str(&b, "k", "v");
	vici_list_end(&b);
	ATF_CHECK_EQ(0, vici_finish(&b));
	BEGIN();
	vici_str(&b, name, "v");
	ATF_CHECK_EQ(0, vici_finish(&b));
	BEGIN();
	vici_value(&b, "k", huge, 65535);
	ATF_CHECK(vici_finish(&b) > 65535);
	BEGIN();
	vici_value(&b, "k", huge, 65536);
	ATF_CHECK_EQ(0, vici_finish(&b));
	BEGIN();
	for (i = 0; i < 9; i++)
		vici_value(&b, "k", huge, 60000);
	ATF_CHECK_EQ_MSG(0, vici_finish(&b), "more than 512 KB");
	BEGIN();
	for (i = 0; i < VICI_DEPTH + 1; i++)
		vici_section(&b, "s");
	for (i = 0; i < VICI_DEPTH + 1; i++)
		vici_section_end(&b);
	ATF_CHECK_EQ(0, vici_finish(&b));
}

ATF_TC_WITHOUT_HEAD(walk);
ATF_TC_BODY(walk, tc)
{
	struct vici_packet	 k;
	struct vici_builder	 b;
	struct vici_cursor	 c, sub, list;
	struct vici_item	 it;
	char			 s[16];
	size_t			 n;

	n = build_example(&b, VICI_EVENT, "some-event");
	ATF_REQUIRE_EQ(VICI_OK, vici_parse(mem + 4, n - 4, &k));
	ATF_CHECK_EQ(VICI_EVENT, k.type);
	ATF_CHECK_STREQ("some-event", k.name);
	vici_message(&k, &c);
	ATF_CHECK(vici_get_str(&c, "key1", s, sizeof(s)));
	ATF_CHECK_STREQ("value1", s);
	ATF_CHECK(vici_get_str(&c, "key1", s, 4));
	ATF_CHECK_STREQ("val", s);
	/* Only this level is looked at. */
	ATF_CHECK(!vici_get_str(&c, "key2", s, sizeof(s)));
	ATF_CHECK_STREQ("", s);
	ATF_CHECK(!vici_find(&c, VICI_KEY_VALUE, "section1", &it));
	ATF_REQUIRE(vici_find(&c, VICI_SECTION_START, "section1", &it));
	vici_enter(&it, &sub);
	ATF_REQUIRE(vici_find(&sub, VICI_LIST_START, "list1", &it));
	vici_enter(&it, &list);
	for (n = 0; vici_next(&list, &it); n++) {
		ATF_CHECK_EQ(VICI_LIST_ITEM, it.kind);
		ATF_CHECK_EQ(0, it.namelen);
		vici_text(s, sizeof(s), it.p, it.len);
		ATF_CHECK_STREQ(n == 0 ? "item1" : "item2", s);
	}
	ATF_CHECK_EQ(2, n);
	ATF_REQUIRE(vici_next(&sub, &it));
	ATF_CHECK(vici_is(&it, "sub-section"));
	vici_enter(&it, &list);
	ATF_CHECK(vici_get_str(&list, "key2", s, sizeof(s)));
	ATF_REQUIRE(vici_next(&sub, &it));
	ATF_CHECK(vici_is(&it, "list1"));
	ATF_CHECK(!vici_next(&sub, &it));
	/* Nothing is in a value. */
	ATF_REQUIRE(vici_find(&c, VICI_KEY_VALUE, "key1", &it));
	vici_enter(&it, &sub);
	ATF_CHECK(!vici_next(&sub, &it));
}

ATF_TC_WITHOUT_HEAD(numbers);
ATF_TC_BODY(numbers, tc)
{
	static const struct {
		const char	*s;
		int		 base;
		bool		 ok;
		uint64_t	 v;
	} t[] = {
		{ "0", 10, true, 0 },
		{ "4294967296", 10, true, 4294967296ULL },
		{ "18446744073709551615", 10, true, UINT64_MAX },
		{ "18446744073709551616", 10, false, 0 },
		{ "99999999999999999999999", 10, false, 0 },
		{ "c0ffee01", 16, true, 0xc0ffee01 },
		{ "C0FFEE01", 16, true, 0xc0ffee01 },
		{ "ffffffffffffffff", 16, true, UINT64_MAX },
		{ "10000000000000000", 16, false, 0 },
		{ "", 10, false, 0 }, { "-1", 10, false, 0 },
		{ "a", 10, false, 0 }, { " 1", 10, false, 0 },
		{ "1 ", 10, false, 0 }, { "0x1", 16, false, 0 },
	};
	struct vici_builder	 b;
	struct vici_packet	 k;
	struct vici_cursor	 c;
	uint64_t		 v;
	size_t			 i, n;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		vici_begin(&b, mem, sizeof(mem), VICI_CMD_RESPONSE, NULL);
		vici_str(&b, "n", t[i].s);
		vici_str(&b, "y", i == 0 ? "yes" : "no");
		n = vici_finish(&b);
		ATF_REQUIRE_EQ(VICI_OK, vici_parse(mem + 4, n - 4, &k));
		vici_message(&k, &c);
		v = 7;
		ATF_CHECK_EQ_MSG(t[i].ok, vici_get_num(&c, "n", t[i].base, &v),
		    "%s", t[i].s);
		ATF_CHECK_EQ_MSG(t[i].v, v, "%s", t[i].s);
		ATF_CHECK_EQ(i == 0, vici_get_yes(&c, "y"));
		ATF_CHECK(!vici_get_num(&c, "absent", 10, &v));
	}
}

ATF_TC_WITHOUT_HEAD(text);
ATF_TC_BODY(text, tc)
{
	char	 s[16];

	vici_text(s, sizeof(s), "a\nb\033\377\0c", 7);
	ATF_CHECK_STREQ("a?b???c", s);
	vici_text(s, 1, "abc", 3);
	ATF_CHECK_STREQ("", s);
}

static enum vici_error
parse(const char *s, size_t n)
{
	struct vici_packet	 k;
	enum vici_error		 e;
	uint8_t			*copy;

	/* An exact copy: the sanitizer sees a byte too many. */
	ATF_REQUIRE((copy = malloc(n + 1)) != NULL);
	memcpy(copy + 1, s, n);
	e = vici_parse(copy + 1, n, &k);
	free(copy);
	return (e);
}
#define PARSE(s)	parse((s), sizeof(s) - 1)

ATF_TC_WITHOUT_HEAD(hostile);
ATF_TC_BODY(hostile, tc)
{
	struct vici_packet	 k;
	char			 deep[4 * VICI_DEPTH + 8];
	size_t			 i, n;

	ATF_CHECK_EQ(VICI_E_LENGTH, vici_parse(mem, 0, &k));
	ATF_CHECK_EQ(VICI_E_LENGTH, vici_parse(mem, VICI_MAX + 1, &k));
	ATF_CHECK_EQ(VICI_E_TYPE, PARSE("\010"));
	ATF_CHECK_EQ(VICI_E_TYPE, PARSE("\377"));
	ATF_CHECK_EQ(VICI_OK, PARSE("\001"));
	ATF_CHECK_EQ(VICI_OK, PARSE("\002"));
	ATF_CHECK_EQ(VICI_E_TRAILING, PARSE("\002\000"));
	ATF_CHECK_EQ(VICI_E_TRAILING, PARSE("\005\003\001k\000\001v"));
	ATF_CHECK_EQ(VICI_E_TRUNCATED, PARSE("\007\005abcd"));
	ATF_CHECK_EQ(VICI_E_TRUNCATED, PARSE("\007\001"));
	ATF_CHECK_EQ(VICI_E_TRUNCATED, PARSE("\007"));
	ATF_CHECK_EQ(VICI_E_NAME, PARSE("\007\000"));
	ATF_CHECK_EQ(VICI_E_NAME, PARSE("\007\002a\n"));
	ATF_CHECK_EQ(VICI_OK, PARSE("\007\001a"));
	ATF_CHECK_EQ(VICI_E_ELEMENT, PARSE("\001\000"));
	ATF_CHECK_EQ(VICI_E_ELEMENT, PARSE("\001\007"));
	ATF_CHECK_EQ(VICI_E_BALANCE, PARSE("\001\002"));
	ATF_CHECK_EQ(VICI_E_LIST, PARSE("\001\006"));
	ATF_CHECK_EQ(VICI_E_BALANCE, PARSE("\001\001\001s"));
	ATF_CHECK_EQ(VICI_E_BALANCE, PARSE("\001\004\001l"));
	ATF_CHECK_EQ(VICI_E_LIST, PARSE("\001\005\000\001x"));
	ATF_CHECK_EQ(VICI_E_LIST, PARSE("\001\004\001l\003\001k\000\000\006"));
	ATF_CHECK_EQ(VICI_E_LIST, PARSE("\001\004\001l\004\001l\006\006"));
	ATF_CHECK_EQ(VICI_E_LIST, PARSE("\001\001\001s\004\001l\002"));
	ATF_CHECK_EQ(VICI_E_TRUNCATED, PARSE("\001\003\005key"));
	ATF_CHECK_EQ(VICI_E_TRUNCATED, PARSE("\001\003\003key\377\377v"));
	ATF_CHECK_EQ(VICI_E_TRUNCATED, PARSE("\001\003\003key\000"));
	ATF_CHECK_EQ(VICI_E_NAME, PARSE("\001\003\000\000\000"));
	ATF_CHECK_EQ(VICI_E_NAME, PARSE("\001\001\001\033\002"));
	/* What a configuration's owner may call it. */
	ATF_CHECK_EQ(VICI_OK, PARSE("\001\001\002\303\251\002"));

	for (i = VICI_DEPTH; i <= VICI_DEPTH + 1; i++) {
		deep[0] = 1;
		for (n = 0; n < i; n++)
			memcpy(deep + 1 + 3 * n, "\001\001s", 3);
		memset(deep + 1 + 3 * i, 2, i);
		ATF_CHECK_EQ(i == VICI_DEPTH ? VICI_OK : VICI_E_DEPTH,
		    parse(deep, 1 + 4 * i));
	}
	for (i = 0; i <= VICI_E_MAX; i++)
		ATF_CHECK(vici_strerror((enum vici_error)i)[0] != '\0');
}

/* Every piece of a right packet but the whole is wrong, or shorter. */
ATF_TC_WITHOUT_HEAD(cut);
ATF_TC_BODY(cut, tc)
{
	struct vici_builder	 b;
	uint8_t			 frame[256];
	size_t			 i, n, good = 0;

	n = build_example(&b, VICI_CMD_RESPONSE, NULL) - VICI_HEADER;
	ATF_REQUIRE(n < sizeof(frame));
	memcpy(frame, mem + VICI_HEADER, n);
	for (i = 0; i <= n; i++)
		good += parse((char *)frame, i) == VICI_OK;
	/* Nothing, key1 alone, and all of it. */
	ATF_CHECK_EQ(3, good);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, build);
	ATF_TP_ADD_TC(tp, build_wrong);
	ATF_TP_ADD_TC(tp, walk);
	ATF_TP_ADD_TC(tp, numbers);
	ATF_TP_ADD_TC(tp, text);
	ATF_TP_ADD_TC(tp, hostile);
	ATF_TP_ADD_TC(tp, cut);
	return (atf_no_error());
}

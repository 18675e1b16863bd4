/*
 * core/ctl: frames of the control socket.  Requests, rows and the end of an
 * answer are packed and unpacked again, and what is malformed is refused.
 */
#include <atf-c.h>
#include <string.h>

#include "core/ctl.h"

static const struct ctl_request	 why = { VERB_WHY, "2001:db8::1" };

ATF_TC_WITHOUT_HEAD(request);
ATF_TC_BODY(request, tc)
{
	struct ctl_request	 q = why, r;
	struct ctl_frame	 f;
	uint8_t			 b[CTL_REQUEST_MAX];
	size_t			 i, n;

	n = ctl_pack_request(b, sizeof(b), &q);
	ATF_REQUIRE_EQ(CTL_HEADER + 2 + 2 + 11, n);
	for (i = 0; i < n; i++)
		ATF_CHECK_EQ(CTL_MORE, ctl_parse(b, i, sizeof(b), &f));
	ATF_REQUIRE_EQ(CTL_FRAME, ctl_parse(b, n, sizeof(b), &f));
	ATF_CHECK_EQ(n, f.size);
	ATF_REQUIRE(ctl_unpack_request(&f, &r));
	ATF_CHECK_EQ(VERB_WHY, r.verb);
	ATF_CHECK_STREQ(q.arg, r.arg);
	/* The longest argument fits the largest frame. */
	memset(q.arg, 'x', sizeof(q.arg) - 1);
	q.arg[sizeof(q.arg) - 1] = '\0';
	n = ctl_pack_request(b, sizeof(b), &q);
	ATF_REQUIRE(n != 0 && n <= sizeof(b));
	ATF_REQUIRE_EQ(CTL_FRAME, ctl_parse(b, n, sizeof(b), &f));
	ATF_REQUIRE(ctl_unpack_request(&f, &r));
	ATF_CHECK_STREQ(q.arg, r.arg);
	ATF_CHECK_EQ(0, ctl_pack_request(b, n - 1, &q));
}

/* One octet changed: the frame is refused, or says something else. */
ATF_TC_WITHOUT_HEAD(refused);
ATF_TC_BODY(refused, tc)
{
	static const struct {
		size_t		 at;
		uint8_t		 v;
		enum ctl_parse	 want;
	} t[] = {
		{ 0, 1, CTL_BAD },		/* 16 MiB */
		{ 3, CTL_HEADER - 1, CTL_BAD },	/* shorter than its header */
		{ 4, CTL_VERSION + 1, CTL_BAD_VERSION },
		{ 5, 0, CTL_BAD },
		{ 5, CTL_TYPE_MAX, CTL_BAD },
		{ 6, 1, CTL_BAD },
		{ 7, 1, CTL_BAD },
		{ 3, 100, CTL_MORE },
	};
	struct ctl_request	 r;
	struct ctl_frame	 f;
	uint8_t			 b[CTL_REQUEST_MAX], c[CTL_REQUEST_MAX];
	size_t			 i, n;

	n = ctl_pack_request(b, sizeof(b), &why);
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		memcpy(c, b, n);
		c[t[i].at] = t[i].v;
		ATF_CHECK_EQ_MSG(t[i].want, ctl_parse(c, n, sizeof(c), &f),
		    "octet %zu", t[i].at);
	}
	/* Inside: a verb that is none, a length too long or short, a NUL. */
	memcpy(c, b, n);
	c[9] = VERB_MAX;
	ATF_REQUIRE_EQ(CTL_FRAME, ctl_parse(c, n, sizeof(c), &f));
	ATF_CHECK(!ctl_unpack_request(&f, &r));
	c[9] = VERB_DECODE;
	ATF_CHECK(!ctl_unpack_request(&f, &r));
	c[9] = VERB_WHY;
	ATF_CHECK(ctl_unpack_request(&f, &r));
	c[11]++;
	ATF_CHECK(!ctl_unpack_request(&f, &r));
	c[11] -= 2;
	ATF_CHECK(!ctl_unpack_request(&f, &r));
	c[11]++;
	c[14] = 0;
	ATF_CHECK(!ctl_unpack_request(&f, &r));
}

ATF_TC_WITHOUT_HEAD(end);
ATF_TC_BODY(end, tc)
{
	struct ctl_end		 e = { CTL_ERROR, 2, "no such binding" }, d;
	struct ctl_request	 r;
	struct ctl_frame	 f;
	uint8_t			 b[2 * CTL_TEXT_MAX];
	size_t			 n;

	n = ctl_pack_end(b, sizeof(b), &e);
	ATF_REQUIRE_EQ(CTL_FRAME, ctl_parse(b, n, sizeof(b), &f));
	ATF_REQUIRE(ctl_unpack_end(&f, &d));
	ATF_CHECK_EQ(CTL_ERROR, d.status);
	ATF_CHECK_EQ(2, d.error);
	ATF_CHECK_STREQ(e.text, d.text);
	ATF_CHECK(!ctl_unpack_request(&f, &r));
	b[CTL_HEADER] = CTL_STATUS_MAX;
	ATF_CHECK(!ctl_unpack_end(&f, &d));
}

ATF_TC_WITHOUT_HEAD(rows);
ATF_TC_BODY(rows, tc)
{
	struct ctl_frame	 f;
	uint8_t			 b[CTL_HEADER + 3] = { 0 };

	ATF_REQUIRE_EQ(CTL_HEADER, ctl_pack_rows_header(b, sizeof(b), 3));
	ATF_REQUIRE_EQ(CTL_FRAME, ctl_parse(b, sizeof(b), CTL_FRAME_MAX, &f));
	ATF_CHECK_EQ(CTL_ROWS, f.type);
	ATF_CHECK_EQ(3, f.len);
	ATF_CHECK_EQ(0, ctl_pack_rows_header(b, sizeof(b), CTL_FRAME_MAX));
	ATF_CHECK_EQ(0, ctl_pack_rows_header(b, CTL_HEADER - 1, 3));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, request);
	ATF_TP_ADD_TC(tp, refused);
	ATF_TP_ADD_TC(tp, end);
	ATF_TP_ADD_TC(tp, rows);
	return (atf_no_error());
}

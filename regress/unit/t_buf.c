/*
 * wire/buf: bounds are kept and errors stick.  Lengths that would wrap around
 * are refused, and only what was written can be overwritten.
 */
#include <atf-c.h>
#include <string.h>

#include "wire/buf.h"

ATF_TC_WITHOUT_HEAD(reads_in_order);
ATF_TC_BODY(reads_in_order, tc)
{
	static const uint8_t	 in[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
	    13, 14, 15 };
	struct rbuf		 r, sub;

	rbuf_init(&r, in, sizeof(in));
	ATF_CHECK_EQ(rbuf_u8(&r), 1);
	ATF_CHECK_EQ(rbuf_u16(&r), 0x0203);
	ATF_CHECK_EQ(rbuf_u32(&r), 0x04050607);
	ATF_REQUIRE(rbuf_sub(&r, &sub, 8));
	ATF_CHECK_EQ(rbuf_u64(&sub), 0x08090a0b0c0d0e0fULL);
	ATF_CHECK(rbuf_done(&sub));
	ATF_CHECK(rbuf_done(&r));
}

ATF_TC_WITHOUT_HEAD(read_error_sticks);
ATF_TC_BODY(read_error_sticks, tc)
{
	static const uint8_t	 in[] = { 1, 2, 3 };
	uint8_t			 out[4] = { 9, 9, 9, 9 };
	struct rbuf		 r, sub;

	rbuf_init(&r, in, sizeof(in));
	ATF_CHECK_EQ(rbuf_u32(&r), 0);
	ATF_CHECK(r.bad);
	ATF_CHECK_EQ(rbuf_u8(&r), 0);
	ATF_CHECK_EQ(rbuf_left(&r), 0);
	ATF_CHECK(!rbuf_bytes(&r, out, 4));
	ATF_CHECK_EQ(out[0] | out[1] | out[2] | out[3], 0);
	ATF_CHECK(!rbuf_sub(&r, &sub, 1));
	ATF_CHECK(sub.bad);
	ATF_CHECK(!rbuf_done(&r));
}

ATF_TC_WITHOUT_HEAD(huge_length_does_not_wrap);
ATF_TC_BODY(huge_length_does_not_wrap, tc)
{
	uint8_t		 mem[4] = { 0 };
	struct rbuf	 r;
	struct wbuf	 w;

	rbuf_init(&r, mem, sizeof(mem));
	rbuf_u8(&r);
	ATF_CHECK(rbuf_ptr(&r, SIZE_MAX) == NULL);
	wbuf_init(&w, mem, sizeof(mem));
	wbuf_u8(&w, 1);
	ATF_CHECK(wbuf_room(&w, SIZE_MAX) == NULL);
}

ATF_TC_WITHOUT_HEAD(write_error_sticks);
ATF_TC_BODY(write_error_sticks, tc)
{
	uint8_t		 mem[5];
	struct wbuf	 w;

	memset(mem, 0xee, sizeof(mem));
	wbuf_init(&w, mem, 4);
	wbuf_u16(&w, 0x0102);
	wbuf_u32(&w, 0xffffffff);
	ATF_CHECK(w.bad);
	wbuf_u8(&w, 3);
	ATF_CHECK_EQ(w.off, 2);
	ATF_CHECK_EQ(mem[2], 0xee);
	ATF_CHECK_EQ(wbuf_left(&w), 0);
}

ATF_TC_WITHOUT_HEAD(put_only_what_was_written);
ATF_TC_BODY(put_only_what_was_written, tc)
{
	uint8_t		 mem[8];
	struct wbuf	 w;

	wbuf_init(&w, mem, sizeof(mem));
	wbuf_u32(&w, 0);
	ATF_CHECK(wbuf_put_u16(&w, 2, 0xabcd));
	ATF_CHECK_EQ(mem[2], 0xab);
	ATF_CHECK_EQ(mem[3], 0xcd);
	ATF_CHECK(!wbuf_put_u16(&w, 3, 1));
	ATF_CHECK(w.bad);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, reads_in_order);
	ATF_TP_ADD_TC(tp, read_error_sticks);
	ATF_TP_ADD_TC(tp, huge_length_does_not_wrap);
	ATF_TP_ADD_TC(tp, write_error_sticks);
	ATF_TP_ADD_TC(tp, put_only_what_was_written);
	return (atf_no_error());
}

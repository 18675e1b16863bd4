/*
 * The VICI client against a charon that is played on the other end of a socket
 * pair.  It is well-behaved, and it is not.
 */
#include <sys/types.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <arpa/inet.h>
#include <atf-c.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ike/vici_conn.h"

#define LONG	60000

static struct event_base	*base;
static struct vici_conn		*conn;
static int			 charon;	/* the other end */
static uint8_t			 mem[VICI_HEADER + VICI_MAX];

/*
 * What happened, one letter each: r reply, u unknown, g gone, e event, d dead.
 */
static char			 seen[4096];
static char			 last[256];	/* its text */
static bool			 close_in_callback, request_in_callback;

static void
saw(char what, const char *text)
{
	size_t	 n = strlen(seen);

	if (n + 1 < sizeof(seen)) {
		seen[n] = what;
		seen[n + 1] = '\0';
	}
	snprintf(last, sizeof(last), "%s", text);
	if (close_in_callback) {
		vici_close(conn);
		conn = NULL;
	}
}

static void
on_reply(void *arg, enum vici_result r, const struct vici_cursor *msg)
{
	char	 text[128];

	vici_get_str(msg, "text", text, sizeof(text));
	if (arg != NULL)
		ATF_CHECK_EQ(arg, &base);
	if (request_in_callback && r == VICI_DONE) {
		request_in_callback = false;
		ATF_CHECK(vici_command(conn, "again", NULL, LONG, on_reply,
		    NULL));
	}
	saw("rug"[r], text);
}

static void
on_event(void *arg, const char *name, const struct vici_cursor *msg)
{
	(void)msg;
	ATF_CHECK_EQ(arg, &base);
	saw('e', name);
}

static void
on_dead(void *arg, const char *reason)
{
	ATF_CHECK_EQ(arg, &base);
	saw('d', reason);
}

static const struct vici_handlers	 handlers = { on_event, on_dead };

static void
setup(void)
{
	int	 sv[2];

	ATF_REQUIRE((base = event_base_new()) != NULL);
	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
	fcntl(sv[0], F_SETFL, O_NONBLOCK);
	fcntl(sv[1], F_SETFL, O_NONBLOCK);
	charon = sv[1];
	seen[0] = last[0] = '\0';
	close_in_callback = request_in_callback = false;
	conn = vici_open(base, sv[0], &handlers, &base);
	ATF_REQUIRE(conn != NULL);
}

static void
teardown(void)
{
	vici_close(conn);
	conn = NULL;
	if (charon != -1)
		close(charon);
	event_base_free(base);
}

static void
turn(void)
{
	int	 i;

	for (i = 0; i < 8; i++)
		event_base_loop(base, EVLOOP_NONBLOCK);
}

static void
say(const void *p, size_t n)
{
	ssize_t	 w;
	size_t	 off;

	for (off = 0; off < n; off += (size_t)w) {
		w = write(charon, (const uint8_t *)p + off, n - off);
		if (w == -1)
			w = 0;
		turn();
	}
}

/* A packet with a text in it, if the type has a message. */
static void
send_packet(enum vici_type t, const char *name, const char *text)
{
	struct vici_builder	 b;
	size_t			 n;

	vici_begin(&b, mem, sizeof(mem), t, name);
	if (text != NULL)
		vici_str(&b, "text", text);
	ATF_REQUIRE((n = vici_finish(&b)) > 0);
	say(mem, n);
}

/* The name in the one request that we have; "" if there is none. */
static const char *
hear(struct vici_packet *k)
{
	static uint8_t	 in[2 * VICI_HEADER + VICI_MAX];
	uint32_t	 len;
	ssize_t		 n;
	size_t		 have = 0;

	do {
		turn();
		n = read(charon, in + have, sizeof(in) - have);
		if (n > 0)
			have += (size_t)n;
	} while (n > 0);
	if (have == 0)
		return ("");
	memcpy(&len, in, sizeof(len));
	ATF_REQUIRE_EQ_MSG(ntohl(len) + VICI_HEADER, have,
	    "more or less than one packet");
	ATF_REQUIRE_EQ(VICI_OK, vici_parse(in + VICI_HEADER, have -
	    VICI_HEADER, k));
	return (k->name);
}

static void
command(const char *name, const char *stream, uint32_t timeout)
{
	ATF_REQUIRE(vici_command(conn, name, stream, timeout, on_reply,
	    &base));
}

ATF_TC_WITHOUT_HEAD(one_at_a_time);
ATF_TC_BODY(one_at_a_time, tc)
{
	struct vici_packet	 k;

	setup();
	command("version", NULL, LONG);
	ATF_REQUIRE(vici_register(conn, "ike-updown", LONG, on_reply, &base));
	command("nonsense", NULL, LONG);
	ATF_CHECK_STREQ("", seen);
	ATF_CHECK_EQ(3, vici_waiting(conn));
	ATF_CHECK_STREQ("version", hear(&k));
	ATF_CHECK_EQ(VICI_CMD_REQUEST, k.type);
	ATF_CHECK_STREQ("", hear(&k));
	send_packet(VICI_CMD_RESPONSE, NULL, "5.9.8");
	ATF_CHECK_STREQ("r", seen);
	ATF_CHECK_STREQ("5.9.8", last);
	ATF_CHECK_STREQ("ike-updown", hear(&k));
	ATF_CHECK_EQ(VICI_EVENT_REGISTER, k.type);
	send_packet(VICI_EVENT_CONFIRM, NULL, NULL);
	ATF_CHECK_STREQ("rr", seen);
	ATF_CHECK_STREQ("nonsense", hear(&k));
	send_packet(VICI_CMD_UNKNOWN, NULL, NULL);
	ATF_CHECK_STREQ("rru", seen);
	ATF_CHECK_EQ(0, vici_waiting(conn));
	ATF_REQUIRE(vici_register(conn, "alert", LONG, on_reply, &base));
	hear(&k);
	send_packet(VICI_EVENT_UNKNOWN, NULL, NULL);
	ATF_CHECK_STREQ("rruu", seen);
	ATF_CHECK_EQ(4, vici_stats(conn)->sent);
	ATF_CHECK_EQ(4, vici_stats(conn)->received);
	teardown();
}

ATF_TC_WITHOUT_HEAD(events_between);
ATF_TC_BODY(events_between, tc)
{
	struct vici_packet	 k;
	int			 i;

	setup();
	/* Before anything was asked, in the middle, and after. */
	send_packet(VICI_EVENT, "ike-updown", "x");
	command("list-sas", "list-sa", LONG);
	send_packet(VICI_EVENT, "child-updown", "x");
	ATF_CHECK_STREQ("list-sas", hear(&k));
	for (i = 0; i < 200; i++)
		send_packet(VICI_EVENT, "list-sa", "x");
	ATF_CHECK_EQ(202, strlen(seen));
	ATF_CHECK_STREQ("list-sa", last);
	send_packet(VICI_CMD_RESPONSE, NULL, NULL);
	ATF_CHECK_EQ('r', seen[202]);
	send_packet(VICI_EVENT, "ike-rekey", "x");
	ATF_CHECK_STREQ("ike-rekey", last);
	ATF_CHECK_EQ(203, vici_stats(conn)->events);
	teardown();
}

/* More in one piece than is handled in one turn of the event loop. */
ATF_TC_WITHOUT_HEAD(many_at_once);
ATF_TC_BODY(many_at_once, tc)
{
	static uint8_t		 pile[64 * 1024];
	struct vici_builder	 b;
	size_t			 n, off = 0;
	int			 i;

	setup();
	for (i = 0; i < 1000; i++) {
		vici_begin(&b, pile + off, sizeof(pile) - off, VICI_EVENT,
		    "list-sa");
		ATF_REQUIRE((n = vici_finish(&b)) > 0);
		off += n;
	}
	say(pile, off);
	for (i = 0; i < 100; i++)
		turn();
	ATF_CHECK_EQ(1000, strlen(seen));
	/* They come even if charon went right after it had sent them. */
	seen[0] = '\0';
	ATF_REQUIRE_EQ((ssize_t)off, write(charon, pile, off));
	close(charon);
	charon = -1;
	for (i = 0; i < 100; i++)
		turn();
	ATF_CHECK_EQ(1001, strlen(seen));
	ATF_CHECK_EQ('d', seen[1000]);
	teardown();
}

ATF_TC_WITHOUT_HEAD(half_packets);
ATF_TC_BODY(half_packets, tc)
{
	struct vici_packet	 k;
	struct vici_builder	 b;
	size_t			 i, n;

	setup();
	command("version", NULL, LONG);
	hear(&k);
	vici_begin(&b, mem, sizeof(mem), VICI_CMD_RESPONSE, NULL);
	vici_str(&b, "text", "piecemeal");
	n = vici_finish(&b);
	for (i = 0; i < n; i++) {
		ATF_CHECK_STREQ("", seen);
		say(mem + i, 1);
	}
	ATF_CHECK_STREQ("r", seen);
	ATF_CHECK_STREQ("piecemeal", last);
	teardown();
}

ATF_TC_WITHOUT_HEAD(large);
ATF_TC_BODY(large, tc)
{
	static uint8_t		 value[65000];
	static uint8_t		 out[VICI_HEADER + VICI_MAX];
	struct vici_packet	 k;
	struct vici_builder	 b;
	int			 i;

	setup();
	memset(value, 'v', sizeof(value));
	vici_begin(&b, out, sizeof(out), VICI_CMD_REQUEST, "load-cert");
	for (i = 0; i < 8; i++)
		vici_value(&b, "data", value, sizeof(value));
	ATF_REQUIRE(vici_request(conn, &b, NULL, LONG, on_reply, &base));
	ATF_CHECK_STREQ("load-cert", hear(&k));
	ATF_CHECK(k.len > 8 * sizeof(value));
	vici_begin(&b, mem, sizeof(mem), VICI_CMD_RESPONSE, NULL);
	vici_str(&b, "text", "large");
	for (i = 0; i < 8; i++)
		vici_value(&b, "data", value, sizeof(value));
	say(mem, vici_finish(&b));
	ATF_CHECK_STREQ("r", seen);
	ATF_CHECK_STREQ("large", last);
	teardown();
}

/* What ends the connection, and what it is told for. */
static void
misbehave(const void *p, size_t n, const char *reason)
{
	struct vici_packet	 k;

	setup();
	command("version", NULL, LONG);
	command("list-sas", NULL, LONG);
	hear(&k);
	say(p, n);
	ATF_CHECK_STREQ("ggd", seen);
	ATF_CHECK_MSG(strstr(last, reason) != NULL, "%s", last);
	ATF_CHECK(!vici_command(conn, "version", NULL, LONG, on_reply, NULL));
	teardown();
}

ATF_TC_WITHOUT_HEAD(misbehaviour);
ATF_TC_BODY(misbehaviour, tc)
{
	uint8_t	 noise[256];
	size_t	 i;

	misbehave("\0\0\0\0", 4, "packet of 0 bytes");
	misbehave("\0\010\0\001", 4, "packet of 524289 bytes");
	misbehave("\377\377\377\377", 4, "packet of 4294967295 bytes");
	misbehave("HTTP/1.1 400 Bad Request\r\n", 26, "malformed");
	misbehave("\0\0\0\001\011", 5, "unknown type");
	misbehave("\0\0\0\003\001\001s", 7, "malformed");
	/* Answers of the wrong kind, and requests, which charon never makes. */
	misbehave("\0\0\0\001\005", 5, "type 5 that nothing asked for");
	misbehave("\0\0\0\001\006", 5, "type 6 that nothing asked for");
	misbehave("\0\0\0\003\000\001x", 7, "type 0 that nothing asked for");
	misbehave("\0\0\0\003\003\001x", 7, "type 3 that nothing asked for");
	for (i = 0; i < sizeof(noise); i++)
		noise[i] = (uint8_t)(i * 167 + 13);
	misbehave(noise, sizeof(noise), "malformed");

	/* An answer to nothing. */
	setup();
	send_packet(VICI_CMD_RESPONSE, NULL, NULL);
	ATF_CHECK_STREQ("d", seen);
	teardown();
}

ATF_TC_WITHOUT_HEAD(two_answers);
ATF_TC_BODY(two_answers, tc)
{
	struct vici_packet	 k;

	setup();
	command("version", NULL, LONG);
	hear(&k);
	send_packet(VICI_CMD_RESPONSE, NULL, NULL);
	send_packet(VICI_CMD_RESPONSE, NULL, NULL);
	ATF_CHECK_STREQ("rd", seen);
	teardown();
}

ATF_TC_WITHOUT_HEAD(closed);
ATF_TC_BODY(closed, tc)
{
	struct vici_packet	 k;

	setup();
	command("version", NULL, LONG);
	hear(&k);
	/* In the middle of its answer. */
	say("\0\0\0\020\001\003\004te", 9);
	close(charon);
	charon = -1;
	turn();
	ATF_CHECK_STREQ("gd", seen);
	ATF_CHECK_STREQ("closed by charon", last);
	teardown();
}

static void
wait_ms(int ms)
{
	struct timeval	 tv = { 0, ms * 1000 };

	event_base_loopexit(base, &tv);
	event_base_dispatch(base);
}

ATF_TC_WITHOUT_HEAD(silence);
ATF_TC_BODY(silence, tc)
{
	struct vici_packet	 k;
	int			 i;

	setup();
	command("version", NULL, 50);
	command("list-sas", NULL, LONG);
	hear(&k);
	send_packet(VICI_EVENT, "ike-updown", NULL);
	ATF_CHECK_STREQ("e", seen);
	wait_ms(200);
	ATF_CHECK_STREQ("eggd", seen);
	ATF_CHECK_STREQ("no answer to version within 50 ms", last);
	teardown();

	/* The event that feeds a request gives it more time, others do not. */
	setup();
	command("list-sas", "list-sa", 200);
	hear(&k);
	for (i = 0; i < 5; i++) {
		wait_ms(100);
		send_packet(VICI_EVENT, "list-sa", NULL);
	}
	ATF_CHECK_STREQ("eeeee", seen);
	for (i = 0; i < 5 && strchr(seen, 'd') == NULL; i++) {
		wait_ms(100);
		if (strchr(seen, 'd') == NULL)
			send_packet(VICI_EVENT, "ike-updown", NULL);
	}
	ATF_CHECK(strchr(seen, 'd') != NULL);
	teardown();

	/* One that waits in the queue has its time when it is sent. */
	setup();
	command("first", NULL, LONG);
	command("second", NULL, 50);
	hear(&k);
	wait_ms(150);
	ATF_CHECK_STREQ("", seen);
	send_packet(VICI_CMD_RESPONSE, NULL, NULL);
	wait_ms(200);
	ATF_CHECK_STREQ("rgd", seen);
	teardown();
}

ATF_TC_WITHOUT_HEAD(queue_is_bounded);
ATF_TC_BODY(queue_is_bounded, tc)
{
	struct vici_builder	 b;
	int			 i;

	setup();
	for (i = 0; i < VICI_QUEUE_MAX; i++)
		command("version", NULL, LONG);
	ATF_CHECK(!vici_command(conn, "version", NULL, LONG, on_reply, NULL));
	/* Neither what is not a request is taken, nor what is malformed. */
	teardown();
	setup();
	vici_begin(&b, mem, sizeof(mem), VICI_CMD_RESPONSE, NULL);
	ATF_CHECK(!vici_request(conn, &b, NULL, LONG, on_reply, NULL));
	vici_begin(&b, mem, sizeof(mem), VICI_CMD_REQUEST, "x");
	vici_section(&b, "open");
	ATF_CHECK(!vici_request(conn, &b, NULL, LONG, on_reply, NULL));
	ATF_CHECK_EQ(0, vici_waiting(conn));
	teardown();
}

ATF_TC_WITHOUT_HEAD(from_callbacks);
ATF_TC_BODY(from_callbacks, tc)
{
	struct vici_packet	 k;

	/* A request from within an answer is sent, once, and in order. */
	setup();
	request_in_callback = true;
	command("first", NULL, LONG);
	command("second", NULL, LONG);
	hear(&k);
	send_packet(VICI_CMD_RESPONSE, NULL, NULL);
	ATF_CHECK_STREQ("second", hear(&k));
	send_packet(VICI_CMD_RESPONSE, NULL, NULL);
	ATF_CHECK_STREQ("again", hear(&k));
	send_packet(VICI_CMD_RESPONSE, NULL, NULL);
	ATF_CHECK_STREQ("rrr", seen);
	request_in_callback = true;
	command("first", NULL, LONG);
	hear(&k);
	send_packet(VICI_CMD_RESPONSE, NULL, NULL);
	ATF_CHECK_STREQ("again", hear(&k));
	teardown();

	/* Closed from within each kind of callback. */
	setup();
	close_in_callback = true;
	command("first", NULL, LONG);
	command("second", NULL, LONG);
	hear(&k);
	send_packet(VICI_CMD_RESPONSE, NULL, NULL);
	ATF_CHECK_STREQ("rg", seen);
	ATF_CHECK(conn == NULL);
	teardown();
	setup();
	close_in_callback = true;
	send_packet(VICI_EVENT, "ike-updown", NULL);
	ATF_CHECK_STREQ("e", seen);
	teardown();
	setup();
	close_in_callback = true;
	say("\0\0\0\0", 4);
	ATF_CHECK_STREQ("d", seen);
	teardown();
	setup();
	command("first", NULL, LONG);
	hear(&k);
	close_in_callback = true;
	say("\0\0\0\0", 4);
	ATF_CHECK_STREQ("g", seen);
	teardown();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, one_at_a_time);
	ATF_TP_ADD_TC(tp, events_between);
	ATF_TP_ADD_TC(tp, many_at_once);
	ATF_TP_ADD_TC(tp, half_packets);
	ATF_TP_ADD_TC(tp, large);
	ATF_TP_ADD_TC(tp, misbehaviour);
	ATF_TP_ADD_TC(tp, two_answers);
	ATF_TP_ADD_TC(tp, closed);
	ATF_TP_ADD_TC(tp, silence);
	ATF_TP_ADD_TC(tp, queue_is_bounded);
	ATF_TP_ADD_TC(tp, from_callbacks);
	return (atf_no_error());
}

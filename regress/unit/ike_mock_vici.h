/*
 * A charon that is ours: it answers at once, writes down as text what it was
 * asked, and has the IKE_SAs that a test gives it.
 */
#ifndef REGRESS_IKE_MOCK_VICI_H
#define REGRESS_IKE_MOCK_VICI_H

#include <sys/types.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <atf-c.h>
#include <stdio.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "ike/vici_codec.h"

struct mock_sa {
	uint32_t	 id, reqid;
	const char	*home, *state;
	bool		 binding, tunnel;
	const char	*remote;		/* host, or NULL */
};

static int		 charon = -1;
static char		 asked[262144];		/* of charon, a line each */
static struct mock_sa	 sas[8];
static unsigned int	 nsas;
static uint32_t		 second;	/* another "mh" of each, or 0 */
static const char	*second_age;	/* seconds that it is installed */
static const char	*conns[8];		/* that charon has */
static unsigned int	 nconns;
static const char	*refused;		/* command that is refused */
static bool		 mute;			/* charon does not answer */

static inline struct in6_addr
addr(const char *s)
{
	struct in6_addr	 a;

	ATF_REQUIRE_EQ_MSG(1, inet_pton(AF_INET6, s, &a), "%s", s);
	return (a);
}

static inline void
text_of(const struct vici_cursor *c, char *out, size_t cap)
{
	struct vici_cursor	 in, copy = *c;
	struct vici_item	 it;
	size_t			 n;

	while (vici_next(&copy, &it)) {
		n = strlen(out);
		ATF_REQUIRE(n + 600 < cap);
		if (n > 0 && out[n - 1] != '{' && out[n - 1] != '[' &&
		    out[n - 1] != ' ')
			out[n++] = ' ';
		vici_text(out + n, 64, it.name, it.namelen);
		n += strlen(out + n);
		if (it.kind == VICI_KEY_VALUE || it.kind == VICI_LIST_ITEM) {
			if (it.kind == VICI_KEY_VALUE)
				out[n++] = '=';
			vici_text(out + n, 400, it.p, it.len);
			continue;
		}
		strcpy(out + n, it.kind == VICI_LIST_START ? "=[" : "{");
		vici_enter(&it, &in);
		text_of(&in, out, cap);
		strcat(out, it.kind == VICI_LIST_START ? "]" : "}");
	}
}

static inline void
send_frame(struct vici_builder *b)
{
	size_t	 n;

	ATF_REQUIRE((n = vici_finish(b)) > 0);
	ATF_REQUIRE_EQ((ssize_t)n, write(charon, b->w.p, n));
}

static inline void
put_sa_child(struct vici_builder *b, const char *name, uint32_t id,
    uint32_t reqid, const char *installed)
{
	char	 s[16];

	vici_section(b, name);
	snprintf(s, sizeof(s), "%u", id);
	vici_str(b, "uniqueid", s);
	snprintf(s, sizeof(s), "%u", reqid);
	vici_str(b, "reqid", s);
	vici_str(b, "name", name);
	snprintf(s, sizeof(s), "%08x", id * 2);
	vici_str(b, "spi-in", s);
	snprintf(s, sizeof(s), "%08x", id * 2 + 1);
	vici_str(b, "spi-out", s);
	vici_str(b, "state", "INSTALLED");
	if (installed != NULL)
		vici_str(b, "install-time", installed);
	vici_section_end(b);
}

/* An event about an IKE_SA: list-sa, ike-updown or child-updown. */
static inline void
event_sa(const char *event, const struct mock_sa *sa, bool up)
{
	static uint8_t		 mem[4096];
	struct vici_builder	 b;
	char			 s[80];

	vici_begin(&b, mem, sizeof(mem), VICI_EVENT, event);
	if (up && strcmp(event, "list-sa") != 0)
		vici_str(&b, "up", "yes");
	snprintf(s, sizeof(s), "mip6-%s", sa->home);
	vici_section(&b, s);
	snprintf(s, sizeof(s), "%u", sa->id);
	vici_str(&b, "uniqueid", s);
	vici_str(&b, "state", sa->state);
	if (sa->remote != NULL)
		vici_str(&b, "remote-host", sa->remote);
	if (strcmp(event, "ike-updown") != 0) {
		vici_section(&b, "child-sas");
		if (sa->binding)
			put_sa_child(&b, "mh", sa->id * 10, sa->reqid, "90");
		if (second != 0)
			put_sa_child(&b, "mh", second, sa->reqid, second_age);
		if (sa->tunnel)
			put_sa_child(&b, "tun", sa->id * 10 + 1,
			    sa->reqid + 1, "90");
		vici_section_end(&b);
	}
	vici_section_end(&b);
	send_frame(&b);
}

static inline void
event_log(const char *home, const char *text)
{
	static uint8_t		 mem[1024];
	struct vici_builder	 b;
	char			 s[80];

	vici_begin(&b, mem, sizeof(mem), VICI_EVENT, "log");
	snprintf(s, sizeof(s), "mip6-%s", home);
	vici_str(&b, "ikesa-name", s);
	vici_str(&b, "msg", text);
	send_frame(&b);
}

/* A line about the IKE_SA of this number; name NULL: of no connection yet. */
static inline void
event_log_of(const char *id, const char *name, const char *text)
{
	static uint8_t		 mem[1024];
	struct vici_builder	 b;

	vici_begin(&b, mem, sizeof(mem), VICI_EVENT, "log");
	if (name != NULL)
		vici_str(&b, "ikesa-name", name);
	vici_str(&b, "ikesa-uniqueid", id);
	vici_str(&b, "msg", text);
	send_frame(&b);
}

static inline void
answer(const struct vici_packet *k)
{
	static uint8_t		 mem[4096];
	struct vici_builder	 b;
	unsigned int		 i;

	if (k->type == VICI_EVENT_REGISTER) {
		vici_begin(&b, mem, sizeof(mem), VICI_EVENT_CONFIRM, NULL);
		send_frame(&b);
		return;
	}
	for (i = 0; i < nsas && strcmp(k->name, "list-sas") == 0; i++)
		event_sa("list-sa", &sas[i], true);
	for (i = 0; i < nconns && strcmp(k->name, "list-conns") == 0; i++) {
		vici_begin(&b, mem, sizeof(mem), VICI_EVENT, "list-conn");
		vici_section(&b, conns[i]);
		vici_section_end(&b);
		send_frame(&b);
	}
	vici_begin(&b, mem, sizeof(mem), VICI_CMD_RESPONSE, NULL);
	if (strcmp(k->name, "version") == 0)
		vici_str(&b, "version", "5.9.8");
	else if (refused != NULL && strcmp(k->name, refused) == 0) {
		vici_str(&b, "success", "no");
		vici_str(&b, "errmsg", "it is refused");
	} else
		vici_str(&b, "success", "yes");
	send_frame(&b);
}

/* Read and answer what is there; false if there was nothing. */
static inline bool
serve(void)
{
	static uint8_t		 in[262144];
	struct vici_packet	 k;
	struct vici_cursor	 c;
	ssize_t			 n;
	size_t			 off;

	if (charon == -1 || mute)
		return (false);
	/* One request at a time, so this is one frame. */
	n = read(charon, in, sizeof(in));
	if (n <= 0)
		return (false);
	ATF_REQUIRE_EQ(VICI_OK, vici_parse(in + VICI_HEADER, (size_t)n -
	    VICI_HEADER, &k));
	if (k.type == VICI_CMD_REQUEST && strcmp(k.name, "version") != 0 &&
	    (strcmp(k.name, "list-sas") != 0 || k.len > 0)) {
		off = strlen(asked);
		snprintf(asked + off, sizeof(asked) - off, "%s ", k.name);
		vici_message(&k, &c);
		text_of(&c, asked, sizeof(asked) - 2);
		strcat(asked, "\n");
	}
	answer(&k);
	return (true);
}

#endif

/*
 * mip6ctl cga by its functions: what it says while it works, by a clock of
 * ours, and that nothing is left of what failed.  What it makes is judged by
 * t_mip6ctl_cga.sh.
 */
#include <sys/types.h>
#include <sys/stat.h>

#include <atf-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"
#include "mip6ctl/cga.h"
#include "mip6ctl/progress.h"
#include "mip6ctl/rsakey.h"

#define PREFIX	"2001:db8:1::/64"

static int64_t	 now, pace;
static char	 said[64][200];
static size_t	 nsaid;

static int64_t
clock_now(void)
{
	return (now += pace);
}

static void
hear(const char *text)
{
	if (nsaid < sizeof(said) / sizeof(said[0]))
		snprintf(said[nsaid], sizeof(said[nsaid]), "%s", text);
	nsaid++;
}

/* Run a verb on words; what it printed goes to out, the rest to why. */
static bool
run(enum verb verb, const char *line, char **out, char *why, size_t cap)
{
	struct progress	 p = { .now_ms = clock_now, .say = hear };
	struct output	 o;
	char		 copy[512], *w[16], *s;
	size_t		 len;
	int		 n = 0;
	FILE		*f;
	bool		 ok;

	nsaid = 0;
	snprintf(copy, sizeof(copy), "%s", line);
	for (s = strtok(copy, " "); s != NULL && n < 15; s = strtok(NULL, " "))
		w[n++] = s;
	w[n] = NULL;
	ATF_REQUIRE((f = open_memstream(out, &len)) != NULL);
	output_init(&o, f, verb, false, false);
	why[0] = '\0';
	ok = (verb == VERB_CGA_NEW ? cga_new : verb == VERB_CGA_SHOW ?
	    cga_show : cga_verify_file)(&o, &p, n, w, why, cap);
	fclose(f);
	return (ok);
}

/* cga new with these words fails for that reason, and leaves nothing. */
static void
check_refused(const char *line, const char *want)
{
	char	 words[512], why[512], *out;

	snprintf(words, sizeof(words), "new %s", line);
	ATF_CHECK_MSG(!run(VERB_CGA_NEW, words, &out, why, sizeof(why)),
	    "%s", line);
	ATF_CHECK_STREQ(want, why);
	ATF_CHECK_STREQ("", out);
	free(out);
}

ATF_TC_WITHOUT_HEAD(pace_of_words);
ATF_TC_BODY(pace_of_words, tc)
{
	struct progress	 p = { .now_ms = clock_now, .say = hear };
	int		 i;

	now = 1000;
	pace = 0;
	progress_begin(&p);
	for (i = 0; i < 100; i++) {
		now += 100;
		progress_tick(&p, "step %d", i + 1);
	}
	ATF_CHECK_EQ(5, nsaid);
	ATF_CHECK_STREQ("step 20, 2 s", said[0]);
	ATF_CHECK_STREQ("step 40, 4 s", said[1]);
	ATF_CHECK_STREQ("step 100, 10 s", said[4]);
	progress_begin(&p);
	progress_tick(&p, "again");
	ATF_CHECK_EQ(5, nsaid);
}

/* Is that among what was said? */
static bool
heard(const char *text)
{
	size_t	 i;

	for (i = 0; i < nsaid && i < sizeof(said) / sizeof(said[0]); i++)
		if (strncmp(said[i], text, strlen(text)) == 0)
			return (true);
	return (false);
}

ATF_TC_WITHOUT_HEAD(long_work);
ATF_TC_BODY(long_work, tc)
{
	char	 why[512], *out;
	int	 i;

	/* Each look at the clock finds it two seconds on. */
	pace = PROGRESS_MS;
	ATF_REQUIRE(run(VERB_CGA_NEW, "new -b 1024 -k key -o par " PREFIX,
	    &out, why, sizeof(why)));
	ATF_CHECK(heard("making an RSA key, 2 s"));
	free(out);
	/* A search that ends with the first 4096 says nothing: one in 16. */
	for (i = 0; i < 20; i++) {
		unlink("par");
		ATF_REQUIRE(run(VERB_CGA_NEW, "new -k key -o par " PREFIX, &out,
		    why, sizeof(why)));
		free(out);
		ATF_CHECK(!heard("making"));
		if (heard("searching for a modifier: 4096 hashes of about "
		    "65536, 2 s"))
			break;
	}
	ATF_CHECK(i < 20);
	/* Without a search nothing is long. */
	unlink("par");
	ATF_REQUIRE(run(VERB_CGA_NEW, "new -s 0 -k key -o par " PREFIX, &out,
	    why, sizeof(why)));
	free(out);
	ATF_CHECK_EQ(0, nsaid);
	/* Nor with a clock that stands still. */
	pace = 0;
	unlink("par");
	ATF_REQUIRE(run(VERB_CGA_NEW, "new -k key -o par " PREFIX, &out, why,
	    sizeof(why)));
	free(out);
	ATF_CHECK_EQ(0, nsaid);
}

ATF_TC_WITHOUT_HEAD(words);
ATF_TC_BODY(words, tc)
{
	static const struct {
		const char	*line, *why;
	} t[] = {
#define USAGE	"usage: cga new [-s SEC] [-b BITS] [-k KEYFILE] [-o FILE] " \
		"PREFIX"
		{ "", USAGE },
		{ "-s 1", USAGE },
		{ "-s", USAGE },
		{ "-x " PREFIX, USAGE },
		{ PREFIX " more", USAGE },
		{ PREFIX " -s 1", USAGE },
		{ "-s 2 " PREFIX, "-s 2: that would take 2^32 hashes; 0 or 1 "
		    "can be had" },
		{ "-s 7 " PREFIX, "-s 7: that would take 2^112 hashes; 0 or 1 "
		    "can be had" },
		{ "-s 8 " PREFIX, "-s: \"8\" is no Sec, 0 or 1 is" },
		{ "-s -1 " PREFIX, "-s: \"-1\" is no Sec, 0 or 1 is" },
		{ "-s 1x " PREFIX, "-s: \"1x\" is no Sec, 0 or 1 is" },
		{ "-s 18446744073709551617 " PREFIX, "-s: "
		    "\"18446744073709551617\" is no Sec, 0 or 1 is" },
		{ "-b 2048 " PREFIX, "-b 2048: above 2040 bits no option holds "
		    "its signature (RFC 4866)" },
		{ "-b 2041 " PREFIX, "-b 2041: above 2040 bits no option holds "
		    "its signature (RFC 4866)" },
		{ "-b 1023 " PREFIX, "-b 1023: an RSA key below 1024 bits is "
		    "too weak" },
		{ "-b 0 " PREFIX, "-b 0: an RSA key below 1024 bits is too "
		    "weak" },
		{ "-b 2k " PREFIX, "-b: \"2k\" is no number of bits" },
		{ "x", "\"x\" is no IPv6 prefix" },
		{ "2001:db8::/x", "\"2001:db8::/x\" is no IPv6 prefix" },
		{ "2001:db8::/", "\"2001:db8::/\" is no IPv6 prefix" },
		{ "2001:db8::/129", "\"2001:db8::/129\" is no IPv6 prefix" },
		{ "192.0.2.0", "\"192.0.2.0\" is no IPv6 prefix" },
		{ "2001:db8::/48", "\"2001:db8::/48\" is not of 64 bits, as "
		    "RFC 3972 wants it" },
		{ "2001:db8::1", "\"2001:db8::1\" has more than 64 bits" },
		{ "2001:db8::1:0:0:0/64",
		    "\"2001:db8::1:0:0:0/64\" has more than 64 bits" },
		{ "::", "\"::\" is no prefix for addresses of hosts" },
		{ "ff02::", "\"ff02::\" is no prefix for addresses of hosts" },
		{ "-k / " PREFIX, "/: not a file" },
	};
	size_t	 i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		check_refused(t[i].line, t[i].why);
}

/* Keys that are there, and names that are taken. */
ATF_TC_WITHOUT_HEAD(files);
ATF_TC_BODY(files, tc)
{
	struct progress	 p = { .now_ms = clock_now, .say = hear };
	struct rsakey	*k;
	struct stat	 st;
	uint8_t		*before, *after;
	size_t		 len, n;
	char		 why[512], *out;

	ATF_REQUIRE((k = rsakey_make(2048, &p, why, sizeof(why))) != NULL);
	ATF_REQUIRE(rsakey_write(k, "big", why, sizeof(why)));
	ATF_CHECK(!rsakey_write(k, "big", why, sizeof(why)));
	ATF_CHECK_STREQ("File exists", why);
	rsakey_free(k);
	check_refused("-k big " PREFIX, "big: above 2040 bits no option holds "
	    "its signature (RFC 4866)");
	ATF_REQUIRE_EQ(0, file_create("text", 0600, "hello\n", 6));
	check_refused("-k text " PREFIX, "text: has no private key in PEM");
	/* One that is made goes again if the parameters can't be written. */
	check_refused("-b 1024 -k key -o none/par " PREFIX,
	    "none/par: No such file or directory");
	ATF_CHECK_EQ(-1, access("key", F_OK));
	check_refused("-b 1024 -k same -o same " PREFIX, "same: File exists");
	ATF_CHECK_EQ(-1, access("same", F_OK));
	check_refused("-b 1024 -k none/key -o par " PREFIX,
	    "none/key: No such file or directory");
	ATF_CHECK_EQ(-1, access("par", F_OK));
	ATF_REQUIRE(run(VERB_CGA_NEW, "new -b 1024 -k key -o par " PREFIX,
	    &out, why, sizeof(why)));
	free(out);
	ATF_REQUIRE_EQ(0, stat("key", &st));
	ATF_CHECK_EQ(0600, st.st_mode & 07777);
	/* One that was there stays as it is. */
	ATF_REQUIRE((before = file_read("key", 0, 4096, &len)) != NULL);
	check_refused("-k key -o par " PREFIX, "par: File exists");
	check_refused("-k key -o none/par " PREFIX,
	    "none/par: No such file or directory");
	check_refused("-b 2040 -k key " PREFIX, "key: its key has 1024 bits, "
	    "not 2040");
	ATF_REQUIRE(run(VERB_CGA_NEW, "new -b 1024 -k key -o two " PREFIX,
	    &out, why, sizeof(why)));
	free(out);
	ATF_CHECK_EQ(0, nsaid);
	ATF_REQUIRE((after = file_read("key", 0, 4096, &n)) != NULL);
	ATF_CHECK(n == len && memcmp(before, after, n) == 0);
	free(before);
	free(after);
	/* Who else may read it is said. */
	ATF_REQUIRE_EQ(0, chmod("key", 0640));
	ATF_REQUIRE(run(VERB_CGA_NEW, "new -k key -o three " PREFIX, &out, why,
	    sizeof(why)));
	free(out);
	ATF_CHECK(heard("others than its owner may read the private key"));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, pace_of_words);
	ATF_TP_ADD_TC(tp, long_work);
	ATF_TP_ADD_TC(tp, words);
	ATF_TP_ADD_TC(tp, files);
	return (atf_no_error());
}

/*
 * One test case for each script of this folder: what it is about is in its
 * first line.  The runner that plays it is a program of its own; it prints
 * where a script does not hold.
 */
#include <sys/wait.h>

#include <atf-c.h>
#include <dirent.h>
#include <errno.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SUFFIX	".scn"

extern char		**environ;
static const char	 *folder = ".";

static void
path_of(char *path, size_t cap, const char *name, const char *suffix)
{
	snprintf(path, cap, "%s/%s%s", folder, name, suffix);
}

/* The first line, without what makes it a comment. */
static void
head(atf_tc_t *tc)
{
	char	 path[1024], line[256] = "";
	FILE	*f;

	path_of(path, sizeof(path), atf_tc_get_ident(tc), SUFFIX);
	if ((f = fopen(path, "r")) == NULL)
		return;
	if (fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		atf_tc_set_md_var(tc, "descr", "%s",
		    line + strspn(line, "# "));
	}
	fclose(f);
}

static void
body(const atf_tc_t *tc)
{
	char	 runner[1024], script[1024];
	char	*argv[] = { runner, script, NULL };
	pid_t	 pid;
	int	 status;

	path_of(runner, sizeof(runner), "run", ".san");
	path_of(script, sizeof(script), atf_tc_get_ident(tc), SUFFIX);
	ATF_REQUIRE_EQ(posix_spawn(&pid, runner, NULL, NULL, argv, environ),
	    0);
	ATF_REQUIRE_EQ(waitpid(pid, &status, 0), pid);
	ATF_REQUIRE_MSG(WIFEXITED(status) && WEXITSTATUS(status) == 0,
	    "%s: wait status %#x", script, (unsigned int)status);
}

/* The folder that Kyua names by -s: a list of names and values. */
static void
find_folder(char **config)
{
	for (; config[0] != NULL && config[1] != NULL; config += 2)
		if (strcmp(config[0], "srcdir") == 0)
			folder = strdup(config[1]);
}

/* The names are not the library's: they are kept as long as it runs. */
static struct script {
	struct script	*next;
	atf_tc_t	 tc;
	char		 name[];
} *scripts;

static atf_error_t
add(atf_tp_t *tp, const char *file, size_t len, char **config)
{
	struct script	*s = calloc(1, sizeof(*s) + len);
	atf_error_t	 e;

	if (s == NULL)
		return (atf_no_memory_error());
	memcpy(s->name, file, len - strlen(SUFFIX));
	s->next = scripts;
	scripts = s;
	e = atf_tc_init(&s->tc, s->name, head, body, NULL,
	    (const char *const *)config);
	return (atf_is_error(e) ? e : atf_tp_add_tc(tp, &s->tc));
}

static bool
is_script(const char *name, size_t len)
{
	return (len > strlen(SUFFIX) &&
	    strcmp(name + len - strlen(SUFFIX), SUFFIX) == 0);
}

ATF_TP_ADD_TCS(tp)
{
	char		**config = atf_tp_get_config(tp);
	struct dirent	 *d;
	DIR		 *dir;
	atf_error_t	  e = atf_no_error();
	size_t		  len;

	find_folder(config);
	if ((dir = opendir(folder)) == NULL)
		return (atf_libc_error(errno, "%s", folder));
	while (!atf_is_error(e) && (d = readdir(dir)) != NULL) {
		len = strlen(d->d_name);
		if (is_script(d->d_name, len))
			e = add(tp, d->d_name, len, config);
	}
	closedir(dir);
	atf_utils_free_charpp(config);
	return (e);
}

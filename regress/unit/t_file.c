/*
 * core/file: files that are read, made or replaced whole.  Nothing is left
 * beside them, and what is there is not replaced by what is to be made.
 */
#include <sys/types.h>
#include <sys/stat.h>

#include <atf-c.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"

#define WHERE	"d"

/* Files in a folder of ours. */
static int
files(const char *dir)
{
	struct dirent	*e;
	DIR		*d;
	int		 n = 0;

	ATF_REQUIRE((d = opendir(dir)) != NULL);
	while ((e = readdir(d)) != NULL)
		n += e->d_name[0] != '.';
	closedir(d);
	return (n);
}

static mode_t
mode_of(const char *path)
{
	struct stat	 st;

	ATF_REQUIRE_EQ(0, stat(path, &st));
	return (st.st_mode & 07777);
}

static void
check_text(const char *path, const char *want)
{
	size_t	 len;
	char	*p;

	ATF_REQUIRE((p = (char *)file_read(path, 0, 1000, &len)) != NULL);
	ATF_CHECK_EQ(strlen(want), len);
	ATF_CHECK_STREQ(want, p);
	free(p);
}

ATF_TC_WITHOUT_HEAD(created);
ATF_TC_BODY(created, tc)
{
	umask(022);
	ATF_REQUIRE_EQ(0, mkdir(WHERE, 0700));
	ATF_CHECK_EQ(0, file_create(WHERE "/key", 0600, "secret", 6));
	ATF_CHECK_EQ(0600, mode_of(WHERE "/key"));
	check_text(WHERE "/key", "secret");
	ATF_CHECK_EQ(0, file_create(WHERE "/public", 0666, "", 0));
	ATF_CHECK_EQ(0644, mode_of(WHERE "/public"));
	check_text(WHERE "/public", "");
	/* What is there stays, even a link that leads nowhere. */
	ATF_CHECK_EQ(EEXIST, file_create(WHERE "/key", 0600, "other", 5));
	check_text(WHERE "/key", "secret");
	ATF_REQUIRE_EQ(0, symlink("nowhere", WHERE "/link"));
	ATF_CHECK_EQ(EEXIST, file_create(WHERE "/link", 0600, "other", 5));
	ATF_CHECK_EQ(3, files(WHERE));
	/* Without a slash: here. */
	ATF_CHECK_EQ(0, file_create("here", 0600, "x", 1));
	check_text("here", "x");
	ATF_CHECK_EQ(ENOENT, file_create("none/key", 0600, "x", 1));
}

ATF_TC_WITHOUT_HEAD(replaced);
ATF_TC_BODY(replaced, tc)
{
	int	 dir;

	ATF_REQUIRE_EQ(0, mkdir(WHERE, 0700));
	ATF_REQUIRE((dir = open(WHERE, O_RDONLY | O_DIRECTORY)) != -1);
	ATF_CHECK_EQ(0, file_replace(dir, "state", 0600, "one", 3));
	check_text(WHERE "/state", "one");
	ATF_CHECK_EQ(0, file_create(WHERE "/state.new", 0644, "half", 4));
	ATF_CHECK_EQ(0, file_replace(dir, "state", 0600, "three", 5));
	check_text(WHERE "/state", "three");
	ATF_CHECK_EQ(0600, mode_of(WHERE "/state"));
	ATF_CHECK_EQ(1, files(WHERE));
	ATF_REQUIRE_EQ(0, mkdir(WHERE "/folder", 0700));
	ATF_CHECK(file_replace(dir, "folder", 0600, "x", 1) != 0);
	ATF_CHECK_EQ(2, files(WHERE));
}

ATF_TC_WITHOUT_HEAD(refused);
ATF_TC_BODY(refused, tc)
{
	char	 name[PATH_MAX + 1];
	size_t	 len;

	ATF_CHECK(file_read("none", 0, 1000, &len) == NULL);
	ATF_CHECK_EQ(ENOENT, errno);
	ATF_REQUIRE_EQ(0, mkdir(WHERE, 0700));
	ATF_CHECK(file_read(WHERE, 0, 1000, &len) == NULL);
	ATF_CHECK_EQ(EINVAL, errno);
	/* One that nobody writes to does not make us wait. */
	ATF_REQUIRE_EQ(0, mkfifo(WHERE "/pipe", 0600));
	ATF_CHECK(file_read(WHERE "/pipe", 0, 1000, &len) == NULL);
	ATF_CHECK_EQ(EINVAL, errno);
	ATF_REQUIRE_EQ(0, file_create("file", 0600, "12345", 5));
	ATF_CHECK(file_read("file", 0, 4, &len) == NULL);
	ATF_CHECK_EQ(EFBIG, errno);
	check_text("file", "12345");
	ATF_REQUIRE_EQ(0, symlink("file", "link"));
	check_text("link", "12345");
	ATF_CHECK(file_read("link", O_NOFOLLOW, 1000, &len) == NULL);
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	ATF_CHECK_EQ(ENAMETOOLONG, file_create(name, 0600, "", 0));
	ATF_CHECK_EQ(ENAMETOOLONG, file_replace(AT_FDCWD, name, 0600, "", 0));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, created);
	ATF_TP_ADD_TC(tp, replaced);
	ATF_TP_ADD_TC(tp, refused);
	return (atf_no_error());
}

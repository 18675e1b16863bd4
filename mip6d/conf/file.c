/*
 * Files of a configuration, in memory: opened and read, included by others, or
 * refused because others may read or write secrets in them, or because they
 * include themselves.  Owns the text of each file until it has been read.
 * conf.c opens the main file, apply.c includes others, value.c finds secrets.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/parser.h"

/* A source without text so far, or NULL when out of memory. */
struct source *
file_source(struct parser *p, const char *path)
{
	struct source	*src;

	if ((src = conf_calloc(1, sizeof(*src))) == NULL)
		return (NULL);
	if ((src->path = conf_strdup(path, strlen(path))) == NULL) {
		free(src);
		return (NULL);
	}
	src->next = p->sources;
	p->sources = src;
	return (src);
}

/* All of a file's bytes; returns 0 or an errno. */
static int
read_all(struct source *src, int fd, size_t size)
{
	ssize_t	 n;

	if ((src->text = conf_calloc(1, size + 1)) == NULL)
		return (ENOMEM);
	while (src->len < size) {
		n = read(fd, src->text + src->len, size - src->len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return (errno);
		if (n == 0)
			break;		/* it has shrunk: what there is */
		src->len += (size_t)n;
	}
	return (0);
}

static bool
includes_itself(const struct parser *p, const struct stat *st)
{
	const struct input	*in;

	for (in = p->in; in < p->in + p->nin; in++)
		if (in->macro == NULL && in->src->file &&
		    in->src->dev == st->st_dev && in->src->ino == st->st_ino)
			return (true);
	return (false);
}

/* An error with a file; one that was included is named in the text. */
static void
file_error(struct parser *p, const struct place *at, const char *path,
    const char *text)
{
	if (at == NULL)
		conf_error(p, NULL, "%s", text);
	else
		conf_error(p, at, "%s: %s", path, text);
}

/* Why a file can't be read; NULL: it can. */
static const char *
unfit(const struct parser *p, const struct stat *st)
{
	if (!S_ISREG(st->st_mode))
		return ("not a regular file");
	if (includes_itself(p, st))
		return ("the file includes itself");
	if (p->nfiles == LEX_FILES_MAX)
		return ("too many files");
	if (st->st_size < 0 ||
	    (uintmax_t)st->st_size > LEX_BYTES_MAX - p->bytes)
		return ("too many bytes");
	return (NULL);
}

/*
 * Reads a file into memory.  `at` is where it was named, NULL for the main
 * file.  Returns NULL when that fails, which is reported.
 */
struct source *
file_open(struct parser *p, const char *path, const struct place *at)
{
	struct source	*src = NULL;
	struct stat	 st;
	const char	*why;
	int		 fd, error;

	fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd == -1 || fstat(fd, &st) == -1) {
		file_error(p, at, path, strerror(errno));
		if (fd != -1)
			close(fd);
		return (NULL);
	}
	if ((why = unfit(p, &st)) != NULL) {
		file_error(p, at, path, why);
		close(fd);
		return (NULL);
	}
	error = ENOMEM;
	if ((src = file_source(p, path)) != NULL)
		error = read_all(src, fd, (size_t)st.st_size);
	close(fd);
	if (error == ENOMEM) {
		conf_nomem(p);
		return (NULL);
	}
	if (error != 0) {
		file_error(p, at, path, strerror(error));
		return (NULL);
	}
	p->nfiles++;
	p->bytes += src->len;
	src->file = true;
	src->uid = st.st_uid;
	src->mode = st.st_mode;
	src->dev = st.st_dev;
	src->ino = st.st_ino;
	return (src);
}

/* include "file": relative to the folder of the file that includes it. */
void
file_include(struct parser *p, const struct word *w)
{
	struct place	 at = w->at;
	struct source	*src;
	const char	*slash;
	char		*path;
	size_t		 dir = 0;

	if (p->text) {
		conf_error(p, &at, "include: expected in files alone");
		return;
	}
	slash = strrchr(at.src->path, '/');
	if (w->text[0] != '/' && slash != NULL)
		dir = (size_t)(slash - at.src->path) + 1;
	if ((path = conf_calloc(1, dir + w->len + 1)) == NULL) {
		conf_nomem(p);
		return;
	}
	memcpy(path, at.src->path, dir);
	memcpy(path + dir, w->text, w->len);
	if ((src = file_open(p, path, &at)) != NULL && !lex_push(p, src, &at)) {
		free(src->text);
		src->text = NULL;
	}
	free(path);
}

/*
 * A secret was found: the file that it is written in must be out of reach of
 * others, and must belong to root or to the one who runs this.
 */
void
file_secret(struct parser *p, const struct word *w)
{
	struct source	*src = w->from;

	if (src == NULL || !src->file || src->blamed)
		return;
	src->blamed = true;
	if (src->uid != 0 && src->uid != geteuid())
		conf_error(p, &w->at, "%s holds a secret: expected to belong "
		    "to root, found user %lu", src->path,
		    (unsigned long)src->uid);
	if (src->mode & (S_IRWXG | S_IRWXO))
		conf_error(p, &w->at, "%s holds a secret: expected mode 0600, "
		    "found 0%03o", src->path, (unsigned int)src->mode & 0777);
}

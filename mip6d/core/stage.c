/*
 * Staging a configuration in a child.  Its text comes in a file without name,
 * which is wiped as soon as it has been parsed; the numbers of the parent tell
 * which text an answer, a commit or an abort is about.
 */
#include <sys/types.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "conf/conf.h"
#include "core/child.h"
#include "core/stage.h"
#include "kern/compat.h"

static void
complaint(void *arg, const char *file, int line, int column, const char *text)
{
	char	*out = arg;

	(void)file;
	if (out[0] == '\0')
		snprintf(out, MSG_TEXT_MAX, "%d:%d: %s", line, column, text);
}

/* The parsed text of fd, or NULL and why in text, of MSG_TEXT_MAX bytes. */
static struct conf *
parse(int fd, uint64_t len, char *text)
{
	struct conf	*conf;
	struct stat	 st;
	char		*p;

	if (fstat(fd, &st) == -1 || len == 0 || len > SIZE_MAX ||
	    (uint64_t)st.st_size < len) {
		snprintf(text, MSG_TEXT_MAX, "no configuration in its file");
		return (NULL);
	}
	p = mmap(NULL, (size_t)len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED) {
		snprintf(text, MSG_TEXT_MAX, "configuration can't be read: %s",
		    strerror(errno));
		return (NULL);
	}
	conf = conf_parse_text(p, (size_t)len, complaint, text);
	/* Keys are in it: nothing of them stays in the file. */
	explicit_bzero(p, (size_t)len);
	munmap(p, (size_t)len);
	return (conf);
}

/* MSG_CONF: parse, check, answer.  Closes fd. */
void
stage_conf(struct child *ch, const struct msg_conf *m, int fd)
{
	struct msg_conf_ack	 ack;

	memset(&ack, 0, sizeof(ack));
	ack.gen = m->gen;
	conf_free(ch->staged);
	ch->staged = parse(fd, m->len, ack.text);
	ch->staged_gen = m->gen;
	close(fd);
	ack.ok = ch->staged != NULL;
	if (ack.ok && ch->started && ch->ops->check != NULL)
		ack.ok = ch->ops->check(ch, ch->staged, ack.text,
		    sizeof(ack.text));
	ipc_send(ch->parent, MSG_CONF_ACK, &ack);
}

/* MSG_CONF_COMMIT: from now on this is the configuration. */
void
stage_commit(struct child *ch, uint32_t gen)
{
	struct conf	*old = ch->conf;

	if (ch->staged == NULL || ch->staged_gen != gen)
		return;
	ch->conf = ch->staged;
	ch->staged = NULL;
	past_configured(&ch->past, ch->conf);
	if (ch->started && ch->ops->configure != NULL)
		ch->ops->configure(ch, old);
	conf_free(old);
}

/* MSG_CONF_ABORT: the configuration stays as it is. */
void
stage_abort(struct child *ch, uint32_t gen)
{
	if (ch->staged_gen != gen)
		return;
	conf_free(ch->staged);
	ch->staged = NULL;
}

/*
 * When a state file is written.  The first change is written at once, further
 * ones together, a second after that at the earliest.  The writing is done by
 * a child that has our memory as it was: a disk that takes its time for an
 * fsync must not hold up what else root has to do.  What fails is said once,
 * counted, and tried again until it works.
 *
 * Up to a second of changes may be lost when we are killed or the power fails;
 * nothing waits for the disk before it is sent.  A mobile node that has lost
 * its last sequence numbers is told the right one by status 135 (RFC 6275,
 * 9.5.1 and 11.7.3).  When a child of ours dies nothing is lost, as the records
 * are in our memory.
 */
#include <sys/types.h>
#include <sys/wait.h>

#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/timer.h"
#include "parent/parent.h"
#include "parent/statefile.h"

#define TOGETHER	SEC(1)		/* changes that are written together */
#define RETRY		SEC(2)		/* after an error */
#define KILLED_WAIT	100		/* times 10 ms for a writer to go */

struct statefile {
	struct statefile	*next;
	struct parent		*parent;
	char			 name[32];
	statefile_fill		*fill;
	void			*arg;
	struct event		*timer;
	pid_t			 writer;	/* 0: none */
	bool			 dirty, failed;
	struct mono		 begun;		/* to write, the last time */
};

static int
write_now(struct statefile *f)
{
	struct statebuf	 b;
	int		 e;

	if (statebuf_begin(&b)) {
		f->fill(&b, f->arg);
		statebuf_finish(&b);
	}
	e = statefile_write(f->parent->conf->global.state, f->name, &b);
	statebuf_free(&b);
	return (e);
}

/* Write again as soon as that may be, if there is something to write. */
static void
schedule(struct statefile *f)
{
	int64_t	 left = 0;

	if (!f->dirty || f->writer > 0 ||
	    event_pending(f->timer, EV_TIMEOUT, NULL) != 0)
		return;
	if (f->begun.ns != 0)
		left = (f->failed ? RETRY : TOGETHER) -
		    mono_diff(mono_now(), f->begun);
	timer_in(f->timer, left);
}

static void
written(struct statefile *f, int e)
{
	struct counters	*c = &f->parent->counters;
	const char	*dir = f->parent->conf->global.state;

	if (e == 0) {
		COUNT(c, PC_STATE_SAVED);
		if (f->failed)
			log_info("%s/%s: can be written again", dir, f->name);
		f->failed = false;
		return;
	}
	COUNT(c, PC_STATE_ERRORS);
	if (!f->failed)
		log_error("%s/%s: can't be written: %s; tried again every %d "
		    "seconds", dir, f->name, strerror(e),
		    (int)(RETRY / NS_PER_SEC));
	f->failed = f->dirty = true;
}

/* Nothing of ours but the memory is of use to the child, nor a signal. */
static void
writer(struct statefile *f)
{
	int	 e;

	closefrom(3);
	e = write_now(f);
	_exit(e < 0 || e > 255 ? EIO : e);
}

static void
on_timer(int fd, short what, void *arg)
{
	struct statefile	*f = arg;
	sigset_t		 all, before;

	(void)fd;
	(void)what;
	f->dirty = false;
	f->begun = mono_now();
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	if ((f->writer = fork()) == 0)
		writer(f);
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (f->writer == -1) {
		f->writer = 0;
		written(f, errno);
		schedule(f);
	}
}

/*
 * A file in the state directory that fill() writes with arg.  NULL: out of
 * memory.
 */
struct statefile *
statefile_new(struct parent *p, const char *name, statefile_fill *fill,
    void *arg)
{
	struct statefile	*f;

	if ((f = calloc(1, sizeof(*f))) == NULL)
		return (NULL);
	if ((f->timer = event_new(p->base, -1, 0, on_timer, f)) == NULL) {
		free(f);
		return (NULL);
	}
	f->parent = p;
	f->fill = fill;
	f->arg = arg;
	snprintf(f->name, sizeof(f->name), "%s", name);
	f->next = p->statefiles;
	p->statefiles = f;
	return (f);
}

/* What it is made of is another: it is written soon. */
void
statefile_changed(struct statefile *f)
{
	f->dirty = true;
	schedule(f);
}

/* A child has ended: was it one that wrote? */
bool
statefile_reaped(struct parent *p, pid_t pid, int status)
{
	struct statefile	*f;

	for (f = p->statefiles; f != NULL && f->writer != pid;)
		f = f->next;
	if (f == NULL)
		return (false);
	f->writer = 0;
	written(f, WIFEXITED(status) ? WEXITSTATUS(status) : EINTR);
	schedule(f);
	return (true);
}

/* A writer that has been killed renames nothing any more. */
static void
stop_writer(struct statefile *f)
{
	static const struct timespec	 pause = { 0, 10000000 };
	int				 i;

	kill(f->writer, SIGKILL);
	for (i = 0; i < KILLED_WAIT; i++) {
		if (waitpid(f->writer, NULL, WNOHANG) != 0)
			break;
		nanosleep(&pause, NULL);
	}
	f->writer = 0;
	f->dirty = true;
}

/* The end: what is not on disk yet is written now. */
void
statefile_close(struct statefile *f)
{
	struct statefile	**fp;

	if (f == NULL)
		return;
	if (f->writer > 0)
		stop_writer(f);
	if (f->dirty)
		written(f, write_now(f));
	for (fp = &f->parent->statefiles; *fp != f;)
		fp = &(*fp)->next;
	*fp = f->next;
	event_free(f->timer);
	free(f);
}

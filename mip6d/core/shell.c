/*
 * The thin shell around an engine: libevent, pipes, clock, random numbers.
 * Packets for a net process that is not there wait here for the next one.
 */
#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>

#include "conf/conf.h"
#include "core/child.h"
#include "core/engine.h"
#include "core/log.h"
#include "core/timer.h"

struct shell {
	struct child			*ch;
	const struct engine_ops		*ops;
	void				*engine;
	struct engine_env		 env;
	struct event			*timer;
	struct mono			 armed;		/* 0: not */
	enum role			 to[MSG_MAX];	/* msg_to() of each */
};

static void
emit(void *arg, enum msg_type t, const void *m)
{
	struct shell	*sh = arg;
	enum role	 to = sh->to[t];

	if (t == MSG_STATE_SAVE)
		child_save(sh->ch, m);
	else if (!child_has(sh->ch, to) && held_wanted(t))
		held_add(&sh->ch->held, t, m, child_now().mono);
	else
		child_send(sh->ch, to, t, m);
}

static bool
congested(void *arg, enum msg_type t)
{
	const struct shell	*sh = arg;

	return (child_congested(sh->ch, sh->to[t]));
}

static uint64_t
random64(void *arg)
{
	uint64_t	 v;

	(void)arg;
	arc4random_buf(&v, sizeof(v));
	return (v);
}

/*
 * Set the timer to the engine's next deadline, if that is another one.  It does
 * nothing before it knows what its former life left.
 */
static void
rearm(struct shell *sh)
{
	struct mono	 at;

	if (past_awaited(&sh->ch->past))
		return;
	if (!sh->ops->next(sh->engine, &at)) {
		if (sh->armed.ns != 0)
			event_del(sh->timer);
		sh->armed.ns = 0;
		return;
	}
	if (at.ns == sh->armed.ns)
		return;
	timer_at(sh->timer, at);
	sh->armed = at;
}

static void
on_timer(int fd, short what, void *arg)
{
	struct shell	*sh = arg;

	(void)fd;
	(void)what;
	sh->armed.ns = 0;
	sh->ops->expire(sh->engine, child_now());
	rearm(sh);
}

static int
shell_start(struct child *ch)
{
	struct shell	*sh;
	unsigned int	 t;

	if ((sh = calloc(1, sizeof(*sh))) == NULL)
		return (-1);
	sh->ch = ch;
	sh->ops = ch->ops->engine;
	for (t = 0; t < MSG_MAX; t++)
		sh->to[t] = msg_to((enum msg_type)t, sh->ops->role);
	sh->env.emit = emit;
	sh->env.congested = congested;
	sh->env.random = random64;
	sh->env.ctx = sh;
	sh->env.counters = &ch->counters;
	sh->env.whys = &ch->whys;
	ch->priv = sh;
	sh->timer = event_new(ch->base, -1, 0, on_timer, sh);
	if (sh->timer == NULL)
		return (-1);
	sh->engine = sh->ops->create(&sh->env, ch->conf, child_now());
	if (sh->engine == NULL) {
		log_error("%s: out of memory", role_name(sh->ops->role));
		return (-1);
	}
	rearm(sh);
	return (0);
}

static bool
shell_check(struct child *ch, const struct conf *conf, char *text, size_t cap)
{
	struct shell	*sh = ch->priv;

	return (sh->ops->check == NULL ||
	    sh->ops->check(sh->engine, conf, text, cap));
}

static void
shell_configure(struct child *ch, const struct conf *old)
{
	struct shell	*sh = ch->priv;

	(void)old;
	sh->ops->configure(sh->engine, ch->conf, child_now());
	rearm(sh);
}

static void
shell_message(struct child *ch, enum role from, enum msg_type t,
    const union msg *m)
{
	struct shell	*sh = ch->priv;

	/* libevent's clock stood still: what is due is so earlier. */
	if (t == MSG_WOKE)
		sh->armed.ns = 0;
	sh->ops->input(sh->engine, from, t, m, child_now());
	rearm(sh);
}

static void
give_held(void *arg, enum msg_type t, const union msg *m)
{
	child_send(arg, ROLE_NET, t, m);
}

/*
 * A pipe to net, which is new or we are: it says first what it has bound for
 * us (BOUND, BOUND_END).  What there was to send meanwhile leaves.  With cga
 * the keys are gone, and what it was asked.
 */
static void
shell_peer(struct child *ch, enum role peer, bool up)
{
	union msg	 m = { .u_RESYNC = { 0 } };

	if (peer == ROLE_STORE)
		rearm(ch->priv);
	if (!up && peer == ROLE_CGA) {
		m.u_CGA_PARAMS = (struct msg_cga_params){ 0 };
		shell_message(ch, peer, MSG_CGA_PARAMS, &m);
	}
	if (!up || peer != ROLE_NET)
		return;
	child_send(ch, peer, MSG_RESYNC, &m.u_RESYNC);
	shell_message(ch, peer, MSG_RESYNC, &m);
	held_give(&ch->held, child_now().mono, give_held, ch);
}

static uint64_t
shell_query(struct child *ch, const struct msg_query *q, struct report *rep,
    int *error)
{
	struct shell	*sh = ch->priv;
	uint64_t	 cursor;

	(void)error;
	cursor = sh->ops->query(sh->engine, q, rep, child_now());
	rearm(sh);
	return (cursor);
}

static void
shell_stop(struct child *ch)
{
	struct shell	*sh = ch->priv;

	if (sh->ops->stop != NULL)
		sh->ops->stop(sh->engine, child_now());
	sh->ops->destroy(sh->engine);
	held_free(&ch->held);
	event_free(sh->timer);
	free(sh);
	ch->priv = NULL;
}

/* child_main() for a role that is an engine. */
int
engine_main(const struct engine_ops *ops)
{
	struct child_ops	 c = {
		.role = ops->role,
		.engine = ops,
		.counters = ops->counter_defs,
		.start = shell_start,
		.check = shell_check,
		.configure = shell_configure,
		.message = shell_message,
		.peer = shell_peer,
		.query = shell_query,
		.stop = shell_stop,
	};

	return (child_main(&c));
}

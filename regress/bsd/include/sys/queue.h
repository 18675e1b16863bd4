/*
 * queue(3), as far as all systems have it: STAILQ and the loops that let the
 * element go (_SAFE, _MUTABLE) are missing on one or another.
 */
#ifndef BSD_SYS_QUEUE_H
#define BSD_SYS_QUEUE_H

#define LIST_HEAD(name, type)		struct name { struct type *lh_first; }
#define LIST_ENTRY(type)		\
	struct { struct type *le_next; struct type **le_prev; }
#define LIST_FIRST(h)			((h)->lh_first)
#define LIST_NEXT(e, f)			((e)->f.le_next)
#define LIST_EMPTY(h)			(LIST_FIRST(h) == 0)
#define LIST_INIT(h)			(LIST_FIRST(h) = 0)
#define LIST_FOREACH(v, h, f)		\
	for ((v) = LIST_FIRST(h); (v) != 0; (v) = LIST_NEXT(v, f))
#define LIST_INSERT_HEAD(h, e, f)					\
	((e)->f.le_next = (h)->lh_first, (h)->lh_first = (e),		\
	(void)((e)->f.le_prev = &(h)->lh_first))
#define LIST_REMOVE(e, f)	((void)(*(e)->f.le_prev = (e)->f.le_next))

#define TAILQ_HEAD(name, type)		\
	struct name { struct type *tqh_first; struct type **tqh_last; }
#define TAILQ_HEAD_INITIALIZER(h)	{ 0, &(h).tqh_first }
#define TAILQ_ENTRY(type)		\
	struct { struct type *tqe_next; struct type **tqe_prev; }
#define TAILQ_FIRST(h)			((h)->tqh_first)
#define TAILQ_NEXT(e, f)		((e)->f.tqe_next)
#define TAILQ_LAST(h, name)		\
	(*(((struct name *)((h)->tqh_last))->tqh_last))
#define TAILQ_PREV(e, name, f)		\
	(*(((struct name *)((e)->f.tqe_prev))->tqh_last))
#define TAILQ_EMPTY(h)			(TAILQ_FIRST(h) == 0)
#define TAILQ_INIT(h)			\
	((h)->tqh_first = 0, (void)((h)->tqh_last = &(h)->tqh_first))
#define TAILQ_FOREACH(v, h, f)		\
	for ((v) = TAILQ_FIRST(h); (v) != 0; (v) = TAILQ_NEXT(v, f))
#define TAILQ_FOREACH_REVERSE(v, h, name, f)				\
	for ((v) = TAILQ_LAST(h, name); (v) != 0;			\
	    (v) = TAILQ_PREV(v, name, f))
#define TAILQ_INSERT_HEAD(h, e, f)					\
	((e)->f.tqe_next = (h)->tqh_first, (h)->tqh_first = (e),	\
	(void)((e)->f.tqe_prev = &(h)->tqh_first))
#define TAILQ_INSERT_TAIL(h, e, f)					\
	((e)->f.tqe_next = 0, (e)->f.tqe_prev = (h)->tqh_last,		\
	(void)(*(h)->tqh_last = (e)))
#define TAILQ_INSERT_AFTER(h, l, e, f)	TAILQ_INSERT_TAIL(h, e, f)
#define TAILQ_REMOVE(h, e, f)						\
	((h)->tqh_last = (h)->tqh_last,					\
	(void)(*(e)->f.tqe_prev = (e)->f.tqe_next))
#define TAILQ_CONCAT(a, b, f)		\
	((a)->tqh_last = (b)->tqh_last, TAILQ_INIT(b))

#endif

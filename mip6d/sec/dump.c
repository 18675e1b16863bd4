/*
 * Dumps of the kernel's policies and associations.  One that is asked for while
 * it is under way, or that failed, is made once more; what it told by then does
 * not count.  compare.c and heard.c have one each and are told the rows.
 */
#include <errno.h>

#include "sec/int.h"

static void
on_result(void *arg, const struct prim_result *r)
{
	struct sec_dump	*d = arg;
	struct sec	*s = d->sec;

	if (r->more) {
		if (!d->again)
			d->row(s, r);
		return;
	}
	d->under_way = false;
	if (r->error == ECANCELED)
		return;
	if (r->error != 0 || d->again) {
		sec_count(s, SC_ERRORS);
		d->again = true;
		sec_retry(s);
		return;
	}
	d->done(s);
}

/* Ask for it; again, if it is under way. */
void
dump_begin(struct sec_dump *d)
{
	const struct prim_request	 r = { .op = d->op };

	d->again = d->under_way;
	if (d->under_way)
		return;
	d->under_way = true;
	d->begun(d->sec);
	sec_count(d->sec, SC_DUMPS);
	sec_ask(d->sec, &r, on_result, d);
}

/* Is it to be made again, and may it be by now? */
void
dump_go(struct sec_dump *d)
{
	if (d->again && !d->under_way && !sec_retries(d->sec))
		dump_begin(d);
}

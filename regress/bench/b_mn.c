/*
 * The mobile node's state machine in memory: a node away from home with RFC
 * 4285 authentication, whose binding is refreshed as often as asked for
 * (default 100000): its router advertises, its timer fires, it sends a Binding
 * Update and gets the acknowledgement.  Refreshes a second.
 */
#include <err.h>

#include "../unit/mn_lab.h"
#include "core/clock.h"

/* Until the next Binding Update, which is accepted. */
static void
refresh(struct lab *l)
{
	const struct out	*o;
	struct mono		 at;
	struct mh		 m;

	l->read = l->nout = 0;
	lab_ra(l, 1, R1, NET1);
	while ((o = lab_bu(l, &m)) == NULL) {
		if (!mn_engine.next(l->mn, &at))
			errx(1, "nothing more is to be done");
		if (mono_before(l->now.mono, at))
			lab_run(l, mono_diff(at, l->now.mono));
		else
			lab_run(l, MS(1));
	}
	lab_accept(l, o, m.u.bu.lifetime);
}

int
main(int argc, char **argv)
{
	unsigned long	 n = argc > 1 ? strtoul(argv[1], NULL, 10) : 100000, i;
	struct lab	*l = lab_new();
	struct mono	 t;

	l->routers_answer = true;
	lab_registered(l);
	t = mono_now();
	for (i = 0; i < n; i++)
		refresh(l);
	if (argc == 1)
		printf("mn: refreshes %.0f/s\n", (double)n * NS_PER_SEC /
		    (double)mono_diff(mono_now(), t));
	lab_end(l);
	return (0);
}

/*
 * The cga process as core/child.c sees it: its start, and what mn asks.  It
 * holds no key yet, and says so.
 */
#include <stddef.h>

#include "core/child.h"

static const struct counter_def	 cga_counters[] = {
	{ NULL, NULL },
};

static void
message(struct child *ch, enum role from, enum msg_type t, const union msg *m)
{
	const struct msg_cga_sign	*sign = &m->u_CGA_SIGN;
	const struct msg_cga_decrypt	*decrypt = &m->u_CGA_DECRYPT;

	if (t == MSG_CGA_SIGN)
		child_send(ch, from, MSG_CGA_SIGNED, &(struct msg_cga_signed){
		    .id = sign->id, .home = sign->home,
		    .status = CGA_NO_KEY });
	if (t == MSG_CGA_DECRYPT)
		child_send(ch, from, MSG_CGA_DECRYPTED,
		    &(struct msg_cga_decrypted){ .id = decrypt->id,
		    .home = decrypt->home, .status = CGA_NO_KEY });
}

const struct child_ops	cga_ops = {
	.role = ROLE_CGA,
	.counters = cga_counters,
	.message = message,
};

/*
 * Linux: the kernel's own counters of packets that its IPsec did not let pass,
 * from /proc/net/xfrm_stat, with names and words of ours.  Keeps nothing
 * open.  The parent shows them with its counters, and they tell why ESP goes
 * in and no message comes out.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "kern/kern.h"

#define STATISTICS	"/proc/net/xfrm_stat"

static const struct {
	const char	*kernel, *name, *help;
} rows[] = {
	{ "XfrmInNoStates", "in_no_states",
	    "ESP with an SPI of no association" },
	{ "XfrmInStateProtoError", "in_state_proto_error",
	    "ESP that does not verify" },
	{ "XfrmInStateModeError", "in_state_mode_error",
	    "ESP whose content is not of its association's mode" },
	{ "XfrmInStateSeqError", "in_state_seq_error",
	    "ESP that was there before (replay)" },
	{ "XfrmInStateExpired", "in_state_expired",
	    "ESP of an association that has expired" },
	{ "XfrmInStateMismatch", "in_state_mismatch",
	    "ESP with a packet that is not for its association" },
	{ "XfrmInTmplMismatch", "in_tmpl_mismatch",
	    "not protected, or not as its policy requires" },
	{ "XfrmInNoPols", "in_no_policies",
	    "protected, but no policy is about it" },
	{ "XfrmInPolBlock", "in_policy_block", "a policy discards it" },
	{ "XfrmOutNoStates", "out_no_states",
	    "not sent: there is no association for it" },
	{ "XfrmOutStateExpired", "out_state_expired",
	    "not sent: its association has expired" },
	{ "XfrmOutPolBlock", "out_policy_block", "a policy discards it" },
};

/*
 * Up to max of the kernel's counters of this network namespace into v; how
 * many there are.  0 if the kernel counts nothing (CONFIG_XFRM_STATISTICS).
 */
size_t
kern_ipsec_drops(struct kern_drop *v, size_t max)
{
	char		 name[64];
	uint64_t	 value;
	size_t		 i, n = 0;
	FILE		*f;

	if ((f = fopen(STATISTICS, "re")) == NULL)
		return (0);
	while (n < max && fscanf(f, "%63s %" SCNu64, name, &value) == 2)
		for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
			if (strcmp(name, rows[i].kernel) == 0)
				v[n++] = (struct kern_drop){ rows[i].name,
				    rows[i].help, value };
	fclose(f);
	return (n);
}

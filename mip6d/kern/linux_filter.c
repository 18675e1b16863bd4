/*
 * Linux: keeping the kernel's ICMPv6 errors in, and what goes from a home
 * address that is away to a group, by our table of nf_tables or, where there is
 * none, by chains of ip6tables(8).  Of the table there are events, the chains
 * are looked at.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kern/kern.h"
#include "kern/linux.h"
#include "kern/linux_ip6t.h"
#include "kern/linux_nft.h"
#include "kern/linux_run.h"

static enum kern_suppress	 in_use = SUPPRESS_NONE;
static struct nft		 nft = { .fd = -1, .events = -1, .seq = 1 };
static struct in6_addr		*homes;	/* away, as the filter has to know */
static size_t			 nhomes;
static bool			 stale;		/* one is not as it is */
static bool			 esp;	/* FILTER_ESP */
static bool			 ours;	/* nothing of a former life is left */

/* Which home addresses are away now; 0 or ENOMEM. */
static int
look_away(struct kern *k)
{
	free(homes);
	homes = NULL;
	nhomes = 0;
	return (linux_closed(k, &homes, &nhomes));
}

/* In the way that this system has; again, if it is there already. */
static int
filter_on(struct kern *k)
{
	int	 e;

	if ((e = look_away(k)) != 0)
		return (e);
	if (in_use == SUPPRESS_IP6TABLES && !stale && ip6t_there(homes, nhomes))
		return (0);
	if (in_use != SUPPRESS_IP6TABLES &&
	    (e = nft_put(&nft, homes, nhomes, esp)) == 0) {
		in_use = SUPPRESS_NFT;
		stale = false;
		return (0);
	}
	/* What was right here once is right: the error is another's. */
	if (in_use == SUPPRESS_NFT)
		return (e);
	if (!ip6t_install(homes, nhomes))
		return (linux_can_run() ? EOPNOTSUPP : ETIMEDOUT);
	in_use = SUPPRESS_IP6TABLES;
	stale = false;
	return (0);
}

static void
filter_off(void)
{
	if (in_use == SUPPRESS_NFT)
		nft_take(&nft);
	else if (in_use == SUPPRESS_IP6TABLES)
		ip6t_remove();
	else {
		nft_take(&nft);
		ip6t_forget();
	}
	in_use = SUPPRESS_NONE;
	stale = false;
}

/* Put all of it, or take it, and what a former life left.  0 or an errno. */
int
linux_filter(struct kern *k, enum kern_filter what)
{
	int	 e = 0;

	esp = what == FILTER_ESP;
	if (what == FILTER_OFF)
		filter_off();
	else
		e = filter_on(k);
	ours = ours || e == 0;
	return (e);
}

/* Of the table events tell; while a program hangs nobody knows. */
bool
linux_filtered(struct kern *k)
{
	if (in_use != SUPPRESS_IP6TABLES)
		return (!stale);
	return (look_away(k) != 0 || (!stale && ip6t_there(homes, nhomes)) ||
	    !linux_can_run());
}

int
linux_begin_filter(struct kern *k, const struct row *row, bool add,
    uint32_t token)
{
	struct row_filter	 v;

	(void)token;
	memcpy(&v, row->value, sizeof(v));
	return (linux_filter(k, add ? (enum kern_filter)v.what : FILTER_OFF));
}

void
linux_look_at_filter(struct kern *k)
{
	const struct row	*row = rows_first(&k->keep.rows, ROW_FILTER);

	if (row != NULL && rows_state(row) == ROW_IN_PLACE &&
	    !linux_filtered(k))
		keep_filter_changed(&k->keep);
}

/* Where there is to be none, that of a former life goes. */
int
linux_filter_leftovers(struct kern *k)
{
	if (!ours && !keep_wants_filter(&k->keep))
		linux_filter(k, FILTER_OFF);
	return (0);
}

/*
 * What is sent from that home address to groups leaves by the tun only, or
 * freely again.  Where that fails the whole filter is put back.
 */
void
linux_filter_home(const struct in6_addr *home, bool away)
{
	int	 e = 0;

	if (in_use == SUPPRESS_NFT)
		e = nft_home(&nft, home, away);
	else if (in_use == SUPPRESS_IP6TABLES)
		e = ip6t_home(home, away);
	stale = stale || (e != 0 && (away || e != ENOENT));
}

enum kern_suppress
linux_filter_in_use(void)
{
	return (in_use);
}

int
kern_filter_fd(struct kern *k)
{
	(void)k;
	return (nft_watch(&nft));
}

/* Read what waits about the table: did somebody else change it? */
void
linux_filter_read(struct kern *k)
{
	if (nft.events != -1 && nft_read(&nft) && in_use == SUPPRESS_NFT)
		keep_filter_changed(&k->keep);
}

void
linux_filter_close(void)
{
	nft_free(&nft);
	free(homes);
	homes = NULL;
	nhomes = 0;
}

/* Messages in the kernel's name that did not come from it. */
uint64_t
linux_filter_forged(void)
{
	return (nft.forged);
}

/*
 * The kernel contract: all that the parent asks of an operating system.  One
 * file per system (linux.c, freebsd.c ...) and fake.c, which records the calls
 * as text for tests.  Only the parent links it; nothing here parses what came
 * from the network.
 *
 * Everything that is put into the kernel is tagged (a protocol number of
 * routes, a name of a filter table), so that kern_reconcile() can find what a
 * crash left behind.  Functions return 0, or an errno.
 */
#ifndef MIP6D_KERN_KERN_H
#define MIP6D_KERN_KERN_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

#include "core/msg.h"
#include "kern/rows.h"

struct kern;

/* How packets look on the tun: FDF_ flags of core/msg.h. */
extern const uint8_t	kern_tun_flags;

enum row_trouble {
	ROW_TROUBLE_RIVAL,	/* somebody keeps removing it */
	ROW_TROUBLE_REFUSED,	/* the kernel refuses it: why */
	ROW_TROUBLE_TAKEN_BACK,	/* it is no longer refused */
	ROW_TROUBLE_OVER	/* none of these */
};

/* What the kernel tells; the messages are those of core/msg.h. */
struct kern_events {
	void	(*link)(void *, const struct msg_link *);
	void	(*address)(void *, const struct msg_address *);
	void	(*router)(void *, const struct msg_router *);
	/* Events were lost: ask for kern_dump(). */
	void	(*lost)(void *);
	/* A line for the log about what is in the kernel. */
	void	(*say)(void *, bool warn, const char *text);
	/* Something is wrong with that row, or no longer. */
	void	(*trouble)(void *, enum row_trouble, enum row_kind,
		    const char *row, const char *why);
	/* The routes of bindings are not all there: ha is to ask again. */
	void	(*routes_lost)(void *);
	/* Somebody removed the tun device: its descriptor is of no use. */
	void	(*tun_lost)(void *);
	void	*arg;
};

enum kern_suppress {		/* how its Parameter Problems are kept in */
	SUPPRESS_NONE,		/* not at all: no_suppress says what to do */
	SUPPRESS_NFT,
	SUPPRESS_IP6TABLES,
	SUPPRESS_IPFW,
	SUPPRESS_SILENT,	/* the kernel drops silently anyway */
	SUPPRESS_OPERATOR	/* by a rule of the operator's */
};

struct kern_caps {
	bool			 mip6;		/* HAO and RH2 in the kernel */
	bool			 pfkey, pfkey_migrate;
	bool			 ipsec; /* all that nodes with it need */
	bool			 tun, capture, vnet_hdr;
	bool			 optimistic_dad;
	bool			 fail_closed;	/* when we are gone */
	bool			 forwarding;	/* is switched on */
	bool			 sends_by_tun;	/* by forwarding from there */
	enum kern_suppress	 suppress;
	/* What to do about what is missing; NULL: nothing is. */
	const char		*no_tun, *no_capture, *no_forwarding;
	const char		*no_suppress, *no_pfkey, *no_ipsec;
	const char		*no_fail_closed;
};

/*
 * Opening, and asking what there is, change nothing; the latter takes a while.
 */
int	 kern_open(struct kern **, const struct kern_events *);
void	 kern_close(struct kern *);
void	 kern_caps(struct kern *, struct kern_caps *);
/* Why there is no IPsec on this system, whatever one does; or NULL. */
const char *kern_never_ipsec(void);

/* Descriptor to poll for reading, and what to call then. */
int	 kern_fd(const struct kern *);
void	 kern_read(struct kern *);
/* Tell all links, addresses and default routers there are, as events. */
int	 kern_dump(struct kern *);

/*
 * Descriptors for net; -1 and errno.  kind is an enum msg_fd_kind.  What
 * arrives on FD_RAW_MH_IPSEC was protected by ESP in transport mode, on
 * FD_RAW_MH_TUNNEL by ESP in tunnel mode; no policy of the system is for what
 * leaves by FD_RAW_SEND.
 */
int	 kern_raw(struct kern *, int kind);
int	 kern_capture(struct kern *, const char *interface, uint32_t *ifindex);
/* Of all interfaces at once; EOPNOTSUPP where each needs its own. */
int	 kern_capture_all(struct kern *);
/*
 * EBUSY: another daemon has its tun here, so this is the lock of a network
 * namespace or a system.  Its pid as it told it, or 0: unknown.
 */
int	 kern_tun(struct kern *, const char *name, uint32_t mtu,
	    uint32_t *ifindex);
pid_t	 kern_tun_holder(struct kern *, const char *name);
/* Another MTU of the tun, if there is one, with the next kern_commit(). */
int	 kern_tun_mtu(struct kern *, uint32_t mtu);

/*
 * A PF_KEY socket, non-blocking, with room for the bursts of a dump; -1 and
 * errno.  EAFNOSUPPORT: no_pfkey says what to do.
 */
int	 kern_pfkey(struct kern *);

/*
 * What ha and mn ask for, by a message of theirs (want.c: asks).  Calls are
 * gathered and carried out by kern_commit(), which reports each by done(arg,
 * id, errno); an error here says that there will be no report.  What is asked
 * for is remembered as rows (kern/rows.h) and put back if somebody else
 * removes it.
 */
int	 kern_ask(struct kern *, enum msg_type, const void *);
/* The correspondent has gone, and no peer (MSG_PEER_ROUTE) has a route. */
void	 kern_forget_peers(struct kern *);
/* Was that asked for, so that it is ours to remove? */
bool	 kern_has(struct kern *, enum msg_type, const void *);
/*
 * Why this system can't have rows of that kind, in words; NULL: it can, or
 * needs none.
 */
const char *kern_lacks(struct kern *, enum row_kind);
/* What is sent with the tun as its interface leaves by it, behind ESP. */
int	 kern_ipsec(struct kern *, bool on);
/*
 * What comes in by this interface for a link-local address that is not ours is
 * not forwarded, nor redirected; NULL: of none any more.  EOPNOTSUPP where the
 * kernel has no way to do that.
 */
int	 kern_link_local(struct kern *, const char *interface);
void	 kern_commit(struct kern *, void (*done)(void *, uint32_t id, int),
	    void *);
/* When kern_commit() has to put something back; false: never, as it is. */
bool	 kern_next(struct kern *, struct mono *);

/* What must be in the kernel, for people. */
struct kern_row {
	const char	*kind;
	char		 text[160];
	enum row_state	 state;
	uint64_t	 put_back;	/* times */
	int		 error;		/* why it can't be put */
};

void	 kern_rows(struct kern *, uint64_t *at,
	    bool (*fn)(void *, const struct kern_row *), void *);
const struct row_counters *kern_row_counters(struct kern *);
/* Messages in the kernel's name that did not come from it. */
uint64_t kern_forged(const struct kern *);

/* What the kernel's IPsec counts of packets that it did not let pass. */
struct kern_drop {
	const char	*name, *help;	/* constants */
	uint64_t	 value;		/* since the system's start */
};

#define KERN_DROPS_MAX	32
size_t	 kern_ipsec_drops(struct kern_drop *, size_t max);

/*
 * Is what comes in by that interface, or NULL by any, forwarded?  1 or 0, or
 * -1: not known, or there is no such interface.  name is that of the setting.
 */
int	 kern_forwarding(struct kern *, const char *interface, char *name,
	    size_t);

/*
 * Has the kernel a setting by which Mobility Headers never arrive, whatever the
 * rules of its packet filter?  Then that, with its value.
 */
bool	 kern_drops_mh(struct kern *, char *, size_t);

/*
 * Does this interface make addresses of the Router Advertisements that it
 * hears?  1 or 0, or -1: not known, or there is no such interface, or it is
 * not the kernel that does.  name is why not, as settings with their values.
 */
int	 kern_takes_ra(struct kern *, const char *interface, char *name,
	    size_t);

/*
 * Optimistic DAD on an interface of a mobile node, whether it is there or not,
 * with the next kern_commit(); NULL: on none any more.  EOPNOTSUPP where the
 * system has no such thing.
 */
int	 kern_optimistic(struct kern *, const char *interface);

enum kern_filter {
	FILTER_OFF, FILTER_ON,
	FILTER_ESP	/* on, and what is for home agents may be in ESP */
};

/*
 * Keep the kernel from answering what the shim handles and, where rules for
 * sources can't, from letting out in clear what home addresses that are away
 * send to groups: with the next kern_commit() or kern_reconcile(), which also
 * takes what a former life left where it is off.  FILTER_ESP: have it take what
 * comes in ESP with an HAO or an RH2 inside, where it can.  0 or ENOMEM.
 */
int	 kern_filter(struct kern *, enum kern_filter);
/* Why that is not so, at the last try; or 0. */
int	 kern_filter_error(struct kern *);
/*
 * A second descriptor to poll for reading, upon which kern_read() is to be
 * called, too: it tells of changes to filters.  -1: they are looked at.
 */
int	 kern_filter_fd(struct kern *);
/*
 * A way out that a former life closed to this home address (RFC 6275 11.3.1)
 * stays closed until MSG_ADDR_SET says where the address is.
 */
int	 kern_keep_closed(struct kern *, const struct in6_addr *home);
/*
 * Compare what there is with what was asked for: what carries our tag and is
 * not of this life is removed, now.
 */
int	 kern_reconcile(struct kern *);
/* The end: take all that is ours out of the kernel. */
int	 kern_withdraw(struct kern *);

#endif

/*
 * Internal messages: what the processes say to each other, and what a state
 * machine is told and answers.  Each type has one struct here and one row of
 * fields in msg.c; packing, unpacking and printing follow from the row.
 *
 * Strings are NUL-terminated; a blob points into the sender's memory or, after
 * unpacking, into the frame.  Addresses are in network byte order, integers in
 * host byte order, durations in milliseconds.
 */
#ifndef MIP6D_CORE_MSG_H
#define MIP6D_CORE_MSG_H

#include <sys/types.h>

#include <netinet/in.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/role.h"

#define MSG_NAME_MAX	32
#define MSG_TEXT_MAX	512
#define MSG_PATH_MAX	104

struct blob {
	const uint8_t	*p;
	size_t		 len;
};

/* X(type, struct): the order is the number on the pipe. */
#define MSG_TYPES(X)							\
	X(INIT, init) X(CONF, conf) X(CONF_ACK, conf_ack)		\
	X(CONF_COMMIT, conf_end) X(CONF_ABORT, conf_end)		\
	X(FD, fd) X(START, empty) X(READY, ready) X(SHUTDOWN, empty)	\
	X(VERBOSE, verbose) X(LOG, log) X(EVENT, event)			\
	X(QUERY, query) X(REPORT, report) X(REPORT_END, report_end)	\
	X(RELOAD, reload) X(PEER_BAD, peer_bad)				\
	X(PEER_LOST, peer_lost)						\
	X(MH_IN, mh_in) X(MH_OUT, mh_out)				\
	X(ICMP6_IN, icmp6_in) X(ICMP6_OUT, icmp6_out)			\
	X(ICMP6_SENT, icmp6_sent)					\
	X(BIND, bind) X(UNBIND, unbind) X(TUNNEL, tunnel)		\
	X(BOUND, bind) X(BOUND_END, empty)				\
	X(GROUP, group) X(GROUPS_FULL, empty) X(DEFEND, defend)		\
	X(LINK, link) X(ADDRESS, address) X(ROUTER, router)		\
	X(RESYNC, empty) X(RESYNC_END, empty)				\
	X(ADDR_SET, addr_set) X(DEPRECATE, deprecate)			\
	X(HOME_ROUTE, home_route)					\
	X(HOME_POLICY, home_policy) X(PATH, path) X(ROUTES_LOST, empty)	\
	X(RESULT, result) X(STATE_SAVE, state) X(STATE_LOAD, state)	\
	X(SNAPSHOT, empty) X(SNAPSHOT_END, empty)			\
	X(CONNECT, connect)						\
	X(IKE_FILE, ike_file) X(IKE_DATA, ike_data)			\
	X(SA_NODE, sa_node) X(SA_NODE_END, empty)			\
	X(KEY_WANT, key_want) X(KEY_STATE, key_state)			\
	X(SA_ASK, sa_ask) X(SA_SPIS, sa_spis)				\
	X(IPSEC, ipsec) X(SPI, spi) X(SPI_ASK, spi)			\
	X(PING, empty) X(PONG, empty) X(BUSY, empty)			\
	X(CAPTURE_LOST, capture_lost) X(WOKE, woke)

enum msg_type {
	MSG_NONE,
#define X(t, s)	MSG_##t,
	MSG_TYPES(X)
#undef X
	MSG_MAX
};

struct msg_empty {
	uint8_t		 unused;
};

/* parent -> engine: the host has slept, it may be somewhere else now. */
struct msg_woke {
	uint32_t	 seconds;
};

/* parent -> child, the first frame: who to become. */
struct msg_init {
	uint8_t		 role;
	uint32_t	 uid, gid;
	char		 chroot[MSG_PATH_MAX];
	bool		 debug, verbose;
};

/*
 * parent -> child, with the descriptor of a file that has no name, len bytes
 * of configuration text, to be staged.  gen is this text's alone, so that an
 * answer to another is not taken for one to this.
 */
struct msg_conf {
	uint32_t	 gen;
	uint64_t	 len;
};

/* parent -> child: take, or forget, what was staged with that number. */
struct msg_conf_end {
	uint32_t	 gen;
};

struct msg_conf_ack {
	uint32_t	 gen;
	bool		 ok;
	char		 text[MSG_TEXT_MAX];
};

/* parent -> child, with a descriptor. */
enum msg_fd_kind {
	FD_PIPE = 1,		/* to the role in peer */
	FD_LISTEN,		/* control socket; arg 1: restricted */
	FD_RAW_MH,		/* raw socket, protocol 135 */
	FD_RAW_MH_IPSEC,	/* the same, protected messages only */
	FD_RAW_ICMP6,
	FD_RAW_TUNNEL,		/* protocol 41 */
	FD_RAW_SEND,		/* whole IPv6 packets */
	FD_CAPTURE,		/* of interface arg, 0: of all others */
	FD_TUN,			/* of interface arg */
	FD_CONNECTED,		/* arg: id of the request */
	FD_GROUP,		/* to join multicast groups on */
	FD_MAX
};

#define FDF_VNET_HDR	0x01	/* tun: virtio-net header in front */
#define FDF_FAMILY	0x02	/* tun: address family in front */
#define FDF_HOME_LINK	0x04	/* capture: of a home link */

struct msg_fd {
	uint8_t		 kind;
	uint8_t		 peer;
	uint8_t		 flags;		/* net/net.h has what they mean */
	uint32_t	 arg;		/* interface index or flag */
	char		 name[MSG_NAME_MAX];
};

struct msg_ready {
	char		 sandbox[MSG_TEXT_MAX];	/* the level reached */
};

/* VERBOSE; FILTER: is what keeps packets of ours from the kernel there? */
struct msg_verbose {
	bool		 on;
};

struct msg_log {
	uint8_t		 level;
	char		 text[MSG_TEXT_MAX];
};

/*
 * For mip6ctl monitor and the history of a node.  role and level, an enum
 * log_level, are filled in by the parent, which knows whose pipe it came from;
 * what is at least a warning is kept as one of the last errors.  Name "log" is
 * a line of the log.
 */
#define EVENT_LOG	"log"

struct msg_event {
	uint8_t		 role;
	uint8_t		 level;
	char		 name[MSG_NAME_MAX];
	struct in6_addr	 home;		/* :: if it concerns no node */
	char		 text[MSG_TEXT_MAX];
};

/*
 * A question of a control client, one page of rows at a time: cursor is 0 at
 * first and then what the last report_end gave.  role is the one asked, and
 * in the answers the one that answers; conn comes back as it was.  The parent
 * answers for a role that does not run with status REPORT_NOT_RUNNING.
 */
#define REPORT_NOT_RUNNING	0xffff

struct msg_query {
	uint32_t	 conn;
	uint8_t		 role;
	uint16_t	 verb;
	uint64_t	 cursor;
	bool		 restricted;	/* who asks must cost little */
	char		 arg[256];
};

struct msg_report {
	uint32_t	 conn;
	uint8_t		 role;
	struct blob	 rows;		/* core/report.h */
};

struct msg_report_end {
	uint32_t	 conn;
	uint8_t		 role;
	uint64_t	 cursor;	/* 0: that was all */
	uint16_t	 status;	/* 0, an errno, REPORT_NOT_RUNNING */
	char		 text[MSG_TEXT_MAX];
};

struct msg_reload {
	uint32_t	 conn;
};

/* child -> parent: what a peer sent was malformed; it is to be ended. */
struct msg_peer_bad {
	uint8_t		 peer;
	char		 reason[MSG_NAME_MAX];
};

/*
 * child -> parent: a message for this peer could not be kept, or one of its
 * could not be taken, for want of memory.  Both get another pipe, on which
 * each tells the other all that it must know.
 */
struct msg_peer_lost {
	uint8_t		 peer;
};

/*
 * child -> parent: connect to what has this name in the row of the role, which
 * tells its path in the configuration.  The answer is FD_CONNECTED with id in
 * arg, or RESULT with what connect(2) said.
 */
struct msg_connect {
	uint32_t	 id;
	char		 place[MSG_NAME_MAX];
};

#include "core/msg_net.h"
#include "core/msg_ipsec.h"

union msg {
#define X(t, s)	struct msg_##s u_##t;
	MSG_TYPES(X)
#undef X
};

const char	*msg_name(enum msg_type);
size_t		 msg_size(enum msg_type);
bool		 msg_allowed(enum msg_type, enum role, enum role);
enum role	 msg_to(enum msg_type, enum role from);
bool		 msg_has_fd(enum msg_type);
bool		 msg_may_drop(enum msg_type);
size_t		 msg_pack(uint8_t *, size_t, enum msg_type, const void *);
bool		 msg_unpack(enum msg_type, const uint8_t *, size_t,
		    union msg *);
size_t		 msg_print(char *, size_t, enum msg_type, const void *);

#endif

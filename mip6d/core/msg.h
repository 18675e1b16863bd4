/*
 * Internal messages: what the processes say to each other, and what a state
 * machine is told and answers.  All are described in core/msg.def, by a row
 * each; their structs, their types and the functions below follow from it.
 * Here is what values the fields of those in that file itself have.
 */
#ifndef MIP6D_CORE_MSG_H
#define MIP6D_CORE_MSG_H

#include <sys/types.h>

#include <netinet/in.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/msg_cga.h"
#include "core/msg_ipsec.h"
#include "core/msg_net.h"
#include "core/role.h"

#define MSG_NAME_MAX	32
#define MSG_TEXT_MAX	512
#define MSG_PATH_MAX	104

struct blob {
	const uint8_t	*p;
	size_t		 len;
};

/* The numbers on the pipe. */
enum msg_type {
	MSG_NONE,
#define MESSAGE(type, ...)	MSG_##type,
#define LIKE(type, ...)		MSG_##type,
#include "core/msg.def"
	MSG_MAX
};

/* What descriptor FD brings. */
enum msg_fd_kind {
	FD_PIPE = 1,		/* to the role in peer */
	FD_LISTEN,		/* control socket; arg 1: restricted */
	FD_RAW_MH,		/* raw socket, protocol 135 */
	FD_RAW_MH_IPSEC,	/* the same, protected messages only */
	FD_RAW_MH_TUNNEL,	/* the same, out of tunnels of ESP only */
	FD_RAW_ICMP6,
	FD_RAW_TUNNEL,		/* protocol 41 */
	FD_RAW_SEND,		/* whole IPv6 packets */
	FD_CAPTURE,		/* of interface arg, 0: of all others */
	FD_TUN,			/* of interface arg */
	FD_CONNECTED,		/* arg: id of the request */
	FD_GROUP,		/* to join multicast groups on */
	FD_FILE,		/* to be read; arg: id of the request */
	FD_MAX
};

/* Its flags; net/net.h has what they mean. */
#define FDF_VNET_HDR	0x01	/* tun: virtio-net header in front */
#define FDF_FAMILY	0x02	/* tun: address family in front */
#define FDF_HOME_LINK	0x04	/* capture: of a home link */

/* Name of an EVENT that is a line of the log. */
#define EVENT_LOG	"log"

/* Status of a REPORT_END of a role that does not run, or not yet. */
#define REPORT_NOT_RUNNING	0xffff

/* Questions to a process that it has not answered; then others must wait. */
#define QUERIES_MAX	64

/* struct msg_init and all the others. */
#define NOTHING		uint8_t unused;
#define U8(field)	uint8_t field;
#define U16(field)	uint16_t field;
#define U32(field)	uint32_t field;
#define U64(field)	uint64_t field;
#define BOOL(field)	bool field;
#define ADDR(field)	struct in6_addr field;
#define STR(field, n)	char field[n];
#define BYTES(field, n)	uint8_t field[n];
#define BLOB(field)	struct blob field;
#define MESSAGE(type, name, class, way, ...) \
	struct msg_##name { __VA_ARGS__ };
#define LIKE(...)
#include "core/msg.def"

union msg {
#define MESSAGE(type, name, ...)	struct msg_##name u_##type;
#define LIKE(type, name, ...)		struct msg_##name u_##type;
#include "core/msg.def"
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

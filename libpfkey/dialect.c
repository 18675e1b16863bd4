/*
 * Finds a dialect by name or that of this system, and translates between its
 * numbers and ours.  Also the tables of what all dialects share: names of
 * messages, which extensions each must have (RFC 2367 3.1), and errors in
 * words.  pfkey_open(), the one function here that makes a descriptor, gives
 * it to its caller.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "libpfkey/internal.h"

#define SD	(BIT(PFKEY_X_SRC) | BIT(PFKEY_X_DST))
#define SA	BIT(PFKEY_X_SA)
#define POL	BIT(PFKEY_X_POLICY)

/* RFC 2367 sections 3.1.1 to 3.1.10: what request and answer both have. */
const struct type_row pfkey_type_rows[PFKEY_T_MAX] = {
	[PFKEY_GETSPI] = { "GETSPI", SD },
	[PFKEY_UPDATE] = { "UPDATE", SA | SD },
	[PFKEY_ADD] = { "ADD", SA | SD },
	[PFKEY_DELETE] = { "DELETE", SD },
	[PFKEY_GET] = { "GET", SA | SD },
	[PFKEY_ACQUIRE] = { "ACQUIRE", SD },
	[PFKEY_REGISTER] = { "REGISTER", 0 },
	[PFKEY_EXPIRE] = { "EXPIRE", SA | SD },
	[PFKEY_FLUSH] = { "FLUSH", 0 },
	[PFKEY_DUMP] = { "DUMP", 0 },
	[PFKEY_PROMISC] = { "X_PROMISC", 0 },
	[PFKEY_PCHANGE] = { "X_PCHANGE", 0 },
	[PFKEY_SPDUPDATE] = { "X_SPDUPDATE", SD | POL },
	[PFKEY_SPDADD] = { "X_SPDADD", SD | POL },
	[PFKEY_SPDDELETE] = { "X_SPDDELETE", SD | POL },
	[PFKEY_SPDGET] = { "X_SPDGET", POL },
	[PFKEY_SPDACQUIRE] = { "X_SPDACQUIRE", 0 },
	[PFKEY_SPDDUMP] = { "X_SPDDUMP", 0 },
	[PFKEY_SPDFLUSH] = { "X_SPDFLUSH", 0 },
	[PFKEY_SPDSETIDX] = { "X_SPDSETIDX", SD | POL },
	[PFKEY_SPDEXPIRE] = { "X_SPDEXPIRE", SD | POL },
	[PFKEY_SPDDELETE2] = { "X_SPDDELETE2", POL },
	[PFKEY_NEW_MAPPING] = { "X_NAT_T_NEW_MAPPING", SA | SD },
	[PFKEY_MIGRATE] = { "X_MIGRATE", SD | POL },
};

static const char *const errors[PFKEY_E_MAX] = {
	[PFKEY_OK] = "no error",
	[PFKEY_E_SHORT] = "message shorter than its header",
	[PFKEY_E_VERSION] = "not PF_KEY version 2",
	[PFKEY_E_LENGTH] = "message length does not match",
	[PFKEY_E_TYPE] = "unknown message type",
	[PFKEY_E_EXT_LENGTH] = "bad length of an extension",
	[PFKEY_E_EXT_ZERO] = "extension of the reserved type",
	[PFKEY_E_DUPLICATE] = "extension twice in one message",
	[PFKEY_E_MISSING] = "required extension missing",
	[PFKEY_E_FAMILY] = "unknown or different address families",
	[PFKEY_E_ADDRESS] = "malformed address",
	[PFKEY_E_PREFIX] = "prefix longer than the address",
	[PFKEY_E_KEY] = "malformed key",
	[PFKEY_E_REQUEST] = "malformed IPsec request",
	[PFKEY_E_TOO_MANY] = "too many IPsec requests",
	[PFKEY_E_REQID] = "reqid above 0x3fff",
	[PFKEY_E_VALUE] = "value out of range",
	[PFKEY_E_SELECTOR] = "selector that no kernel can express",
	[PFKEY_E_UNSUPPORTED] = "not supported by this system",
	[PFKEY_E_NO_ROOM] = "message too long",
	[PFKEY_E_NOMEM] = "out of memory",
	[PFKEY_E_QUEUE] = "too many requests outstanding",
	[PFKEY_E_SEND] = "send failed",
	[PFKEY_E_RECV] = "receive failed",
	[PFKEY_E_CLOSED] = "socket closed",
	[PFKEY_E_KERNEL] = "refused by the kernel",
	[PFKEY_E_TIMEOUT] = "no answer in time",
	[PFKEY_E_CANCELLED] = "cancelled",
	[PFKEY_E_GAP] = "dump with messages missing",
};

static const struct pfkey_dialect *const dialects[] = {
	&pfkey_linux, &pfkey_freebsd, &pfkey_netbsd, &pfkey_openbsd
};

#if defined(__FreeBSD__)
#define HOST	pfkey_freebsd
#elif defined(__NetBSD__)
#define HOST	pfkey_netbsd
#elif defined(__OpenBSD__)
#define HOST	pfkey_openbsd
#else
#define HOST	pfkey_linux
#endif

/*
 * The dialect called name ("linux", "freebsd", "netbsd", "openbsd"), this
 * system's for NULL; NULL if there is none of that name.
 */
const struct pfkey_dialect *
pfkey_dialect(const char *name)
{
	size_t	 i;

	if (name == NULL)
		return (&HOST);
	for (i = 0; i < sizeof(dialects) / sizeof(dialects[0]); i++)
		if (strcmp(dialects[i]->caps.name, name) == 0)
			return (dialects[i]);
	return (NULL);
}

/* What systems of dialect d (NULL: this one) can do. */
const struct pfkey_caps *
pfkey_caps(const struct pfkey_dialect *d)
{
	return (d == NULL ? &HOST.caps : &d->caps);
}

/*
 * How many bits of an integrity algorithm, by our index, go into a packet of
 * an association that was set by PF_KEY, which has no word for that; 0: not
 * known.
 */
unsigned int
pfkey_icv_bits(const struct pfkey_dialect *d, uint16_t auth)
{
	return (auth < NAUTHS ? (d == NULL ? &HOST : d)->icv[auth] : 0);
}

/*
 * A non-blocking PF_KEY socket that is closed on exec; -1 and errno.
 * RFC 2367 section 1.3.
 */
int
pfkey_open(void)
{
	int	 fd, flags, saved;

	if ((fd = socket(PF_KEY, SOCK_RAW, PF_KEY_VERSION)) == -1)
		return (-1);
	if ((flags = fcntl(fd, F_GETFL)) == -1 ||
	    fcntl(fd, F_SETFL, flags | O_NONBLOCK) == -1 ||
	    fcntl(fd, F_SETFD, FD_CLOEXEC) == -1) {
		saved = errno;
		close(fd);
		errno = saved;
		return (-1);
	}
	return (fd);
}

/* What e means, in a few words; never NULL. */
const char *
pfkey_strerror(enum pfkey_error e)
{
	if ((int)e < 0 || e >= PFKEY_E_MAX)
		return ("unknown error");
	return (errors[e]);
}

/* The name of a message type without SADB_; never NULL. */
const char *
pfkey_type_name(enum pfkey_type t)
{
	if ((int)t <= 0 || t >= PFKEY_T_MAX)
		return ("?");
	return (pfkey_type_rows[t].name);
}

/* Our index of the system's number; PFKEY_RAW | number if it has none. */
uint16_t
pfkey_to_own(const uint8_t *table, size_t n, unsigned int wire)
{
	size_t	 i;

	if (wire == 0)
		return (0);
	for (i = 1; i < n; i++)
		if (table[i] == wire)
			return ((uint16_t)i);
	return ((uint16_t)(PFKEY_RAW | wire));
}

/* The system's number of our index; false if it has none. */
bool
pfkey_to_wire(const uint8_t *table, size_t n, uint16_t own, uint8_t *wire)
{
	if ((own & ~(uint16_t)UINT8_MAX) == PFKEY_RAW) {
		*wire = (uint8_t)own;
		return (true);
	}
	*wire = own < n ? table[own] : 0;
	return (own == 0 || *wire != 0);
}

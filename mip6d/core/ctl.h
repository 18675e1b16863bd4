/*
 * What mip6ctl and the control process say to each other over the control
 * socket.  A client sends one request and reads frames until the end frame;
 * the daemon closes the connection after it.
 *
 * A frame: u32 length of all of it, u8 version, u8 type, u16 zero, then
 *	REQUEST	u16 verb, u16 length + argument
 *	ROWS	rows as in core/report.h
 *	END	u8 status, u16 errno, u16 length + text
 */
#ifndef MIP6D_CORE_CTL_H
#define MIP6D_CORE_CTL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/verb.h"

#define CTL_VERSION		1
#define CTL_HEADER		8
#define CTL_FRAME_MAX		65536	/* that a client accepts */
#define CTL_REQUEST_MAX		(CTL_HEADER + 4 + VERB_ARG_MAX)
#define CTL_TEXT_MAX		512
/*
 * mip6ctl gives up a daemon that says nothing for so long.  Control tells a
 * client that waits more often that it is there, and gives up a process
 * earlier.
 */
#define CTL_SILENCE_MS		2000
#define CTL_SILENT_TEXT		"not answer (stopped or busy)"
#define CTL_SOCKET		"/var/run/mip6d.sock"

enum ctl_type { CTL_REQUEST = 1, CTL_ROWS, CTL_END, CTL_TYPE_MAX };

enum ctl_status {
	CTL_OK,
	CTL_INVALID,	/* no such verb, or its argument is wrong */
	CTL_REFUSED,	/* not on this socket */
	CTL_BUSY,	/* too many clients */
	CTL_ERROR,	/* it was tried and failed */
	CTL_STATUS_MAX
};

enum ctl_parse { CTL_MORE, CTL_FRAME, CTL_BAD, CTL_BAD_VERSION };

struct ctl_frame {
	enum ctl_type	 type;
	size_t		 size;		/* of the whole frame */
	const uint8_t	*body;
	size_t		 len;
};

struct ctl_request {
	enum verb	 verb;
	char		 arg[VERB_ARG_MAX];
};

struct ctl_end {
	enum ctl_status	 status;
	uint16_t	 error;		/* errno of CTL_ERROR, if any */
	char		 text[CTL_TEXT_MAX];
};

enum ctl_parse	 ctl_parse(const uint8_t *, size_t, size_t max,
		    struct ctl_frame *);
size_t		 ctl_pack_request(uint8_t *, size_t,
		    const struct ctl_request *);
bool		 ctl_unpack_request(const struct ctl_frame *,
		    struct ctl_request *);
size_t		 ctl_pack_rows_header(uint8_t *, size_t, size_t rowslen);
size_t		 ctl_pack_end(uint8_t *, size_t, const struct ctl_end *);
bool		 ctl_unpack_end(const struct ctl_frame *, struct ctl_end *);

#endif

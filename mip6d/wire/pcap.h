/*
 * Capture files in memory, read with bounds: classic pcap in both byte orders,
 * with micro- or nanoseconds, and pcapng.  Written is the classic kind.  Pure.
 */
#ifndef MIP6D_WIRE_PCAP_H
#define MIP6D_WIRE_PCAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/buf.h"

/* Link types; the tcpdump.org registry. */
enum {
	PCAP_NULL = 0,
	PCAP_ETHERNET = 1,
	PCAP_DLT_RAW = 12,		/* as some systems write it */
	PCAP_DLT_RAW_OPENBSD = 14,
	PCAP_RAW = 101,
	PCAP_LOOP = 108,
	PCAP_LINUX_SLL = 113,
	PCAP_IPV4 = 228,
	PCAP_IPV6 = 229,
	PCAP_LINUX_SLL2 = 276
};

#define PCAP_IFACES_MAX	64	/* interfaces of a section of a pcapng file */

enum pcap_err {
	PCAP_OK,
	PCAP_END,		/* no further packet */
	PCAP_E_MAGIC,		/* not a capture file */
	PCAP_E_LINKTYPE,	/* none of the above */
	PCAP_E_TRUNCATED,	/* ends within a packet */
	PCAP_E_BLOCK,		/* pcapng: malformed */
	PCAP_E_IFACES,		/* pcapng: too many */
	PCAP_NERR
};

struct pcap {
	struct rbuf	 r;
	bool		 swap;		/* written little endian */
	bool		 nano;
	bool		 ng;		/* pcapng */
	uint32_t	 linktype;	/* of all, or of the last packet */
	uint32_t	 nifaces;	/* of this section */
	struct pcap_iface {
		uint16_t	 linktype;
		uint8_t		 resolution;	/* of times, if_tsresol */
		uint32_t	 snaplen;	/* 0: all */
	}		 ifaces[PCAP_IFACES_MAX];
};

/* One packet; p points into the file. */
struct pcap_rec {
	uint32_t	 sec;
	uint32_t	 nsec;
	const uint8_t	*p;		/* network layer; NULL: not IPv6 */
	size_t		 len;
	bool		 cut;		/* captured shorter than it was */
};

enum pcap_err	 pcap_open(struct pcap *, const void *, size_t);
enum pcap_err	 pcap_next(struct pcap *, struct pcap_rec *);
const char	*pcap_err_name(enum pcap_err);
void		 pcap_write_header(struct wbuf *, uint32_t);
void		 pcap_write(struct wbuf *, uint32_t, uint32_t, const void *,
		    size_t);

#endif

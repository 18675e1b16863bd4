/*
 * Capture files (classic pcap: both byte orders, micro- and nanoseconds) in
 * memory, read with bounds and written.  Pure.
 */
#ifndef MIP6D_WIRE_PCAP_H
#define MIP6D_WIRE_PCAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/buf.h"

/* Link types; the tcpdump.org registry. */
enum {
	PCAP_ETHERNET = 1,
	PCAP_RAW = 101,
	PCAP_LINUX_SLL = 113
};

enum pcap_err {
	PCAP_OK,
	PCAP_END,		/* no further packet */
	PCAP_E_MAGIC,		/* not a capture file */
	PCAP_E_LINKTYPE,	/* none of the three */
	PCAP_E_TRUNCATED,	/* ends within a packet */
	PCAP_NERR
};

struct pcap {
	struct rbuf	 r;
	bool		 swap;		/* written little endian */
	bool		 nano;
	uint32_t	 linktype;
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

/*
 * Whose is an ESP SPI?  BSD kernels accept any association for any source
 * address, so what claims to be from a home address is let in only with an
 * SPI of that home address (RFC 4877 4.2).  The parent tells them; one that is
 * not known may be too new, and is asked for.  Pure.
 */
#ifndef MIP6D_NET_SPI_H
#define MIP6D_NET_SPI_H

#include <netinet/in.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/htab.h"
#include "core/mono.h"
#include "core/msg.h"

#define SPI_MAX		65536	/* that are known */
#define SPI_REFUSED	256	/* of no node, remembered for a moment */
#define SPI_REFUSED_FOR	SEC(1)

enum spi_verdict { SPI_OK, SPI_WRONG, SPI_ASK, SPI_NONE };

struct spi_table {
	struct hash_key	 key;
	struct htab	 known;
	struct {
		uint32_t	 spi;
		struct in6_addr	 home;
		struct mono	 until;
	}		 refused[SPI_REFUSED];
	size_t		 next;
};

bool		 spi_init(struct spi_table *, const uint64_t [2]);
void		 spi_free(struct spi_table *);
enum spi_verdict spi_check(const struct spi_table *, uint32_t,
		    const struct in6_addr *, struct mono);
bool		 spi_told(struct spi_table *, const struct msg_spi *,
		    struct mono);

#endif

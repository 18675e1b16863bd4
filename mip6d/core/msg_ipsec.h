/*
 * What values the fields of the messages of core/msg_ipsec.def have.  Part of
 * core/msg.h, which includes it.
 */
#ifndef MIP6D_CORE_MSG_IPSEC_H
#define MIP6D_CORE_MSG_IPSEC_H

/* KEY_WANT */
enum key_op {
	KEY_NEED = 1,		/* have associations, from local to remote */
	KEY_RENEW,		/* the IKE_SA anew: it could not move (K = 0) */
	KEY_END,		/* terminate what there is */
	KEY_DISCARD		/* ... later, of what leads to remote by now */
};

/* KEY_STATE */
enum key_state {
	KEY_DOWN = 1,		/* there is none, nobody asked for one */
	KEY_PENDING,		/* asked for, or charon is away */
	KEY_UP, /* the association of Binding Updates is there */
	KEY_FAILED		/* text tells why; it is tried again */
};

/* IPSEC */
#define IPSEC_TUNNEL	0x01	/* tunnel policies, local to peer; else none */
#define IPSEC_KM	0x02	/* the IKE_SA's endpoints follow, too */

/* SPI, SPI_ASK */
enum spi_what {
	SPI_IS = 1,		/* inbound and of home */
	SPI_GONE,
	SPI_UNKNOWN,		/* in answer to SPI_ASK: of no node */
	SPI_AGE,		/* all that are known are old now */
	SPI_FORGET		/* those go that were not told since then */
};

#endif

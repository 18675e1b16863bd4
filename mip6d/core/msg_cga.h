/*
 * What values the fields of the messages of core/msg_cga.def have.  Part of
 * core/msg.h, which includes it.
 */
#ifndef MIP6D_CORE_MSG_CGA_H
#define MIP6D_CORE_MSG_CGA_H

#define CGA_TOKEN_LEN	8	/* octets of a token that was decrypted */

/* CGA_SIGNED, CGA_DECRYPTED */
enum cga_status {
	CGA_DONE,
	CGA_NO_KEY,		/* none is held of that home address */
	CGA_REFUSED,		/* not what it is there for, or too often */
	CGA_FAILED		/* libcrypto could not, or it is no token */
};

#endif

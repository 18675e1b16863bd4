/*
 * VICI, the Versatile IKE Control Interface of charon: packets and messages
 * (strongSwan, src/libcharon/plugins/vici/README.md).  Pure: no I/O, no
 * allocation, no globals.
 *
 * A frame is a u32 length and so many bytes of packet: u8 type; for some types
 * u8 length + name; then a message, a sequence of elements that form a tree of
 * sections, values and lists.  Integers are in network byte order.
 */
#ifndef IKE_VICI_CODEC_H
#define IKE_VICI_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/buf.h"

#define VICI_HEADER	4		/* the length before a packet */
#define VICI_MAX	(512 * 1024)	/* bytes of one packet */
#define VICI_DEPTH	16		/* of sections within each other */
#define VICI_NAME_MAX	256		/* with its NUL */

enum vici_type {
	VICI_CMD_REQUEST,
	VICI_CMD_RESPONSE,
	VICI_CMD_UNKNOWN,
	VICI_EVENT_REGISTER,
	VICI_EVENT_UNREGISTER,
	VICI_EVENT_CONFIRM,
	VICI_EVENT_UNKNOWN,
	VICI_EVENT,
	VICI_TYPE_MAX
};

enum vici_element {
	VICI_SECTION_START = 1,
	VICI_SECTION_END,
	VICI_KEY_VALUE,
	VICI_LIST_START,
	VICI_LIST_ITEM,
	VICI_LIST_END
};

enum vici_error {
	VICI_OK,
	VICI_E_LENGTH,		/* no packet, or one that is too long */
	VICI_E_TYPE,
	VICI_E_NAME,		/* empty, or control characters in it */
	VICI_E_TRUNCATED,	/* an element goes beyond the end */
	VICI_E_ELEMENT,		/* no such element */
	VICI_E_BALANCE,		/* an end without a start, or none */
	VICI_E_DEPTH,
	VICI_E_LIST,		/* not an item in a list, or one outside */
	VICI_E_TRAILING,	/* bytes after a packet that has no message */
	VICI_E_MAX
};

struct vici_packet {
	enum vici_type	 type;
	char		 name[VICI_NAME_MAX];	/* "" if the type has none */
	const uint8_t	*msg;			/* well-formed */
	size_t		 len;
};

/* The elements of a message, of one section, or of one list. */
struct vici_cursor {
	struct rbuf	 r;
};

/*
 * One element: a section or a list (what is between its start and its end is
 * in p), a value, or an item of a list, which has no name.  All points into
 * the packet.
 */
struct vici_item {
	enum vici_element kind;	/* SECTION_START, KEY_VALUE, LIST_START, ITEM */
	const char	*name;	/* not terminated */
	size_t		 namelen;
	const uint8_t	*p;
	size_t		 len;
};

/* A frame under construction in memory that the caller owns. */
struct vici_builder {
	struct wbuf	 w;
	unsigned int	 depth;
	bool		 list, bad;
};

const char	*vici_strerror(enum vici_error);
bool		 vici_has_name(enum vici_type);
enum vici_error	 vici_check(const uint8_t *, size_t);
enum vici_error	 vici_parse(const uint8_t *, size_t, struct vici_packet *);

void	 vici_message(const struct vici_packet *, struct vici_cursor *);
bool	 vici_next(struct vici_cursor *, struct vici_item *);
void	 vici_enter(const struct vici_item *, struct vici_cursor *);
bool	 vici_is(const struct vici_item *, const char *);
bool	 vici_find(const struct vici_cursor *, enum vici_element, const char *,
	    struct vici_item *);
void	 vici_text(char *, size_t, const void *, size_t);
bool	 vici_get_str(const struct vici_cursor *, const char *, char *, size_t);
bool	 vici_get_num(const struct vici_cursor *, const char *, int base,
	    uint64_t *);
bool	 vici_get_yes(const struct vici_cursor *, const char *);

void	 vici_begin(struct vici_builder *, void *, size_t, enum vici_type,
	    const char *);
void	 vici_section(struct vici_builder *, const char *);
void	 vici_section_end(struct vici_builder *);
void	 vici_value(struct vici_builder *, const char *, const void *, size_t);
void	 vici_str(struct vici_builder *, const char *, const char *);
void	 vici_list(struct vici_builder *, const char *);
void	 vici_list_item(struct vici_builder *, const char *);
void	 vici_list_end(struct vici_builder *);
size_t	 vici_finish(struct vici_builder *);

#endif

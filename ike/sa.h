/*
 * The IKE_SAs and CHILD_SAs that charon has, as its events and its answer to
 * list-sas tell.  Pure: no I/O, no time.
 */
#ifndef IKE_SA_H
#define IKE_SA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ike/vici_codec.h"

#define SA_NAME_MAX	64
#define SA_WORD_MAX	24
#define SA_ID_MAX	256
#define SA_HOST_MAX	64
#define SA_TS_MAX	192
#define SA_IKE_MAX	65536	/* IKE_SAs that are kept */
#define SA_CHILD_MAX	32	/* CHILD_SAs of each of them */
#define SA_SETTLED	6	/* s; a rekeying of both ends is over by then */
#define SA_TWICE	3	/* lists in a row: no rekeying takes so long */

struct child_sa {
	uint32_t	 id;			/* charon's unique id */
	uint32_t	 reqid;
	uint32_t	 spi_in, spi_out;
	uint64_t	 bytes_in, bytes_out, packets_in, packets_out;
	uint64_t	 installed;		/* seconds, when it was told */
	char		 name[SA_NAME_MAX];	/* of its configuration */
	char		 state[SA_WORD_MAX], mode[SA_WORD_MAX];
	char		 local_ts[SA_TS_MAX], remote_ts[SA_TS_MAX];
};

struct ike_sa {
	uint32_t	 id;			/* charon's unique id */
	uint64_t	 gen;			/* of the list it was seen in */
	uint64_t	 spi_i, spi_r;
	uint64_t	 established;		/* seconds, when it was told */
	unsigned int	 twice;	/* lists in a row with two for the same */
	bool		 initiator;		/* we are */
	char		 name[SA_NAME_MAX];	/* of its connection */
	char		 state[SA_WORD_MAX];
	char		 local_host[SA_HOST_MAX], remote_host[SA_HOST_MAX];
	char		 local_id[SA_ID_MAX], remote_id[SA_ID_MAX];
	struct child_sa	*children;
	size_t		 nchildren;
};

/* An IKE_SA or its children have changed, or it is about to be forgotten. */
typedef void sa_watch_fn(void *, const struct ike_sa *, bool gone);

struct sa_table {
	struct ike_sa	**v;			/* sorted by id */
	size_t		  n, cap;
	uint64_t	  gen;
	size_t		  twice;	/* of this list, with two for one use */
	uint64_t	  bad;		/* told without what is needed */
	uint64_t	  not_kept;	/* beyond the limits, or no memory */
	sa_watch_fn	 *watch;	/* or NULL */
	void		 *watch_arg;
};

/* What an event said, for mip6ctl monitor. */
typedef void sa_note_fn(void *, const char *event, const char *text);

void	 sa_init(struct sa_table *);
void	 sa_watch(struct sa_table *, sa_watch_fn *, void *);
void	 sa_clear(struct sa_table *);
void	 sa_forget(struct sa_table *, uint32_t id);
void	 sa_list_begin(struct sa_table *);
size_t	 sa_list_end(struct sa_table *);
bool	 sa_event(struct sa_table *, const char *name,
	    const struct vici_cursor *, sa_note_fn *, void *);
const struct ike_sa *sa_from(const struct sa_table *, uint32_t id);
const struct ike_sa *sa_find(const struct sa_table *, uint32_t id);
size_t	 sa_children(const struct sa_table *);
const struct child_sa *sa_spare(const struct ike_sa *);

#endif

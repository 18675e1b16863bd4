/* What is used of libevent's buffer.h. */
#ifndef BSD_BUFFER_H
#define BSD_BUFFER_H

struct evbuffer;

struct evbuffer *evbuffer_new(void);
void	 evbuffer_free(struct evbuffer *);
int	 evbuffer_add(struct evbuffer *, const void *, __SIZE_TYPE__);
int	 evbuffer_write(struct evbuffer *, int);
__SIZE_TYPE__ evbuffer_get_length(const struct evbuffer *);

#endif

#ifndef BSD_SPAWN_H
#define BSD_SPAWN_H

#include <bsd_types.h>
#include <signal.h>

typedef struct bsd_spawnattr	*posix_spawnattr_t;
typedef struct bsd_spawnactions	*posix_spawn_file_actions_t;

int	 posix_spawn(pid_t *, const char *, const posix_spawn_file_actions_t *,
	    const posix_spawnattr_t *, char *const *, char *const *);
int	 posix_spawn_file_actions_addopen(posix_spawn_file_actions_t *, int,
	    const char *, int, mode_t);
int	 posix_spawn_file_actions_destroy(posix_spawn_file_actions_t *);
int	 posix_spawn_file_actions_init(posix_spawn_file_actions_t *);

#endif

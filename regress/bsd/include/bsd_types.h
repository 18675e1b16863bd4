/*
 * Types that more than one header gives; not a header of any system.  Where
 * systems differ the widest choice is taken, so that a wrong format or a
 * lossy conversion is found on one of them.
 */
#ifndef BSD_TYPES_H
#define BSD_TYPES_H

#include "bsd_size.h"

typedef long			 ssize_t;
typedef __INT64_TYPE__		 off_t;
typedef __INT32_TYPE__		 pid_t;
typedef __UINT32_TYPE__		 id_t;
typedef __UINT32_TYPE__		 uid_t;
typedef __UINT32_TYPE__		 gid_t;
typedef __INT64_TYPE__		 time_t;
typedef __UINT32_TYPE__		 socklen_t;
typedef __UINT8_TYPE__		 sa_family_t;
typedef __UINT16_TYPE__		 in_port_t;
typedef __UINT32_TYPE__		 in_addr_t;
#if defined(__FreeBSD__)
typedef __UINT16_TYPE__		 mode_t;
typedef __UINT64_TYPE__		 dev_t;
typedef __INT32_TYPE__		 clockid_t;
typedef long			 suseconds_t;
typedef __INT32_TYPE__		 clock_t;
#elif defined(__NetBSD__)
typedef __UINT32_TYPE__		 mode_t;
typedef __UINT64_TYPE__		 dev_t;
typedef int			 clockid_t;
typedef int			 suseconds_t;
typedef unsigned int		 clock_t;
#else
typedef __UINT32_TYPE__		 mode_t;
typedef __INT32_TYPE__		 dev_t;
typedef __INT32_TYPE__		 clockid_t;
typedef long			 suseconds_t;
typedef __INT64_TYPE__		 clock_t;
#endif
typedef __UINT64_TYPE__		 ino_t;
typedef __UINT64_TYPE__		 nlink_t;
typedef __INT64_TYPE__		 blkcnt_t;
typedef __INT32_TYPE__		 blksize_t;

#endif

#ifndef BSD_SYS_UN_H
#define BSD_SYS_UN_H

#include <bsd_types.h>

struct sockaddr_un {
	unsigned char	 sun_len;
	sa_family_t	 sun_family;
	char		 sun_path[104];
};

#endif

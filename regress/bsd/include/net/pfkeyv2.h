/* Messages are libpfkey's business, which needs no header of a system. */
#ifndef BSD_NET_PFKEYV2_H
#define BSD_NET_PFKEYV2_H

#define PF_KEY_V2	2

#endif

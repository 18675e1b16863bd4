#ifndef BSD_NET_IF_VAR_H
#define BSD_NET_IF_VAR_H

#if !defined(__FreeBSD__)
#error "this header is for programs on FreeBSD alone"
#endif

#endif

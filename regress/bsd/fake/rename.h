/*
 * Files of mip6d/kern that are compiled with this, and with the headers of a
 * BSD, ask the kernel of kernel.c instead of that below them.
 */
#ifndef BSD_FAKE_RENAME_H
#define BSD_FAKE_RENAME_H

#define access			fake_access
#define clock_gettime		fake_clock_gettime
#define close			fake_close
#define fdevname_r		fake_fdevname_r
#define getsockopt		fake_getsockopt
#define if_freenameindex	fake_if_freenameindex
#define if_indextoname		fake_if_indextoname
#define if_nameindex		fake_if_nameindex
#define if_nametoindex		fake_if_nametoindex
#define inet_ntop		fake_inet_ntop
#define ioctl			fake_ioctl
#define mono_now		fake_mono_now
#define nanosleep		fake_nanosleep
#define open			fake_open
#define recv			fake_recv
#define setsockopt		fake_setsockopt
#define shutdown		fake_shutdown
#define socket			fake_socket
#define sysctl			fake_sysctl
#define sysctlbyname		fake_sysctlbyname
#define write			fake_write

#endif

/* How the number of an ioctl(2) is made. */
#ifndef BSD_SYS_IOCCOM_H
#define BSD_SYS_IOCCOM_H

#define BSD_IOC(dir, g, n, len)	\
	((unsigned long)(dir) | ((unsigned long)(len) & 0x1fff) << 16 |	\
	(unsigned long)(g) << 8 | (unsigned long)(n))
#define _IO(g, n)	BSD_IOC(0x20000000, g, n, 0)
#define _IOR(g, n, t)	BSD_IOC(0x40000000, g, n, sizeof(t))
#define _IOW(g, n, t)	BSD_IOC(0x80000000, g, n, sizeof(t))
#define _IOWR(g, n, t)	BSD_IOC(0xc0000000, g, n, sizeof(t))

#endif

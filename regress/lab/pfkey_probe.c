/*
 * Can this process use PF_KEY?  It opens a PF_KEYv2 socket, registers for ESP
 * (RFC 2367 3.1.7) and prints how many algorithms the kernel answers with.
 */
#include <sys/socket.h>

#include <linux/pfkeyv2.h>

#include <err.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int
main(void)
{
	struct sadb_msg		 m;
	struct sadb_supported	 sup;
	unsigned char		 buf[4096];
	size_t			 off;
	ssize_t			 n;
	int			 algs = 0, fd;

	if ((fd = socket(PF_KEY, SOCK_RAW, PF_KEY_V2)) == -1)
		err(1, "socket(PF_KEY)");
	memset(&m, 0, sizeof(m));
	m.sadb_msg_version = PF_KEY_V2;
	m.sadb_msg_type = SADB_REGISTER;
	m.sadb_msg_satype = SADB_SATYPE_ESP;
	m.sadb_msg_len = sizeof(m) / 8;
	m.sadb_msg_seq = 1;
	m.sadb_msg_pid = (unsigned int)getpid();
	if (send(fd, &m, sizeof(m), 0) != (ssize_t)sizeof(m))
		err(1, "SADB_REGISTER");

	/* Other messages may come on a PF_KEY socket too. */
	do {
		if ((n = recv(fd, buf, sizeof(buf), 0)) == -1)
			err(1, "recv");
		if ((size_t)n < sizeof(m))
			errx(1, "short message");
		memcpy(&m, buf, sizeof(m));
	} while (m.sadb_msg_type != SADB_REGISTER ||
	    m.sadb_msg_pid != (unsigned int)getpid());
	if (m.sadb_msg_errno != 0)
		errx(1, "SADB_REGISTER: %s", strerror(m.sadb_msg_errno));

	for (off = sizeof(m); off + sizeof(sup) <= (size_t)n;
	    off += sup.sadb_supported_len * 8U) {
		memcpy(&sup, buf + off, sizeof(sup));
		if (sup.sadb_supported_len == 0)
			errx(1, "extension of length 0");
		if (sup.sadb_supported_exttype == SADB_EXT_SUPPORTED_AUTH ||
		    sup.sadb_supported_exttype == SADB_EXT_SUPPORTED_ENCRYPT)
			algs += (int)((sup.sadb_supported_len * 8U -
			    sizeof(sup)) / sizeof(struct sadb_alg));
	}
	if (algs == 0)
		errx(1, "no algorithm for ESP");
	printf("PF_KEY: %d algorithms for ESP\n", algs);
	return (0);
}

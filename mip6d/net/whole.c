/*
 * The socket for whole packets, which Linux has: what is queued goes by one
 * call, as it is, and may be a fragment.  Nothing comes by it.  Its row is one
 * of transport.c; output.c writes by it, fds.c brings its descriptor.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <netinet/in.h>

#include <errno.h>
#include <string.h>

#include "net/state.h"
#include "wire/ip6.h"

static const struct transport_option	 send_options[] = {
	{ IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0, true },
	{ 0, 0, 0, false }
};

/* It sends all; without it each goes by the raw socket of its protocol. */
static void
use(struct net *net, struct net_fd *f, bool there)
{
	output_whole_by(&net->out, there ? f->s.fd : -1,
	    there ? f->s.row : &raw_mh_row);
	net->dp.whole_packets = there;
}

/*
 * As many as go with one call, whole.  On some errors fewer go than could: the
 * next call says why.
 */
static unsigned int
write_whole(struct output *o, unsigned int from, unsigned int n, int *error)
{
	int	 r;

	r = (int)sendmmsg(o->send, &o->msg[from], n, MSG_DONTWAIT);
	if (r > 0)
		return ((unsigned int)r);
	if (errno != EINTR)
		*error = errno;
	return (0);
}

/*
 * Packet i was refused.  An address that the kernel has not, or not yet, as
 * its own is no reason not to send from it.
 */
static bool
again(struct output *o, unsigned int i, int error)
{
	struct in6_pktinfo	 info;
	uint8_t			*data = CMSG_DATA(&o->control[i].align);

	if (output_take_detour(o, i, error))
		return (true);
	if (error != EINVAL || o->msg[i].msg_hdr.msg_controllen == 0)
		return (false);
	memcpy(&info, data, sizeof(info));
	if (in6_is_unspecified(&info.ipi6_addr))
		return (false);
	memset(&info.ipi6_addr, 0, sizeof(info.ipi6_addr));
	memcpy(data, &info, sizeof(info));
	return (true);
}

const struct transport	 whole_row = {
	.name = "whole packets",
	.options = send_options,
	.use = use,
	.write = write_whole,
	.again = again,
	.refused = NC_SEND_FAILED,
	.lost = NC_MAX,
};

/*
 * ESP that was handed to the kernel by the tun, to be decrypted: if nothing
 * comes of it time and again, as when a rule of the operator drops what comes
 * by the tun, the reason stands until something does (RFC 6275 5.1).  Called
 * for packets of the rows of transport.c that say so.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <stdio.h>

#include "net/handed.h"
#include "net/state.h"

static const char	 handed_subject[] = "ipsec";

/* What is handed to the kernel to be decrypted: does anything come of it? */
void
handed_look(struct net *net)
{
	char	 home[INET6_ADDRSTRLEN], n[16];

	if (net->dp.handed.n == 0) {
		if (net->in_vain)
			why_clear(&net->ch->whys, child_now(), WHY_ESP_LOST,
			    handed_subject);
		net->in_vain = false;
		return;
	}
	if (!dp_handed_in_vain(&net->dp, net->now) || (net->in_vain &&
	    mono_diff(net->now, net->in_vain_at) < SEC(1)))
		return;
	net->in_vain = true;
	net->in_vain_at = net->now;
	inet_ntop(AF_INET6, &net->dp.handed.home, home, sizeof(home));
	snprintf(n, sizeof(n), "%u", net->dp.handed.n);
	why_set(&net->ch->whys, child_now(), WHY_ESP_LOST, handed_subject, n,
	    home, net->tun_name, NULL);
}

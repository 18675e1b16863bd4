/*
 * Security associations that are configured by hand: RFC 3776 sections 4.1
 * and 4.4.  Their sequence numbers begin again with this daemon, so that
 * there is no protection against replay (RFC 3776 section 5.2); the sequence
 * numbers of Binding Updates do that.
 */
#include <string.h>

#include "parent/ipsec.h"

static uint16_t
cipher_of(enum conf_cipher c)
{
	switch (c) {
	case CIPHER_AES_CBC:
		return (PFKEY_C_AES_CBC);
	case CIPHER_3DES_CBC:
		return (PFKEY_C_3DES);
	default:
		return (PFKEY_C_NULL);
	}
}

static uint16_t
mac_of(enum conf_mac m)
{
	switch (m) {
	case MAC_SHA256_128:
	case MAC_SHA256_96:
		/* Which of them is the system's: parent_host(). */
		return (PFKEY_A_SHA256);
	case MAC_SHA1_96:
		return (PFKEY_A_SHA1);
	default:
		return (PFKEY_A_NONE);
	}
}

/* Is the i-th association of the node for that?  A tunnel needs policies. */
bool
manual_use(const struct sec_node *n, size_t i, enum conf_sa_use use)
{
	return (n->conf != NULL && i < n->conf->nsas &&
	    n->conf->sas[i].use == use &&
	    (use != SA_TUNNEL || n->want.protect != PROTECT_NONE));
}

/*
 * The i-th association of the node, of a tunnel between the endpoints in d.
 * It points to the keys in the configuration.
 */
enum pfkey_error
manual_sa(const struct sec_node *n, const struct spd_node *d, size_t i,
    struct pfkey_sa *sa)
{
	const struct conf_sa	*c;
	bool			 tunnel, out;

	memset(sa, 0, sizeof(*sa));
	if (n->conf == NULL || i >= n->conf->nsas)
		return (PFKEY_E_VALUE);
	c = &n->conf->sas[i];
	tunnel = c->use == SA_TUNNEL;
	out = (c->way == SA_TO_AGENT) != d->agent_side;
	sa->satype = PFKEY_ESP;
	sa->spi = c->spi;
	sa->mode = tunnel ? PFKEY_TUNNEL : PFKEY_TRANSPORT;
	sa->reqid = d->reqid + tunnel;
	if (tunnel) {
		sa->src = spd_addr(out ? &d->local : &d->peer);
		sa->dst = spd_addr(out ? &d->peer : &d->local);
	} else {
		sa->src = spd_addr(c->way == SA_TO_AGENT ? &d->home :
		    &d->agent);
		sa->dst = spd_addr(c->way == SA_TO_AGENT ? &d->agent :
		    &d->home);
	}
	/* Nobody else is to send by it: Linux looks for SPIs alone. */
	if (!tunnel && !out)
		sa->proxy = (struct pfkey_address){ .a = sa->src,
		    .plen = 128 };
	sa->encrypt = cipher_of(c->cipher);
	sa->auth = mac_of(c->mac);
	if (c->cipher_keylen > 0)
		sa->key_encrypt = (struct pfkey_key){ c->cipher_key,
		    (uint16_t)(8 * c->cipher_keylen) };
	if (c->mac_keylen > 0)
		sa->key_auth = (struct pfkey_key){ c->mac_key,
		    (uint16_t)(8 * c->mac_keylen) };
	return (PFKEY_OK);
}

/*
 * How many bits of its integrity algorithm go into a packet of that
 * association, 0: not known.  Where others may set them otherwise than by
 * PF_KEY, which does not tell, it is known of those that are configured.
 */
unsigned int
manual_icv_bits(const struct parent *p, const struct pfkey_sa *sa)
{
	const struct sec_node	*n = NULL;

	if (p->sec != NULL && sa->reqid <= REQID_LAST)
		n = p->sec->by_reqid[sa->reqid / 2];
	if (!pfkey_caps(NULL)->icv_fixed && (n == NULL || !sec_manual(n)))
		return (0);
	return (pfkey_icv_bits(NULL, sa->auth));
}

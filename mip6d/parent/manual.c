/*
 * Keys and algorithms of the security associations that are configured by
 * hand: RFC 3776 sections 4.1 and 4.4.  Their sequence numbers begin again
 * with this daemon, so that there is no protection against replay (RFC 3776
 * section 5.2); the sequence numbers of Binding Updates do that.  Where they
 * are is known to spd_sa(); no other process has their keys.
 */
#include "parent/parent.h"
#include "parent/planner.h"

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

/* Add to sa what is configured; it points to the keys there. */
void
manual_keys(const struct conf_sa *c, struct pfkey_sa *sa)
{
	sa->encrypt = cipher_of(c->cipher);
	sa->auth = mac_of(c->mac);
	if (c->cipher_keylen > 0)
		sa->key_encrypt = (struct pfkey_key){ c->cipher_key,
		    (uint16_t)(8 * c->cipher_keylen) };
	if (c->mac_keylen > 0)
		sa->key_auth = (struct pfkey_key){ c->mac_key,
		    (uint16_t)(8 * c->mac_keylen) };
}

/*
 * How many bits of its integrity algorithm go into a packet of that
 * association, 0: not known.  Where others may set them otherwise than by
 * PF_KEY, which does not tell, it is known of those that are configured.
 */
unsigned int
manual_icv_bits(const struct parent *p, const struct pfkey_sa *sa)
{
	if (!pfkey_caps(NULL)->icv_fixed && (p->planner == NULL ||
	    !owned_is_manual(&p->planner->owned, sa)))
		return (0);
	return (pfkey_icv_bits(NULL, sa->auth));
}

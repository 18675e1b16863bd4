/*
 * The dialect of OpenBSD as data, from sys/net/pfkeyv2.h: what it shares with
 * the others, that is RFC 2367 under numbers of its own.  Its flows (ADDFLOW,
 * DELFLOW) are not KAME's policies and are not here.  Dumps go by sysctl
 * there.
 */
#include "libpfkey/internal.h"

const struct pfkey_dialect pfkey_openbsd = {
	.caps = { .name = "openbsd", .spd = false, .fwd = false,
	    .priority = false, .mh_type = false, .migrate = false,
	    .kmaddress = false, .update_moves = false, .natt = false,
	    .replay_max = 255, .dump = false,
	    .reqid_max = 0, .icv_fixed = true },
	.inet6 = 24, .replay_unit = 1, .sa_len = true, .plain_address = true,
	.dump_down = true,
	.types = {
		[PFKEY_GETSPI] = 1, [PFKEY_UPDATE] = 2, [PFKEY_ADD] = 3,
		[PFKEY_DELETE] = 4, [PFKEY_GET] = 5, [PFKEY_ACQUIRE] = 6,
		[PFKEY_REGISTER] = 7, [PFKEY_EXPIRE] = 8, [PFKEY_FLUSH] = 9,
		[PFKEY_PROMISC] = 11,
	},
	.exts = {
		[PFKEY_X_SA] = 1, [PFKEY_X_LIFE_CURRENT] = 2,
		[PFKEY_X_LIFE_HARD] = 3, [PFKEY_X_LIFE_SOFT] = 4,
		[PFKEY_X_SRC] = 5, [PFKEY_X_DST] = 6, [PFKEY_X_PROXY] = 7,
		[PFKEY_X_KEY_AUTH] = 8, [PFKEY_X_KEY_ENCRYPT] = 9,
		[PFKEY_X_IDENT_SRC] = 10, [PFKEY_X_IDENT_DST] = 11,
		[PFKEY_X_SENSITIVITY] = 12, [PFKEY_X_PROPOSAL] = 13,
		[PFKEY_X_SUPPORTED_AUTH] = 14,
		[PFKEY_X_SUPPORTED_ENCRYPT] = 15, [PFKEY_X_SPIRANGE] = 16,
	},
	.satypes = {
		[PFKEY_AH] = 1, [PFKEY_ESP] = 2, [PFKEY_RSVP] = 3,
		[PFKEY_OSPFV2] = 4, [PFKEY_RIPV2] = 5, [PFKEY_MIP] = 6,
		[PFKEY_TCPSIG] = 8, [PFKEY_IPCOMP] = 9,
	},
	.auths = {
		[PFKEY_A_MD5] = 2, [PFKEY_A_SHA1] = 3, [PFKEY_A_SHA256] = 5,
		[PFKEY_A_SHA384] = 6, [PFKEY_A_SHA512] = 7,
		[PFKEY_A_RIPEMD160] = 8, [PFKEY_A_GMAC128] = 9,
		[PFKEY_A_GMAC192] = 10, [PFKEY_A_GMAC256] = 11,
	},
	.icv = {
		[PFKEY_A_MD5] = 96, [PFKEY_A_SHA1] = 96,
		[PFKEY_A_SHA256] = 128, [PFKEY_A_SHA384] = 192,
		[PFKEY_A_SHA512] = 256, [PFKEY_A_RIPEMD160] = 96,
		[PFKEY_A_GMAC128] = 128, [PFKEY_A_GMAC192] = 128,
		[PFKEY_A_GMAC256] = 128,
	},
	.encrypts = {
		[PFKEY_C_3DES] = 3, [PFKEY_C_CAST] = 6,
		[PFKEY_C_BLOWFISH] = 7, [PFKEY_C_NULL] = 11,
		[PFKEY_C_AES_CBC] = 12, [PFKEY_C_AES_CTR] = 13,
		[PFKEY_C_AES_GCM8] = 18, [PFKEY_C_AES_GCM12] = 19,
		[PFKEY_C_AES_GCM16] = 20, [PFKEY_C_AES_GMAC] = 21,
		[PFKEY_C_CHACHA20] = 22,
	},
	.flags = { 0x1, 0, 0, 0, 0, 0x400, 0x4, 0x200 },
};

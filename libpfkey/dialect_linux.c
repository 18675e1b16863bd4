/*
 * The dialect of Linux as data, from net/key/af_key.c.  KAME's numbers up to
 * NAT-T; no sa_len; 32-bit reqids; windows are packets, cut to the 32 of its
 * bitmap.  In a Mobility Header or ICMPv6 selector the type is the source
 * port.  The lengths of ICVs stand in net/xfrm/xfrm_algo.c: 96 bits of
 * SHA-256, and not the 128 of RFC 4868 2.6, which XFRM netlink alone can ask
 * for.
 */
#include "libpfkey/internal.h"

const struct pfkey_dialect pfkey_linux = {
	.caps = { .name = "linux", .spd = true, .fwd = true, .priority = true,
	    .mh_type = true, .migrate = true, .kmaddress = true,
	    .update_moves = false, .natt = true, .replay_max = 32,
	    .dump = true, .reqid_max = PFKEY_REQID_MAX },
	.inet6 = 10, .replay_unit = 1, .long_request = true,
	.types = {
		[PFKEY_GETSPI] = 1, [PFKEY_UPDATE] = 2, [PFKEY_ADD] = 3,
		[PFKEY_DELETE] = 4, [PFKEY_GET] = 5, [PFKEY_ACQUIRE] = 6,
		[PFKEY_REGISTER] = 7, [PFKEY_EXPIRE] = 8, [PFKEY_FLUSH] = 9,
		[PFKEY_DUMP] = 10, [PFKEY_PROMISC] = 11, [PFKEY_PCHANGE] = 12,
		[PFKEY_SPDUPDATE] = 13, [PFKEY_SPDADD] = 14,
		[PFKEY_SPDDELETE] = 15, [PFKEY_SPDGET] = 16,
		[PFKEY_SPDACQUIRE] = 17, [PFKEY_SPDDUMP] = 18,
		[PFKEY_SPDFLUSH] = 19, [PFKEY_SPDSETIDX] = 20,
		[PFKEY_SPDEXPIRE] = 21, [PFKEY_SPDDELETE2] = 22,
		[PFKEY_NEW_MAPPING] = 23, [PFKEY_MIGRATE] = 24,
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
		[PFKEY_X_KMPRIVATE] = 17, [PFKEY_X_POLICY] = 18,
		[PFKEY_X_SA2] = 19, [PFKEY_X_NATT_TYPE] = 20,
		[PFKEY_X_NATT_SPORT] = 21, [PFKEY_X_NATT_DPORT] = 22,
		[PFKEY_X_NATT_OAI] = 23, [PFKEY_X_SEC_CTX] = 24,
		[PFKEY_X_KMADDRESS] = 25, [PFKEY_X_FILTER] = 26,
	},
	.satypes = {
		[PFKEY_AH] = 2, [PFKEY_ESP] = 3, [PFKEY_RSVP] = 5,
		[PFKEY_OSPFV2] = 6, [PFKEY_RIPV2] = 7, [PFKEY_MIP] = 8,
		[PFKEY_IPCOMP] = 9,
	},
	.auths = {
		[PFKEY_A_MD5] = 2, [PFKEY_A_SHA1] = 3, [PFKEY_A_SHA256] = 5,
		[PFKEY_A_SHA384] = 6, [PFKEY_A_SHA512] = 7,
		[PFKEY_A_RIPEMD160] = 8, [PFKEY_A_AES_XCBC] = 9,
		[PFKEY_A_SM3] = 10, [PFKEY_A_NULL] = 251,
	},
	.icv = {
		[PFKEY_A_MD5] = 96, [PFKEY_A_SHA1] = 96,
		[PFKEY_A_SHA256] = 96, [PFKEY_A_SHA384] = 192,
		[PFKEY_A_SHA512] = 256, [PFKEY_A_RIPEMD160] = 96,
		[PFKEY_A_AES_XCBC] = 96,
	},
	.encrypts = {
		[PFKEY_C_DES] = 2, [PFKEY_C_3DES] = 3, [PFKEY_C_CAST] = 6,
		[PFKEY_C_BLOWFISH] = 7, [PFKEY_C_NULL] = 11,
		[PFKEY_C_AES_CBC] = 12, [PFKEY_C_AES_CTR] = 13,
		[PFKEY_C_AES_CCM8] = 14, [PFKEY_C_AES_CCM12] = 15,
		[PFKEY_C_AES_CCM16] = 16, [PFKEY_C_AES_GCM8] = 18,
		[PFKEY_C_AES_GCM12] = 19, [PFKEY_C_AES_GCM16] = 20,
		[PFKEY_C_CAMELLIA] = 22, [PFKEY_C_AES_GMAC] = 23,
		[PFKEY_C_SM4] = 24, [PFKEY_C_SERPENT] = 252,
		[PFKEY_C_TWOFISH] = 253,
	},
	.flags = { 0x1, 0x80000000, 0x40000000, 0x20000000 },
};

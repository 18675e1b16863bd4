/*
 * The dialect of FreeBSD as data, from sys/net/pfkeyv2.h and
 * sys/netipsec/key.c.  KAME with a policy scope and priority, windows in units
 * of eight packets (sadb_x_sa_replay for larger ones), and SADB_UPDATE that
 * moves an SA to other addresses.  ICVs are those of RFC 4868 since 8.3 and
 * 9.0 (xform_ah_authsize()).
 */
#include "libpfkey/internal.h"

const struct pfkey_dialect pfkey_freebsd = {
	.caps = { .name = "freebsd", .spd = true, .fwd = false,
	    .priority = true, .mh_type = false, .migrate = false,
	    .kmaddress = false, .update_moves = true, .natt = true,
	    .replay_max = UINT32_MAX - 32, .dump = true,
	    .reqid_max = PFKEY_REQID_MAX, .icv_fixed = true },
	.inet6 = 28, .replay_unit = 8, .sa_len = true, .policy_scope = true,
	.dump_down = true,
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
		[PFKEY_X_NATT_OAI] = 23, [PFKEY_X_NATT_OAR] = 24,
		[PFKEY_X_NATT_FRAG] = 25, [PFKEY_X_SA_REPLAY] = 26,
		[PFKEY_X_NEW_SRC] = 27, [PFKEY_X_NEW_DST] = 28,
	},
	.satypes = {
		[PFKEY_AH] = 2, [PFKEY_ESP] = 3, [PFKEY_RSVP] = 5,
		[PFKEY_OSPFV2] = 6, [PFKEY_RIPV2] = 7, [PFKEY_MIP] = 8,
		[PFKEY_IPCOMP] = 9, [PFKEY_TCPSIG] = 11,
	},
	.auths = {
		[PFKEY_A_MD5] = 2, [PFKEY_A_SHA1] = 3, [PFKEY_A_SHA256] = 5,
		[PFKEY_A_SHA384] = 6, [PFKEY_A_SHA512] = 7,
		[PFKEY_A_RIPEMD160] = 8, [PFKEY_A_AES_XCBC] = 9,
		[PFKEY_A_GMAC128] = 11, [PFKEY_A_GMAC192] = 12,
		[PFKEY_A_GMAC256] = 13, [PFKEY_A_NULL] = 251,
		[PFKEY_A_TCPMD5] = 252,
	},
	.icv = {
		[PFKEY_A_MD5] = 96, [PFKEY_A_SHA1] = 96,
		[PFKEY_A_SHA256] = 128, [PFKEY_A_SHA384] = 192,
		[PFKEY_A_SHA512] = 256, [PFKEY_A_RIPEMD160] = 96,
		[PFKEY_A_AES_XCBC] = 96, [PFKEY_A_GMAC128] = 128,
		[PFKEY_A_GMAC192] = 128, [PFKEY_A_GMAC256] = 128,
	},
	.encrypts = {
		[PFKEY_C_DES] = 2, [PFKEY_C_3DES] = 3, [PFKEY_C_CAST] = 6,
		[PFKEY_C_BLOWFISH] = 7, [PFKEY_C_NULL] = 11,
		[PFKEY_C_AES_CBC] = 12, [PFKEY_C_AES_CTR] = 13,
		[PFKEY_C_AES_GCM8] = 18, [PFKEY_C_AES_GCM12] = 19,
		[PFKEY_C_AES_GCM16] = 20, [PFKEY_C_CAMELLIA] = 22,
		[PFKEY_C_AES_GMAC] = 23,
	},
	.flags = { 0x1, 0, 0, 0, 0x40, 0x400 },
};

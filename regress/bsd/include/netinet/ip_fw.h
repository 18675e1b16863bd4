/* Of ipfw(4), FreeBSD's alone. */
#ifndef BSD_NETINET_IP_FW_H
#define BSD_NETINET_IP_FW_H

#include <bsd_types.h>

#define IP_FW3		48
#define IP_FW_XGET	97
#define IP_FW_XADD	98
#define IP_FW_XDEL	99

#define IPFW_TLV_RULE_LIST	3
#define IPFW_TLV_RULE_ENT	7
#define IPFW_TLV_RANGE		9
#define IPFW_CFG_GET_STATIC	0x01
#define IPFW_RCFLAG_RANGE	0x01
#define IPFW_RCFLAG_SET		0x04

#define F_NOT		0x80
#define EXT_RTHDR2	0x80

enum {
	O_PROTO = 11,
	O_IN = 15,
	O_XMIT = 18,
	O_DENY = 46,
	O_IP6_SRC = 66,
	O_IP6_SRC_ME = 67,
	O_IP6_DST_ME = 70,
	O_ICMP6TYPE = 73,
	O_EXT_HDR = 74,
	O_IP6 = 75
};

typedef struct {
	__UINT8_TYPE__	 opcode, len;
	__UINT16_TYPE__	 arg1;
} ipfw_insn;

typedef struct {
	ipfw_insn	 o;
	union {
		struct in_addr	 ip;
		int		 glob;
		__UINT16_TYPE__	 kidx;
	} p;
	char		 name[16];
} ipfw_insn_if;

typedef struct {
	ipfw_insn	 o;
	__UINT32_TYPE__	 d[7];
} ipfw_insn_icmp6;

struct ip_fw_rule {
	__UINT16_TYPE__	 act_ofs, cmd_len, spare;
	__UINT8_TYPE__	 set, flags;
	__UINT32_TYPE__	 rulenum, id;
	ipfw_insn	 cmd[1];
};

typedef struct {
	__UINT16_TYPE__	 opcode, version, reserved[2];
} ip_fw3_opheader;

typedef struct {
	__UINT16_TYPE__	 type, flags;
	__UINT32_TYPE__	 length;
} ipfw_obj_tlv;

typedef struct {
	ipfw_obj_tlv	 head;
	__UINT32_TYPE__	 count;
	__UINT16_TYPE__	 objsize;
	__UINT8_TYPE__	 version, flags;
} ipfw_obj_ctlv;

typedef struct {
	ipfw_obj_tlv	 head;
	__UINT32_TYPE__	 flags;
	__UINT16_TYPE__	 start_rule, end_rule;
	__UINT32_TYPE__	 set, new_set;
} ipfw_range_tlv;

typedef struct {
	ip_fw3_opheader	 opheader;
	ipfw_range_tlv	 range;
} ipfw_range_header;

typedef struct {
	ip_fw3_opheader	 opheader;
	__UINT32_TYPE__	 set_mask, spare, flags, size, start_rule, end_rule;
} ipfw_cfg_lheader;

#endif

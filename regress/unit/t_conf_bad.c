/*
 * conf: wrong configurations, each with all that is to be said about it.
 * The bounds are those of RFC 6275, 6.1.7, 7.4, 7.5 and 12, RFC 4861, 6.2.1
 * and RFC 4285, 5.1.
 */
#include <sys/stat.h>

#include <atf-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"

/* Blocks that are fine but for what is put inside. */
#define CN(inside)	"correspondent {\n" inside "\n}\n"
#define LINK(inside)							\
	"home-agent {\nhome-link \"em0\" {\naddress 2001:db8:1::1\n"	\
	"prefix 2001:db8:1::/64\n" inside "\n}\n}\n"
#define VIRTUAL(inside)							\
	"home-agent {\nhome-link virtual {\naddress 2001:db8:1::1\n"	\
	"prefix 2001:db8:1::/64\n" inside "\n}\n}\n"
#define AGENT(inside)							\
	"home-agent {\nhome-link virtual {\naddress 2001:db8:1::1\n"	\
	"prefix 2001:db8:1::/64\n}\n" inside "\n}\n"
#define HOME(inside)							\
	"mobile-node {\ninterface \"wlan0\"\n"				\
	"home-address 2001:db8:1::100 {\n"				\
	"home-prefix 2001:db8:1::/64\nhome-agent discover\n"		\
	"identifier \"a@b\"\n" inside "\n}\n}\n"

/* Those of authentication ipsec: a home agent's node and a mobile node. */
#define NODE(inside)							\
	AGENT("mobile-node {\nhome-address 2001:db8:1::2\n"		\
	"authentication ipsec\nipsec {\n" inside "\n}\n}")
#define PEER(inside)							\
	HOME("authentication ipsec\nipsec {\n" inside "\n}") "ike {\n}\n"
#define IKE		"ike {\nidentity \"h\"\n}\n"
#define RO(inside)							\
	"mobile-node {\ninterface \"wlan0\"\n"				\
	"route-optimisation {\n" inside "\n}\n"			\
	"home-address 2001:db8:1::100 {\n"				\
	"home-prefix 2001:db8:1::/64\nhome-agent 2001:db8:1::1\n"	\
	"authentication none insecure\n}\n"
#define KCN(c)	" key \"0123456789abcdefghi" c "\""
#define NONCES	" home-nonce \"12345678\" care-of-nonce \"12345678\""
#define STATIC(a, c)	"static-key " a KCN(c) NONCES "\n"
#define NAMES		"identity \"a\"\nhome-agent-identity \"h\"\n"
#define AES		"aes-cbc 0x00112233445566778899aabbccddeeff"
#define SHA256								\
	"hmac-sha256-128 \"0123456789abcdef0123456789abcdef\""
#define SA(what, spi, cipher, mac)					\
	"security-association " what " {\nspi " spi "\nencryption "	\
	cipher "\nintegrity " mac "\n}\n"
#define BINDING								\
	SA("binding to-agent", "256", AES, SHA256)			\
	SA("binding from-agent", "257", "null", SHA256)

static const struct {
	const char	*name, *text, *said;	/* line:column: message */
} wrong[] = {
	{ "empty",
	    "",
	    "0:0: no role is configured: expected home-agent, "
	    "mobile-node or correspondent\n" },
	{ "only_ike",
	    "ike {\n}\n",
	    "0:0: no role is configured: expected home-agent, "
	    "mobile-node or correspondent\n" },
	{ "unknown_top",
	    "homeagent {\n foo bar\n}\ncorrespondent {\n}\n",
	    "1:1: unknown keyword \"homeagent\" in the file, did "
	    "you mean \"home-agent\"?\n" },
	{ "near_miss",
	    LINK("preferance 10"),
	    "5:1: unknown keyword \"preferance\" in home-link, "
	    "did you mean \"preference\"?\n" },
	{ "far_miss",
	    CN("foo 1"),
	    "2:1: unknown keyword \"foo\" in correspondent, "
	    "expected one of maximum-lifetime, "
	    "enhanced-route-optimisation, maximum-cga-lifetime, "
	    "maximum-bindings, "
	    "maximum-bindings-per-network, allow, deny, static-key\n" },
	{ "unknown_log",
	    "log loud\n" CN(""),
	    "1:5: log: expected one of syslog, stderr, brief, "
	    "verbose, found \"loud\"\n" },
	{ "log_alone",
	    "log\n" CN(""),
	    "1:4: log: expected one of syslog, stderr, brief, "
	    "verbose, found end of line\n" },
	{ "log_twice",
	    "log syslog\nlog stderr\n" CN(""),
	    "2:1: log stderr is there twice, first in line 1\n" },
	{ "keyword_quoted",
	    "\"correspondent\" {\n}\n",
	    "1:1: expected a keyword, found the string "
	    "\"correspondent\"\n" },
	{ "missing_value",
	    CN("maximum-lifetime"),
	    "2:17: maximum-lifetime: expected a duration from "
	    "4s to 420s in whole seconds, found end of line\n" },
	{ "bad_duration",
	    CN("maximum-lifetime soon"),
	    "2:18: maximum-lifetime: expected a duration from "
	    "4s to 420s in whole seconds, found \"soon\"\n" },
	{ "no_unit",
	    CN("maximum-lifetime 420"),
	    "2:18: maximum-lifetime: expected a duration from "
	    "4s to 420s in whole seconds, found \"420\"\n" },
	{ "too_long",
	    CN("maximum-lifetime 421s"),
	    "2:18: maximum-lifetime: expected a duration from "
	    "4s to 420s in whole seconds, found \"421s\"\n" },
	{ "part_of_second",
	    CN("maximum-lifetime 4500ms"),
	    "2:18: maximum-lifetime: expected a duration from "
	    "4s to 420s in whole seconds, found \"4500ms\"\n" },
	{ "overflow",
	    CN("maximum-lifetime 99999999999999999999s"),
	    "2:18: maximum-lifetime: expected a duration from "
	    "4s to 420s in whole seconds, found "
	    "\"99999999999999999999s\"\n" },
	{ "cga_lifetime",
	    CN("maximum-cga-lifetime 86401s"),
	    "2:22: maximum-cga-lifetime: expected a duration from "
	    "4s to 86400s in whole seconds, found \"86401s\"\n" },
	{ "cga_lifetime_short",
	    CN("maximum-cga-lifetime 3s"),
	    "2:22: maximum-cga-lifetime: expected a duration from "
	    "4s to 86400s in whole seconds, found \"3s\"\n" },
	{ "enhanced",
	    CN("enhanced-route-optimisation maybe"),
	    "2:29: enhanced-route-optimisation: expected yes or no, "
	    "found \"maybe\"\n" },
	{ "number",
	    CN("maximum-bindings many"),
	    "2:18: maximum-bindings: expected a number from 1 "
	    "to 16777216, found \"many\"\n" },
	{ "number_range",
	    CN("maximum-bindings 0"),
	    "2:18: maximum-bindings: expected a number from 1 "
	    "to 16777216, found \"0\"\n" },
	{ "number_per_network",
	    CN("maximum-bindings-per-network 0"),
	    "2:30: maximum-bindings-per-network: expected a number "
	    "from 1 to 16777216, found \"0\"\n" },
	{ "number_overflow",
	    CN("maximum-bindings 18446744073709551617"),
	    "2:18: maximum-bindings: expected a number from 1 "
	    "to 16777216, found \"18446744073709551617\"\n" },
	{ "trailing",
	    CN("maximum-bindings 5 6"),
	    "2:20: maximum-bindings: expected end of line, "
	    "found \"6\"\n" },
	{ "no_block",
	    CN("maximum-bindings 5 {\nfoo\n}"),
	    "2:20: maximum-bindings: expected end of line, "
	    "found \"{\"\n" },
	{ "role_twice",
	    CN("\n}\ncorrespondent {\n"),
	    "4:1: correspondent is there twice, first in line 1\n" },
	{ "key_twice",
	    CN("maximum-bindings 5\nmaximum-bindings 6"),
	    "3:1: maximum-bindings is there twice, first in line 2\n" },
	{ "dataplane",
	    "dataplane magic\n" CN(""),
	    "1:11: dataplane: expected auto, user or kernel, "
	    "found \"magic\"\n" },
	{ "relative_path",
	    "chroot \"var/empty\"\n" CN(""),
	    "1:8: chroot: expected an absolute path of 1 to "
	    "103 bytes, found \"var/empty\"\n" },
	{ "empty_path",
	    "chroot \"\"\n" CN(""),
	    "1:8: chroot: expected an absolute path of 1 to "
	    "103 bytes, found an empty string\n" },
	{ "socket_twice",
	    "control socket \"/a\"\ncontrol socket \"/a\" restricted\n" CN(""),
	    "2:1: control socket \"/a\" is there twice\n" },
	{ "control",
	    "control plug \"/a\"\n" CN(""),
	    "1:9: control: expected one of socket, found \"plug\"\n" },
	{ "address",
	    "home-agent {\nhome-link \"em0\" {\naddress 2001:db8:1::g\n"
	    "prefix 2001:db8:1::/64\n\n}\n}\n",
	    "3:9: address: expected a global unicast IPv6 "
	    "address, found \"2001:db8:1::g\"\n" },
	{ "link_local",
	    "home-agent {\nhome-link \"em0\" {\naddress fe80::1\n"
	    "prefix 2001:db8:1::/64\n\n}\n}\n",
	    "3:9: address: expected a global unicast IPv6 "
	    "address, found \"fe80::1\"\n" },
	{ "multicast",
	    "home-agent {\nhome-link \"em0\" {\naddress ff02::1\n"
	    "prefix 2001:db8:1::/64\n\n}\n}\n",
	    "3:9: address: expected a global unicast IPv6 "
	    "address, found \"ff02::1\"\n" },
	{ "prefix_no_length",
	    "home-agent {\nhome-link \"em0\" {\naddress 2001:db8:1::1\n"
	    "prefix 2001:db8:1::\n\n}\n}\n",
	    "4:8: prefix: expected a global unicast IPv6 "
	    "prefix such as 2001:db8:1::/64, found \"2001:db8:1::\"\n" },
	{ "prefix_length",
	    "home-agent {\nhome-link \"em0\" {\naddress 2001:db8:1::1\n"
	    "prefix 2001:db8:1::/129\n\n}\n}\n",
	    "4:8: prefix: expected a global unicast IPv6 "
	    "prefix such as 2001:db8:1::/64, found "
	    "\"2001:db8:1::/129\"\n" },
	{ "prefix_bits",
	    "home-agent {\nhome-link \"em0\" {\naddress 2001:db8:1::1\n"
	    "prefix 2001:db8:1::1/64\n\n}\n}\n",
	    "4:8: prefix: expected 2001:db8:1::/64, found "
	    "\"2001:db8:1::1/64\": bits behind the prefix length "
	    "are set\n" },
	{ "prefix_twice",
	    LINK("prefix 2001:db8:1::/64"),
	    "4:1: prefix 2001:db8:1::/64 is there twice\n" },
	{ "link_without_address",
	    "home-agent {\nhome-link \"em0\" {\n"
	    "prefix 2001:db8:1::/64\n}\n}\n",
	    "2:1: home-link has no address\n" },
	{ "link_without_prefix",
	    "home-agent {\nhome-link \"em0\" {\naddress 2001:db8:1::1\n"
	    "}\n}\n",
	    "2:1: home-link has no prefix\n" },
	{ "ha_without_link",
	    "home-agent {\n}\n",
	    "1:1: home-agent has no home-link\n" },
	{ "ha_off_link",
	    "home-agent {\nhome-link \"em0\" {\naddress 2001:db8:2::1\n"
	    "prefix 2001:db8:1::/64\n\n}\n}\n",
	    "3:1: address 2001:db8:2::1 is in no prefix of "
	    "home-link \"em0\"\n" },
	{ "long_interface",
	    "home-agent {\nhome-link \"interface0123456\" {\n"
	    "address 2001:db8:1::1\nprefix 2001:db8:1::/64\n\n}\n}\n",
	    "2:11: home-link: expected a name of 1 to 15 "
	    "bytes, or virtual, found \"interface0123456\"\n" },
	{ "link_twice",
	    LINK("\n}\nhome-link \"em0\" {\naddress 2001:db8:1::2\n"
	    "prefix 2001:db8:1::/64\n"),
	    "7:1: home-link \"em0\" is there twice\n" },
	{ "link_same_address",
	    LINK("\n}\nhome-link virtual {\naddress 2001:db8:1::1\n"
	    "prefix 2001:db8:1::/64"),
	    "7:1: home-link has the address 2001:db8:1::1 of another\n" },
	{ "preference",
	    LINK("preference 32768"),
	    "5:12: preference: expected a number from -32768 "
	    "to 32767, found \"32768\"\n" },
	{ "preferred",
	    LINK("valid-lifetime 1h\npreferred-lifetime 2h"),
	    "6:1: preferred-lifetime: longer than the valid-lifetime\n" },
	{ "ha_lifetime",
	    LINK("home-agent-lifetime 0s"),
	    "5:21: home-agent-lifetime: expected a duration "
	    "from 1s to 65535s in whole seconds, found \"0s\"\n" },
	{ "ra_minimum",
	    LINK("router-advertisements { interval 29ms 70ms }"),
	    "5:34: interval: expected a duration from 30ms to "
	    "1350s, found \"29ms\"\n" },
	{ "ra_maximum",
	    LINK("router-advertisements { interval 30ms 69ms }"),
	    "5:39: interval: expected a duration from 70ms to "
	    "1800s, found \"69ms\"\n" },
	{ "ra_upper",
	    LINK("router-advertisements { interval 30ms 1801s }"),
	    "5:39: interval: expected a duration from 70ms to "
	    "1800s, found \"1801s\"\n" },
	{ "ra_order",
	    LINK("router-advertisements { interval 60ms 70ms }"),
	    "5:25: interval: the first is more than three "
	    "quarters of the second\n" },
	{ "ra_one_value",
	    LINK("router-advertisements { interval 30ms }"),
	    "5:39: interval: expected a duration from 70ms to "
	    "1800s, found \"}\"\n" },
	{ "ra_router_lifetime",
	    LINK("router-advertisements { interval 3s 10s; "
	    "router-lifetime 9s }"),
	    "5:42: router-lifetime: expected 0s, or the "
	    "interval's 10s and more\n" },
	{ "ra_valid",
	    LINK("valid-lifetime 100s\npreferred-lifetime 50s\n"
	    "home-agent-lifetime 1s"),
	    "5:1: valid-lifetime: 100s end before the next router "
	    "advertisement: expected the interval's 600s and more\n"
	    "6:1: preferred-lifetime: 50s end before the next router "
	    "advertisement: expected the interval's 600s and more\n"
	    "7:1: home-agent-lifetime: 1s end before the next router "
	    "advertisement: expected the interval's 600s and more\n" },
	{ "ra_delay",
	    LINK("router-advertisements { interval 3s 10s; "
	    "min-delay-between-ras 11s }"),
	    "5:42: min-delay-between-ras: longer than the interval\n" },
	{ "ra_virtual",
	    VIRTUAL("router-advertisements"),
	    "5:1: router-advertisements: a virtual home link "
	    "has no interface for them\n" },
	{ "dad_virtual",
	    VIRTUAL("duplicate-address-detection yes"),
	    "5:1: duplicate-address-detection: a virtual home "
	    "link has no interface for it\n" },
	{ "refresh",
	    AGENT("maximum-lifetime 420s\nrefresh-advice 420s"),
	    "7:1: refresh-advice: expected less than the "
	    "maximum-lifetime of 420s\n" },
	{ "binding_lifetime",
	    AGENT("maximum-lifetime 262141s"),
	    "6:18: maximum-lifetime: expected a duration from "
	    "4s to 262140s in whole seconds, found \"262141s\"\n" },
	{ "over_limit",
	    AGENT("over-limit ignore"),
	    "6:12: over-limit: expected reject or drop, found "
	    "\"ignore\"\n" },
	{ "rule",
	    AGENT("deny everything"),
	    "6:6: unknown keyword \"everything\" in a rule, "
	    "expected one of home-address, care-of, identifier\n" },
	{ "rule_prefix",
	    AGENT("deny care-of 2001:db8::1"),
	    "6:14: care-of: expected an IPv6 prefix such as "
	    "2001:db8:1::/64, found \"2001:db8::1\"\n" },
	{ "node_without_home",
	    VIRTUAL("}\nmobile-node \"a@b\" {\n"
	    "authentication mn-ha spi 256 key \"0123456789abcdef\""),
	    "6:1: mobile-node has no home-address\n" },
	{ "node_without_auth",
	    VIRTUAL("}\nmobile-node \"a@b\" {\nhome-address 2001:db8:1::100"),
	    "6:1: mobile-node has no authentication, nor has "
	    "home-agent for all\n" },
	{ "node_without_name",
	    VIRTUAL("}\nmobile-node {\nhome-address 2001:db8:1::100\n"
	    "authentication mn-ha spi 256 key \"0123456789abcdef\""),
	    "8:1: authentication mn-ha: expected a mobile-node "
	    "with an identifier in quotes\n" },
	{ "node_off_link",
	    VIRTUAL("}\nmobile-node \"a@b\" {\nhome-address 2001:db8:2::100\n"
	    "authentication mn-ha spi 256 key \"0123456789abcdef\""),
	    "7:14: home-address 2001:db8:2::100 is in no "
	    "prefix of a home-link\n" },
	{ "node_is_agent",
	    VIRTUAL("}\nmobile-node \"a@b\" {\nhome-address 2001:db8:1::1\n"
	    "authentication mn-ha spi 256 key \"0123456789abcdef\""),
	    "7:14: home-address 2001:db8:1::1 is the home agent's own\n" },
	{ "node_twice",
	    VIRTUAL("}\nmobile-node \"a@b\" {\nhome-address 2001:db8:1::101\n"
	    "authentication mn-ha spi 256 key \"0123456789abcdef\"\n}\n"
	    "mobile-node \"a@b\" {\nhome-address 2001:db8:1::102\n"
	    "authentication mn-ha spi 256 key \"0123456789abcdef\""),
	    "10:1: mobile-node \"a@b\" is there twice\n" },
	{ "home_twice",
	    VIRTUAL("}\nmobile-node \"1@b\" {\nhome-address 2001:db8:1::100\n"
	    "authentication mn-ha spi 256 key \"0123456789abcdef\"\n}\n"
	    "mobile-node \"2@b\" {\nhome-address 2001:db8:1::100\n"
	    "authentication mn-ha spi 256 key \"0123456789abcdef\""),
	    "11:14: home-address 2001:db8:1::100 is there twice\n" },
	{ "auth_kind",
	    HOME("authentication password"),
	    "7:16: authentication: expected mn-ha, ipsec or "
	    "none, found \"password\"\n" },
	{ "auth_alone",
	    HOME("authentication"),
	    "7:15: authentication: expected mn-ha, ipsec or "
	    "none, found end of line\n" },
	{ "auth_none",
	    HOME("authentication none"),
	    "7:1: authentication none: expected the word "
	    "insecure, for anybody can take the node's place\n" },
	{ "auth_no_spi",
	    HOME("authentication mn-ha key \"0123456789abcdef\""),
	    "7:1: authentication has no spi\n" },
	{ "auth_no_key",
	    HOME("authentication mn-ha spi 256"),
	    "7:1: authentication has no key\n" },
	{ "spi_reserved",
	    HOME("authentication mn-ha spi 255 key \"0123456789abcdef\""),
	    "7:26: spi: expected a number from 256 to "
	    "4294967295, found \"255\"\n" },
	{ "spi_elsewhere",
	    HOME("authentication ipsec spi 256"),
	    "7:22: spi does not go with this kind of authentication\n" },
	{ "key_short",
	    HOME("authentication mn-ha spi 256 key \"0123456\""),
	    "7:34: key: expected text in quotes or hexadecimal "
	    "digits behind 0x, 8 to 64 bytes\n" },
	{ "key_hex",
	    HOME("authentication mn-ha spi 256 key 0x0123456789abcdefg0"),
	    "7:34: key: expected text in quotes or hexadecimal "
	    "digits behind 0x, 8 to 64 bytes\n" },
	{ "key_hex_odd",
	    HOME("authentication mn-ha spi 256 key 0x0123456789abcdef0"),
	    "7:34: key: expected text in quotes or hexadecimal "
	    "digits behind 0x, 8 to 64 bytes\n" },
	{ "key_removed",
	    HOME("authentication mn-ha spi 256 key removed"),
	    "7:34: key: expected text in quotes or hexadecimal "
	    "digits behind 0x, 8 to 64 bytes\n" },
	{ "replay",
	    HOME("authentication mn-ha spi 256 key "
	    "\"0123456789abcdef\" replay sequence"),
	    "7:60: replay: expected timestamp or none, found "
	    "\"sequence\"\n" },
	{ "tolerance",
	    HOME("authentication mn-ha spi 256 key "
	    "\"0123456789abcdef\" replay timestamp 3s"),
	    "7:70: replay: expected a duration from 3001ms to "
	    "3600s, found \"3s\"\n" },
	{ "tolerance_none",
	    HOME("authentication mn-ha spi 256 key "
	    "\"0123456789abcdef\" replay none 7s"),
	    "7:65: replay: expected no duration behind \"none\"\n" },
	{ "ipsec_alone",
	    HOME("authentication ipsec"),
	    "7:1: authentication ipsec: expected an ipsec block, too\n" },
	{ "encapsulation_limit",
	    "encapsulation-limit 256\n" CN(""),
	    "1:21: encapsulation-limit: expected a number from 0 to 255, or "
	    "none, found \"256\"\n" },
	{ "reqids_large",
	    "reqids 1024 16384\n" CN(""),
	    "1:13: reqids: expected a number from 1 to 16383 (kernels "
	    "silently replace larger ones), found \"16384\"\n" },
	{ "reqids_small",
	    "reqids 0 16383\n" CN(""),
	    "1:8: reqids: expected a number from 1 to 16383 (kernels "
	    "silently replace larger ones), found \"0\"\n" },
	{ "reqids_one",
	    "reqids 1024\n" CN(""),
	    "1:12: reqids: expected a number from 1 to 16383 (kernels "
	    "silently replace larger ones), found end of line\n" },
	{ "reqids_order",
	    "reqids 1024 1024\n" CN(""),
	    "1:1: reqids: expected the first to be less than the last, "
	    "found 1024 and 1024\n" },
	{ "ipsec_without_auth",
	    HOME("authentication none insecure\nipsec { identity \"a\"\n"
	    "home-agent-identity \"h\"\nsecret \"0123456789abcdef\"\n}"),
	    "8:1: ipsec: expected authentication ipsec beside it\n" },
	{ "ipsec_no_identity",
	    PEER("home-agent-identity \"h\"\nsecret \"0123456789abcdef\""),
	    "8:1: ipsec has no identity\n" },
	{ "ipsec_no_agent",
	    PEER("identity \"a\"\nsecret \"0123456789abcdef\""),
	    "8:1: ipsec has no home-agent-identity\n" },
	{ "ipsec_no_proof",
	    PEER("identity \"a\"\nhome-agent-identity \"h\""),
	    "8:1: ipsec: expected a secret, a certificate or "
	    "security-associations, found none\n" },
	{ "ipsec_two_proofs",
	    PEER(NAMES "secret \"0123456789abcdef\"\ncertificate \"/c\"\n"
	    "private-key \"/k\""),
	    "12:1: certificate: expected no secret beside it\n" },
	{ "ipsec_no_private_key",
	    PEER(NAMES "certificate \"/c\""),
	    "11:1: certificate: expected a private-key, too\n" },
	{ "ipsec_no_certificate",
	    PEER(NAMES "private-key \"/k\""),
	    "11:1: private-key: expected a certificate, too\n" },
	{ "ipsec_relative",
	    PEER(NAMES "certificate \"c\"\nprivate-key \"/k\""),
	    "11:13: certificate: expected an absolute path of 1 to 103 "
	    "bytes, found \"c\"\n" },
	{ "ipsec_no_authority",
	    PEER(NAMES "certificate \"/c\"\nprivate-key \"/k\""),
	    "16:1: ike has no authority: expected one, as \"a\" has no "
	    "secret\n" },
	{ "ipsec_short_secret",
	    PEER(NAMES "secret \"0123456789abcde\""),
	    "11:8: secret: expected text in quotes or hexadecimal "
	    "digits behind 0x, 16 to 128 bytes\n" },
	{ "ipsec_removed",
	    PEER(NAMES "secret removed"),
	    "11:8: secret: expected text in quotes or hexadecimal "
	    "digits behind 0x, 16 to 128 bytes\n" },
	{ "ipsec_protect",
	    PEER(NAMES "secret \"0123456789abcdef\"\nprotect all"),
	    "12:9: protect: expected none, return-routability or "
	    "payload, found \"all\"\n" },
	{ "ipsec_without_ike",
	    HOME("authentication ipsec\nipsec {\n" NAMES
	    "secret \"0123456789abcdef\"\n}"),
	    "1:1: mobile-node: authentication ipsec needs an ike "
	    "block\n" },
	{ "ipsec_two_homes",
	    AGENT("mobile-node {\nhome-address 2001:db8:1::2\n"
	    "home-address 2001:db8:1::3\nauthentication ipsec\n"
	    "ipsec { identity \"a\"; secret \"0123456789abcdef\" }\n}") IKE,
	    "6:1: mobile-node with authentication ipsec: expected one "
	    "home-address, found 2 (RFC 4877, 4.2)\n" },
	{ "ipsec_node_alone",
	    AGENT("authentication ipsec\nmobile-node {\n"
	    "home-address 2001:db8:1::2\n}") IKE,
	    "7:1: mobile-node with authentication ipsec: expected an "
	    "ipsec block, too\n" },
	{ "ipsec_node_other_auth",
	    AGENT("authentication ipsec\nmobile-node {\n"
	    "home-address 2001:db8:1::2\nauthentication none insecure\n"
	    "ipsec { identity \"a\"; secret \"0123456789abcdef\" }\n}") IKE,
	    "7:1: mobile-node with an ipsec block: expected "
	    "authentication ipsec, too\n" },
	{ "ipsec_same_identity",
	    AGENT("authentication ipsec\nmobile-node {\n"
	    "home-address 2001:db8:1::2\n"
	    "ipsec { identity \"a\"; secret \"0123456789abcdef\" }\n}\n"
	    "mobile-node {\nhome-address 2001:db8:1::3\n"
	    "ipsec { identity \"a\"; secret \"0123456789abcdef\" }\n}") IKE,
	    "11:1: identity \"a\" is there twice: expected one for "
	    "each home address\n" },
	{ "ipsec_same_identity_capitals",
	    AGENT("authentication ipsec\nmobile-node {\n"
	    "home-address 2001:db8:1::2\n"
	    "ipsec { identity \"a@b\"; secret \"0123456789abcdef\" }\n}\n"
	    "mobile-node {\nhome-address 2001:db8:1::3\n"
	    "ipsec { identity \"A@b\"; secret \"0123456789abcdef\" }\n}")
	    IKE,
	    "11:1: identity \"A@b\" is there twice: expected one for "
	    "each home address\n" },
	{ "ipsec_identity_pattern",
	    NODE("identity \"*@b\"\nsecret \"0123456789abcdef\"") IKE,
	    "10:1: identity \"*@b\" is a pattern: expected that of one "
	    "host\n" },
	{ "ipsec_identity_subnet",
	    NODE("identity \"2001:db8::/32\"\n"
	    "secret \"0123456789abcdef\"") IKE,
	    "10:1: identity \"2001:db8::/32\" is a pattern: expected that "
	    "of one host\n" },
	{ "ipsec_agent_identity",
	    NODE("identity \"a\"\nhome-agent-identity \"h\"\n"
	    "secret \"0123456789abcdef\"") IKE,
	    "11:1: home-agent-identity: expected in the configuration "
	    "of the mobile node, the home agent's is identity in the "
	    "ike block\n" },
	{ "ipsec_agent_certificate",
	    NODE("identity \"a\"\ncertificate \"/c\"") IKE,
	    "11:1: certificate: expected in the configuration of the "
	    "mobile node, the home agent's is certificate in the ike "
	    "block\n" },
	{ "ipsec_node_no_ike",
	    NODE("identity \"a\"\nsecret \"0123456789abcdef\""),
	    "1:1: home-agent: authentication ipsec needs an ike block\n" },
	{ "ike_no_identity",
	    NODE("identity \"a\"\nsecret \"0123456789abcdef\"") "ike {\n}\n",
	    "15:1: ike has no identity: expected the home agent's, for "
	    "authentication ipsec\n" },
	{ "ike_no_certificate",
	    NODE("identity \"a\"") IKE,
	    "14:1: ike has no certificate: expected the home agent's, "
	    "as \"a\" has no secret\n"
	    "14:1: ike has no authority: expected one, as \"a\" has no "
	    "secret\n" },
	{ "ike_no_authority",
	    NODE("identity \"a\"") "ike {\nidentity \"h\"\n"
	    "certificate \"/c\"\nprivate-key \"/k\"\n}\n",
	    "14:1: ike has no authority: expected one, as \"a\" has no "
	    "secret\n" },
	{ "ike_no_private_key",
	    "ike {\ncertificate \"/c\"\n}\n" CN(""),
	    "2:1: certificate: expected a private-key, too\n" },
	{ "ike_key_alone",
	    "ike {\nprivate-key \"/k\"\n}\n" CN(""),
	    "2:1: private-key: expected a certificate, too\n" },
	{ "ike_sa_lifetime",
	    "ike {\nsa-lifetime 9s\n}\n" CN(""),
	    "2:13: sa-lifetime: expected a duration from 10s to "
	    "2592000s in whole seconds, found \"9s\"\n" },
	{ "ike_lifetime",
	    "ike {\nike-lifetime 31d\n}\n" CN(""),
	    "2:14: ike-lifetime: expected a duration from 0s to "
	    "2592000s in whole seconds, found \"31d\"\n" },
	{ "ike_authority",
	    "ike {\nauthority \"ca\"\n}\n" CN(""),
	    "2:11: authority: expected an absolute path of 1 to 103 "
	    "bytes, found \"ca\"\n" },
	{ "sa_use",
	    NODE("security-association data to-agent { spi 256 }"),
	    "10:22: security-association: expected binding or tunnel, "
	    "found \"data\"\n"
	    "10:1: security-association has no encryption\n"
	    "10:1: security-association has no integrity\n" },
	{ "sa_way",
	    NODE("security-association binding { spi 256 }"),
	    "10:30: security-association: expected to-agent or "
	    "from-agent, found \"{\"\n"
	    "10:1: security-association has no encryption\n"
	    "10:1: security-association has no integrity\n" },
	{ "sa_keys",
	    NODE("security-association binding to-agent {\n}"),
	    "10:1: security-association has no spi\n"
	    "10:1: security-association has no encryption\n"
	    "10:1: security-association has no integrity\n" },
	{ "sa_spi",
	    NODE("security-association binding to-agent { spi 255 }"),
	    "10:45: spi: expected a number from 256 to 4294967295, "
	    "found \"255\"\n"
	    "10:1: security-association has no encryption\n"
	    "10:1: security-association has no integrity\n" },
	{ "sa_cipher",
	    NODE("security-association binding to-agent spi 256 \\\n"
	    "encryption aes-gcm 0x00"),
	    "11:12: encryption: expected aes-cbc, 3des-cbc or null, "
	    "found \"aes-gcm\"\n" },
	{ "sa_cipher_no_key",
	    NODE("security-association binding to-agent spi 256 \\\n"
	    "encryption aes-cbc integrity hmac-sha1-96 0x00"),
	    "11:20: key: expected text in quotes or hexadecimal digits "
	    "behind 0x, 1 to 64 bytes\n" },
	{ "sa_null_key",
	    NODE("security-association binding to-agent spi 256 \\\n"
	    "encryption null 0x00"),
	    "11:17: encryption: expected no key behind \"null\"\n" },
	{ "sa_null_mac",
	    NODE("security-association binding to-agent spi 256 \\\n"
	    "encryption null integrity null"),
	    "11:27: integrity: expected hmac-sha256-128, hmac-sha256-96, "
	    "hmac-sha1-96, hmac-sha256 or hmac-sha1, found \"null\"\n" },
	{ "sa_aes",
	    NODE("protect none\n" SA("binding to-agent", "256",
	    "aes-cbc 0x00112233445566778899aabbccddeeff00", SHA256)
	    SA("binding from-agent", "256", AES, SHA256)),
	    "13:1: encryption aes-cbc: expected a key of 16, 24 or 32 "
	    "bytes, found 17\n" },
	{ "sa_3des",
	    NODE("protect none\n" SA("binding to-agent", "256",
	    "3des-cbc 0x00112233445566778899aabbccddeeff", SHA256)
	    SA("binding from-agent", "256", AES, SHA256)),
	    "13:1: encryption 3des-cbc: expected a key of 24 bytes, "
	    "found 16\n" },
	{ "sa_sha256",
	    NODE("protect none\n" SA("binding to-agent", "256", AES,
	    "hmac-sha256-128 \"01234567890123456789\"")
	    SA("binding from-agent", "256", AES, SHA256)),
	    "14:1: integrity hmac-sha256-128: expected a key of 32 bytes, "
	    "found 20\n" },
	{ "sa_sha1",
	    NODE("protect none\n" SA("binding to-agent", "256", AES,
	    "hmac-sha1-96 \"0123456789abcdef\"")
	    SA("binding from-agent", "256", AES, SHA256)),
	    "14:1: integrity hmac-sha1-96: expected a key of 20 bytes, "
	    "found 16\n" },
	{ "sa_tunnel_null",
	    NODE(BINDING SA("tunnel to-agent", "258", "null", SHA256)
	    SA("tunnel from-agent", "258", AES, SHA256)),
	    "22:1: encryption null: security-association tunnel can't "
	    "be without encryption (RFC 4877, 4.3)\n" },
	{ "sa_one_way",
	    NODE("protect none\n" SA("binding to-agent", "256", AES, SHA256)),
	    "11:1: security-association: expected one for binding "
	    "from-agent, too\n" },
	{ "sa_no_tunnel",
	    NODE(BINDING),
	    "10:1: security-association: expected one for tunnel "
	    "to-agent, too, or protect none\n"
	    "10:1: security-association: expected one for tunnel "
	    "from-agent, too, or protect none\n" },
	{ "sa_tunnel_unused",
	    NODE("protect none\n" BINDING
	    SA("tunnel to-agent", "258", AES, SHA256)
	    SA("tunnel from-agent", "258", AES, SHA256)),
	    "11:1: security-association: expected none for tunnel "
	    "to-agent with protect none\n"
	    "11:1: security-association: expected none for tunnel "
	    "from-agent with protect none\n" },
	{ "sa_no_binding",
	    NODE(SA("tunnel to-agent", "258", AES, SHA256)
	    SA("tunnel from-agent", "258", AES, SHA256)),
	    "10:1: security-association: expected one for binding "
	    "to-agent, too\n"
	    "10:1: security-association: expected one for binding "
	    "from-agent, too\n" },
	{ "sa_twice",
	    NODE("protect none\n" BINDING
	    SA("binding to-agent", "258", AES, SHA256)),
	    "21:1: security-association binding to-agent is there "
	    "twice\n" },
	{ "sa_and_secret",
	    NODE("protect none\nsecret \"0123456789abcdef\"\n" BINDING),
	    "11:1: secret: expected no security-association beside it\n" },
	{ "sa_spi_twice",
	    NODE(BINDING SA("tunnel to-agent", "256", AES, SHA256)
	    SA("tunnel from-agent", "256", AES, SHA256)),
	    "20:1: security-association: the spi 256 to-agent is there "
	    "twice\n" },
	{ "sa_spi_other_role",
	    PEER("protect none\n" BINDING) NODE("protect none\n" BINDING),
	    "10:1: security-association: the spi 256 to-agent is there "
	    "twice\n"
	    "15:1: security-association: the spi 257 from-agent is "
	    "there twice\n" },
	{ "nodes_order",
	    AGENT("mobile-nodes 2 1 {\nidentity \"n%u\"\n"
	    "home-address 2001:db8:1::2\n}"),
	    "6:1: mobile-nodes: expected the first number to be at "
	    "most the last, found 2 and 1\n" },
	{ "nodes_many",
	    AGENT("mobile-nodes 0 1048576 {\nidentity \"n%u\"\n"
	    "home-address 2001:db8:1::2\n}"),
	    "6:1: mobile-nodes: expected at most 1048576, found 0 to "
	    "1048576\n" },
	{ "nodes_one_number",
	    AGENT("mobile-nodes 1 {\nidentity \"n%u\"\n"
	    "home-address 2001:db8:1::2\n}"),
	    "6:16: mobile-nodes: expected a number from 0 to "
	    "4294967295, found \"{\"\n" },
	{ "nodes_no_identity",
	    AGENT("mobile-nodes 1 2 {\nhome-address 2001:db8:1::2\n}"),
	    "6:1: mobile-nodes has no identity\n" },
	{ "nodes_no_number",
	    AGENT("mobile-nodes 1 2 {\nidentity \"n\"\n"
	    "identifier \"%u%s\"\nhome-address 2001:db8:1::2\n}"),
	    "7:1: identity: expected one %u, where the number goes, "
	    "and no other %, found \"n\"\n"
	    "8:1: identifier: expected one %u, where the number goes, "
	    "and no other %, found \"%u%s\"\n" },
	{ "nodes_secret",
	    AGENT("mobile-nodes 1 2 {\nidentity \"n%u\"\n"
	    "secret \"0123456789abcdef\"\nhome-address 2001:db8:1::2\n}"),
	    "8:1: secret: expected nodes with certificates, for a "
	    "secret that several share proves none of them\n" },
	{ "nodes_off_link",
	    AGENT("mobile-nodes 1 9 {\nidentity \"n%u\"\n"
	    "home-address 2001:db8:1:0:ffff:ffff:ffff:fffe\n}"),
	    "8:1: home-address 2001:db8:1:1:: is in no prefix of a "
	    "home-link\n" },
	{ "nodes_twice",
	    AGENT("mobile-nodes 1 9 {\nidentity \"n%u\"\n"
	    "home-address 2001:db8:1::2\n}\nmobile-nodes 9 10 {\n"
	    "identity \"n%u\"\nhome-address 2001:db8:1::9\n}"),
	    "12:1: home-address 2001:db8:1::9 is there twice\n"
	    "10:1: identity \"n9\" is there twice: expected one for "
	    "each home address\n" },
	{ "nodes_no_ike",
	    AGENT("mobile-nodes 1 2 {\nidentity \"n%u\"\n"
	    "home-address 2001:db8:1::2\n}"),
	    "1:1: home-agent: authentication ipsec needs an ike block\n" },
	{ "mn_no_identifier",
	    "mobile-node {\ninterface \"wlan0\"\n"
	    "home-address 2001:db8:1::100 {\n"
	    "home-prefix 2001:db8:1::/64\nhome-agent discover\n"
	    "authentication mn-ha spi 256 key \"0123456789abcdef\"\n}\n"
	    "}\n",
	    "6:1: authentication mn-ha: expected an identifier, too\n" },
	{ "mn_no_auth",
	    HOME(""),
	    "3:1: home-address has no authentication\n" },
	{ "mn_no_interface",
	    "mobile-node {\nhome-address 2001:db8:1::100 {\n"
	    "home-prefix 2001:db8:1::/64\nhome-agent discover\n"
	    "identifier \"a@b\"\nauthentication none insecure\n}\n}\n",
	    "1:1: mobile-node has no interface\n" },
	{ "mn_no_home",
	    "mobile-node {\ninterface \"wlan0\"\n}\n",
	    "1:1: mobile-node has no home-address\n" },
	{ "mn_no_agent",
	    "mobile-node {\ninterface \"wlan0\"\n"
	    "home-address 2001:db8:1::100 {\n"
	    "home-prefix 2001:db8:1::/64\nidentifier \"a@b\"\n"
	    "authentication none insecure\n}\n}\n",
	    "3:1: home-address has no home-agent\n" },
	{ "mn_agent",
	    "mobile-node {\ninterface \"wlan0\"\n"
	    "home-address 2001:db8:1::100 {\n"
	    "home-prefix 2001:db8:1::/64\nhome-agent anybody\n"
	    "identifier \"a@b\"\nauthentication none insecure\n}\n}\n",
	    "5:12: home-agent: expected a global unicast IPv6 "
	    "address, or discover, found \"anybody\"\n" },
	{ "mn_no_prefix",
	    "mobile-node {\ninterface \"wlan0\"\n"
	    "home-address 2001:db8:1::100 {\nhome-agent discover\n"
	    "identifier \"a@b\"\nauthentication none insecure\n}\n}\n",
	    "3:1: home-address has no home-prefix\n" },
	{ "mn_off_link",
	    "mobile-node {\ninterface \"wlan0\"\n"
	    "home-address 2001:db8:1::100 {\n"
	    "home-prefix 2001:db8:2::/64\nhome-agent discover\n"
	    "identifier \"a@b\"\nauthentication none insecure\n}\n}\n",
	    "4:1: home-address 2001:db8:1::100 is not in "
	    "home-prefix 2001:db8:2::/64\n" },
	{ "mn_agent_self",
	    "mobile-node {\ninterface \"wlan0\"\n"
	    "home-address 2001:db8:1::100 {\n"
	    "home-prefix 2001:db8:1::/64\nhome-agent 2001:db8:1::100\n"
	    "identifier \"a@b\"\nauthentication none insecure\n}\n}\n",
	    "5:1: home-agent has the address of the mobile node\n" },
	{ "mn_interface_twice",
	    "mobile-node {\ninterface \"wlan0\"\n"
	    "interface wlan0 preference 1\n"
	    "home-address 2001:db8:1::100 {\n"
	    "home-prefix 2001:db8:1::/64\nhome-agent discover\n"
	    "identifier \"a@b\"\nauthentication none insecure\n}\n}\n",
	    "3:1: interface \"wlan0\" is there twice\n" },
	{ "mn_timeouts",
	    "mobile-node {\ninterface \"wlan0\"\n"
	    "initial-bindack-timeout 3s\nmax-bindack-timeout 2s\n"
	    "home-address 2001:db8:1::100 {\n"
	    "home-prefix 2001:db8:1::/64\nhome-agent discover\n"
	    "identifier \"a@b\"\nauthentication none insecure\n}\n}\n",
	    "4:1: max-bindack-timeout: less than "
	    "initial-bindack-timeout\n" },
	{ "ro_word",
	    "mobile-node {\ninterface \"wlan0\"\n"
	    "route-optimisation {\nnevr ::/0\n}\n"
	    "home-address 2001:db8:1::100 {\n"
	    "home-prefix 2001:db8:1::/64\nhome-agent discover\n"
	    "identifier \"a@b\"\nauthentication none insecure\n}\n}\n",
	    "4:1: unknown keyword \"nevr\" in route-optimisation, "
	    "did you mean \"never\"?\n" },
	{ "ro_prefix",
	    "mobile-node {\ninterface \"wlan0\"\n"
	    "route-optimisation {\nallow 2001:db8::1/64\n}\n"
	    "home-address 2001:db8:1::100 {\n"
	    "home-prefix 2001:db8:1::/64\nhome-agent discover\n"
	    "identifier \"a@b\"\nauthentication none insecure\n}\n}\n",
	    "4:7: prefix: expected 2001:db8::/64, found "
	    "\"2001:db8::1/64\": bits behind the prefix length are set\n" },
	{ "ro_after",
	    "mobile-node {\ninterface \"wlan0\"\n"
	    "route-optimisation {\nafter 5 within 10ms\n}\n"
	    "home-address 2001:db8:1::100 {\n"
	    "home-prefix 2001:db8:1::/64\nhome-agent discover\n"
	    "identifier \"a@b\"\nauthentication none insecure\n}\n}\n",
	    "4:16: within: expected a duration from 100ms to 3600s, "
	    "found \"10ms\"\n" },
	{ "ro_ipsec",
	    "ike {\n}\nmobile-node {\ninterface \"wlan0\"\n"
	    "route-optimisation\n"
	    "home-address 2001:db8:1::100 {\n"
	    "home-prefix 2001:db8:1::/64\nhome-agent 2001:db8:1::1\n"
	    "authentication ipsec\nipsec {\nidentity \"a@b\"\n"
	    "home-agent-identity \"b@c\"\nprotect payload\n"
	    "secret \"0123456789abcdef\"\n}\n}\n}\n",
	    "6:1: home-address 2001:db8:1::100 has an ipsec block with "
	    "protect payload, which goes with route-optimisation in no way: "
	    "expected protect return-routability or none, or no "
	    "route-optimisation\n" },
	{ "static_short",
	    CN("static-key 2001:db8::1 key \"0123456789abcdefghi\"" NONCES),
	    "2:28: key: expected text in quotes or hexadecimal digits behind "
	    "0x, 20 to 64 bytes\n" },
	{ "static_nonce",
	    CN("static-key 2001:db8::1" KCN("j") " home-nonce 0x01"),
	    "2:62: home-nonce: expected text in quotes or hexadecimal digits "
	    "behind 0x, 8 to 64 bytes\n" },
	{ "static_missing",
	    CN("static-key 2001:db8::1\nstatic-key 2001:db8::2" KCN("j")),
	    "2:1: static-key has no key\n"
	    "2:1: static-key has no home-nonce\n"
	    "2:1: static-key has no care-of-nonce\n"
	    "3:1: static-key has no home-nonce\n"
	    "3:1: static-key has no care-of-nonce\n" },
	{ "static_address",
	    CN("static-key fe80::1" KCN("j") NONCES),
	    "2:12: static-key: expected a global unicast IPv6 address, found "
	    "\"fe80::1\"\n" },
	{ "static_twice",
	    CN(STATIC("2001:db8::1", "j") STATIC("2001:db8::2", "k")
	    STATIC("2001:db8::1", "l")),
	    "4:1: static-key of 2001:db8::1 is there twice\n" },
	{ "static_same",
	    CN(STATIC("2001:db8::1", "j") STATIC("2001:db8::3", "k")
	    STATIC("2001:db8::2", "j")),
	    "4:1: static-key of 2001:db8::2: expected a key of its own, found "
	    "that of 2001:db8::1\n" },
	{ "static_mn_same",
	    RO(STATIC("2001:db8::1", "j") STATIC("2001:db8::2", "j")) "}\n",
	    "5:1: static-key of 2001:db8::2: expected a key of its own, found "
	    "that of 2001:db8::1\n" },
	{ "static_mn_own",
	    RO(STATIC("2001:db8:1::100", "j") STATIC("2001:db8:1::1", "k"))
	    "}\n",
	    "4:1: static-key: expected a correspondent, found the home "
	    "address 2001:db8:1::100\n"
	    "5:1: static-key: expected a correspondent, found the home agent "
	    "2001:db8:1::1\n" },
	{ "static_mn_home",
	    RO("static-key 2001:db8::1 home-address 2001:db8:1::101" KCN("j")
	    NONCES) "}\n",
	    "4:1: static-key of 2001:db8::1: expected a home address of this "
	    "node, found home-address 2001:db8:1::101\n" },
	{ "static_mn_homes",
	    RO(STATIC("2001:db8::1", "j"))
	    "home-address 2001:db8:1::101 {\n"
	    "home-prefix 2001:db8:1::/64\nhome-agent 2001:db8:1::1\n"
	    "authentication none insecure\n}\n}\n",
	    "4:1: static-key of 2001:db8::1: expected home-address, too, as "
	    "there are 2 of them\n" },
	{ "static_cn_home",
	    CN("static-key 2001:db8::1 home-address 2001:db8::2"),
	    "2:24: unknown keyword \"home-address\" in static-key, expected "
	    "one of key, home-nonce, care-of-nonce\n" },
	{ "mn_bool",
	    "mobile-node {\ninterface \"wlan0\"\n"
	    "optimistic-handover maybe\n"
	    "home-address 2001:db8:1::100 {\n"
	    "home-prefix 2001:db8:1::/64\nhome-agent discover\n"
	    "identifier \"a@b\"\nauthentication none insecure\n}\n}\n",
	    "3:21: optimistic-handover: expected yes or no, "
	    "found \"maybe\"\n" },
	{ "interface_word",
	    "mobile-node {\ninterface \"wlan0\" preferense 1\n"
	    "home-address 2001:db8:1::100 {\n"
	    "home-prefix 2001:db8:1::/64\nhome-agent discover\n"
	    "identifier \"a@b\"\nauthentication none insecure\n}\n}\n",
	    "2:19: unknown keyword \"preferense\" in interface, "
	    "did you mean \"preference\"?\n" },
	{ "open_block",
	    "correspondent {\n",
	    "2:1: expected \"}\", found end of file: the block "
	    "correspondent of line 1 is open\n" },
	{ "stray_brace",
	    "}\n" CN(""),
	    "1:1: expected a keyword, found \"}\"\n" },
	{ "brace_first",
	    "{\n}\n" CN(""),
	    "1:1: expected a keyword, found \"{\"\n" },
	{ "equal_first",
	    "= \"x\"\n" CN(""),
	    "1:1: expected a keyword, found \"=\"\n" },
	{ "after_block",
	    "correspondent {\n} ike\n",
	    "2:3: expected end of line, found \"ike\"\n" },
	{ "no_quote",
	    "user \"nobody\n" CN(""),
	    "1:6: the string has no closing quote\n" },
	{ "bad_escape",
	    "user \"no\\body\"\n" CN(""),
	    "1:6: expected \\\" or \\\\ behind the backslash in "
	    "the string\n" },
	{ "control_byte",
	    "user \"no\tbody\"\n" CN(""),
	    "1:6: control character in the string\n" },
	{ "odd_byte",
	    "user \001\n" CN(""),
	    "1:6: unexpected byte 0x01\n" },
	{ "form_feed",
	    CN("") "log\fsyslog\n",
	    "4:4: unexpected form feed\n" },
	{ "vertical_tab",
	    CN("") "\tlog\vsyslog\n",
	    "4:5: unexpected vertical tab\n" },
	{ "latin_1_word",
	    CN("") "log caf\xe9\n",
	    "4:8: unexpected byte 0xe9: what is not ASCII is for strings "
	    "and comments\n" },
	{ "second_mark",
	    "\xef\xbb\xbf\xef\xbb\xbf" CN(""),
	    "1:1: unexpected byte 0xef: what is not ASCII is for strings "
	    "and comments\n" },
	{ "utf_16",
	    "\xff\xfe" CN(""),
	    "1:1: the file is UTF-16: expected ASCII or UTF-8\n" },
	{ "cr_alone",
	    "# one line\rcorrespondent {\r}\r",
	    "1:11: unexpected carriage return: expected line ends of LF, "
	    "or of CR LF\n" },
	{ "cr_in_line",
	    CN("") "log\rsyslog\r\n",
	    "4:4: unexpected carriage return: expected line ends of LF, "
	    "or of CR LF\n" },
	{ "crlf_columns",
	    "correspondent {\r\n\tmaximum-lifetime \\\r\n\tsoon\r\n}\r\n",
	    "3:2: maximum-lifetime: expected a duration from "
	    "4s to 420s in whole seconds, found \"soon\"\n" },
	{ "crlf_string",
	    "log \"a\r\n" CN(""),
	    "1:5: the string has no closing quote\n" },
	{ "crlf_backslash",
	    "log \"a\\\r\n" CN(""),
	    "1:5: the string has no closing quote\n" },
	{ "backslash",
	    "user \\x\n" CN(""),
	    "1:6: unexpected backslash: expected at the end of a line, "
	    "or in a string\n" },
	{ "macro_undefined",
	    "user $me\n" CN(""),
	    "1:6: macro \"$me\" is not defined\n" },
	{ "macro_no_name",
	    "user $\n" CN(""),
	    "1:6: expected the name of a macro behind \"$\"\n" },
	{ "macro_loop",
	    "a = \"$b\"\nb = \"$a\"\nuser $a\n" CN(""),
	    "3:6: macro \"$a\" uses itself\n" },
	{ "macro_brace",
	    "a = \"{ }\"\ncorrespondent $a\n",
	    "2:15: expected words alone in the macro's value\n" },
	{ "macro_two_names",
	    "a b = \"c\"\n" CN(""),
	    "1:1: expected one name before \"=\"\n" },
	{ "macro_two_values",
	    "a = b c\n" CN(""),
	    "1:7: expected one value behind \"=\", found \"c\"\n" },
	{ "macro_no_value",
	    "a =\n" CN(""),
	    "1:4: expected a value in quotes, found end of line\n" },
	{ "macro_name",
	    "a.b = \"c\"\n" CN(""),
	    "1:1: \"a.b\" is no name for a macro: expected up to "
	    "63 letters, digits, _ and -\n" },
	{ "macro_bomb",
	    "a = \"$b $b $b $b $b $b $b $b\"\n"
	    "b = \"$c $c $c $c $c $c $c $c\"\n"
	    "c = \"$d $d $d $d $d $d $d $d\"\nd = \"\"\nuser $a\n" CN(""),
	    "5:6: too many macros in one statement at \"$d\"\n" },
	{ "include_word",
	    "include file\n" CN(""),
	    "1:1: include: expected the name of a file in "
	    "quotes, then end of line\n" },
	{ "many",
	    "log loud\ndataplane\ncorrespondent {\n"
	    "maximum-lifetime 1s\nfoo { bar\n baz {\n}\n}\n"
	    "maximum-bindings x\n}\nuser \"a\nike {\n"
	    "vici-socket \"x\"\n}\n",
	    "1:5: log: expected one of syslog, stderr, brief, "
	    "verbose, found \"loud\"\n"
	    "2:10: dataplane: expected auto, user or kernel, "
	    "found end of line\n"
	    "4:18: maximum-lifetime: expected a duration from "
	    "4s to 420s in whole seconds, found \"1s\"\n"
	    "5:1: unknown keyword \"foo\" in correspondent, "
	    "expected one of maximum-lifetime, "
	    "enhanced-route-optimisation, maximum-cga-lifetime, "
	    "maximum-bindings, "
	    "maximum-bindings-per-network, allow, deny, static-key\n"
	    "9:18: maximum-bindings: expected a number from 1 "
	    "to 16777216, found \"x\"\n"
	    "11:6: the string has no closing quote\n"
	    "13:13: vici-socket: expected an absolute path of "
	    "1 to 103 bytes, found \"x\"\n" },
};

static void
collect(void *arg, const char *file, int line, int column, const char *text)
{
	(void)file;
	fprintf(arg, "%d:%d: %s\n", line, column, text);
}

static void
write_bytes(const char *path, const char *text, size_t len)
{
	FILE	*f = fopen(path, "w");

	ATF_REQUIRE(f != NULL && fwrite(text, 1, len, f) == len &&
	    fclose(f) == 0);
	ATF_REQUIRE(chmod(path, 0600) == 0);
}

static void
write_file(const char *path, const char *text)
{
	write_bytes(path, text, strlen(text));
}

ATF_TC_WITHOUT_HEAD(messages);
ATF_TC_BODY(messages, tc)
{
	struct conf	*c;
	char		*said;
	size_t		 i, len;
	FILE		*f;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		write_file("bad.conf", wrong[i].text);
		f = open_memstream(&said, &len);
		ATF_REQUIRE(f != NULL);
		c = conf_parse_file("bad.conf", NULL, 0, NULL, collect, f);
		fclose(f);
		ATF_CHECK_MSG(c == NULL, "%s: accepted", wrong[i].name);
		ATF_CHECK_MSG(strcmp(said, wrong[i].said) == 0,
		    "%s: expected %sfound %s", wrong[i].name, wrong[i].said,
		    said);
		conf_free(c);
		free(said);
	}
}

/*
 * Of hmac-sha256 a system can set 96 or 128 bits by PF_KEY: the other is
 * refused there, and what is for no system in particular may have both.
 */
ATF_TC_WITHOUT_HEAD(bits_of_the_host);
ATF_TC_BODY(bits_of_the_host, tc)
{
	static const char	 key[] =
	    " \"0123456789abcdef0123456789abcdef\"";
	static const unsigned int bits[] = { 0, 96, 128 };
	struct conf_host	 host;
	struct conf		*c;
	char			 text[2048], expected[256], *said;
	size_t			 i, j, len;
	FILE			*f;

	for (i = 1; i < 3; i++) {
		snprintf(text, sizeof(text), NODE("protect none\n"
		    SA("binding to-agent", "256", AES, "hmac-sha256-%u%s")
		    SA("binding from-agent", "256", AES, "hmac-sha1-96 "
		    "0x000102030405060708090a0b0c0d0e0f10111213")), bits[i],
		    key);
		write_file("bad.conf", text);
		for (j = 0; j < 3; j++) {
			host.sha256_bits = bits[j];
			f = open_memstream(&said, &len);
			c = conf_parse_file("bad.conf", NULL, 0, &host,
			    collect, f);
			fclose(f);
			expected[0] = '\0';
			if (j != 0 && j != i)
				snprintf(expected, sizeof(expected), "14:1: "
				    "integrity: expected hmac-sha256-%u or "
				    "hmac-sha1-96 on both ends, found "
				    "hmac-sha256-%u, which the PF_KEY of this "
				    "system can't set\n", bits[j], bits[i]);
			ATF_CHECK_STREQ(expected, said);
			ATF_CHECK_EQ(c == NULL, expected[0] != '\0');
			conf_free(c);
			free(said);
		}
	}
}

/* Names without bits, as they once were: those that the system can set. */
ATF_TC_WITHOUT_HEAD(names_without_bits);
ATF_TC_BODY(names_without_bits, tc)
{
	static const unsigned int bits[] = { 0, 96, 128 };
	struct conf_host	 host;
	const struct conf_sa	*sa;
	struct conf		*c;
	size_t			 i;

	write_file("bad.conf", NODE("protect none\n"
	    SA("binding to-agent", "256", AES, "hmac-sha256 "
	    "\"0123456789abcdef0123456789abcdef\"")
	    SA("binding from-agent", "256", AES, "hmac-sha1 "
	    "0x000102030405060708090a0b0c0d0e0f10111213")));
	for (i = 0; i < 3; i++) {
		host.sha256_bits = bits[i];
		c = conf_parse_file("bad.conf", NULL, 0, &host, collect,
		    stderr);
		ATF_REQUIRE(c != NULL);
		sa = c->ha->nodes[0].ipsec->sas;
		ATF_CHECK_EQ(sa[0].mac, bits[i] == 96 ? MAC_SHA256_96 :
		    MAC_SHA256_128);
		ATF_CHECK_EQ(sa[1].mac, MAC_SHA1_96);
		conf_free(c);
	}
}

/* NUL bytes, as a file system leaves them after a crash, also in a comment. */
ATF_TC_WITHOUT_HEAD(nul_bytes);
ATF_TC_BODY(nul_bytes, tc)
{
	static const struct {
		const char	*text, *said;
		size_t		 len;
	} v[] = {
		{ "\0\0\0\0\n", "1:1: unexpected NUL byte\n", 5 },
		{ CN("") "# a\0b\n", "4:4: unexpected NUL byte\n",
		    sizeof(CN("")) + 5 },
		{ CN("") "log \"a\0b\"\n",
		    "4:5: control character in the string\n",
		    sizeof(CN("")) + 9 },
	};
	struct conf	*c;
	char		*said;
	size_t		 i, len;
	FILE		*f;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		write_bytes("bad.conf", v[i].text, v[i].len);
		f = open_memstream(&said, &len);
		c = conf_parse_file("bad.conf", NULL, 0, NULL, collect, f);
		fclose(f);
		ATF_CHECK(c == NULL);
		ATF_CHECK_STREQ(v[i].said, said);
		conf_free(c);
		free(said);
	}
}

/* None of these may be a matter of the stack, of time or of one byte. */
ATF_TC_WITHOUT_HEAD(cut_anywhere);
ATF_TC_BODY(cut_anywhere, tc)
{
	size_t	 i, len;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		for (len = strlen(wrong[i].text); len > 0; len--)
			conf_free(conf_parse_text(wrong[i].text, len - 1,
			    NULL, NULL));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, messages);
	ATF_TP_ADD_TC(tp, names_without_bits);
	ATF_TP_ADD_TC(tp, bits_of_the_host);
	ATF_TP_ADD_TC(tp, nul_bytes);
	ATF_TP_ADD_TC(tp, cut_anywhere);
	return (atf_no_error());
}

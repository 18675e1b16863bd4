#!/usr/bin/python3
"""Writes net_packets.inc: packets made by scapy for the tests of mip6d/net.

    python3 net_packets.py > net_packets.inc
"""
from scapy.all import (ICMPv6EchoRequest, ICMPv6PacketTooBig,
                       ICMPv6DestUnreach, ICMPv6ParamProblem,
                       ICMPv6TimeExceeded, IPv6, IPv6ExtHdrDestOpt,
                       IPv6ExtHdrFragment, IPv6ExtHdrHopByHop,
                       IPv6ExtHdrRouting, HAO, PadN, RouterAlert, Raw, TCP,
                       UDP, HBHOptUnknown, MIP6MH_BU, MIP6MH_BA, MIP6MH_BE, MIP6MH_BRR,
                       MIP6MH_HoTI, MIP6MH_CoTI, MIP6MH_HoT, MIP6MH_CoT,
                       MIP6MH_Generic, ESP, AH)

HA = "2001:db8:1::1"
HOME = "2001:db8:1::100"
COA = "2001:db8:f1::10"
CN = "2001:db8:c::c"
HA2 = "2001:db8:2::1"
HOME2 = "2001:db8:2::200"
COA2 = "2001:db8:f2::20"


def hao(home=HOME, **kw):
    return IPv6ExtHdrDestOpt(options=[HAO(hoa=home, **kw)])


def rh2(home=HOME2, **kw):
    return IPv6ExtHdrRouting(type=2, addresses=[home], **kw)


def bu(**kw):
    return MIP6MH_BU(seq=4711, mhtime=60, **kw)


def mh_raw(mtype, body, nh=59, hlen=None):
    """A Mobility Header that scapy has no class for, checksum right."""
    hlen = (len(body) + 6) // 8 - 1 if hlen is None else hlen
    return bytes([nh, hlen, mtype, 0, 0, 0]) + body


def with_sum(ip, mh, src, dst):
    from scapy.layers.inet6 import in6_chksum
    plain = IPv6(src=src, dst=dst)
    s = in6_chksum(135, plain, mh)
    return bytes(ip / Raw(mh[:4] + s.to_bytes(2, "big") + mh[6:]))


def mh(ip, mtype, body, src, dst, **kw):
    ip = ip.copy()
    ip.lastlayer().nh = 135
    return with_sum(ip, mh_raw(mtype, body, **kw), src, dst)


udp = UDP(sport=1, dport=2) / Raw(b"seventeen octets!")
limit4 = IPv6ExtHdrDestOpt(options=[HBHOptUnknown(otype=4, optdata=b"\4"),
                                   PadN(optdata=b"\0")])
limit0 = IPv6ExtHdrDestOpt(options=[HBHOptUnknown(otype=4, optdata=b"\0"),
                                   PadN(optdata=b"\0")])
limit3 = IPv6ExtHdrDestOpt(options=[HBHOptUnknown(otype=4, optdata=b"\3"),
                                   PadN(optdata=b"\0")])
tcp = TCP(sport=1, dport=2, seq=1, flags="A") / Raw(b"x" * 100)
to_ha = IPv6(src=COA, dst=HA, hlim=60)
to_coa2 = IPv6(src=HA2, dst=COA2, hlim=60)
esp = ESP(spi=0x1234, seq=1, data=b"e" * 24)
frag = IPv6ExtHdrFragment(nh=17, id=77, m=1, offset=0)
frag_next = IPv6ExtHdrFragment(nh=17, id=77, m=0, offset=2)

P = {
    # from a mobile node at COA to us, its home agent
    "bu_h_hao": to_ha / hao() / bu(flags="AH"),
    "bu_hao": to_ha / hao() / bu(flags="A"),
    "bu_plain": IPv6(src=HOME, dst=HA, hlim=60) / bu(flags="AH"),
    "bu_bad_sum": to_ha / hao() / bu(flags="AH", cksum=0x1234),
    "hoti_hao": to_ha / hao() / MIP6MH_HoTI(cookie=b"12345678"),
    "mh_type_99": mh(to_ha / hao(), 99, b"\0" * 10, HOME, HA),
    "mh_proto_6": mh(to_ha / hao(), 5, b"\0" * 10, HOME, HA, nh=6),
    "mh_bu_short": mh(to_ha / hao(), 5, b"\0" * 2, HOME, HA),
    "mh_cut": mh(to_ha / hao(), 5, b"\0" * 10, HOME, HA, hlen=9),
    "mh_fragment": to_ha / hao() / IPv6ExtHdrFragment(nh=135, id=1, m=1) /
        Raw(b"\0" * 16),
    "udp_hao": to_ha / hao() / udp,
    "udp_hao_plain": IPv6(src=HOME, dst=HA, hlim=60) / udp,
    "udp_hao_stranger": IPv6(src="2001:db8:f1::66", dst=HA) / hao() / udp,
    "esp_hao": to_ha / hao() / esp,
    "esp_hao_plain": IPv6(src=HOME, dst=HA, hlim=60) / esp,
    "frag_hao": to_ha / hao() / frag / Raw(b"f" * 16),
    "frag_hao_plain": IPv6(src=HOME, dst=HA, hlim=60) / frag / Raw(b"f" * 16),
    "frag_next_hao": to_ha / hao() / frag_next / Raw(b"f" * 9),
    "frag_next_hao_plain": IPv6(src=HOME, dst=HA, hlim=60) / frag_next /
        Raw(b"f" * 9),
    "hao_multicast": to_ha / hao("ff02::1") / udp,
    "hao_linklocal": to_ha / hao("fe80::1") / udp,
    "hao_twice": to_ha / IPv6ExtHdrDestOpt(options=[HAO(hoa=HOME),
        HAO(hoa=HOME)]) / udp,
    "hao_length": to_ha / IPv6ExtHdrDestOpt(options=[
        HAO(hoa=HOME, optlen=15)]) / udp,
    "hao_forwarded": IPv6(src=COA, dst=CN) / hao() / udp,
    "dstopts_udp": to_ha / IPv6ExtHdrDestOpt(options=[PadN(optdata=b"\0" * 4)])
        / udp,
    "hbh_dstopts_udp": to_ha / IPv6ExtHdrHopByHop(options=[RouterAlert()]) /
        IPv6ExtHdrDestOpt(options=[PadN(optdata=b"\0" * 4)]) / udp,
    "rh0_udp": to_ha / IPv6ExtHdrRouting(type=4, addresses=[CN], segleft=0) /
        udp,
    "plain_udp": to_ha / udp,
    # to us, a mobile node at COA2
    "ba_rh2": to_coa2 / rh2() / MIP6MH_BA(status=0, seq=4711, mhtime=60),
    "ba_rh2_stranger": to_coa2 / rh2(HOME) / MIP6MH_BA(seq=1),
    "ba_plain": IPv6(src=HA2, dst=HOME2) / MIP6MH_BA(seq=4711),
    "ba_careof": to_coa2 / MIP6MH_BA(seq=4711),
    "brr_plain": IPv6(src=CN, dst=HOME2) / MIP6MH_BRR(),
    "hoti_plain": IPv6(src=CN, dst=HA) / MIP6MH_HoTI(cookie=b"12345678"),
    "coti_plain": IPv6(src=CN, dst=HA) / MIP6MH_CoTI(cookie=b"12345678"),
    "hot_plain": IPv6(src=CN, dst=HOME2) / MIP6MH_HoT(),
    "cot_plain": IPv6(src=CN, dst=COA2) / MIP6MH_CoT(),
    "be_plain": IPv6(src=CN, dst=COA2) / MIP6MH_BE(status=2, ha="::"),
    "udp_rh2": to_coa2 / rh2() / udp,
    "udp_rh2_plain": IPv6(src=HA2, dst=HOME2, hlim=60) / udp,
    "rh2_segments": to_coa2 / rh2(segleft=0) / udp,
    "esp_rh2": to_coa2 / rh2() / esp,
    "esp_rh2_plain": IPv6(src=HA2, dst=HOME2, hlim=60) / esp,
    # both, from the mobile node at COA to us, a mobile node at COA2
    "udp_both": IPv6(src=COA, dst=COA2) / rh2() / hao() / udp,
    "udp_both_plain": IPv6(src=HOME, dst=HOME2) / udp,
    "bu_both": IPv6(src=COA, dst=COA2) / rh2() / hao() /
        bu(flags="A"),
    # out of the tun
    "tun_to_home": IPv6(src=CN, dst=HOME, hlim=60, tc=0xb9) / tcp,
    "tun_outer": IPv6(src=HA, dst=COA, hlim=64, tc=0xb9) /
        IPv6(src=CN, dst=HOME, hlim=60, tc=0xb9) / tcp,
    "tun_outer_limit": IPv6(src=HA, dst=COA, hlim=64, tc=0xb9) / limit4 /
        IPv6(src=CN, dst=HOME, hlim=60, tc=0xb9) / tcp,
    # tunnel packets of others on their way to the mobile node
    "tun_nested_4": IPv6(src=CN, dst=HOME, hlim=60) / limit4 /
        IPv6(src=HOME2, dst=HA2, hlim=60) / udp,
    "tun_nested_4_outer": IPv6(src=HA, dst=COA, hlim=64) / limit3 /
        IPv6(src=CN, dst=HOME, hlim=60) / limit4 /
        IPv6(src=HOME2, dst=HA2, hlim=60) / udp,
    "tun_nested_0": IPv6(src=CN, dst=HOME, hlim=60) / limit0 /
        IPv6(src=HOME2, dst=HA2, hlim=60) / udp,
    "tun_nested_hbh_0": IPv6(src=CN, dst=HOME, hlim=60) /
        IPv6ExtHdrHopByHop(options=[RouterAlert()]) / limit0 /
        IPv6(src=HOME2, dst=HA2, hlim=60) / udp,
    "tun_nested_frag_0": IPv6(src=CN, dst=HOME, hlim=60) / limit0 /
        IPv6ExtHdrFragment(nh=41, id=77, m=0, offset=2) / Raw(b"f" * 16),
    # a limit that is in the payload of the inner packet is none of ours
    "tun_inner_0": IPv6(src=CN, dst=HOME, hlim=60) /
        IPv6(src=HOME2, dst=HA2, hlim=60) / limit0 / udp,
    "tun_to_home_1452": IPv6(src=CN, dst=HOME) / UDP() / Raw(b"y" * 1404),
    "tun_to_home_1453": IPv6(src=CN, dst=HOME) / UDP() / Raw(b"y" * 1405),
    "tun_to_home_1280": IPv6(src=CN, dst=HOME) / Raw(b"y" * 1240),
    "tun_to_home_1400": IPv6(src=CN, dst=HOME) / UDP() / Raw(b"y" * 1352),
    "tun_to_home_1461": IPv6(src=CN, dst=HOME) / UDP() / Raw(b"y" * 1413),
    "tun_to_unbound": IPv6(src=CN, dst="2001:db8:1::dead") / udp,
    "tun_to_linklocal": IPv6(src=CN, dst="fe80::1") / udp,
    "tun_to_group": IPv6(src=CN, dst="ff05::1") / udp,
    "tun_error_to_unbound": IPv6(src=CN, dst="2001:db8:1::dead") /
        ICMPv6DestUnreach() / IPv6(src=CN, dst=HA) / udp,
    "tun_from_ha": IPv6(src=HA, dst=HOME, hlim=60) / udp,
    "tun_from_ha_rh2": IPv6(src=HA, dst=COA, hlim=60) / rh2(HOME) / udp,
    "tun_from_home2": IPv6(src=HOME2, dst=CN, hlim=60) / udp,
    "tun_home2_outer": IPv6(src=COA2, dst=HA2, hlim=64) /
        IPv6(src=HOME2, dst=CN, hlim=60) / udp,
    "tun_esp_to_ha2": IPv6(src=HOME2, dst=HA2, hlim=60) / esp,
    "tun_esp_to_ha2_hao": IPv6(src=COA2, dst=HA2, hlim=60) / hao(HOME2) / esp,
    "tun_other": IPv6(src=CN, dst="2001:db8:99::1") / udp,
    # out of the tunnel, as inner packets
    "inner_from_home": IPv6(src=HOME, dst=CN, hlim=60) / tcp,
    "inner_from_other": IPv6(src="2001:db8:1::101", dst=CN) / udp,
    "inner_linklocal": IPv6(src="fe80::1", dst=CN) / udp,
    "inner_to_home2": IPv6(src=CN, dst=HOME2) / udp,
    "inner_ect0": IPv6(src=HOME, dst=CN, hlim=60, tc=2) / udp,
    "inner_ce": IPv6(src=HOME, dst=CN, hlim=60, tc=3) / udp,
    # errors about what we sent, as ICMPv6 messages
    "ptb_tunnel": ICMPv6PacketTooBig(mtu=1400) /
        IPv6(src=HA, dst=COA, plen=1500 - 40) /
        IPv6(src=CN, dst=HOME, plen=1460 - 40) / UDP() / Raw(b"y" * 100),
    "ptb_tunnel_small": ICMPv6PacketTooBig(mtu=1000) /
        IPv6(src=HA, dst=COA, plen=1300 - 40) /
        IPv6(src=CN, dst=HOME, plen=1260 - 40) / UDP() / Raw(b"y" * 100),
    "ptb_stranger": ICMPv6PacketTooBig(mtu=1400) /
        IPv6(src=HA, dst="2001:db8:f1::66", plen=1460) /
        IPv6(src=CN, dst=HOME, plen=1420) / UDP() / Raw(b"y" * 100),
    "ptb_limit": ICMPv6PacketTooBig(mtu=1400) /
        IPv6(src=HA, dst=COA, plen=1500 - 40) / limit4 /
        IPv6(src=CN, dst=HOME, plen=1452 - 40) / UDP() / Raw(b"y" * 100),
    "param_limit_0": ICMPv6ParamProblem(code=0, ptr=44) /
        IPv6(src=HA, dst=COA) / limit0 / IPv6(src=CN, dst=HOME) / udp,
    "param_limit_4": ICMPv6ParamProblem(code=0, ptr=44) /
        IPv6(src=HA, dst=COA) / limit4 / IPv6(src=CN, dst=HOME) / udp,
    "param_other": ICMPv6ParamProblem(code=0, ptr=42) /
        IPv6(src=HA, dst=COA) / limit0 / IPv6(src=CN, dst=HOME) / udp,
    "unreach_tunnel": ICMPv6DestUnreach(code=0) / IPv6(src=HA, dst=COA) /
        IPv6(src=CN, dst=HOME) / udp,
    "timex_tunnel": ICMPv6TimeExceeded() / IPv6(src=HA, dst=COA) /
        IPv6(src=CN, dst=HOME) / udp,
    "param_tunnel": ICMPv6ParamProblem(code=1, ptr=40) /
        IPv6(src=HA, dst=COA) / IPv6(src=CN, dst=HOME) / udp,
    "unreach_tunnel_mn": ICMPv6DestUnreach(code=0) /
        IPv6(src=COA2, dst=HA2) / IPv6(src=HOME2, dst=CN) / udp,
    "unreach_of_error": ICMPv6DestUnreach(code=0) / IPv6(src=HA, dst=COA) /
        IPv6(src=CN, dst=HOME) / ICMPv6DestUnreach() /
        IPv6(src=HOME, dst=CN) / udp,
    "param_bu": ICMPv6ParamProblem(code=1, ptr=64) /
        IPv6(src=COA2, dst=HA2) / hao(HOME2) / bu(flags="AH"),
    "unreach_ba": ICMPv6DestUnreach() / IPv6(src=HA, dst=COA) / rh2(HOME) /
        MIP6MH_BA(seq=1),
    "ptb_rh2": ICMPv6PacketTooBig(mtu=1400) /
        IPv6(src=HA, dst=COA, plen=1460) / rh2(HOME) / UDP() /
        Raw(b"y" * 100),
    "echo": ICMPv6EchoRequest(),
}


def main():
    print("/* Made by net_packets.py with scapy. */")
    for name, p in P.items():
        data = bytes(p)
        print("static const uint8_t\t p_%s[] = {" % name)
        for i in range(0, len(data), 12):
            print("\t" + " ".join("0x%02x," % b for b in data[i:i + 12]))
        print("};")


main()

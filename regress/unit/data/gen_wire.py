#!/usr/bin/env python3
# Packets as scapy builds them, for t_wire_scapy.  Writes wire.hex:
#	message NAME PACKET		parsed and built again: the same octets
#	strip NAME PACKET PLAIN		PACKET with HAO and RH2, PLAIN without
#	tunnel NAME PACKET INNER	PACKET in a tunnel, and what is in it
# Usage: gen_wire.py > wire.hex
#
# Two defaults of scapy's are wrong and overridden here: the option lengths of
# Nonce Indices (4) and Binding Authorization Data (12), RFC 6275 6.2.6, 6.2.7.
# Where an authentication option must be last (RFC 4285 5.1), padding is put
# in front of it by hand; scapy would put it behind.
import sys
from scapy.all import raw
from scapy.layers.inet6 import *
from scapy.layers.inet import UDP, TCP

HOA = "2001:db8:1::a"
COA = "2001:db8:2::b"
HA = "2001:db8:1::1"
CN = "2001:db8:5::c"
LL = "fe80::200:5eff:fe00:5301"
MAC = "00:00:5e:00:53:01"


def hexed(p):
    return raw(p).hex()


def message(name, p):
    print("message", name, hexed(p))


def strip(name, p, plain):
    print("strip", name, hexed(p), hexed(plain))


def tunnel(name, p, inner):
    print("tunnel", name, hexed(p), hexed(inner))


def hao(a=HOA):
    return IPv6ExtHdrDestOpt(options=[HAO(hoa=a)])


def rh2(a=HOA):
    return IPv6ExtHdrRouting(type=2, addresses=[a])


def nonces(h, c):
    return MIP6OptNonceIndices(olen=4, hni=h, coni=c)


def bad():
    return MIP6OptBindingAuthData(
        olen=12, authenticator=0x0102030405060708090a0b0c)


def mh(m):
    return IPv6(src=COA, dst=HA) / m


C1 = bytes(range(1, 9))
T1 = bytes(range(0x11, 0x19))
print("# written by gen_wire.py: do not edit")

# RFC 6275 6.1.2-6.1.9, no options
message("brr", IPv6(src=CN, dst=HOA) / MIP6MH_BRR())
message("hoti", IPv6(src=HOA, dst=CN) / MIP6MH_HoTI(cookie=C1))
message("coti", IPv6(src=COA, dst=CN) / MIP6MH_CoTI(cookie=C1))
message("hot", IPv6(src=CN, dst=HOA) /
        MIP6MH_HoT(index=7, cookie=C1, token=T1))
message("cot", IPv6(src=CN, dst=COA) /
        MIP6MH_CoT(index=0xfffe, cookie=C1, token=T1))
message("bu", mh(MIP6MH_BU(seq=0x1234, flags="AHLK", mhtime=15)))
message("bu-none", mh(MIP6MH_BU(seq=0, flags=0, mhtime=0)))
message("bu-max", mh(MIP6MH_BU(seq=0xffff, flags="AHLKMRP", mhtime=0xffff)))
message("ba", IPv6(src=HA, dst=COA) /
        MIP6MH_BA(status=0, flags="K", seq=0x1234, mhtime=15))
message("ba-135", IPv6(src=HA, dst=COA) /
        MIP6MH_BA(status=135, flags=0, seq=9, mhtime=0))
message("be-1", IPv6(src=CN, dst=COA) / MIP6MH_BE(status=1, ha=HOA))
message("be-2", IPv6(src=CN, dst=COA) / MIP6MH_BE(status=2, ha=HOA))

# with HAO and RH2: the checksum has the home address in it
message("bu-hao", IPv6(src=COA, dst=HA) / hao() /
        MIP6MH_BU(seq=1, flags="AH", mhtime=30,
                  options=[MIP6OptAltCoA(acoa=COA)]))
message("ba-rh2", IPv6(src=HA, dst=COA) / rh2() /
        MIP6MH_BA(status=0, seq=1, mhtime=30,
                  options=[MIP6OptBRAdvice(rinter=20)]))

# options one by one
message("opt-altcoa", mh(MIP6MH_BU(options=[MIP6OptAltCoA(acoa=COA)])))
message("opt-nonces-bad", mh(MIP6MH_BU(options=[nonces(3, 4), bad()])))
message("opt-bad-ba", IPv6(src=CN, dst=COA) / MIP6MH_BA(options=[bad()]))
message("opt-bra", IPv6(src=HA, dst=COA) /
        MIP6MH_BA(options=[MIP6OptBRAdvice(rinter=60)]))
message("opt-mnid", mh(MIP6MH_BU(options=[
    MIP6OptMNID(subtype=1, id=b"node1@example.org")])))
message("opt-mnid-brr", IPv6(src=CN, dst=HOA) / MIP6MH_BRR(options=[
    MIP6OptMNID(subtype=1, id=b"a@b")]))
message("opt-auth", mh(MIP6MH_BU(options=[
    Pad1(), MIP6OptMsgAuth(subtype=1, mspi=256)])))
message("opt-auth-full", mh(MIP6MH_BU(options=[
    MIP6OptAltCoA(acoa=COA),
    MIP6OptMNID(subtype=1, id=b"node1@example.org"),
    MIP6OptReplayProtection(timestamp=0x0123456789abcdef),
    Pad1(),
    MIP6OptMsgAuth(subtype=1, mspi=0xfffffffe)])))
message("opt-auth-aaa", mh(MIP6MH_BU(options=[
    MIP6OptMsgAuth(subtype=1, mspi=300),
    PadN(optdata=b"\0\0\0"),
    MIP6OptMsgAuth(subtype=2, mspi=3, authdata=b"B" * 20)])))
message("opt-mesgid", IPv6(src=HA, dst=COA) / MIP6MH_BA(options=[
    MIP6OptReplayProtection(timestamp=2 ** 64 - 1)]))
message("opt-cga", mh(MIP6MH_BU(options=[
    MIP6OptCGAParamsReq(), MIP6OptCGAParams(cgaparams=b"p" * 255),
    MIP6OptCGAParams(cgaparams=b"q" * 30),
    MIP6OptSignature(sig=b"s" * 128)])))
message("opt-token", IPv6(src=CN, dst=COA) / MIP6MH_BA(options=[
    MIP6OptHomeKeygenToken(hkt=b"t" * 64), MIP6OptCareOfTest(cokt=T1)]))
message("opt-coti", mh(MIP6MH_BU(options=[MIP6OptCareOfTestInit()])))
message("opt-dns", mh(MIP6MH_BU(options=[
    MIP6OptUnknown(otype=17, odata=b"\0\x80node1.example.org")])))
message("opt-unknown", mh(MIP6MH_BU(options=[
    MIP6OptUnknown(otype=200, odata=b"?????")])))

# ICMPv6, RFC 6275 6.5-6.8
message("dhaad-req", IPv6(src=COA, dst="2001:db8:1:0:fdff:ffff:ffff:fffe") /
        ICMPv6HAADRequest(id=0x55aa, R=0))
message("dhaad-req-router",
        IPv6(src=COA, dst="2001:db8:1:0:fdff:ffff:ffff:fffe") /
        ICMPv6HAADRequest(id=0x55aa, R=1))
message("dhaad-rep", IPv6(src=HA, dst=COA) /
        ICMPv6HAADReply(id=0x55aa, R=0, addresses=[HA, "2001:db8:1::2"]))
message("dhaad-rep-router", IPv6(src=HA, dst=COA) /
        ICMPv6HAADReply(id=0x55aa, R=1, addresses=[HA, "2001:db8:1::2"]))
message("dhaad-none", IPv6(src=HA, dst=COA) /
        ICMPv6HAADReply(id=1, R=0, addresses=[]))
message("mps", IPv6(src=COA, dst=HA) / hao() / ICMPv6MPSol(id=3))
message("mpa", IPv6(src=HA, dst=COA) / rh2() / ICMPv6MPAdv(id=3, flags=2) /
        ICMPv6NDOptPrefixInfo(prefixlen=64, L=0, A=1, R=1, validlifetime=1000,
                              preferredlifetime=500, prefix=HA))

# Neighbor Discovery, RFC 4861 and RFC 6275 7.1-7.4
message("rs", IPv6(src=LL, dst="ff02::2", hlim=255) / ICMPv6ND_RS() /
        ICMPv6NDOptSrcLLAddr(lladdr=MAC))
message("rs-unspecified", IPv6(src="::", dst="ff02::2", hlim=255) /
        ICMPv6ND_RS())
for name, res in (("ra", 0), ("ra-router", 0x8000)):
    message(name, IPv6(src=LL, dst="ff02::1", hlim=255) /
            ICMPv6ND_RA(chlim=64, M=1, O=1, H=1, routerlifetime=1800,
                        reachabletime=30000, retranstimer=1000) /
            ICMPv6NDOptSrcLLAddr(lladdr=MAC) / ICMPv6NDOptMTU(mtu=1480) /
            ICMPv6NDOptPrefixInfo(prefixlen=64, L=1, A=1, R=1, prefix=HA) /
            ICMPv6NDOptAdvInterval(advint=70) /
            ICMPv6NDOptHAInfo(res=res, pref=10, lifetime=1800))
message("ns", IPv6(src=LL, dst="ff02::1:ff00:a", hlim=255) /
        ICMPv6ND_NS(tgt=HOA) / ICMPv6NDOptSrcLLAddr(lladdr=MAC))
message("ns-dad", IPv6(src="::", dst="ff02::1:ff00:a", hlim=255) /
        ICMPv6ND_NS(tgt=HOA))
message("na", IPv6(src=LL, dst="ff02::1", hlim=255) /
        ICMPv6ND_NA(tgt=HOA, R=1, S=0, O=1) /
        ICMPv6NDOptDstLLAddr(lladdr=MAC))
message("unreach", IPv6(src=HA, dst=CN) / ICMPv6DestUnreach(code=3) /
        IPv6(src=CN, dst=HOA) / UDP(sport=1, dport=2) / b"data")
message("toobig", IPv6(src=HA, dst=CN) / ICMPv6PacketTooBig(mtu=1280) /
        IPv6(src=CN, dst=HOA) / UDP(sport=1, dport=2) / b"data")
message("timex", IPv6(src=HA, dst=CN) / ICMPv6TimeExceeded(code=0) /
        IPv6(src=CN, dst=HOA) / UDP(sport=1, dport=2) / b"data")
message("param", IPv6(src=HA, dst=COA) / ICMPv6ParamProblem(code=2, ptr=46) /
        IPv6(src=COA, dst=HA) / hao() / MIP6MH_BU(seq=1))

# HAO and RH2 stripped and inserted, RFC 6275 6.3, 6.4, 9.3, 11.3
UDPX = UDP(sport=1000, dport=2000) / (b"x" * 20)
TCPX = TCP(sport=1000, dport=80, flags="S")
HOP = IPv6ExtHdrHopByHop(options=[RouterAlert()])
strip("hao-udp", IPv6(src=COA, dst=CN) / hao() / UDPX,
      IPv6(src=HOA, dst=CN) / UDPX)
strip("hao-tcp", IPv6(src=COA, dst=CN) / hao() / TCPX,
      IPv6(src=HOA, dst=CN) / TCPX)
strip("rh2-udp", IPv6(src=CN, dst=COA) / rh2() / UDPX,
      IPv6(src=CN, dst=HOA) / UDPX)
strip("both-udp",
      IPv6(src=COA, dst="2001:db8:9::9") / rh2("2001:db8:8::8") / hao() / UDPX,
      IPv6(src=HOA, dst="2001:db8:8::8") / UDPX)
strip("hao-hbh", IPv6(src=COA, dst=CN) / HOP / hao() / UDPX,
      IPv6(src=HOA, dst=CN) / HOP / UDPX)
strip("hao-esp", IPv6(src=COA, dst=HA, nh=60) /
      IPv6ExtHdrDestOpt(nh=50, options=[HAO(hoa=HOA)]) /
      bytes.fromhex("00001000000000010102030405060708"),
      IPv6(src=HOA, dst=HA, nh=50) /
      bytes.fromhex("00001000000000010102030405060708"))
frag = fragment6(IPv6(src=COA, dst=CN) / hao() / IPv6ExtHdrFragment(id=77) /
                 UDP(sport=1, dport=2, chksum=0x1234) / (b"y" * 2000), 1280)
plain = fragment6(IPv6(src=HOA, dst=CN) / IPv6ExtHdrFragment(id=77) /
                  UDP(sport=1, dport=2, chksum=0x1234) / (b"y" * 2000),
                  1280 - 24)
if [len(raw(p)) - 24 for p in frag] != [len(raw(p)) for p in plain]:
    sys.exit("fragments differ")
for i, (f, p) in enumerate(zip(frag, plain)):
    strip("hao-fragment-%d" % i, f, p)

# RFC 2473
inner = IPv6(src=CN, dst=HOA, hlim=63, tc=0x2a) / UDPX
tunnel("plain", IPv6(src=HA, dst=COA, hlim=64, tc=0x2a) / inner, inner)
tunnel("limit", IPv6(src=HA, dst=COA, hlim=64, tc=0x2a) /
       IPv6ExtHdrDestOpt(options=[
           HBHOptUnknown(otype=4, optdata=b"\x04"), PadN(optdata=b"\0")]) /
       inner, inner)


# Authenticators, by the formulas of the RFCs and Python's own HMAC.
#	bad NAME PACKET KBM		RFC 6275 6.2.7
#	auth SUBTYPE PACKET KEY		RFC 4285 5.1, 5.2
#	token WHICH KCN ADDRESS NONCE TOKEN	RFC 6275 5.2.5
#	kbm HOME CAREOF KBM		the same
import hashlib
import hmac
import socket


def addr(a):
    return socket.inet_pton(socket.AF_INET6, a)


def mac(key, data):
    return hmac.new(key, data, hashlib.sha1).digest()


def mh_data(p, mark, after):
    """Octets of the Mobility Header with a zero checksum, up to mark."""
    d = bytearray(raw(p.getlayer(after)))
    d[4:6] = b"\0\0"
    d = bytes(d)
    return d[:d.index(mark)]


KBM = bytes(range(20))
MARK = b"\xee" * 12
for name, make in (("bu", lambda a: IPv6(src=COA, dst=CN) / hao() / MIP6MH_BU(
        seq=5, flags="A", mhtime=100, options=[nonces(1, 2), a])),
                   ("ba", lambda a: IPv6(src=CN, dst=COA) / rh2() / MIP6MH_BA(
        seq=5, mhtime=100, options=[a]))):
    def opt(v):
        return MIP6OptBindingAuthData(
            olen=12, authenticator=int.from_bytes(v, "big"))
    p = make(opt(MARK))
    kind = MIP6MH_BU if name == "bu" else MIP6MH_BA
    v = mac(KBM, addr(COA) + addr(CN) + mh_data(p, MARK, kind))[:12]
    print("bad", name, hexed(make(opt(v))), KBM.hex())

KEY = bytes(range(0x40, 0x50))


def mnha(v, w):
    return IPv6(src=COA, dst=HA) / hao() / MIP6MH_BU(
        seq=5, flags="AH", mhtime=100, options=[
            MIP6OptMNID(subtype=1, id=b"node1@example.org"),
            MIP6OptReplayProtection(timestamp=0xe0000000 << 32),
            MIP6OptMsgAuth(subtype=1, mspi=1000, authdata=v)] + (
                [] if w is None else
                [PadN(optdata=b"\0\0"),
                 MIP6OptMsgAuth(subtype=2, mspi=3, authdata=w)]))


v = mac(KEY, addr(COA) + addr(HOA) +
        mh_data(mnha(MARK, None), MARK, MIP6MH_BU))[:12]
print("auth", 1, hexed(mnha(v, None)), KEY.hex())
MARK = b"\xdd" * 20
w = mac(KEY, hashlib.sha1(addr(COA) + addr(HOA) + mh_data(
    mnha(b"\0" * 12, MARK), MARK, MIP6MH_BU)).digest())
print("auth", 2, hexed(mnha(b"\0" * 12, w)), KEY.hex())

NONCE = bytes(range(0x80, 0x88))
tokens = []
for which, a in ((0, HOA), (1, COA)):
    tokens.append(mac(KBM, addr(a) + NONCE + bytes([which]))[:8])
    print("token", which, KBM.hex(), addr(a).hex(), NONCE.hex(),
          tokens[-1].hex())
print("kbm", tokens[0].hex(), tokens[1].hex(),
      hashlib.sha1(tokens[0] + tokens[1]).hexdigest())
print("kbm", tokens[0].hex(), "-", hashlib.sha1(tokens[0]).hexdigest())

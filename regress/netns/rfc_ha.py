"""The home agent's part of rfc.py: scapy is everybody else."""
import os
import signal
import struct
import sys
import time

from rfc import *

HA, HA2, WAN = "2001:db8:1::1", "2001:db8:2::1", "2001:db8:aa::2"
CN, HOST = "2001:db8:cc::2", "2001:db8:1::50"
COA = "2001:db8:f1::%x"


def node(link, n):
    return Node("mn%d.%d@example.com" % (link, n),
                "2001:db8:%d::%d" % (link, 100 + n), 256 + 100 * link + n,
                b"0123456789abcd%d" % (10 + n), HA if link == 1 else HA2)


class Test:
    def __init__(self, net, netid, r):
        self.net, self.r = net, r
        self.home = Port(net, netid + "-peer", "home")
        self.wan = Port(net, netid + "-peer", "wan")
        self.next = 0x100

    def careof(self):
        self.next += 1
        return COA % self.next

    # Binding Updates

    def bu(self, n, careof, life=50, flags=0xc0, seq=None, extra=(),
           alt=None, src=None, direct=False, auth=True, reserved=0,
           spoil=None, port=None, dst=None):
        """Send one; direct: from the home address, without an HAO."""
        if seq is None:
            n.seq = (n.seq + 1) & 0xffff
            seq = n.seq
        alt = alt or careof
        src = src or careof
        dst = dst or n.agent
        opts = list(extra) + [(3, n6(alt)), (8, b"\1" + n.name),
                              (10, struct.pack("!Q", n.timestamp()))]
        m = mobility(5, struct.pack("!HBBH", seq, flags, reserved, life),
                     opts, n if auth else None, alt, reserved=reserved)
        if spoil is not None:
            m = spoil(m)
        mark = self.net.mark()
        if direct:
            (port or self.home).send(packet(n.home, dst, 135,
                                            seal(m, n.home, dst)))
        else:
            (port or self.wan).send(packet(src, dst, 60,
                                    hao(n.home, 135) + seal(m, n.home, dst)))
        return mark

    def ba(self, mark, careof, timeout=1.0, exact=False):
        s = self.net.wait(is_mh(6, dst=careof), mark, timeout, exact)
        return None if s is None else Headers(s.raw)

    def register(self, n, careof, timeout=1.0, **kw):
        h = self.ba(self.bu(n, careof, **kw), kw.get("src") or careof,
                    timeout)
        return h is not None and h.rest[6] < 128

    def quiet(self, mark, match, seconds=0.15):
        return self.net.wait(match, mark, seconds, True) is None

    # Checks

    def home_registration(self):
        r, n, careof = self.r, self.node_l, self.careof()
        mark = self.bu(n, careof, life=65535, flags=0xe0)
        t0 = time.monotonic()
        ll = t6(n6("fe80::") [:8] + n6(n.home)[8:])
        for a in (n.home, ll):
            ns = self.net.wait(is_icmp(135, target=a), mark, 0.5)
            if not r("6275 10.3.1", "DAD for %s" % a, ns):
                continue
            h = Headers(ns.raw)
            r.same("4861 4.3", "NS of DAD: source ::", h.src, "::")
            r.same("4861 4.3", "NS of DAD: to the solicited-node group",
                   h.dst, solicited(a))
            r.same("4861 7.1.1", "NS of DAD: hop limit 255", h.hlim, 255)
            r.same("4861 4.3", "NS of DAD: its group's link-layer address",
                   ns.eth.dst, group_mac(h.dst))
            r("4861 4.3", "NS of DAD: no Source Link-Layer Address",
              ICMPv6NDOptSrcLLAddr not in ns.ip)
            r("4861 4.3", "NS of DAD: reserved zero",
              h.rest[4:8] == bytes(4))
            r("4443 2.3", "NS of DAD: checksum",
              cksum(h.src, h.dst, 58, h.rest) == 0)
        ba = self.ba(mark, careof, 2.5)
        waited = time.monotonic() - t0
        if not r("6275 10.3.1", "BA after DAD", ba is not None):
            return
        r("6275 10.3.1", "not before RetransTimer", waited > 0.9, waited)
        nas = [s for s in self.net.all(is_icmp(136), mark)]
        for a in (n.home, ll):
            na = [s for s in nas if s.raw[48:64] == n6(a)]
            if not r("6275 10.4.1", "unsolicited NA for %s" % a, na):
                continue
            h = Headers(na[0].raw)
            r.same("6275 10.4.1", "to all nodes", h.dst, "ff02::1")
            r.same("6275 10.4.1", "from the home agent's address", h.src, HA)
            r.same("4861 7.1.2", "hop limit 255", h.hlim, 255)
            r.same("6275 10.4.1", "R, S clear, O set, reserved zero",
                   h.rest[4:8], b"\x20\0\0\0")
            r.same("6275 10.4.1", "Target Link-Layer Address",
                   h.rest[24:], b"\2\1" + bytes.fromhex(
                       self.home.peer.replace(":", "")))
        self.ba_form(n, careof, ba, 150)
        r.same("6275 10.3.1", "status 0", ba.rest[6], 0)
        o = dict((x[0], x[1]) for x in options(ba.rest[12:]))
        if r("6275 6.2.4", "Binding Refresh Advice", 2 in o):
            adv = struct.unpack("!H", o[2])[0]
            r.same("6275 6.2.4", "in units of four seconds", adv, 75)
        n.careof = careof
        self.na_since = mark

    def mld_joined(self, a):
        g = n6(solicited(a))
        for s in self.net.seen:
            h = Headers(s.raw)
            if h.nh == 58 and h.rest[0] in (131, 143) and g in h.rest:
                self.r.same("2710 3", "MLD report: hop limit 1", h.hlim, 1)
                return True
        return False

    def ba_form(self, n, careof, h, life, rh=True):
        r, m = self.r, h.rest
        r.same("6275 9.5.4", "BA from where the BU went", h.src, n.agent)
        if rh:
            r.same("6275 9.5.4", "BA to the BU's source", h.dst, careof)
            r("6275 9.5.4", "with a type 2 routing header", h.rh)
            r.same("6275 6.4.1", "length 2, type 2, segments left 1, "
                   "reserved zero", h.rh and h.rh[:8],
                   bytes([135, 2, 2, 1, 0, 0, 0, 0]))
            r.same("6275 6.4.1", "holding the home address", h.home, n.home)
            r.same("6275 6.4.1", "and nothing else before it", h.order, [43])
        r.same("6275 6.1.1", "Payload Proto 59", m[0], 59)
        r.same("6275 6.1.1", "Header Len is right", (m[1] + 1) * 8, len(m))
        r.same("6275 6.1.1", "Reserved zero", m[3], 0)
        r("6275 6.1.1", "checksum, with the home address",
          cksum(h.src, n.home, 135, m) == 0)
        r.same("6275 6.1.8", "K and the reserved bits are clear", m[7], 0)
        r.same("6275 10.3.1", "sequence number copied",
               struct.unpack("!H", m[8:10])[0], n.seq)
        r.same("6275 10.3.1", "lifetime granted, in units of 4 s",
               struct.unpack("!H", m[10:12])[0], life)
        self.ba_options(n, careof, m)

    def ba_options(self, n, careof, m):
        r, o = self.r, options(m[12:])
        if not r("6275 6.2.1", "options are well formed", o is not None):
            return
        for t, v, at in o:
            k, off = ALIGN.get(t, (1, 0))
            r("6275 6.2", "option %d is aligned" % t, (12 + at - off) % k == 0)
            if t == 1:
                r("6275 6.2.3", "padding zero", not any(v))
        r.same("4285 5.1", "the authentication option is the last one",
               o[-1][0], 9)
        r.same("4285 5.1", "subtype 1 and the SPI", o[-1][1][:5],
               b"\1" + struct.pack("!I", n.spi))
        mac = bytearray(m[:-12])
        mac[4:6] = b"\0\0"
        r("4285 5.1", "authentication data", m[-12:] ==
          n.auth(careof, bytes(mac)))
        d = dict((x[0], x[1]) for x in o)
        r("4285 6", "the timestamp comes back",
          d.get(10) == struct.pack("!Q", n.stamp))
        if 8 in d:
            r.same("4283 3", "the identifier, subtype NAI", d[8],
                   b"\1" + n.name)

    def neighbours(self):
        """Proxy Neighbor Discovery, for a node that set L."""
        r, n, net = self.r, self.node_l, self.net
        ll = t6(n6("fe80::")[:8] + n6(n.home)[8:])
        host_ll = "fe80::50"

        def ns(tgt, src=HOST, dst=None, hlim=255, opt=True, data=None,
               code=0, bad=False):
            d = bytes(4) + n6(tgt)
            if data is not None:
                d = data
            elif opt:
                d += b"\1\1" + bytes.fromhex(self.home.mac.replace(":", ""))
            dst = dst or solicited(tgt)
            m = struct.pack("!BBH", 135, code, 0) + d
            c = cksum(src, dst, 58, m) ^ (1 if bad else 0)
            mark = net.mark()
            self.home.send(packet(src, dst, 58, m[:2] +
                           struct.pack("!H", c) + m[4:], hlim))
            return mark

        def na(mark, tgt, timeout=0.5):
            # not one of the unsolicited ones
            s = net.wait(lambda s: is_icmp(136, target=tgt)(s) and
                         s.raw[44] & 0x20 == 0, mark, timeout)
            return s and Headers(s.raw)
        for tgt, src in ((n.home, HOST), (ll, host_ll), (n.home, host_ll)):
            h = na(ns(tgt, src), tgt)
            if not r("6275 10.4.1", "NS for %s from %s is answered" %
                     (tgt, src), h):
                continue
            r.same("4861 7.2.4", "to the solicitor", h.dst, src)
            r.same("6275 10.4.1", "R clear; S; O clear (4861 7.2.8); "
                   "reserved zero", h.rest[4:8], b"\x40\0\0\0")
            r.same("6275 10.4.1", "with the home agent's link-layer address",
                   h.rest[24:], b"\2\1" + bytes.fromhex(
                       self.home.peer.replace(":", "")))
            r.same("4861 7.1.2", "hop limit 255", h.hlim, 255)
        for tgt, src in ((n.home, HOST), (ll, host_ll)):
            mark = ns(tgt, src, dst=tgt)
            h = na(mark, tgt)
            if r("6275 10.4.1", "one sent to %s itself, too" % tgt, h):
                r.same("4861 7.2.4", "to the solicitor, S set",
                       (h.dst, h.rest[4:8]), (src, b"\x40\0\0\0"))
            r("4861 7.1.1", "and it is not tunnelled", not net.all(
              is_tunnelled(n.careof), mark))
        for tgt in (n.home, ll):
            h = na(ns(tgt, "::", opt=False), tgt)
            if r("6275 10.4.1", "%s is defended against DAD" % tgt, h):
                r.same("4861 7.2.4", "to all nodes", h.dst, "ff02::1")
                r.same("4861 7.2.4", "S clear", h.rest[4] & 0xc0, 0)
        h = na(ns(n.home, data=b"\xff" * 4 + n6(n.home)), n.home)
        r("4861 4.3", "reserved bits are ignored", h)
        h = na(ns(n.home, data=bytes(4) + n6(n.home) + b"\xfd\1" + bytes(6)),
               n.home)
        r("4861 4.3", "unknown options are skipped", h)
        for t, name in ((7, "Advertisement Interval"),
                        (8, "Home Agent Information")):
            h = na(ns(n.home, data=bytes(4) + n6(n.home) + bytes([t, 1]) +
                      bytes(6)), n.home)
            r("6275 7.%d" % (t - 4), "a solicitation with an option %s: it "
              "is ignored" % name, h)
        bad = ((dict(hlim=254), "hop limit 254"), (dict(code=1), "code 1"),
               (dict(bad=True), "a wrong checksum"),
               (dict(src="::"), "source :: and a link-layer address"),
               (dict(src="::", opt=False, dst="ff02::1"),
                "source :: but not to the group"),
               (dict(data=bytes(4) + n6(n.home) + b"\1\0" + bytes(6)),
                "an option of length 0"),
               (dict(data=bytes(4) + n6(n.home)[:12]), "20 octets"),
               (dict(dst=n.home, hlim=254), "to the address, from off link"),
               (dict(dst=n.home, bad=True), "to the address, bad checksum"))
        marks = [(ns(n.home, **kw), what) for kw, what in bad]
        net.idle(0.15)
        got = net.all(lambda s: is_icmp(136, target=n.home)(s) and
                      s.raw[44] & 0x20 == 0, marks[0][0])
        r("4861 7.1.1", "NS dropped: " + ", ".join(w for _, w in bad),
          not got, len(got))
        mark = ns("2001:db8:1::999")
        r("6275 10.4.1", "none for a home address without binding",
          self.quiet(mark, is_icmp(136, target="2001:db8:1::999")))
        mark = ns("fe80::%d" % 103)
        r("6275 10.3.1", "none for the link-local address without L",
          self.quiet(mark, is_icmp(136, target="fe80::103")))

    def off_link(self):
        """Nothing of the home link's concerns the other one."""
        r, net, n = self.r, self.net, self.node_t
        mark = net.mark()
        src = "2001:db8:aa::1"
        for dst in (solicited(n.home), n.home):
            self.wan.send(IPv6(src=src, dst=dst, hlim=255) /
                          ICMPv6ND_NS(tgt=n.home) /
                          ICMPv6NDOptSrcLLAddr(lladdr=self.wan.mac))
        self.wan.send(IPv6(src="fe80::77", dst="ff02::2", hlim=255) /
                      ICMPv6ND_RS())
        net.idle(0.15)
        got = [s for s in net.all(lambda s: s.port is self.wan and
               Headers(s.raw).nh == 58 and 134 <= Headers(s.raw).rest[0]
               <= 136, mark)]
        r("6275 10.4.1", "not proxied, nor advertised, on another link",
          not got, [s.ip.summary() for s in got])
        r("6275 10.4.1", "nor is that tunnelled", not net.all(is_tunnelled(
            n.careof), mark))

    def dad_fails(self):
        r, net = self.r, self.net
        # another node has the address: NA, and NS from ::
        for i, what in ((20, "NA"), (21, "NS from ::")):
            n, careof = node(1, i), self.careof()
            mark = self.bu(n, careof)
            s = net.wait(is_icmp(135, target=n.home), mark, 0.5)
            if not r("6275 10.3.1", "DAD for %s" % n.home, s):
                continue
            if what == "NA":
                self.home.send(IPv6(src=n.home, dst="ff02::1", hlim=255) /
                               ICMPv6ND_NA(tgt=n.home, R=0, O=1, S=0) /
                               ICMPv6NDOptDstLLAddr(lladdr=self.home.mac))
            else:
                self.home.send(IPv6(src="::", dst=solicited(n.home),
                               hlim=255) / ICMPv6ND_NS(tgt=n.home))
            h = self.ba(mark, careof, 0.5)
            r.same("6275 10.3.1", "%s during DAD: status 134" % what,
                   h and h.rest[6], 134)
            if h:
                r("6275 9.5.4", "with a routing header", h.home == n.home)
                r.same("6275 6.1.8", "and lifetime 0", h.rest[10:12],
                       b"\0\0")
            r("6275 10.4.1", "and nothing is advertised", self.quiet(mark,
              lambda s: is_icmp(136, target=n.home)(s) and
              s.eth.src == self.home.peer))

    def tunnel_in(self):
        """Intercepted packets: RFC 2473 3, 5, 6; RFC 6275 10.4.2."""
        r, net, n = self.r, self.net, self.node_t
        careof = n.careof
        for port, src, where in ((self.home, HOST, "the home link"),
                                 (self.wan, CN, "elsewhere")):
            mark = net.mark()
            inner = packet(src, n.home, 58, echo(src, n.home), 64, 0xb9,
                           0x12345)
            port.send(inner)
            s = net.wait(is_tunnelled(careof), mark)
            if not r("6275 10.4.2", "tunnelled from " + where, s):
                continue
            h = Headers(s.raw)
            r.same("6275 10.4.2", "outer source", h.src, n.agent)
            r.same("6275 10.4.2", "outer destination", h.dst, careof)
            r.same("2473 6.3", "outer hop limit", h.hlim, 64)
            r.same("2473 4.1.1 (d), 5.1", "encapsulation limit 4, and nothing "
                   "else between", s.raw[40:48], bytes([41]) + LIMIT)
            r.same("2473 5", "outer next header, payload length",
                   (s.raw[6], h.plen), (60, 8 + len(inner)))
            r.same("6040 4.1", "ECN is copied", h.tc & 3, 1)
            want = inner[:7] + bytes([63]) + inner[8:]
            r("2473 3.1", "inner hop limit less one, the rest as it was",
              h.rest == want, h.rest.hex())
        mark = net.mark()
        self.wan.send(packet(CN, n.home, 58, echo(CN, n.home), 1))
        s = net.wait(is_icmp(3, dst=CN), mark)
        r("8200 3", "hop limit 1: Time Exceeded", s)
        r("8200 3", "and not tunnelled", not net.all(is_tunnelled(careof),
                                                     mark))
        mark = net.mark()
        self.wan.send(packet(CN, n.home, 58, echo(CN, n.home, bytes(1450))))
        s = net.wait(is_icmp(2, dst=CN), mark)
        if r("2473 7.1", "1498 octets: Packet Too Big to the source", s):
            h = Headers(s.raw)
            r.same("2473 6.7, 7.1", "MTU is the link's less the headers",
                   struct.unpack("!I", h.rest[4:8])[0], 1452)
            r("4443 3.2", "quotes the packet", n6(n.home) in h.rest[8:48])
            r("4443 2.3", "checksum", cksum(h.src, h.dst, 58, h.rest) == 0)
            r.same("4443 3.2", "code 0", h.rest[1], 0)
        mark = net.mark()
        inner = packet(CN, n.home, 58, echo(CN, n.home, bytes(1404)))
        self.wan.send(inner)
        r("2473 7.1", "1452 octets fit", net.wait(is_tunnelled(careof), mark))
        # an extension header in the inner packet is nobody's business here
        mark = net.mark()
        opt = bytes([58, 0, 1, 4, 0, 0, 0, 0])
        self.wan.send(packet(CN, n.home, 60, opt + echo(CN, n.home)))
        r("2473 3.1", "inner destination options travel along",
          net.wait(is_tunnelled(careof), mark))
        # but for this one
        for left in (5, 1, 0):
            mark = net.mark()
            p = packet(CN, n.home, 60, bytes([41]) + LIMIT[:3] +
                       bytes([left]) + LIMIT[4:] +
                       packet(HOST, CN, 58, echo(HOST, CN)))
            self.wan.send(p)
            s = net.wait(lambda s: is_tunnelled(careof)(s) or
                         is_icmp(4, dst=CN)(s), mark)
            if left != 0:
                r.same("2473 4.1.1 (c)", "limit %u: one less outside" % left,
                       s and s.raw[40:48], bytes([41]) + LIMIT[:3] +
                       bytes([left - 1]) + LIMIT[4:])
                continue
            h = s and Headers(s.raw)
            r.same("2473 4.1.1 (b)", "limit 0: Parameter Problem at it",
                   h and (h.nh, h.rest[:2], h.rest[4:8]),
                   (58, b"\4\0", b"\0\0\0\x2c"))
            r("2473 4.1.1 (b)", "and discarded",
              not net.all(is_tunnelled(careof), mark))
        mark = net.mark()
        self.wan.send(packet(CN, n.home, 59, b""))
        r("2473 3.1", "no next header, too", net.wait(is_tunnelled(careof),
                                                      mark))

    def unbound(self):
        r, net = self.r, self.net
        mark = net.mark()
        dst = "2001:db8:2::999"
        self.wan.send(packet(CN, dst, 58, echo(CN, dst)))
        s = net.wait(is_icmp(1, dst=CN), mark, 1)
        if r("2473 8", "no binding on a virtual link: Unreachable", s):
            h = Headers(s.raw)
            r.same("4443 3.1", "code 3", h.rest[1], 3)
            r("4443 2.2", "from an address of the home agent", h.src in
              (HA, HA2, WAN), h.src)
            r("4443 2.3", "checksum", cksum(h.src, h.dst, 58, h.rest) == 0)
            r("4443 2.4", "quotes it", h.rest[8:48][24:40] == n6(dst))
        mark = net.mark()
        self.wan.send(packet(CN, dst, 58, icmp6(CN, dst, 1, 0, 0,
                      packet(dst, CN, 59, b""))))
        r("4443 2.4 (e)", "no error about an error", self.quiet(mark,
          is_icmp(1, dst=CN)))
        # link-local: proxied with L, never tunnelled
        n = self.node_l
        ll = t6(n6("fe80::")[:8] + n6(n.home)[8:])
        mark = net.mark()
        self.home.send(packet("fe80::50", ll, 58, echo("fe80::50", ll)))
        r("6275 10.4.2", "to the link-local address: not tunnelled",
          self.quiet(mark, is_tunnelled(n.careof)))

    def tunnel_out(self):
        """The reverse tunnel: RFC 6275 10.4.5."""
        r, net, n = self.r, self.net, self.node_t
        careof = n.careof

        def send(inner, src=careof, dst=None, tc=0, hlim=60):
            mark = net.mark()
            self.wan.send(packet(src, dst or n.agent, 41, inner, hlim, tc))
            return mark

        def arrived(mark, inner, timeout=0.5, exact=False):
            tail = inner[40:]
            return net.wait(lambda s: s.raw[40:] == tail and
                            s.raw[6] == inner[6], mark, timeout, exact)

        def dropped(mark, inner):
            return arrived(mark, inner, 0.06, True) is None
        i = 1

        def inner(src=n.home, dst=CN, tc=0, hlim=64):
            nonlocal i
            i += 1
            return packet(src, dst, 58, echo(src, dst, seq=i), hlim, tc)
        p = inner()
        s = arrived(send(p), p)
        if r("6275 10.4.5", "reverse-tunnelled packets are forwarded", s):
            r.same("2473 3.3", "the inner packet but for its hop limit",
                   (s.raw[:7], s.raw[7] < 64, s.raw[8:40]),
                   (p[:7], True, p[8:40]))
            r.same("2473 3.3", "one hop less", s.raw[7], 63)
        p = inner(dst=HOST)
        r("6275 10.4.5", "to the home link, too", arrived(send(p), p))
        p = inner()
        mark = net.mark()
        self.wan.send(packet(careof, n.agent, 60, bytes([41]) + LIMIT + p))
        r("2473 4.1.1", "with a Tunnel Encapsulation Limit",
          arrived(mark, p))
        i += 1
        p = packet(n.home, CN, 58, echo(n.home, CN, bytes(900), seq=i))
        mark = net.mark()
        for f in fragments(careof, n.agent, 41, p, 512):
            self.wan.send(f)
        r("2473 7.1", "a tunnel packet in fragments", arrived(mark, p))
        p = inner(tc=1)
        s = arrived(send(p, tc=3), p)
        r("6040 4.2", "outer CE on ECT(1) arrives as CE",
          s and Headers(s.raw).tc & 3 == 3)
        p = inner(tc=0)
        q = inner()
        mark = send(p, tc=3)
        r("6040 4.2", "outer CE on Not-ECT is dropped",
          dropped(mark, p))
        for src, dst, isrc, what in (
                (COA % 9, None, n.home, "from another care-of address"),
                (careof, None, "2001:db8:1::777", "from no home address"),
                (careof, None, self.node_l.home, "from another's address"),
                (careof, WAN, n.home, "to another address of ours"),
                (n.home, None, n.home, "from the home address"),
                (careof, None, "fe80::1", "from a link-local address"),
                (careof, None, "::", "from ::"),
                (careof, None, "ff02::1", "from a multicast address")):
            p = inner(src=isrc)
            mark = send(p, src=src, dst=dst)
            r("6275 10.4.5", "not " + what, dropped(mark, p))
        p = inner(dst="fe80::50")
        mark = send(p)
        r("4291 2.5.6", "not to a link-local address",
          dropped(mark, p))
        p = inner(dst="ff02::1:2")
        mark = send(p)
        r("6275 10.4.3", "not to a link's group", dropped(mark, p))
        # hop limit 1: the home agent is the first router
        p = inner(hlim=1)
        s = net.wait(lambda s: is_tunnelled(careof)(s) and
                     Headers(s.raw).rest[40] == 3 or is_icmp(3)(s) and
                     Headers(s.raw).home == n.home, send(p))
        r("8200 3", "inner hop limit 1: Time Exceeded to the home address",
          s)
        # between two mobile nodes of this home agent
        m = self.node_l
        p = inner(dst=m.home)
        s = net.wait(is_tunnelled(m.careof), send(p))
        r("6275 10.4.5", "to another mobile node: tunnelled again", s)
        if s:
            h = Headers(s.raw)
            r.same("6275 10.4.2", "by the home agent", h.src, HA)

    def own_packets(self):
        """RFC 6275 10.4.2, 9.3.2: what the home agent itself sends."""
        r, net, n = self.r, self.net, self.node_t
        careof = n.careof
        mark = net.mark()
        self.wan.send(packet(careof, n.agent, 41, packet(n.home, n.agent, 58,
                      echo(n.home, n.agent, seq=77))))
        s = net.wait(lambda s: s.raw[24:40] == n6(careof) and
                     (s.raw[6] == 43 or Headers(s.raw).nh == 41), mark)
        if r("6275 10.4.2", "the home agent answers a mobile node", s):
            h = Headers(s.raw)
            r("6275 9.3.2", "with a routing header, not by the tunnel",
              h.rh and h.home == n.home)
            r("6275 9.3.2", "checksum, with the home address",
              h.rh and cksum(h.src, n.home, 58, h.rest) == 0)
            r.same("6275 6.4.1", "its fields", h.rh and h.rh[:8],
                   bytes([58, 2, 2, 1, 0, 0, 0, 0]))
        mark = net.mark()
        d = hao(n.home, 58) + echo(n.home, n.agent, seq=78)
        self.wan.send(packet(careof, n.agent, 60, d))
        s = net.wait(is_icmp(129, dst=careof), mark)
        r("6275 9.3.1", "a data packet with an HAO is taken", s)
        if s:
            r("6275 9.3.2", "and answered with a routing header",
              Headers(s.raw).home == n.home)
        # options before and behind the HAO: skipped
        o = bytes([58, 3, 0x1e, 2, 0, 0, 0xc9, 16]) + n6(n.home) + \
            bytes([0x1f, 6]) + bytes(6)
        mark = net.mark()
        self.wan.send(packet(careof, n.agent, 60, o + echo(n.home, n.agent,
                                                           seq=79)))
        r("8200 4.2", "unknown options beside the HAO are skipped",
          net.wait(is_icmp(129, dst=careof), mark))
        mark = net.mark()
        e = echo(n.home, n.agent, bytes(1000), seq=80)
        for f in fragments(careof, n.agent, 58, e, 640, hao(n.home, 44), 60):
            self.wan.send(f)
        s = net.wait(is_icmp(129, dst=careof), mark)
        r("6275 6.3", "an HAO before a Fragment header, in each fragment", s)
        mark = net.mark()
        for home in (CN, n.home, "2001:db8:1::55"):
            self.wan.send(packet(careof, HA, 43, bytes([58, 2, 2, 1]) +
                          bytes(4) + n6(home) + echo(careof, home)))
        r("6275 6.4", "a type 2 routing header leads nowhere from here",
          self.quiet(mark, lambda s: Headers(s.raw).dst in (CN, HOST,
          "2001:db8:1::55") or is_icmp(129)(s) or is_icmp(4)(s) or
          Headers(s.raw).nh == 41, 0.1))
        # discovery is never sent with a routing header
        nd = [s for s in net.all(lambda s: is_icmp(135)(s) or
                                 is_icmp(136)(s)) if Headers(s.raw).rh]
        r("6275 9.3.2", "no routing header in Neighbor Discovery", not nd)

    def moved(self):
        """A new care-of address is the only one from then on."""
        r, net, n = self.r, self.net, node(2, 21)
        old, new = self.careof(), self.careof()
        if not r("6275 10.3.1", "registered, and moved", self.register(n, old)
                 and self.register(n, new)):
            return
        mark = net.mark()
        self.wan.send(packet(CN, n.home, 58, echo(CN, n.home)))
        r("6275 10.4.2", "tunnelled to the new care-of address",
          net.wait(is_tunnelled(new), mark))
        r("6275 10.4.2", "and to no other", not net.all(is_tunnelled(old),
                                                        mark))
        for careof, taken in ((old, False), (new, True)):
            mark = net.mark()
            p = packet(n.home, CN, 58, echo(n.home, CN, seq=0x4000 + taken))
            self.wan.send(packet(careof, n.agent, 41, p))
            s = net.wait(lambda s: s.raw[40:] == p[40:] and s.raw[6] == 58,
                         mark, 0.5 if taken else 0.1, not taken)
            r("6275 10.4.5", "the reverse tunnel from the %s care-of address "
              "is %s" % (("new", "taken") if taken else ("old", "not")),
              (s is not None) == taken)
        mark = net.mark()
        self.wan.send(packet(old, n.agent, 60, hao(n.home, 58) +
                             echo(n.home, n.agent)))
        r("6275 9.3.1", "an HAO from the old one: Binding Error",
          net.wait(is_mh(7, dst=old), mark, 0.5))

    def groups(self):
        """Packets to groups on the home link: RFC 6275 10.4.2."""
        r, net = self.r, self.net
        mark = net.mark()
        # The first is one that the home agent itself has joined for the node.
        for g in (solicited(self.node_l.home), "ff02::1", "ff02::1:2",
                  "ff05::1:3", "ff08::77", "ff0e::77"):
            u = struct.pack("!HHHH", 999, 9, 12, 0) + b"text"
            u = u[:6] + struct.pack("!H", cksum(HOST, g, 17, u)) + u[8:]
            for data, nh in ((u, 17), (echo(HOST, g), 58)):
                self.home.send(packet(HOST, g, nh, data))
        net.idle(0.2)
        got = net.all(lambda s: Headers(s.raw).nh == 41 and
                      s.port is self.wan, mark)
        r("6275 10.4.2", "to groups of link scope, of a smaller one than "
          "global, and those nobody joined: not tunnelled", not got,
          [s.ip.summary() for s in got])
        got = net.all(lambda s: Headers(s.raw).nh == 58 and
                      Headers(s.raw).rest[0] < 128, mark)
        r("6275 10.4.2", "and silently", not got,
          [s.ip.summary() for s in got])

    def hao_errors(self):
        r, net, n = self.r, self.net, self.node_t
        bound = n.careof

        def send(src, home, t=0xc9, dst=HA):
            mark = net.mark()
            self.wan.send(packet(src, dst, 60, hao(home, 58, t) +
                                 echo(home, dst)))
            return mark
        for src, home, what in (
                (COA % 7, "2001:db8:1::777", "no binding"),
                (COA % 8, n.home, "another care-of address"),
                (bound, "2001:db8:1::777", "another home address"),
                (COA % 6, "ff02::1", "a multicast home address"),
                (COA % 5, "fe80::1", "a link-local home address"),
                (COA % 4, "::", "home address ::"),
                (COA % 3, "::1", "a loopback home address")):
            mark = send(src, home)
            s = net.wait(is_mh(7, dst=src), mark, 0.5)
            if not r("6275 9.3.1", "HAO, %s: Binding Error" % what, s):
                continue
            h = Headers(s.raw)
            m = h.rest
            r.same("6275 6.1.9", "status 1", m[6], 1)
            r.same("6275 9.3.3", "home address copied", m[8:24], n6(home))
            r.same("6275 6.1.9", "length, reserved", (m[0], m[1], m[3],
                   m[7], len(m)), (59, 2, 0, 0, 24))
            r.same("6275 9.3.3", "from the address it was sent to", h.src,
                   HA)
            r("6275 9.3.3", "directly, without extension headers",
              not h.order)
            r("6275 6.1.1", "checksum", cksum(h.src, h.dst, 135, m) == 0)
            r("6275 9.3.1", "the packet is dropped, no Parameter Problem",
              self.quiet(mark, lambda s: is_icmp(129)(s) or is_icmp(4)(s),
                         0.03))
        e = echo(n.home, HA, seq=90)
        two = bytes([58, 4, 1, 2, 0, 0, 0xc9, 16]) + n6(n.home) + \
            b"\xc9\x10" + n6(n.home) + b"\1\4" + bytes(4)
        two = two[:1] + bytes([len(two) // 8 - 1]) + two[2:]
        for d in (two + e, hao(n.home, 60) + hao(n.home, 58) + e):
            mark = net.mark()
            self.wan.send(packet(bound, HA, 60, d))
            r("6275 6.3", "two HAOs in a packet: dropped", self.quiet(mark,
              is_icmp(129), 0.06))
        mark = net.mark()
        self.wan.send(packet(CN, n.home, 58, echo(CN, n.home)))
        r("6275 6.3", "no HAO has changed the binding or a way", net.wait(
          is_tunnelled(bound), mark))
        mark = send("ff0e::1", n.home)
        r("6275 9.3.3", "source multicast: no Binding Error",
          self.quiet(mark, is_mh(7)))
        # 0xc8 is not the option: the kernel's answer is RFC 8200's
        mark = send(bound, n.home, 0xca)
        s = net.wait(is_icmp(4, dst=bound), mark)
        r("8200 4.2", "an unknown option 11...: Parameter Problem", s)
        if s:
            h = Headers(s.raw)
            r.same("8200 4.2", "code 2, pointer to it", (h.rest[1],
                   struct.unpack("!I", h.rest[4:8])[0]), (2, 46))

    def hao_protected(self):
        """Before ESP or AH a Home Address option needs no binding."""
        r, net, n = self.r, self.net, self.node_t
        for nh, name in ((50, "ESP"), (51, "AH")):
            body = struct.pack("!II", 0x1234, 1) + bytes(24)
            if nh == 51:
                body = struct.pack("!BBHII", 59, 4, 0, 0x1234, 1) + bytes(12)
            for src, home, what in (
                    (COA % 0x31, node(2, 22).home, "no binding"),
                    (COA % 0x32, "2001:db8:1::777", "nobody's address"),
                    (COA % 0x33, n.home, "another care-of address")):
                mark = net.mark()
                self.wan.send(packet(src, HA, 60, hao(home, nh) + body))
                r("6275 9.3.1", "HAO before %s, %s: no Binding Error" %
                  (name, what), self.quiet(mark, is_mh(7), 0.05))
            # The first rule of 9.3.1 knows no exception.
            mark = net.mark()
            src = COA % 0x34
            self.wan.send(packet(src, HA, 60, hao("ff02::1", nh) + body))
            s = net.wait(is_mh(7, dst=src), mark, 0.5)
            r("6275 9.3.1", "HAO before %s, a multicast home address: "
              "Binding Error" % name, s)

    def mobility_errors(self):
        r, net, n = self.r, self.net, self.node_t

        def send(m, src, home=None, bad=False, dst=HA):
            m = seal(m, home or src, dst)
            if bad:
                m = m[:4] + bytes([m[4] ^ 1]) + m[5:]
            mark = net.mark()
            if home:
                self.wan.send(packet(src, dst, 60, hao(home, 135) + m))
            else:
                self.wan.send(packet(src, dst, 135, m))
            return mark
        src = COA % 0x20
        for t in (8, 100, 255):
            for home in (None, n.home, "2001:db8:1::777"):
                m = mobility(t, bytes(2), [])
                s = net.wait(is_mh(7, dst=src), send(m, src, home), 0.5)
                if not r("6275 9.2", "MH Type %d%s: Binding Error" % (t,
                         home and " with an HAO" or ""), s):
                    continue
                h = Headers(s.raw)
                r.same("6275 9.2", "status 2", h.rest[6], 2)
                r.same("6275 9.3.3", "home address, or ::", h.rest[8:24],
                       n6(home or "::"))
                r.same("6275 9.3.3", "from the address it went to, "
                       "directly", (h.src, h.order), (HA, []))
                r("6275 6.1.1", "checksum",
                  cksum(h.src, h.dst, 135, h.rest) == 0)
        r("6275 9.2", "with a wrong checksum: silence", self.quiet(send(
            mobility(100, bytes(2), []), src, bad=True),
            lambda s: s.raw[24:40] == n6(src)))
        bu = mobility(5, struct.pack("!HHH", 1, 0xc000, 10), [])
        for home, at in ((None, 40), (n.home, 64)):
            for what, m, off in (
                    ("Payload Proto 6", b"\6" + bu[1:], 0),
                    ("BU, Header Len 0", bu[:1] + b"\0" + bu[2:8], 1),
                    ("BE, Header Len 1", bytes([59, 1, 7, 0]) + bytes(12),
                     1),
                    ("HoT, Header Len 1", bytes([59, 1, 3, 0]) + bytes(12),
                     1),
                    ("CoT, Header Len 1", bytes([59, 1, 4, 0]) + bytes(12),
                     1),
                    ("HoTI, Header Len 0", bytes([59, 0, 1, 0]) + bytes(4),
                     1),
                    ("CoTI, Header Len 0", bytes([59, 0, 2, 0]) + bytes(4),
                     1),
                    ("BA, Header Len 0", bytes([59, 0, 6, 0]) + bytes(4),
                     1)):
                mark = send(m, src, home)
                s = net.wait(is_icmp(4, dst=src), mark, 0.5)
                if not r("6275 9.2", what + ": Parameter Problem", s):
                    continue
                h = Headers(s.raw)
                r.same("6275 9.2", "code 0, pointer", (h.rest[1],
                       struct.unpack("!I", h.rest[4:8])[0]),
                       (0, at + off))
                r.same("6275 9.2", "directly to the source, from where it "
                       "went", (h.src, h.order), (HA, []))
                r("4443 2.3", "checksum", cksum(h.src, h.dst, 58, h.rest)
                  == 0)
                q = packet(src, HA, 60 if home else 135, (hao(home, 135)
                           if home else b"") + m)
                r("4443 3.4", "quotes the packet as it came",
                  h.rest[8:48] == q[:40] and (not home or
                  h.rest[48:72] == q[40:64]))
        # the checksum is of what Header Len says, or of all that is there
        for home in (None, n.home):
            m = mobility(100, bytes(2), [])
            mark = net.mark()
            to = packet(src, HA, 60 if home else 135,
                        (hao(home, 135) if home else b"") +
                        seal(m, home or src, HA) + b"trailing")
            self.wan.send(to)
            r("6275 6.1.1", "octets behind the message are no part of it",
              net.wait(is_mh(7, dst=src), mark, 0.5))
            mark = send(bu[:1] + b"\0" + bu[2:], src, home)
            r("6275 9.2", "Header Len 0, more octets: Parameter Problem",
              net.wait(is_icmp(4, dst=src), mark, 0.5))
            mark = send(bu[:1] + b"\x20" + bu[2:], src, home)
            r("6275 6.1.1", "Header Len beyond the packet: silence",
              self.quiet(mark, lambda s: s.raw[24:40] == n6(src), 0.05))
        mark = send(bu[:1] + b"\x20" + bu[2:], src)
        r("6275 6.1.1", "Header Len beyond the packet: no crash, no BA",
          self.quiet(mark, is_mh(6, dst=src), 0.05))
        for t in (0, 1, 2, 3, 4, 6, 7):
            mark = send(bytes([59, 4, t, 0]) + bytes(36), src)
            r("6275 9.2", "MH Type %d is known: no Binding Error" % t,
              self.quiet(mark, is_mh(7, dst=src), 0.04))
        mark = send(bu, "2001:db8:f1::21", bad=True)
        r("6275 9.2", "BU with a wrong checksum: silence", self.quiet(mark,
          lambda s: s.raw[24:40] == n6("2001:db8:f1::21"), 0.05))

    def way_back(self):
        """Refusals know of no binding: the source is bound elsewhere."""
        r, net, n, m = self.r, self.net, node(2, 18), node(2, 19)
        careof = self.careof()
        if not r("6275 10.3.1", "registered", self.register(n, careof) and
                 self.register(m, self.careof())):
            return

        def back(what, mark, match):
            s = net.wait(match, mark, 0.5)
            if not r("6275 9.5.4", what + " to the source", s):
                return None
            r("6275 9.5.4", what + ": not by the tunnel", self.quiet(mark,
              is_tunnelled(careof), 0.05))
            return Headers(s.raw)
        h = back("status 135", self.bu(m, n.home, seq=m.seq),
                 is_mh(6, dst=n.home))
        r.same("6275 9.5.4", "with the routing header", h and
               (h.rest[6], h.home), (135, m.home))
        mark = net.mark()
        self.wan.send(packet(n.home, n.agent, 135, seal(mobility(
            100, bytes(2), []), n.home, n.agent)))
        back("Binding Error", mark, is_mh(7, dst=n.home))
        mark = net.mark()
        self.wan.send(packet(n.home, n.agent, 135, seal(
            b"\6" + mobility(5, struct.pack("!HHH", 1, 0xc000, 10), [])[1:],
            n.home, n.agent)))
        back("Parameter Problem", mark, is_icmp(4, dst=n.home))
        mark = net.mark()
        self.wan.send(packet(n.home, n.agent, 60, hao(
            "2001:db8:1::777", 17) + bytes(8)))
        back("Binding Error, unknown binding", mark, is_mh(7, dst=n.home))

    def segments_left(self):
        """A routing header before the Home Address option."""
        r, net, n = self.r, self.net, node(2, 20)
        for t, left in ((0, 1), (3, 1), (4, 1), (253, 7), (2, 0), (2, 255), (0, 0),
                        (253, 0)):
            careof = self.careof()
            n.seq += 1
            m = mobility(5, struct.pack("!HBBH", n.seq, 0xc0, 0, 50),
                         [(3, n6(careof)), (8, b"\1" + n.name),
                          (10, struct.pack("!Q", n.timestamp()))], n, careof)
            mark = net.mark()
            self.wan.send(packet(careof, n.agent, 43, bytes(
                [60, 2, t, left]) + bytes(4) + n6(n.home) +
                hao(n.home, 135) + seal(m, n.home, n.agent)))
            what = "routing header of type %d, %d left: " % (t, left)
            if t != 2 and left == 0:
                r.same("8200 4.4", what + "skipped", net.wait(is_mh(
                    6, dst=careof), mark, 0.5) is not None, True)
                continue
            if t != 2:
                s = net.wait(is_icmp(4, dst=careof), mark, 0.5)
                r.same("8200 4.4", what + "Parameter Problem 0 at its type",
                       s and (s.raw[41], s.raw[47]), (0, 42))
            r("5095 3", what + "dropped", self.quiet(mark, is_mh(
                6, dst=careof), 0.05))

    def updates(self):
        r, net = self.r, self.net
        n, careof = node(2, 0), self.careof()
        ba = self.ba(self.bu(n, careof), careof)
        if not r("6275 10.3.1", "virtual link: registered at once", ba):
            return
        self.ba_form(n, careof, ba, 50)
        o = dict((x[0], x[1]) for x in options(ba.rest[12:]))
        r("6275 6.2.4", "advice must be less than the lifetime",
          2 not in o or struct.unpack("!H", o[2])[0] < 50)
        # wrap
        for seq, want, back in ((0x7f00, 0, 0x7f00), (0xfe00, 0, 0xfe00),
                                (0xffff, 0, 0xffff), (0, 0, 0), (5, 0, 5),
                                (5, 135, 5), (0xffff, 135, 5),
                                (0x8006, 135, 5), (0x8004, 0, 0x8004)):
            h = self.ba(self.bu(n, careof, seq=seq), careof, 0.5)
            r.same("6275 9.5.1", "sequence number %d" % seq, h and
                   (h.rest[6], struct.unpack("!H", h.rest[8:10])[0]),
                   (want, back))
            if h and want == 135:
                r("6275 9.5.4", "refused with a routing header",
                  h.home == n.home)
        n.seq = 0x8004
        # reserved bits and unknown options
        h = self.ba(self.bu(n, careof, flags=0xcf, reserved=0xff), careof)
        r.same("6275 6.1.7", "reserved bits are ignored", h and h.rest[6], 0)
        h = self.ba(self.bu(n, careof, extra=[(200, b"abcde"), (77, b"")]),
                    careof)
        r.same("6275 6.2.1", "unknown options are skipped", h and h.rest[6],
               0)
        h = self.ba(self.bu(n, careof, extra=[(1, b"\5\6\7")]), careof)
        r.same("6275 6.2.3", "what is in padding is ignored", h and
               h.rest[6], 0)
        h = self.ba(self.bu(n, careof, flags=0x40), careof)
        r.same("6275 10.3.1", "A clear: a BA nonetheless", h and h.rest[6],
               0)
        h = self.ba(self.bu(n, careof, flags=0xd0), careof)
        r.same("6275 10.3.1", "K set: cleared in the BA", h and h.rest[7], 0)
        for life, want in ((1, 1), (150, 150), (151, 150), (65535, 150)):
            h = self.ba(self.bu(n, careof, life=life), careof)
            r.same("6275 10.3.1", "lifetime %d" % life, h and
                   struct.unpack("!H", h.rest[10:12])[0], want)
        # alternate care-of address
        alt, src = self.careof(), self.careof()
        h = self.ba(self.bu(n, alt, src=src), src)
        r.same("6275 9.5.4", "BA to the source, whatever the alternate "
               "care-of address", h and h.rest[6], 0)
        mark = net.mark()
        self.wan.send(packet(CN, n.home, 58, echo(CN, n.home)))
        r("6275 9.5.1", "packets to the alternate care-of address",
          net.wait(is_tunnelled(alt), mark, 0.5))
        for bad in ("ff02::1", "fe80::1", "::", "::1", "::192.0.2.1",
                    "::ffff:192.0.2.1", "100::1"):
            mark = self.bu(n, careof, alt=bad)
            r("6275 6.1.7", "care-of address %s: silence" % bad, self.quiet(
                mark, is_mh(6, dst=careof), 0.05))
        for bad in (WAN, "2001:db8:aa::", "2001:db8:1::"):
            h = self.ba(self.bu(n, careof, alt=bad), careof)
            r.same("6275 6.1.8", "care-of address %s is the agent's" % bad,
                   h and h.rest[6], 174)
        # padding
        h = self.ba(self.bu(n, careof, spoil=lambda m: m[:-1] +
                            bytes([m[-1] ^ 1])), careof)
        r.same("4285 5.1.1", "wrong authentication data: MIPV6-AUTH-FAIL",
               h and h.rest[6], 146)
        h = self.ba(self.bu(n, careof, auth=False), careof, 0.1, True)
        r("4285 5", "no authentication option: silence", h is None)
        # replay of the same packet
        sent = []
        orig = self.wan.send
        self.wan.send = lambda p, dst=None: (sent.append(p), orig(p, dst))
        self.register(n, careof)
        del self.wan.send
        mark = net.mark()
        self.wan.send(sent[0])
        h = self.ba(mark, careof, 0.5, True)
        r("4285 6", "a replayed BU is not accepted", h is None or
          h.rest[6] >= 128)
        # another address of this host is no home agent's
        h = self.ba(self.bu(n, careof, dst=WAN), careof, 0.3, True)
        r("6275 10.3.1", "BU to another address of ours: not accepted",
          h is None or h.rest[6] >= 128)
        # the care-of address is the home address: to be deleted
        h = self.ba(self.bu(n, careof, alt=n.home), careof)
        r.same("6275 10.3.2", "care-of address equal to the home address: "
               "deleted", h and (h.rest[6], h.rest[10:12]), (0, b"\0\0"))
        r("6275 10.3.1", "and registered again", self.register(n, careof))
        # de-registration from away
        h = self.ba(self.bu(n, careof, life=0), careof)
        if r("6275 10.3.2", "de-registration from a foreign link", h):
            r.same("6275 10.3.2", "status 0, lifetime 0", (h.rest[6],
                   h.rest[10:12]), (0, b"\0\0"))
            r("6275 9.5.4", "with a routing header", h.home == n.home)
        mark = net.mark()
        self.wan.send(packet(CN, n.home, 58, echo(CN, n.home)))
        s = net.wait(is_icmp(1, dst=CN), mark, 0.5)
        r("6275 10.3.2", "no more tunnelled", s and not net.all(
            is_tunnelled(careof), mark))

    def returning(self):
        r, net, n = self.r, self.net, self.node_r
        self.home.answers[n.home] = 0
        # Refused, while the home agent still has its address: 10.3.2.
        mark = self.bu(n, n.home, life=0, direct=True, seq=n.seq)
        s = net.wait(is_mh(6, dst=n.home), mark, 1.5)
        if r("6275 10.3.2", "a refusal reaches the node on the home link", s):
            h = Headers(s.raw)
            r.same("6275 10.3.2", "status 135, without a routing header, to "
                   "its link-layer address", (h.rest[6], h.order, s.port.name,
                   s.eth.dst), (135, [], "home", self.home.mac))
            r("6275 10.3.2", "and not by the tunnel", not net.all(
              is_tunnelled(n.careof), mark))
        mark = self.bu(n, n.home, life=0, direct=True)
        s = net.wait(is_mh(6, dst=n.home), mark, 1.5)
        if not r("6275 10.3.2", "returning home: acknowledged", s):
            return
        h = Headers(s.raw)
        r.same("6275 9.5.4", "on the home link, no routing header",
               (s.port.name, h.order), ("home", []))
        r.same("6275 10.3.2", "status 0, lifetime 0", (h.rest[6],
               h.rest[10:12]), (0, b"\0\0"))
        self.ba_form(n, n.home, h, 0, rh=False)
        r.same("6275 11.5.5", "to the mobile node's link-layer address",
               s.eth.dst, self.home.mac)
        del self.home.answers[n.home]
        m = ICMPv6ND_NS(tgt=n.home) / ICMPv6NDOptSrcLLAddr(
            lladdr=self.home.mac)
        mark = net.mark()
        self.home.send(IPv6(src=HOST, dst=solicited(n.home), hlim=255) / m)
        self.home.send(IPv6(src="::", dst=solicited(n.home), hlim=255) /
                       ICMPv6ND_NS(tgt=n.home))
        r("6275 10.3.2", "the home address is no longer defended",
          self.quiet(mark, is_icmp(136, target=n.home)))
        self.home.answers[n.home] = 0
        mark = net.mark()
        p = packet(CN, n.home, 58, echo(CN, n.home))
        self.wan.send(p)
        s = net.wait(lambda s: s.port is self.home and s.raw[24:40] ==
                     n6(n.home) and s.raw[40:] == p[40:], mark)
        r("6275 10.3.2", "packets arrive on the home link", s)
        r("6275 10.3.2", "and not in the tunnel", not net.all(
            is_tunnelled(n.careof), mark))
        mark = net.mark()
        self.wan.send(packet(n.careof, HA, 41, packet(n.home, CN, 58,
                      echo(n.home, CN, seq=99))))
        r("6275 10.4.5", "nor are packets taken from it", self.quiet(mark,
          lambda s: s.raw[24:40] == n6(CN), 0.1))

    def no_binding_home(self):
        r, net, n = self.r, self.net, node(1, 15)
        self.home.answers[n.home] = 0
        mark = self.bu(n, n.home, life=0, direct=True)
        s = net.wait(is_mh(6, dst=n.home), mark, 1)
        if r("6275 10.3.2", "de-registration without a binding: answered", s):
            h = Headers(s.raw)
            r.same("6275 10.3.2", "status 133, without a routing header, to "
                   "its link-layer address", (h.rest[6], h.order, s.port.name,
                   s.eth.dst), (133, [], "home", self.home.mac))

    def limited(self):
        r, net = self.r, self.net
        m = mobility(100, bytes(2), [])
        mark = net.mark()
        for i in range(400):
            src = COA % (0x2000 + i)
            self.wan.send(packet(src, HA, 135, seal(m, src, HA)))
        net.idle(0.2)
        got = len(net.all(is_mh(7), mark))
        r("6275 9.3.3", "Binding Errors are limited", 10 < got < 300, got)
        mark = net.mark()
        m = b"\6" + m[1:2] + b"\5" + m[3:]
        for i in range(400):
            src = COA % (0x2000 + i)
            self.wan.send(packet(src, HA, 135, seal(m, src, HA)))
        net.idle(0.2)
        got = len(net.all(is_icmp(4), mark))
        r("4443 2.4 (f)", "and so are ICMPv6 errors", 10 < got < 300, got)

    def errors_relayed(self):
        """RFC 2473 8, RFC 6275 9.3.4"""
        r, net, n = self.r, self.net, self.node_t
        router = "2001:db8:aa::1"

        def tunnelled(size=8):
            mark = net.mark()
            self.wan.send(packet(CN, n.home, 58, echo(CN, n.home,
                                                      bytes(size))))
            s = net.wait(is_tunnelled(n.careof), mark)
            return s and s.raw

        def error(t, code, word, quoted):
            mark = net.mark()
            self.wan.send(packet(router, n.agent, 58, icmp6(router, n.agent,
                          t, code, word, quoted[:1180])))
            return mark
        for t, code, word, want, what in (
                (1, 0, 0, (1, 3), "no route"), (3, 0, 0, (1, 3),
                "time exceeded in the tunnel"),
                (1, 3, 0, (1, 3), "address unreachable")):
            out = tunnelled()
            if out is None:
                r("2473 8", "tunnelled", False)
                continue
            s = net.wait(is_icmp(1, dst=CN), error(t, code, word, out), 0.5)
            if r("2473 8.2", what + ": Unreachable to the inner source", s):
                h = Headers(s.raw)
                r.same("2473 8.2", "type 1, code 3", (h.rest[0], h.rest[1]),
                       want)
                r("2473 8.1", "quotes the inner packet", h.rest[16:40] ==
                  out[48 + 8:48 + 32])
                r("4443 2.3", "checksum",
                  cksum(h.src, h.dst, 58, h.rest) == 0)
        out = tunnelled()
        r("2473 8", "not about a packet that was never sent", self.quiet(
            error(1, 0, 0, out[:24] + n6(COA % 0x99) + out[40:]),
            is_icmp(1, dst=CN), 0.1))
        out = tunnelled(1400)
        s = net.wait(is_icmp(2, dst=CN), error(2, 0, 1400, out), 0.5)
        if r("2473 8.2", "Packet Too Big is relayed", s):
            h = Headers(s.raw)
            r.same("2473 8.2", "less the tunnel's header",
                   struct.unpack("!I", h.rest[4:8])[0], 1352)

    def narrow(self):
        """A path of 1280 octets within the tunnel: RFC 2473 7.1"""
        r, net, n = self.r, self.net, self.node_n
        router, careof = "2001:db8:aa::1", n.careof

        def send(size, at=self.wan):
            e = packet(CN, n.home, 58, echo(CN, n.home, bytes(size - 48)))
            mark = net.mark()
            at.send(e)
            return mark, e[:7] + b"\x3f" + e[8:]
        mark, e = send(1400)
        s = net.wait(is_tunnelled(careof), mark)
        if not r("2473 7.1", "1400 octets fit at first", s):
            return
        for mtu, what in ((1280, "1280"), (600, "less than 1280")):
            mark = net.mark()
            self.wan.send(packet(router, n.agent, 58, icmp6(router, n.agent,
                          2, 0, mtu, s.raw[:1232])))
            x = net.wait(is_icmp(2, dst=CN), mark, 0.5)
            if r("2473 7.1", "Packet Too Big of %s in the tunnel: told the "
                 "source" % what, x):
                r.same("2473 7.1", "as 1280, no less",
                       struct.unpack("!I", Headers(x.raw).rest[4:8])[0],
                       1280)
        mark, e = send(1280)
        frag = lambda s: (Headers(s.raw).nh == 44 and
                          Headers(s.raw).dst == careof)
        net.idle(0.1)
        got = net.all(frag, mark)
        if r("2473 7.1 (b)", "1280 octets: the tunnel packet is fragmented",
             len(got) == 2):
            f = [Headers(x.raw).rest for x in got]
            f.sort(key=lambda x: struct.unpack("!H", x[2:4])[0] & ~7)
            r.same("8200 4.5", "next header, reserved; one identification",
                   [x[0:2] for x in f] + [f[0][4:8] == f[1][4:8]],
                   [b"\x29\0", b"\x29\0", True])
            at = len(f[0]) - 8
            r.same("8200 4.5", "offsets, M flag", [struct.unpack("!H",
                   x[2:4])[0] for x in f], [1, at])
            r("8200 4.5", "no fragment larger than 1280 octets, lengths in "
              "order", all(len(x.raw) <= 1280 and Headers(x.raw).plen + 40
              == len(x.raw) for x in got))
            r("2473 4.1.1", "the encapsulation limit is in both", all(
              x.raw[6] == 60 and x.raw[40:48] == bytes([44]) + LIMIT
              for x in got))
            r("8200 4.5", "together they are the packet",
              f[0][8:] + f[1][8:] == e)
        mark, e = send(1232)
        r("8201 4", "1232 octets are not fragmented", net.wait(
            is_tunnelled(careof), mark, 0.3))

    def loops(self):
        r, net, n = self.r, self.net, self.node_t
        p = packet(n.home, n.home, 58, echo(n.home, n.home), 20)
        mark = net.mark()
        self.wan.send(packet(n.careof, n.agent, 41, p))
        net.idle(0.1)
        got = len(net.all(is_tunnelled(n.careof), mark))
        r("2473 4", "from a home address to itself: once at most",
          got <= 1, got)
        mark = net.mark()
        for group in ("ff02::1", "ff02::2"):
            for m in (mobility(100, bytes(2), []),
                      mobility(5, struct.pack("!HHH", 1, 0xc000, 9), []),
                      b"\6\0\5\0" + bytes(4)):
                self.home.send(packet(HOST, group, 135, seal(m, HOST,
                                                             group)))
        r("4443 2.4 (e)", "Mobility Headers to a group: no answer",
          self.quiet(mark, lambda s: Headers(s.raw).dst == HOST and
                     Headers(s.raw).nh in (58, 135) and not is_icmp(135)(s)))

    def advertisements(self):
        r, net = self.r, self.net
        ras = self.net.all(is_icmp(134))
        h = Headers(ras[-1].raw)
        r("4861 4.2", "RA from a link-local address", h.src.startswith(
            "fe80"))
        r.same("4861 4.2", "to all nodes, hop limit 255", (h.dst, h.hlim),
               ("ff02::1", 255))
        r("4443 2.3", "checksum", cksum(h.src, h.dst, 58, h.rest) == 0)
        r.same("6275 7.1", "H set; M, O and reserved clear", h.rest[5],
               0x20)
        life = struct.unpack("!H", h.rest[6:8])[0]
        r.same("6275 7.5", "router lifetime at least 1 s", life, 1)
        o, opts = h.rest[16:], {}
        while o:
            opts[o[0]] = o[:o[1] * 8]
            o = o[o[1] * 8:]
        r.same("6275 7.5", "Source Link-Layer Address", opts.get(1),
               b"\1\1" + bytes.fromhex(self.home.peer.replace(":", "")))
        p = opts.get(3, bytes(32))
        r.same("6275 7.2", "prefix: L, A, R; the rest zero", (p[2], p[3],
               p[12:16]), (64, 0xe0, bytes(4)))
        r.same("6275 7.2", "with the complete address", p[16:], n6(HA))
        r.same("6275 7.3", "Advertisement Interval: 70 ms + 20 ms",
               opts.get(7), b"\7\1\0\0" + struct.pack("!I", 90))
        r.same("6275 7.4", "Home Agent Information", opts.get(8),
               b"\x08\1\0\0" + struct.pack("!hH", -3, 1000))
        gaps = [b.t - a.t for a, b in zip(ras, ras[1:])]
        mean = sum(gaps) / len(gaps)
        r("6275 7.5", "intervals of 30 to 70 ms", 0.03 < mean <
          0.08 * PATIENCE, mean)
        tight = sum(g < 0.025 for g in gaps)
        r("6275 7.5", "none shorter", tight <= len(gaps) // 20, tight)

    def retransmitted(self):
        """The NAs of the first registration, as time has passed."""
        n = self.node_l
        got = [s for s in self.net.all(is_icmp(136, target=n.home),
               self.na_since) if s.raw[44] & 0x20]
        self.r("6275 10.4.1", "unsolicited NA at most 3 times",
               1 <= len(got) <= 3, len(got))
        self.r("4861 7.2.6", "RetransTimer apart", all(b.t - a.t > 0.9 for
               a, b in zip(got, got[1:])))
        r = self.r
        r("4862 5.4.2", "the solicited-node group was joined by MLD",
          self.mld_joined(n.home))
        s = self.net.wait(is_icmp(1, dst="fe80::50"), 0, 0)
        if r("6275 10.4.2", "to the link-local address of a mobile node: "
             "Destination Unreachable", s):
            r.same("6275 10.4.2", "code 3", Headers(s.raw).rest[1], 3)
        hl = [s.raw[7] for s in self.net.all(lambda s: is_icmp(134)(s) or
              is_icmp(135)(s) or is_icmp(136)(s))]
        self.r("4861 7.1", "hop limit 255 in all Neighbor Discovery",
               all(x == 255 for x in hl))

    def expiry(self):
        r, net = self.r, self.net
        n, careof = self.node_e
        net.idle(max(0, self.expires + 0.3 - time.monotonic()))
        for _ in range(int(PATIENCE)):
            mark = net.mark()
            self.wan.send(packet(CN, n.home, 58, echo(CN, n.home)))
            ended = self.quiet(mark, is_tunnelled(careof))
            if ended:
                break
        r("6275 10.3.1", "a binding ends with its lifetime of 4 s", ended)

    def stop(self, pid):
        mark = self.net.mark()
        os.kill(pid, signal.SIGTERM)
        s = self.net.wait(lambda s: is_icmp(134)(s) and
                          s.raw[46:48] == b"\0\0", mark, 3)
        self.r("4861 6.2.5", "a last RA with router lifetime 0", s)


def run(net, netid, r):
    t = Test(net, netid, r)
    ra = net.wait(is_icmp(134), 0, 3)
    if not r("6275 7", "Router Advertisements", ra):
        return
    t.home.peer = ra.eth.src
    t.wan.peer = sys.argv[4]
    t.home.answers[HOST] = 0
    t.home.answers["fe80::50"] = 0
    # All others test their addresses in the shadow of the first one.
    t.node_l, t.node_t, t.node_r = node(1, 0), node(1, 1), node(1, 2)
    waiting = []
    for n in (t.node_t, t.node_r):
        n.careof = t.careof()
        waiting.append((n, t.bu(n, n.careof)))
    t.home_registration()
    for n, mark in waiting:
        r("6275 10.3.1", "%s is registered" % n.home, t.ba(mark, n.careof,
                                                           2))
    t.node_n = node(2, 8)
    t.node_n.careof = t.careof()
    t.register(t.node_n, t.node_n.careof)
    e = node(2, 9)
    careof = t.careof()
    t.register(e, careof, life=1)
    t.node_e, t.expires = (e, careof), time.monotonic() + 4
    steps = (t.neighbours, t.tunnel_in, t.unbound, t.tunnel_out,
             t.own_packets, t.moved, t.groups, t.hao_errors,
             t.hao_protected, t.mobility_errors, t.way_back,
             t.segments_left,
             t.updates, t.errors_relayed, t.off_link, t.dad_fails, t.returning,
             t.no_binding_home, t.narrow, t.loops, t.limited, t.advertisements,
             t.retransmitted, t.expiry)
    for step in steps:
        print("# " + step.__name__, flush=True)
        step()
    t.stop(int(sys.argv[3]))

"""The mobile node's part of rfc.py: scapy is home agent, routers, hosts."""
import subprocess
import threading

from rfc import *

HA, HOME = "2001:db8:1::1", "2001:db8:1::100"
CN = "2001:db8:cc::2"
KEY, NAME, SPI = b"0123456789abcdef", "mn@example.com", 256


class Router:
    def __init__(self, n, prefix, r_address=None):
        self.ll = "fe80::%x" % n
        self.mac = "02:00:00:00:00:%02x" % n
        self.prefix, self.r_address = prefix, r_address

    def ra(self):
        return bytes(
            IPv6(src=self.ll, dst="ff02::1", hlim=255) /
            ICMPv6ND_RA(routerlifetime=1800, H=int(bool(self.r_address))) /
            ICMPv6NDOptSrcLLAddr(lladdr=self.mac) /
            ICMPv6NDOptPrefixInfo(prefix=self.r_address or self.prefix,
                                  prefixlen=64, L=1, A=1,
                                  R=int(bool(self.r_address)),
                                  validlifetime=3600,
                                  preferredlifetime=1800))


def rh2(home, nh, left=1, length=2, t=2, reserved=bytes(4)):
    return bytes([nh, length, t, left]) + reserved + n6(home)


class Bu:
    """A Binding Update as it was received."""

    def __init__(self, s):
        self.s, self.h = s, Headers(s.raw)
        m = self.m = self.h.rest
        self.seq, self.flags, self.life = struct.unpack("!HHH", m[6:12])
        self.list = options(m[12:]) or []
        self.opts = dict((o[0], o[1]) for o in self.list)
        self.src = self.h.src
        self.home = (t6(self.h.hao[8:24]) if self.h.hao else self.h.src)


class Test:
    def __init__(self, net, netid, r):
        self.net, self.r, self.netid = net, r, netid
        self.port = Port(net, netid + "-peer", "w1")
        self.node = Node(NAME, HOME, SPI, KEY, HA)
        self.one = Router(0x11, "2001:db8:f1::")
        self.two = Router(0x22, "2001:db8:f2::")
        self.three = Router(0x44, "2001:db8:f3::")
        self.house = Router(0x33, "2001:db8:1::", HA)
        self.router = None
        threading.Thread(target=self.advertise, daemon=True).start()

    def advertise(self):
        while True:
            if self.router is not None:
                self.send_ra()
            time.sleep(0.3)

    def send_ra(self):
        router = self.router
        try:
            self.port.send(router.ra(), src=router.mac)
        except OSError:
            pass

    def plug(self, router):
        """Another link: the carrier goes and comes."""
        self.router = None
        self.link("down")
        self.port.answers.clear()
        self.port.macs.clear()
        self.net.idle(1.1)      # Linux tells once a second
        mark = self.net.mark()
        self.link("up")
        self.port.macs[router.ll] = router.mac
        self.port.answers[router.ll] = 1
        if router is self.house:
            self.port.macs[HA] = router.mac
            self.port.answers[HA] = 1
        return mark

    def link(self, state):
        subprocess.run(["ip", "-n", self.netid + "-peer", "link", "set",
                        "w1", state], check=True)

    def route(self, router):
        self.router = router
        self.port.peer = self.mn_mac
        self.send_ra()

    def send(self, p):
        self.port.send(p, dst=self.mn_mac, src=self.router.mac)

    def bu(self, mark, timeout=1.0, home=False, exact=False):
        s = self.net.wait(is_mh(5, src=HOME if home else None), mark,
                          timeout, exact)
        return s and Bu(s)

    def bus(self, mark=0):
        return [Bu(s) for s in self.net.all(is_mh(5), mark)]

    def ba(self, bu, status=0, life=None, seq=None, opts=(), node=None,
           stamp=None, auth=True, src=HA, dst=None, home=HOME, rh=True,
           flags=0, spoil=None, careof=None, badsum=False, reserved=0):
        """Acknowledge it, or what is no acknowledgement."""
        life = bu.life if life is None else life
        seq = bu.seq if seq is None else seq
        stamp = bu.opts.get(10, bytes(8)) if stamp is None else stamp
        o = list(opts) + [(8, b"\1" + NAME.encode()), (10, stamp)]
        m = mobility(6, struct.pack("!BBHH", status, flags, seq, life), o,
                     (node or self.node) if auth else None,
                     careof or t6(bu.opts.get(3, n6(bu.src))),
                     reserved=reserved)
        if spoil:
            m = spoil(m)
        dst = dst or bu.src
        m = seal(m, src, home if rh else dst)
        if badsum:
            m = m[:4] + bytes([m[4] ^ 0x40]) + m[5:]
        if rh:
            p = packet(src, dst, 43, rh2(home, 135) + m)
        else:
            p = packet(src, dst, 135, m)
        mark = self.net.mark()
        self.send(p)
        return mark

    def quiet(self, mark, match, seconds=0.15):
        return self.net.wait(match, mark, seconds, True) is None

    def app(self, program):
        subprocess.run(["ip", "netns", "exec", self.netid + "-mn",
                        sys.executable, "-c", program], check=True)

    # Checks

    def bu_form(self, b, careof_prefix, life=150):
        r, h, m = self.r, b.h, b.m
        r("6275 11.7.1", "BU from a care-of address of the link",
          n6(h.src)[:8] == n6(careof_prefix)[:8], h.src)
        r.same("6275 11.7.1", "to the home agent", h.dst, HA)
        r.same("6275 11.7.1", "behind destination options alone", h.order,
               [60])
        r("6275 6.3", "that hold a Home Address option",
          h.hao and h.hao[0] == 135 and len(h.hao) == 24)
        r.same("6275 6.3", "type 201, length 16, aligned to 8n + 6, padding "
               "zero", h.hao[1:8], bytes([2, 1, 2, 0, 0, 201, 16]))
        r.same("6275 6.3", "the home address", h.hao[8:], n6(HOME))
        self.bu_fields(b, life)
        r.same("6275 6.2.5", "Alternate Care-of Address", b.opts.get(3),
               n6(h.src))

    def bu_fields(self, b, life):
        r, h, m = self.r, b.h, b.m
        r.same("6275 6.1.1", "Payload Proto, Reserved", (m[0], m[3]),
               (59, 0))
        r.same("6275 6.1.1", "Header Len", (m[1] + 1) * 8, len(m))
        r("6275 6.1.1", "checksum, with the home address",
          cksum(b.home, h.dst, 135, m) == 0)
        r.same("6275 11.7.1", "A and H; L, K and reserved clear", b.flags,
               0xc000)
        r.same("6275 6.1.7", "lifetime, in units of 4 s", b.life, life)
        for t, v, at in b.list:
            k, off = ALIGN.get(t, (1, 0))
            r("6275 6.2", "option %d is aligned" % t,
              (12 + at - off) % k == 0)
            if t == 1:
                r("6275 6.2.3", "padding zero", not any(v))
        r.same("4285 5.1", "the authentication option is the last",
               b.list[-1][0], 9)
        r.same("4285 5.1", "subtype, SPI", b.opts[9][:5],
               b"\1" + struct.pack("!I", SPI))
        z = bytearray(m[:-12])
        z[4:6] = b"\0\0"
        r("4285 5.1", "authentication data", m[-12:] == self.node.auth(
            t6(b.opts.get(3, n6(b.src))), bytes(z)))
        r.same("4283 3", "identifier, subtype NAI", b.opts.get(8),
               b"\1" + NAME.encode())
        t = struct.unpack("!Q", b.opts.get(10, bytes(8)))[0] / (1 << 32)
        r("4285 6", "timestamp: NTP, now", abs(t - 2208988800 - time.time())
          < 5, t)

    def solicitation(self):
        r, net = self.r, self.net
        mark = self.plug(self.one)
        s = net.wait(is_icmp(133), mark, 2)
        if not r("4861 6.3.7", "link-up: Router Solicitation", s):
            return mark
        h = Headers(s.raw)
        self.mn_mac = s.eth.src
        r("6059 5.5", "at once", s.t - net.seen[mark - 1].t <
          0.5 * PATIENCE if mark else True)
        r.same("4861 4.1", "to all routers, hop limit 255", (h.dst, h.hlim),
               ("ff02::2", 255))
        r("4861 4.1", "from :: or a link-local address", h.src == "::" or
          h.src.startswith("fe80"))
        r("4861 4.1", "no link-layer address with ::", h.src != "::" or
          len(h.rest) == 8)
        r.same("4861 4.1", "code, reserved zero", (h.rest[1], h.rest[4:8]),
               (0, bytes(4)))
        r("4443 2.3", "checksum", cksum(h.src, h.dst, 58, h.rest) == 0)
        return mark

    def first(self):
        r, net = self.r, self.net
        mark = self.solicitation()
        self.route(self.one)
        b = self.bu(mark, 2)
        if not r("6275 11.7.1", "away from home: Binding Update", b):
            return False
        self.bu_form(b, "2001:db8:f1::")
        r("6275 11.5.3", "to the router's link-layer address",
          b.s.eth.dst == self.one.mac)
        # Wrong answers, in the time until it sends again.
        other = Node("other@example.com", HOME, SPI, b"fedcba9876543210", HA)
        spi = Node(NAME, HOME, 300, KEY, HA)
        flip = lambda m: m[:-1] + bytes([m[-1] ^ 1])
        late = lambda m: self.longer(m)
        for kw, what in (
                (dict(seq=(b.seq + 1) & 0xffff), "wrong sequence number"),
                (dict(auth=False), "no authentication"),
                (dict(spoil=flip), "wrong authentication data"),
                (dict(node=other), "wrong key"), (dict(node=spi),
                "unknown SPI"),
                (dict(stamp=bytes(8)), "another timestamp"),
                (dict(src="2001:db8:1::2"), "from another node"),
                (dict(rh=False), "without a routing header"),
                (dict(home="2001:db8:1::101"), "to another home address"),
                (dict(badsum=True), "wrong checksum"),
                (dict(careof="2001:db8:f1::1"),
                 "for another care-of address"),
                (dict(spoil=late), "padding behind the last option"),
                (dict(status=135, seq=7, auth=False), "forged 135"),
                (dict(status=134, auth=False), "forged 134"),
                (dict(status=128, node=other), "forged 128")):
            self.ba(b, **kw)
        self.not_answered(b, mark)
        sent = [x for x in self.bus(mark) if x.s.t < b.s.t + 1.4]
        r("6275 11.7.3", "no Binding Acknowledgement but the right one is "
          "acted on", len(sent) == 1, [x.seq for x in sent])
        b2 = self.retransmitted(b, 1.5, mark)
        if b2:
            b3 = self.retransmitted(b2, 3.0, mark)
            b2 = b3 or b2
        b = b2 or b
        # The right one, with all that is to be ignored.
        self.ba(b, life=100, flags=0x7f, reserved=255,
                opts=[(77, b"abc"), (200, b"")])
        r("6275 11.7.3", "the right one is; reserved bits are ignored, "
          "unknown options skipped", self.reachable(b))
        self.careof = b.src
        self.last = b
        return True

    @staticmethod
    def longer(m):
        m = m[:1] + bytes([m[1] + 1]) + m[2:]
        return m + bytes([1, 6]) + bytes(6)

    def not_answered(self, b, mark):
        r = self.r
        ping = packet(CN, HOME, 58, echo(CN, HOME, seq=66))
        m = self.net.mark()
        self.send(packet(HA, b.src, 41, ping))
        # and from an application of the node
        subprocess.run(["ip", "netns", "exec", self.netid + "-mn", "ping",
                        "-6", "-c", "1", "-W", "0.2", "-I", HOME, CN],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        bare = lambda s: s.raw[8:24] == n6(HOME) and not is_mh(5)(s)
        r("6275 11.3.1", "unregistered: nothing leaves from the home "
          "address without the tunnel", self.quiet(m, bare))

    def retransmitted(self, b, after, mark):
        r = self.r
        late = 0.5 * PATIENCE
        left = b.s.t + after + late - time.monotonic()
        got = [x for x in self.bus(mark) if x.s.t > b.s.t]
        if not got:
            s = self.net.wait(is_mh(5), self.net.mark(), max(left, 0), True)
            got = [Bu(s)] if s else []
        if not r("6275 11.8", "retransmitted after %.1f s" % after, got and
                 -0.1 < got[0].s.t - b.s.t - after < late,
                 got and got[0].s.t - b.s.t):
            return got and got[0]
        x = got[0]
        r("6275 11.8", "with a greater sequence number",
          0 < (x.seq - b.seq) & 0xffff < 0x8000)
        r("4285 6", "and a greater timestamp", x.opts[10] > b.opts[10])
        return x

    def ping(self, careof, seq, outer=HA, hlim=64, tc=0, otc=0,
             home=HOME, odst=None):
        mark = self.net.mark()
        self.send(packet(outer, odst or careof, 41, packet(CN, home, 58,
                  echo(CN, home, seq=seq), hlim, tc), 60, otc))
        return mark

    def pong(self, mark, seq, timeout=0.5, exact=False):
        def match(s):
            h = Headers(s.raw)
            return (h.nh == 41 and h.rest[6] == 58 and h.rest[40] == 129 and
                    h.rest[46:48] == struct.pack("!H", seq))
        return self.net.wait(match, mark, timeout, exact)

    def silent(self, mark, seq, seconds=0.08):
        return self.pong(mark, seq, seconds, True) is None

    def reachable(self, b, timeout=1.0):
        end = time.monotonic() + timeout * PATIENCE
        while time.monotonic() < end:
            if self.pong(self.ping(b.src, 500), 500, 0.1, True):
                return True
        return False

    def tunnel(self):
        r, net, c = self.r, self.net, self.careof
        s = self.pong(self.ping(c, 1, tc=0xb9, otc=0xb9), 1)
        if r("6275 11.3.1", "the reply leaves by the tunnel", s):
            h = Headers(s.raw)
            r.same("6275 11.3.1", "outer source and destination",
                   (h.src, h.dst), (c, HA))
            r.same("2473 6.3", "outer hop limit", h.hlim, 64)
            r.same("2473 4.1.1 (d), 5.1", "encapsulation limit 4, and nothing "
                   "else between", (h.order, h.options), ([60], bytes([41]) +
                   LIMIT))
            r.same("6275 11.3.1", "inner source and destination",
                   (t6(h.rest[8:24]), t6(h.rest[24:40])), (HOME, CN))
            r.same("2473 3.1", "inner hop limit of a packet of its own",
                   h.rest[7], 64)
            r.same("2473 5", "payload length", h.plen, 8 + len(h.rest))
            r("4443 2.3", "inner checksum", cksum(HOME, CN, 58,
              h.rest[40:]) == 0)
        for kw, what in (
                (dict(outer="2001:db8:1::2"), "from another node"),
                (dict(outer=CN), "from the correspondent"),
                (dict(home="2001:db8:1::101"), "to no home address")):
            r("6275 11.3.3", "not " + what, self.silent(self.ping(c, 2,
              **kw), 2))
        r("6040 4.2", "outer CE on Not-ECT is dropped", self.silent(
            self.ping(c, 3, otc=3), 3))
        mark = net.mark()
        u = struct.pack("!HHHH", 999, 9, 12, 0) + b"text"
        u = u[:6] + struct.pack("!H", cksum(CN, HOME, 17, u)) + u[8:]
        e = packet(CN, HOME, 17, u)
        self.send(packet(HA, c, 41, e))
        s = net.wait(lambda s: Headers(s.raw).nh == 41 and
                     Headers(s.raw).rest[40:42] == b"\1\4", mark, 0.5)
        if r("6275 11.3.1", "its ICMPv6 errors leave by the tunnel", s):
            r("4443 2.2", "from the home address, about the packet as it "
              "was", s.raw[56:72] == n6(HOME) and s.raw[96:] == e)
        mark = net.mark()
        e = packet(CN, HOME, 58, echo(CN, HOME, seq=5))
        self.send(packet(HA, c, 60, bytes([41]) + LIMIT + e))
        r("2473 4.1.1", "with a Tunnel Encapsulation Limit", self.pong(mark,
                                                                       5))
        mark = net.mark()
        e = packet(CN, HOME, 58, echo(CN, HOME, bytes(900), seq=6))
        for f in fragments(HA, c, 41, e, 512):
            self.send(f)
        r("2473 7.1", "a tunnel packet in fragments", self.pong(mark, 6))
        mark = net.mark()
        e = packet(CN, HOME, 58, echo(CN, HOME, bytes(1404), seq=7))
        for f in fragments(HA, c, 41, e, 1232):
            self.send(f)
        s = self.pong(mark, 7)
        r("2473 7.1", "1452 octets both ways: the reply just fits", s)
        r("2473 3.3", "inner hop limit 1 is enough here", self.pong(
            self.ping(c, 4, hlim=1), 4))

    def groups(self):
        """What an application does with groups: RFC 6275 11.3.4."""
        r, net = self.r, self.net
        mark = net.mark()
        # Joined on the link, on the tunnel, where the kernel likes; sent to.
        app = """if True:
            import socket, struct
            group = socket.inet_pton(socket.AF_INET6, "ff0e::77")
            wlan = socket.if_nametoindex("wlan0")
            tun = socket.if_nametoindex("mip6")
            held = []
            for index in (wlan, tun, 0):
                s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
                s.setsockopt(41, 20, group + struct.pack("@I", index))
                held.append(s)
            for index in (wlan, tun, 0):
                s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
                s.setsockopt(41, 17, index)
                s.sendto(b"to a group", ("ff0e::77", 999))
        """
        self.app(app)
        is_mld = lambda h: h.nh == 58 and h.rest[0] in (131, 132, 143)
        sent = lambda s: s.eth.src == self.mn_mac
        s = net.wait(lambda s: sent(s) and is_mld(Headers(s.raw)) and
                     n6("ff0e::77") in s.raw, mark, 2)
        if r("6275 11.3.4", "a group is joined on the foreign link", s):
            h = Headers(s.raw)
            r("6275 11.3.4", "not from the home address, no Home Address "
              "option", h.src != HOME and not h.hao, h.src)
        s = net.wait(lambda s: sent(s) and s.raw[24:40] == n6("ff0e::77"),
                     mark, 1)
        if r("6275 11.3.4", "and sent to", s):
            r("6275 11.3.4", "from the care-of address", s.raw[8:24] ==
              n6(self.careof), t6(s.raw[8:24]))
        inner = [Headers(s.raw).rest for s in net.all(lambda s: sent(s) and
                 Headers(s.raw).nh == 41)]
        bad = [p for p in inner if p[24] == 0xff and
               (p[8:24] != n6(HOME) or p[6] == 0)]
        r("6275 11.3.4", "nothing to a group goes through the tunnel but "
          "from the home address; reports of membership do not at all",
          not bad, [p.hex() for p in bad])

    def never_in_clear(self):
        """From the home address by the link's own interface: 11.3.1."""
        r, net = self.r, self.net
        mark = net.mark()
        app = """if True:
            import socket, struct
            wlan = socket.if_nametoindex("wlan0")
            def send(dst, device=False, info=False, group=False):
                s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
                try:
                    s.bind(("%s", 0))
                    if group:
                        s.setsockopt(41, 17, wlan)
                    if device:
                        s.setsockopt(1, 25, b"wlan0")
                    s.sendmsg([b"in clear?"], [(41, 50, bytes(16) +
                        struct.pack("@I", wlan))] if info else [], 0, dst)
                except OSError:
                    pass
            cn = ("%s", 999)
            send(cn)
            send(cn, device=True)
            send(cn, info=True)
            send(("%s", 999, 0, wlan))
            # A group has a route of its own in the table local, before rules.
            send(("ff0e::77", 999))
            send(("ff0e::77", 999), device=True)
            send(("ff0e::77", 999), group=True)
        """ % (HOME, CN, self.one.ll)
        self.app(app)
        s = net.wait(lambda s: Headers(s.raw).nh == 41 and s.raw.endswith(
            b"in clear?"), mark, 1)
        r("6275 11.3.1", "from the home address: by the tunnel", s)
        bad = net.all(lambda s: Headers(s.raw).nh != 41 and s.raw.endswith(
            b"in clear?"), mark)
        r("6275 11.3.1", "whatever interface is asked for: not past it",
          not bad, [s.ip.summary() for s in bad])

    def home_address_options(self):
        """Wherever one was seen: RFC 6275 11.3.1, 11.3.4, 11.7.1."""
        r, net = self.r, self.net
        got = net.all(lambda s: s.eth.src == self.mn_mac and
                      Headers(s.raw).hao is not None)
        r("6275 11.3.1", "Home Address options were seen", got)
        bad = [s for s in got if not is_mh(5, dst=HA)(s)]
        r("6275 11.3.1", "only in Binding Updates to the home agent: to no "
          "link-local peer, no group, not in Neighbor Discovery", not bad,
          [s.ip.summary() for s in bad])

    def routing_header(self):
        """RFC 6275 6.4, 11.3.3"""
        r, net, c = self.r, self.net, self.careof

        def send(seq, home=HOME, proto=None, before=b"", nh=43, **kw):
            mark = net.mark()
            e = echo(CN, home, seq=seq)
            self.send(packet(CN, c, nh, before + rh2(home, 58, **kw) + e))
            return mark
        s = self.pong(send(20), 20)
        if r("6275 11.3.3", "type 2 routing header: delivered", s):
            h = Headers(s.raw)
            r("6275 6.4.1", "it is not reversed: the reply goes by the tunnel, "
              "without another header", (h.order, h.src, h.dst, h.rest[6]) ==
              ([60], c, HA, 58) and h.hao is None)
        r("6275 6.4.1", "reserved is ignored", self.pong(
            send(21, reserved=b"\xff" * 4), 21))
        opt = bytes([43, 0, 1, 4, 0, 0, 0, 0])
        r("8200 4.1", "behind destination options, too", self.pong(
            send(22, before=opt, nh=60), 22))
        mark = net.mark()
        e = echo(CN, HOME, bytes(1000), seq=26)
        for f in fragments(CN, c, 58, e, 640, rh2(HOME, 44), 43):
            self.send(f)
        r("6275 6.4", "in front of a Fragment header, in each fragment",
          self.pong(mark, 26))
        # With an HAO, from a node of which it knows no binding
        mark = net.mark()
        self.send(packet(CN, c, 60, hao("2001:db8:1::77", 58) + echo(
            "2001:db8:1::77", c)))
        s = net.wait(is_mh(7, dst=CN), mark, 0.5)
        if r("6275 9.3.1", "an HAO without binding: Binding Error", s):
            h = Headers(s.raw)
            r.same("6275 9.3.3", "status 1, home address copied",
                   (h.rest[6], h.rest[8:24]), (1, n6("2001:db8:1::77")))
        err = lambda s: Headers(s.raw).nh == 58 and \
            Headers(s.raw).rest[0] < 128
        for kw, what in ((dict(left=0), "segments left 0"),
                         (dict(left=2), "segments left 2"),
                         (dict(home="2001:db8:1::101"),
                          "another home address"),
                         (dict(home="ff02::1"), "a multicast address"),
                         (dict(home=CN), "the correspondent's address"),
                         (dict(home="fe80::1"), "a link-local address")):
            mark = send(23, **kw)
            net.idle(0.06)
            seen = net.all(lambda s: err(s) or Headers(s.raw).nh == 41 or
                           Headers(s.raw).dst == CN, mark)
            r("6275 11.3.3", what + ": silently discarded", not seen,
              [s.ip.summary() for s in seen])
        # Two of them
        mark = net.mark()
        self.send(packet(CN, c, 43, rh2(HOME, 43) + rh2(HOME, 58) +
                  echo(CN, HOME, seq=24)))
        r("6275 6.4", "nested: not delivered", self.silent(mark, 24))
        mark = net.mark()
        long = bytes([58, 4, 2, 1]) + bytes(4) + n6(HOME) + n6(HOME)
        self.send(packet(CN, c, 43, long + echo(CN, HOME, seq=25)))
        r("6275 11.3.3", "length 4: silently discarded", self.quiet(mark,
          lambda s: err(s) or Headers(s.raw).nh == 41, 0.08))

    def mobility_errors(self):
        r, net, c = self.r, self.net, self.careof
        src = "2001:db8:cc::9"

        def send(m, dst=c, rh=False, bad=False):
            m = seal(m, src, HOME if rh else dst)
            if bad:
                m = m[:4] + bytes([m[4] ^ 1]) + m[5:]
            mark = net.mark()
            self.send(packet(src, dst, 43 if rh else 135,
                             (rh2(HOME, 135) if rh else b"") + m))
            return mark
        for rh in (False, True):
            s = net.wait(is_mh(7, dst=src), send(mobility(99, bytes(2), []),
                         rh=rh), 0.5)
            if r("6275 9.2", "unknown MH Type: Binding Error", s):
                h = Headers(s.raw)
                r.same("6275 9.3.3", "status 2, home address ::",
                       (h.rest[6], h.rest[8:24]), (2, bytes(16)))
                r("6275 9.3.3", "from where it went", h.src == c, h.src)
                r("6275 6.1.1", "checksum",
                  cksum(h.src, h.dst, 135, h.rest) == 0)
            ba = mobility(6, bytes(6), [])
            at = 64 if rh else 40
            for m, off, what in (
                    (b"\x11" + ba[1:], 0, "Payload Proto 17"),
                    (ba[:1] + b"\0" + ba[2:8], 1, "BA, Header Len 0")):
                s = net.wait(is_icmp(4, dst=src), send(m, rh=rh), 0.5)
                if r("6275 9.2", what + ": Parameter Problem", s):
                    h = Headers(s.raw)
                    r.same("6275 9.2", "code 0, pointer", (h.rest[1],
                           struct.unpack("!I", h.rest[4:8])[0]),
                           (0, at + off))
                    r("4443 2.3", "checksum",
                      cksum(h.src, h.dst, 58, h.rest) == 0)
        r("6275 9.2", "wrong checksum: silence", self.quiet(send(mobility(
            99, bytes(2), []), bad=True), lambda s: s.raw[24:40] ==
            n6(src), 0.08))
        # Errors and requests of nodes it has no binding with
        mark = net.mark()
        for status in (1, 2, 77):
            send(mobility(7, struct.pack("!BB", status, 0) + n6(HOME), []))
        send(mobility(0, bytes(2), []), rh=True)
        send(mobility(0, bytes(2), []))
        for t, n in ((1, 8), (2, 8), (3, 16), (4, 16)):
            send(mobility(t, bytes(2 + n), []), rh=True)
        send(mobility(5, struct.pack("!HHH", 9, 0xc000, 9), []))
        r("6275 11.3.6", "Binding Errors, Refresh Requests and others of "
          "strangers: nothing is sent", self.quiet(mark,
          lambda s: Headers(s.raw).nh == 135, 0.15))

    def neighbours(self):
        """What the node must not believe, and must not claim."""
        r, net = self.r, self.net
        three = self.three

        def ra(hlim=255, src=None, code=0, bad=False, opts=None):
            p = three.ra()
            src = src or three.ll
            m = p[40:41] + bytes([code, 0, 0]) + p[44:]
            if opts is not None:
                m = m[:16] + opts + m[16:]
            c = cksum(src, "ff02::1", 58, m) ^ (4 if bad else 0)
            self.port.send(packet(src, "ff02::1", 58, m[:2] +
                           struct.pack("!H", c) + m[4:], hlim),
                           src=three.mac)
        mark = net.mark()
        ra(hlim=254)
        ra(src=CN)
        ra(code=1)
        ra(bad=True)
        ra(opts=b"\xfd\0" + bytes(6))
        net.idle(0.3)
        got = [b.src for b in self.bus(mark)]
        r("4861 6.1.2", "RA with hop limit 254, from no link-local address, "
          "with code 1, bad checksum, option of length 0: no movement",
          not got, got)
        mark = net.mark()
        for dst in (solicited(HOME), HOME):
            for src in ("fe80::99", "::"):
                if src == "::" and dst == HOME:
                    continue
                p = IPv6(src=src, dst=dst, hlim=255) / ICMPv6ND_NS(tgt=HOME)
                if src != "::":
                    p /= ICMPv6NDOptSrcLLAddr(lladdr=self.port.mac)
                self.port.send(p, dst=self.mn_mac)
        self.port.answers["fe80::99"] = 0
        got = net.wait(is_icmp(136, target=HOME), mark, 0.2, True)
        r("6275 11.5.5", "away from home it claims no home address on the "
          "link", got is None)
        mark = net.mark()
        # Reserved bits and unknown options are nothing to be heeded: 6.1.9.
        m = seal(mobility(7, struct.pack("!BB", 1, 0xff) + n6(HOME),
                          [(200, b"abc")], reserved=0xff), HA, self.careof)
        net.idle(max(0, self.last.s.t + 1.1 - time.monotonic()))
        self.send(packet(HA, self.careof, 135, m))
        b = self.bu(mark, 0.5)
        if r("6275 11.3.6", "Binding Error 1 of the home agent: registers "
             "again", b):
            self.ba(b)
            net.idle(1.1)
            self.last = b

    def refreshes(self):
        r, net = self.r, self.net
        # Refresh Request by the home agent
        mark = net.mark()
        m = seal(mobility(0, b"\xff\xff", [(200, b"abc")], reserved=0xff), HA,
                 HOME)
        self.send(packet(HA, self.careof, 43, rh2(HOME, 135) + m))
        b = self.bu(mark, 0.5)
        if not r("6275 11.7.4", "a Refresh Request of the home agent: BU",
                 b):
            return
        # 135 for each: the next number, and no more than three a second
        mark = self.ba(b, status=135, seq=65535)
        x = self.bu(mark, 1.5)
        r("6275 9.5.1", "after 65535 comes 0", x and x.seq == 0, x and x.seq)
        b = x or b
        t0, seq, good, n = time.monotonic(), 1000, True, 0
        times = [b.s.t]
        while time.monotonic() < t0 + 2.2:
            mark = self.ba(b, status=135, seq=seq)
            x = self.bu(mark, 1.5)
            if x is None:
                break
            good = good and x.seq == seq + 1
            times.append(x.s.t)
            seq, b, n = seq + 1000, x, n + 1
        r("6275 11.7.1", "status 135: the next number", good and n > 1, n)
        most = max(sum(a <= t < a + 0.99 for t in times) for a in times)
        r("6275 11.8", "never more than 3 in a second", most <= 3, most)
        # lifetime 4 s: a new BU in time; advice: before that
        for kw, limit, what in (
                (dict(life=1), 4, "lifetime 4 s: refreshed before"),
                (dict(life=150, opts=[(2, struct.pack("!H", 1))]), 4.2,
                 "refresh advice of 4 s is followed")):
            mark = self.ba(b, **kw)
            x = self.bu(mark, limit, exact=True)
            if not r("6275 11.7.3" if "opts" not in kw else "6275 6.2.4",
                     what, x):
                break
            b = x
        self.ba(b, life=150)
        self.last = b

    def moves(self):
        r, net = self.r, self.net
        mark = self.plug(self.two)
        s = net.wait(is_icmp(133), mark, 1.5)
        r("6059 5.5", "another link: Router Solicitation", s)
        self.route(self.two)
        b = self.bu(mark, 2)
        if not r("6275 11.5.1", "moved: Binding Update", b):
            return
        self.bu_form(b, "2001:db8:f2::")
        r("6275 11.7.1", "with the next sequence number",
          0 < (b.seq - self.last.seq) & 0xffff < 100)
        x = self.retransmitted(b, 1.0, mark)
        b = x or b
        self.ba(b)
        r("6275 11.7.3", "reachable by the new care-of address",
          self.reachable(b))
        self.careof, self.last = b.src, b

    def returns(self):
        r, net = self.r, self.net
        bare = net.all(lambda s: s.raw[8:24] == n6(HOME))
        r("6275 11.3.1", "away from home nothing has left from the home "
          "address but through the tunnel", not bare,
          [s.ip.summary() for s in bare])
        mark = self.plug(self.house)
        self.route(self.house)
        b = self.bu(mark, 2, home=True)
        if not r("6275 11.5.5", "home again: Binding Update from the home "
                 "address", b):
            return
        h = b.h
        r.same("6275 11.5.5", "without a Home Address option", h.order, [])
        r.same("6275 11.5.5", "to the home agent", h.dst, HA)
        r.same("6275 11.5.5", "and its link-layer address", b.s.eth.dst,
               self.house.mac)
        self.bu_fields(b, 0)
        r("6275 11.5.5", "care-of address: the home address", b.opts.get(3,
          n6(HOME)) == n6(HOME))
        r("6275 11.7.1", "with the next sequence number",
          0 < (b.seq - self.last.seq) & 0xffff < 100)
        early = [s for s in net.all(lambda s: s.raw[8:24] == n6(HOME),
                 mark) if s.t < b.s.t]
        r("6275 11.5.5", "nothing from the home address before", not early,
          [s.ip.summary() for s in early])
        # It must answer for its home address now.
        for dst in (solicited(HOME), HOME):
            m = net.mark()
            self.port.send(IPv6(src=HA, dst=dst, hlim=255) /
                           ICMPv6ND_NS(tgt=HOME) /
                           ICMPv6NDOptSrcLLAddr(lladdr=self.house.mac),
                           dst=self.mn_mac if dst == HOME else None,
                           src=self.house.mac)
            s = net.wait(is_icmp(136, target=HOME), m, 0.3)
            if r("6275 11.5.5", "answers an NS for it, sent to " + dst, s):
                n = Headers(s.raw)
                r.same("6275 11.5.5", "unicast, to the solicitor",
                       (n.dst, s.eth.dst), (HA, self.house.mac))
                r.same("4861 7.2.4", "S set, R clear, reserved zero; hop "
                       "limit", (n.rest[4] & 0xc0, n.rest[5:8], n.hlim),
                       (0x40, bytes(3), 255))
                r.same("4861 7.2.4", "with its link-layer address",
                       n.rest[24:], b"\2\1" + bytes.fromhex(
                           self.mn_mac.replace(":", "")))
        m = net.mark()
        r("6275 11.5.5", "not yet announced", not net.all(lambda s:
          is_icmp(136, dst="ff02::1", target=HOME)(s), mark))
        m = self.ba(b, rh=False, life=0)
        s = net.wait(is_icmp(136, dst="ff02::1", target=HOME), m, 0.5)
        if r("6275 11.5.5", "acknowledged: NA to all nodes", s):
            n = Headers(s.raw)
            r.same("6275 11.5.5", "S, R clear, O set", n.rest[4:8],
                   b"\x20\0\0\0")
            r.same("6275 11.5.5", "with the node's link-layer address",
                   n.rest[24:], b"\2\1" + bytes.fromhex(
                       self.mn_mac.replace(":", "")))
            r.same("4861 7.1.2", "hop limit 255", n.hlim, 255)
        s = net.wait(lambda s: is_icmp(136, dst="ff02::1")(s) and
                     s.raw[48:50] == b"\xfe\x80" and s.raw[44] == 0x20, m,
                     0.3)
        r("6275 11.5.5", "and for its link-local address", s)
        # Direct traffic
        self.port.answers[CN] = 0
        m, s = net.mark(), None
        for _ in range(10):
            self.send(packet(CN, HOME, 58, echo(CN, HOME, seq=50)))
            s = net.wait(lambda s: s.raw[6] == 58 and s.raw[40] == 129 and
                         s.raw[8:24] == n6(HOME), m, 0.3, True)
            if s:
                break
        r("6275 11.5.5", "packets flow on the home link, untunnelled", s)
        self.app("""if True:
            import socket
            s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
            s.bind(("%s", 0))
            s.setsockopt(41, 17, socket.if_nametoindex("wlan0"))
            s.sendto(b"at home", ("ff0e::77", 999))
        """ % HOME)
        r("6275 11.5.5", "and to groups", net.wait(lambda s:
          s.raw[8:24] == n6(HOME) and s.raw[24:40] == n6("ff0e::77") and
          s.raw.endswith(b"at home"), m, 1))
        r("6275 11.5.5", "no more Binding Updates", self.quiet(m, is_mh(5),
          1.2))
        dad = net.all(lambda s: is_icmp(135, target=HOME)(s) and
                      s.raw[8:24] == bytes(16))
        r("6275 11.5.5", "no Duplicate Address Detection for the home "
          "address, at any time", not dad, len(dad))
        src = net.all(lambda s: is_icmp(135)(s) and s.raw[8:24] == n6(HOME)
                      and s.t < b.s.t)
        r("6275 11.5.5", "no NS from the home address before", not src)
        self.last = b

    def leaves_tentative(self):
        """With DAD of care-of addresses: RFC 4862 5.4, 6275 11.5.3."""
        r, net = self.r, self.net
        for k, v in (("accept_dad", 1), ("dad_transmits", 1)):
            subprocess.run(["ip", "netns", "exec", self.netid + "-mn",
                            "sysctl", "-qw", "net.ipv6.conf.wlan0.%s=%d" %
                            (k, v)], check=True)
        mark = self.plug(self.three)
        self.route(self.three)
        b = self.bu(mark, 4)
        if not r("6275 11.7.1", "left home: Binding Update", b):
            return
        self.bu_form(b, "2001:db8:f3::")
        dad = net.all(lambda s: is_icmp(135, target=b.src)(s) and
                      s.raw[8:24] == bytes(16), mark)
        r("4862 5.4", "not before Duplicate Address Detection has ended",
          dad and b.s.t - dad[0].t > 0.9, dad and b.s.t - dad[0].t)
        self.ba(b)
        r("6275 11.7.3", "reachable again", self.reachable(b))
        x = net.all(lambda s: is_icmp(135, target=HOME)(s) and
                    s.raw[8:24] == bytes(16))
        r("6275 11.5.5", "no DAD for the home address away from home",
          not x)
        hl = [s.raw[7] for s in net.all(lambda s: Headers(s.raw).nh == 58
              and 133 <= Headers(s.raw).rest[0] <= 137)]
        r("4861 7.1", "hop limit 255 in all Neighbor Discovery",
          all(v == 255 for v in hl))
        self.last = b

    def refused(self):
        """The end: status 134."""
        r, net = self.r, self.net
        mark = self.plug(self.two)
        self.route(self.two)
        b = self.bu(mark, 4)
        if not r("6275 11.5.1", "moved again: Binding Update", b):
            return
        mark = self.ba(b, status=134)
        r("6275 11.7.1", "status 134: the home address is not used again",
          self.quiet(mark, is_mh(5), 2))
        r("6275 11.7.1", "and not reachable", self.silent(self.ping(b.src,
          60), 60, 0.1))


def run(net, netid, r):
    t = Test(net, netid, r)
    for step in (t.first, t.tunnel, t.never_in_clear, t.groups, t.routing_header,
                 t.mobility_errors, t.neighbours, t.refreshes, t.moves,
                 t.returns, t.leaves_tentative, t.home_address_options,
                 t.refused):
        print("# " + step.__name__, flush=True)
        if step() is False:
            break

"""The trouble part of rfc.py: a home agent whose preconditions change while it
runs, and one whose engine hangs."""
import json
import os
import signal
import subprocess
import time

import rfc_ha
from rfc import *
from rfc_ha import CN, HA, HOST, node


class Trouble(rfc_ha.Test):
    def __init__(self, net, netid, r):
        super().__init__(net, netid, r)
        self.netid = netid

    def sh(self, ns, *words):
        subprocess.run(["ip", "netns", "exec", self.netid + "-" + ns, *words],
                       check=True)

    def ctl(self, *words):
        p = subprocess.run([os.environ["MIP6CTL"], "-s",
                            os.environ["NET_DIR"] + "/ha.sock", *words],
                           capture_output=True, text=True)
        return p.stdout + p.stderr

    def why(self):
        return self.ctl("-j", "why")

    def until(self, good, seconds=5):
        end = time.monotonic() + seconds * PATIENCE
        while not good():
            if time.monotonic() > end:
                return False
            self.net.idle(0.05)
        return True

    def ra(self, mark, match, seconds=5):
        """The first advertisement since mark that is like that."""
        return self.net.wait(lambda s: is_icmp(134)(s) and match(
            Headers(s.raw).rest), mark, seconds)

    def told(self, reason):
        """why names it, and status does not say that all is well."""
        return (reason in self.why() and
                "degraded" in self.ctl("status"))

    def tunnelled(self, n):
        mark = self.net.mark()
        self.wan.send(packet(CN, n.home, 58, echo(CN, n.home)))
        return self.net.wait(is_tunnelled(n.careof), mark, 0.5) is not None

    def solicit(self, target, src):
        m = struct.pack("!BBHI", 135, 0, 0, 0) + n6(target)
        if src != "::":
            m += b"\1\1" + bytes.fromhex(self.home.mac.replace(":", ""))
        dst = solicited(target)
        mark = self.net.mark()
        self.home.send(packet(src, dst, 58, m[:2] + struct.pack(
            "!H", cksum(src, dst, 58, m)) + m[4:], 255))
        return mark

    def answered(self, target, src, flags):
        mark = self.solicit(target, src)
        s = self.net.wait(lambda s: is_icmp(136, target=target)(s) and
                          s.raw[44] & 0x20 == 0, mark, 1)
        return (s is not None and s.raw[44] == flags and s.raw[64:] ==
                b"\2\1" + bytes.fromhex(self.home.peer.replace(":", "")))

    # Checks

    def link_local(self):
        """Packets to the link-local address of a node that set L."""
        r, net = self.r, self.net
        ll = t6(n6("fe80::")[:8] + n6(self.n.home)[8:])
        for src in ("fe80::50", HOST):
            mark = net.mark()
            self.home.send(packet(src, ll, 58, echo(src, ll)))
            s = net.wait(is_icmp(1, dst=src), mark, 1)
            if not r("6275 10.4.2", "to %s from %s: Destination Unreachable" %
                     (ll, src), s):
                continue
            h = Headers(s.raw)
            r.same("6275 10.4.2", "code 3", h.rest[1], 3)
            r("4443 2.2", "from a link-local address of the agent's own",
              h.src.startswith("fe80:") and s.eth.src == self.home.peer, h.src)
        # The kernel would have asked for the neighbour and sent a Redirect.
        net.idle(1.5)
        got = net.all(lambda s: is_icmp(137)(s) or is_icmp(
            135, target=ll)(s) and s.eth.src == self.home.peer or
            is_tunnelled(self.n.careof)(s), mark)
        r("6275 10.4.2", "no Redirect, not forwarded, not tunnelled", not got)
        r("6275 10.4.2", "the agent's own link-local address is reachable",
          self.own_reachable())

    def own_reachable(self):
        own = self.ra(0, lambda m: True)
        own = Headers(own.raw).src
        mark = self.net.mark()
        self.home.send(packet("fe80::50", own, 58, echo("fe80::50", own)))
        return self.net.wait(is_icmp(129, dst="fe80::50"), mark, 1) is not None

    def hung(self):
        """The engine is stopped, then killed: net defends its nodes."""
        r, n = self.r, self.n
        ll = t6(n6("fe80::")[:8] + n6(n.home)[8:])
        r("6275 10.3.1", "with L", self.register(n, n.careof, flags=0xe0))
        pid = self.pid_of("ha")
        os.kill(pid, signal.SIGSTOP)
        for a in (n.home, ll):
            r("6275 10.4.1", "the engine hangs: %s is answered for" % a,
              self.answered(a, HOST, 0x40))
            r("6275 10.4.1", "and defended against DAD", self.answered(
                a, "::", 0))
        r("6275 10.4.2", "packets to the node are tunnelled",
          self.tunnelled(n))
        # It is killed for that after five seconds; at the latest now.
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        r("6275 10.4.1", "it is dead: answered for", self.answered(
          n.home, HOST, 0x40))
        r("6275 10.4.1", "another one has begun", self.until(
          lambda: self.pid_of("ha") not in (0, pid), 20))
        r("6275 10.3.1", "which takes registrations", self.until(
          lambda: self.register(n, n.careof)))
        r("6275 10.4.1", "answered for", self.answered(n.home, HOST, 0x40))
        # It says otherwise: nobody is away any more.
        h = self.ba(self.bu(n, n.careof, life=0), n.careof)
        r.same("6275 10.3.2", "de-registered", h and h.rest[6], 0)
        mark = self.solicit(n.home, HOST)
        r("6275 10.3.2", "answered for no longer", self.quiet(
          mark, is_icmp(136, target=n.home)))

    def pid_of(self, role):
        try:
            rows = json.loads(self.ctl("-j", "show", "processes"))["rows"]
        except (ValueError, KeyError):
            return 0
        return max([p["pid"] for p in rows if p.get("role") == role and
                    p.get("state") == "ready"] + [0])

    def forwarding(self):
        r, n = self.r, self.n
        for what in ("all", "home", "mip6"):
            mark = self.net.mark()
            key = "net.ipv6.conf.%s.forwarding=" % what
            self.sh("ha", "sysctl", "-qw", key + "0")
            r("4861 6.2.5", "%s does not forward: router lifetime 0, and no "
              "home agent" % what, self.ra(
                  mark, lambda m: m[6:8] == b"\0\0" and m[5] & 0x20 == 0))
            r("why", "and that is told", self.until(
              lambda: self.told("forwarding-off")))
            h = self.ba(self.bu(n, n.careof), n.careof)
            r.same("6275 10.3.1", "registrations are refused with 128",
                   h and h.rest[6], 128)
            mark = self.net.mark()
            self.sh("ha", "sysctl", "-qw", key + "1")
            r("4861 6.2.5", "it forwards: a router and home agent again",
              self.ra(mark, lambda m: m[6:8] != b"\0\0" and m[5] & 0x20))
            r("why", "nothing is wrong", self.until(
              lambda: "forwarding-off" not in self.why()))
            r("6275 10.3.1", "registrations are accepted",
              self.register(n, n.careof) and self.tunnelled(n))

    def address(self):
        """The agent's address goes, comes back as a duplicate, is well."""
        r = self.r
        ip = "ip", "-6", "addr"
        on = HA + "/64", "dev", "home"
        mark = self.net.mark()
        self.sh("ha", *ip, "del", *on)
        r("6275 7.1", "without its address, no home agent", self.ra(
          mark, lambda m: m[6:8] != b"\0\0" and m[5] & 0x20 == 0))
        r("why", "and that is told", self.until(
          lambda: self.told("agent-address-missing")))
        self.sh("ha", "sysctl", "-qw", "net.ipv6.conf.home.accept_dad=1",
                "net.ipv6.conf.home.dad_transmits=1")
        self.home.answers[HA] = 0
        self.sh("ha", *ip, "add", *on)
        r("why", "a duplicate is told as such", self.until(
          lambda: self.told("agent-address-duplicate")))
        del self.home.answers[HA]
        self.sh("ha", *ip, "del", *on)
        mark = self.net.mark()
        self.sh("ha", *ip, "add", *on, "nodad")
        r("6275 7.1", "with it, a home agent again", self.ra(
          mark, lambda m: m[5] & 0x20))
        r("why", "both are over", self.until(
          lambda: not any("agent-address-" + x in self.why()
                          for x in ("missing", "duplicate"))))
        self.home.send(IPv6(src=HA, dst="ff02::1", hlim=255) /
                       ICMPv6ND_NA(tgt=HA, R=1, O=1, S=0) /
                       ICMPv6NDOptDstLLAddr(lladdr=self.home.mac))
        r("why", "a stranger that claims it is told, with its address",
          self.until(lambda: self.told("agent-address-claimed") and
                     self.home.mac in self.why()))

    def interface(self):
        """The interface of the home link gets another name, and its own."""
        r, n = self.r, self.n
        self.sh("ha", "ip", "link", "set", "home", "down")
        self.sh("ha", "ip", "link", "set", "home", "name", "other")
        self.sh("ha", "ip", "link", "set", "other", "up")
        r("why", "an interface that got another name is missing", self.until(
          lambda: self.told("interface-missing")))
        # What is bound stays bound; new promises are not made.
        h = self.ba(self.bu(n, n.careof), n.careof)
        r("6275 10.3.1", "no registration is accepted",
          h is None or h.rest[6] == 128)
        self.sh("ha", "ip", "link", "set", "other", "down")
        self.sh("ha", "ip", "link", "set", "other", "name", "home")
        mark = self.net.mark()
        self.sh("ha", "ip", "link", "set", "home", "up")
        self.sh("ha", "ip", "-6", "addr", "replace", HA + "/64", "dev",
                "home", "nodad")
        r("4861 6.2.4", "with its name it is advertised again", self.ra(
          mark, lambda m: m[6:8] != b"\0\0" and m[5] & 0x20))
        r("why", "nothing is wrong", self.until(
          lambda: "interface-missing" not in self.why()))
        r("6275 10.3.1", "registrations are accepted", self.until(
          lambda: self.register(n, n.careof)))
        self.sh("ha", "ip", "-6", "route", "replace", "default", "via",
                "2001:db8:aa::1")

    def prefix(self):
        """A reload adds a prefix, and takes it away."""
        r, net = self.r, self.net
        path = os.environ["NET_DIR"] + "/ha.conf"
        with open(path) as f:
            text = f.read()
        one = "prefix 2001:db8:1::/64\n"
        for t in (text.replace(one, one + "prefix 2001:db8:a1::/64\n", 1),
                  text):
            with open(path, "w") as f:
                f.write(t)
            mark = net.mark()
            self.ctl("reload")
            s = self.ra(mark, lambda m: n6("2001:db8:a1::") in m)
            if not r("4861 6.2", "the prefix is in the advertisement", s):
                return
        zero = b"\3\4\x40\xc0" + bytes(12) + n6("2001:db8:a1::")
        r("4861 6.2.5", "taken away, it is advertised with lifetimes of 0",
          self.ra(mark, lambda m: zero in m))


def run(net, netid, r):
    t = Trouble(net, netid, r)
    ra = net.wait(is_icmp(134), 0, 3)
    if not r("6275 7", "Router Advertisements", ra):
        return
    t.home.peer = ra.eth.src
    t.wan.peer = sys.argv[4]
    t.home.answers[HOST] = 0
    t.home.answers["fe80::50"] = 0
    t.wan.answers["2001:db8:aa::1"] = 1
    t.n = node(1, 0)
    t.n.careof = t.careof()
    r("6275 10.3.1", "a node is registered", t.register(t.n, t.n.careof, 2.5,
                                                        flags=0xe0))
    for step in (t.link_local, t.forwarding, t.prefix, t.address, t.interface,
                 t.hung):
        print("# " + step.__name__, flush=True)
        step()

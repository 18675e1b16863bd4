#!/usr/bin/python3
"""What ipsec.sh does in its guest: moves of a node, and IKE_SAs a second.

    ipsec.py move HOME CORRESPONDENT COUNT IF-A IF-B    in the node's namespace
    ipsec.py mobike SOCKET SIDE HOME-AGENT HOME     and initiate it as mn
    ipsec.py load SOCKET SIDE FIRST COUNT CARE-OF   the connections of nodes
    ipsec.py blocks SIDE FIRST COUNT        the same for mip6d.conf
    ipsec.py initiate SOCKET...             until all have their CHILD_SA
    ipsec.py table FILE                     of lines of JSON, for people
"""
import fcntl
import ipaddress
import json
import re
import select
import socket
import statistics
import struct
import subprocess
import sys
import time

PORT = 5003
STEP = 0.005        # seconds between two packets
PATIENCE = 15.0     # after that a move has failed
SETTLE = 1.5        # seconds of traffic before the next move

# ---------------------------------------------------------------------- moves


def set_link(name, up):
    """SIOCSIFFLAGS: no process to start, which takes long in a guest."""
    s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    req = struct.pack("16sh14x", name.encode(), 0)
    flags = struct.unpack("16sh14x", fcntl.ioctl(s, 0x8913, req))[1]
    flags = flags | 1 if up else flags & ~1
    fcntl.ioctl(s, 0x8914, struct.pack("16sh14x", name.encode(), flags))
    s.close()


def global_addresses(name):
    """Those of an interface that can be used: not tentative, not dadfailed."""
    found = []
    with open("/proc/net/if_inet6", encoding="ascii") as f:
        for line in f:
            addr, _, _, scope, flags, dev = line.split()
            if dev == name and scope == "00" and not int(flags, 16) & 0x48:
                found.append(ipaddress.IPv6Address(bytes.fromhex(addr)))
    return found


def tunnel_source(home):
    """The care-of address that the kernel's tunnel policy has."""
    out = subprocess.run(["ip", "xfrm", "policy"], capture_output=True,
                         text=True, check=True).stdout
    m = re.search(r"src %s/128 dst ::/0 [^s]*\n(?:\s+dir out.*\n)"
                  r"(?:\s.*\n)*?\s+tmpl src (\S+)" % home, out)
    return m and ipaddress.IPv6Address(m.group(1))


class Stream:
    """Echo requests, one each STEP, and when they were answered."""

    def __init__(self, home, peer):
        self.s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        self.s.setsockopt(socket.IPPROTO_IPV6, 78, 1)   # IPV6_FREEBIND
        self.s.bind((home, 0))
        self.s.setblocking(False)
        self.peer = (peer, PORT)
        self.sent, self.got, self.due = [], {}, time.monotonic()

    def turn(self):
        """Send when it is time, take in what is there."""
        now = time.monotonic()
        if now >= self.due:
            self.due = now + STEP
            self.sent.append(now)
            try:
                self.s.sendto(b"%d" % (len(self.sent) - 1), self.peer)
            except OSError:
                pass
        select.select([self.s], [], [], max(0, self.due - time.monotonic()))
        try:
            while True:
                self.got.setdefault(int(self.s.recv(100)), time.monotonic())
        except (OSError, ValueError):
            pass

    def run(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.turn()

    def answered(self, since):
        """When the first one sent since then came back, or None."""
        i = len(self.sent)
        first = None
        while i > 0 and self.sent[i - 1] >= since:
            i -= 1
            first = self.got.get(i, first)
        return first


def settled(stream, links):
    """Both links can be used, the stream flows; returns the one in use."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        stream.run(SETTLE)
        have = {n: global_addresses(n) for n in links}
        source = tunnel_source(stream.s.getsockname()[0])
        at = [n for n in links if source in have[n]]
        if at and all(have.values()) and \
                stream.answered(time.monotonic() - 0.3):
            return at[0]
    return None


def move(home, cn, count, *links):
    stream = Stream(home, cn)
    took, lost = [], []
    for k in range(int(count)):
        at = settled(stream, links)
        if at is None:
            sys.exit("move %d: traffic does not flow" % k)
        first, begin = len(stream.sent), time.monotonic()
        set_link(at, False)
        back = None
        while back is None and time.monotonic() < begin + PATIENCE:
            stream.turn()
            back = stream.answered(begin)
        if back is None:
            sys.exit("move %d from %s: no answer" % (k, at))
        stream.run(0.2)
        took.append((back - begin) * 1000)
        lost.append(sum(i not in stream.got
                        for i in range(first, len(stream.sent) - 20)))
        set_link(at, True)
    print(json.dumps({"moves": len(took), "ms_median":
                      statistics.median(took), "ms_min": min(took),
                      "ms_max": max(took), "lost_median":
                      statistics.median(lost)}))


# ----------------------------------------------------------------------- VICI


def encode(sections):
    """Dictionaries are sections, lists are lists, all else is a value."""
    out = b""
    for k, v in sections.items():
        key = bytes([len(k)]) + k.encode()
        if isinstance(v, dict):
            out += b"\x01" + key + encode(v) + b"\x02"
        elif isinstance(v, list):
            out += b"\x04" + key + b"".join(
                struct.pack("!BH", 5, len(i)) + i.encode() for i in v) + b"\x06"
        else:
            out += b"\x03" + key + struct.pack("!H", len(v)) + v.encode()
    return out


class Vici:
    def __init__(self, path):
        self.s = socket.socket(socket.AF_UNIX)
        self.s.connect(path)

    def fileno(self):
        return self.s.fileno()

    def packet(self, kind, name, body=b""):
        p = bytes([kind, len(name)]) + name.encode() + body
        self.s.sendall(struct.pack("!I", len(p)) + p)

    def read(self):
        def some(n):
            data = b""
            while len(data) < n:
                data += self.s.recv(n - len(data)) or sys.exit("charon ended")
            return data
        return some(struct.unpack("!I", some(4))[0])

    def request(self, name, sections, event=lambda p: None):
        """Returns the answer, as it is; events that come are passed on."""
        self.packet(0, name, encode(sections))
        while (p := self.read())[0] == 7:
            event(p)
        if p[0] != 1 or b"\x07success\x00\x02no" in p:
            sys.exit("%s: %r" % (name, p))


def connection(v, side, name, ids, settings, child, selectors):
    """load-conn and load-shared; ids, selectors: of the node, of the agent."""
    def mine_first(pair):
        return pair if side == "mn" else pair[::-1]
    me, you = mine_first(ids)
    local, remote = mine_first(selectors)
    ((child_name, child_settings),) = child.items()
    v.request("load-conn", {name: {
        "version": "2", "rekey_time": "0",
        "proposals": ["aes128-sha256-x25519"], **settings,
        "local": {"auth": "psk", "id": me},
        "remote": {"auth": "psk", "id": you},
        "children": {child_name: {
            "local_ts": [local], "remote_ts": [remote],
            "esp_proposals": ["aes128-sha256"], **child_settings}}}})
    v.request("load-shared", {"id": name, "type": "IKE", "owners": list(ids),
                              "data": "the secret of " + name})


def mobike(path, side, agent, home):
    """One tunnel for all of the node's traffic, policies are charon's."""
    v = Vici(path)
    connection(v, side, "moving", ("mn@example.com", "ha@example.com"), {
        "mobike": "yes",
        "local_addrs": ["%any" if side == "mn" else agent],
        "remote_addrs": [agent if side == "mn" else "%any"]},
        {"tun": {"mode": "tunnel"}}, (home + "/128", "::/0"))
    if side == "mn":
        v.request("initiate", {"child": "tun", "timeout": "20000"})


# Nodes by number: HOST of them are of one host, which has no more addresses,
# SHARE of these have the same home agent address, as MAX_UPDATE_RATE allows.
HOST, SHARE = 30, 3


class Node:
    def __init__(self, i):
        link = i % (HOST // SHARE) + 1
        self.name, self.identity = "node%d" % i, "mn%d@example.com" % i
        self.home = "2001:db8:1:%x::%x" % (link, 0x1000 + i)
        self.agent = "2001:db8:1:%x::1" % link
        self.prefix = "2001:db8:1:%x::/64" % link
        self.reqid = 100 + 2 * i


def nodes(first, count):
    return map(Node, range(int(first), int(first) + int(count)))


def load(path, side, first, count, coa):
    """Connections as mip6d loads them, for a binding's association alone."""
    v = Vici(path)
    for n in nodes(first, count):
        connection(v, side, n.name, (n.identity, "ha@example.com"), {
            "mobike": "no",
            "local_addrs": [coa if side == "mn" else n.agent],
            "remote_addrs": [n.agent if side == "mn" else "%any"]},
            {"mh": {"mode": "transport_proxy", "policies": "no",
                    "reqid": str(n.reqid)}},
            (n.home + "/128[135]", n.agent + "/128[135]"))


def blocks(side, first, count):
    if side == "ha":
        for n in nodes(0, HOST // SHARE):
            print('home-link virtual { address %s; prefix %s }' % (
                n.agent, n.prefix))
    for n in nodes(first, count):
        common = '\nauthentication ipsec\nipsec {\nprotect none\nidentity "%s"\n' \
            'secret "the secret of %s"\n' % (n.identity, n.name)
        if side == "ha":
            print("mobile-node {\nhome-address %s%s}\n}" % (n.home, common))
        else:
            print("home-address %s {\nhome-prefix %s\nhome-agent %s\n"
                  'lifetime 600s%shome-agent-identity "ha@example.com"\n'
                  "}\n}" % (n.home, n.prefix, n.agent, common))


def initiate(*paths):
    hosts, up = [Vici(p) for p in paths], set()

    def event(p):
        up.update(re.findall(rb"node\d+", p) if b"child-updown" in p and
                  b"INSTALLED" in p else [])

    for v in hosts:
        v.packet(3, "child-updown")
        v.read()
    begin = time.monotonic()
    for i in range(HOST * len(hosts)):
        hosts[i // HOST].request("initiate", {
            "child": "mh", "ike": Node(i).name, "timeout": "-1"}, event)
    while len(up) < HOST * len(hosts):
        if time.monotonic() > begin + 240:
            sys.exit("%d only" % len(up))
        for v in select.select(hosts, [], [], 1)[0]:
            event(v.read())
    took = time.monotonic() - begin
    print(json.dumps({"nodes": len(up), "seconds": took,
                      "per_second": len(up) / took}))


# ---------------------------------------------------------------------- table


def table(path):
    rows = {}
    with open(path, encoding="ascii") as f:
        for line in f:
            rows.update(json.loads(line))
    print("Moves: ms from the loss of the link until a packet sent after it "
          "is back,\nthrough the tunnel in ESP both ways; another link is "
          "there already.  Packets\nlost are of one each %g ms.\n" %
          (STEP * 1000))
    print("%-24s %5s %8s %8s %8s %6s" %
          ("", "moves", "median", "min", "max", "lost"))
    for key, name in (("mip6d", "mip6d (MIGRATE)"),
                      ("mobike", "charon alone (MOBIKE)")):
        r = rows[key]
        print("%-24s %5d %8.1f %8.1f %8.1f %6.0f" % (
            name, r["moves"], r["ms_median"], r["ms_min"], r["ms_max"],
            r["lost_median"]))
    print("\nNodes that come all at once from a few hosts, with IKEv2 and a "
          "secret each; the\none processor does the work of both ends, and "
          "with mip6d the hosts' connections\nare loaded in that time, too.\n")
    print("%-40s %6s %9s" % ("", "nodes", "a second"))
    for key, name in (("ike", "IKE_SAs of charon alone"),
                      ("registrations", "registrations with mip6d")):
        r = rows[key]
        print("%-40s %6d %9.1f" % (name, r["nodes"], r["per_second"]))
    print("registrations are %.0f %% of charon's own limit" % (
        100 * rows["registrations"]["per_second"] / rows["ike"]["per_second"]))


COMMANDS = {"move": move, "mobike": mobike, "load": load,
            "blocks": blocks, "initiate": initiate, "table": table}
COMMANDS[sys.argv[1]](*sys.argv[2:])

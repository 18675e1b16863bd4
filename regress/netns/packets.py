#!/usr/bin/python3
"""Sends and receives what the tests of the network process need.

    packets.py udp-recv ADDR COUNT          print "SOURCE TEXT" per datagram,
                                            until there were so many
    packets.py udp-dstopts SRC DST TEXT     destination options, no HAO
    packets.py udp-hao SRC HOME DST TEXT IF [more]   a Home Address option,
                                            alone or with another option
    packets.py udp-chain SRC HOME DST TEXT IF KIND   the same: in three
                                            fragments, as an atomic one, or
                                            behind a routing header of type 0
                                            with a segment left or with none
    packets.py forge OUTER-SRC OUTER-DST SRC DST COUNT IF    IPv6 in IPv6
    packets.py sniff IF                     BE STATUS HOME, PP CODE, PING;
                                            to the first echo request
    packets.py tcp-recv ADDR                SHA-256 of what came, sent back
    packets.py tcp-send SRC DST MB [dstopts]
"""
import hashlib
import socket
import sys
import time

PADN = bytes([0, 0, 1, 4, 0, 0, 0, 0])


LIMIT = 120     # seconds: who waits longer than that waits in vain


def udp_recv(addr, count):
    s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    s.bind((addr, 7777))
    s.settimeout(LIMIT)
    for _ in range(int(count)):
        data, peer = s.recvfrom(2000)
        print(peer[0], data.decode(), flush=True)


def udp_dstopts(src, dst, text):
    s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    s.bind((src, 0))
    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_DSTOPTS, PADN)
    s.sendto(text.encode(), (dst, 7777))


def send(packet, interface, count=1):
    """By the kernel's routes, whatever the source address says."""
    s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_RAW)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE,
                 interface.encode())
    for _ in range(count):
        s.sendto(bytes(packet), (packet.dst, 0))


def udp_hao(src, home, dst, text, interface, more=None):
    from scapy.all import (IPv6, IPv6ExtHdrDestOpt, HAO, HBHOptUnknown, UDP,
                           Raw)
    options = [HAO(hoa=home)]
    if more:
        options.append(HBHOptUnknown(otype=0x1e, optdata=b"12345678"))
    # Scapy minds the HAO in the checksum only if it is alone.
    plain = IPv6(bytes(IPv6(src=home, dst=dst) / UDP(sport=5555, dport=7777) /
                       Raw(text.encode())))
    send(IPv6(src=src, dst=dst) / IPv6ExtHdrDestOpt(options=options) /
         plain[UDP], interface)


def udp_chain(src, home, dst, text, interface, kind):
    from scapy.all import (IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment,
                           IPv6ExtHdrRouting, HAO, UDP, Raw)
    plain = IPv6(bytes(IPv6(src=home, dst=dst) / UDP(sport=5555, dport=7777) /
                       Raw(text.encode())))[UDP]
    outer = IPv6(src=src, dst=dst)
    hao = IPv6ExtHdrDestOpt(options=[HAO(hoa=home)])
    if kind in ("left", "none-left"):
        rh = IPv6ExtHdrRouting(type=0, addresses=["2001:db8:cc::2"],
                               segleft=kind == "left")
        send(outer / rh / hao / plain, interface)
        return
    data, step = bytes(plain), 504 if kind == "fragments" else 65528
    for at in range(0, len(data), step):
        piece = data[at:at + step]
        send(outer / hao / IPv6ExtHdrFragment(
            nh=17, id=6275, offset=at // 8, m=at + step < len(data)) /
            Raw(piece), interface)


def forge(osrc, odst, src, dst, count, interface):
    from scapy.all import IPv6, UDP, Raw
    send(IPv6(src=osrc, dst=odst) / IPv6(src=src, dst=dst) /
         UDP(sport=5555, dport=7777) / Raw(b"forged"), interface, int(count))


def sniff_lines(interface):
    from scapy.all import (sniff, IPv6, MIP6MH_BE, ICMPv6ParamProblem,
                           ICMPv6EchoRequest)

    def line(p):
        if MIP6MH_BE in p:
            print("BE", p[MIP6MH_BE].status, p[MIP6MH_BE].ha, flush=True)
        if ICMPv6ParamProblem in p:
            print("PP", p[ICMPv6ParamProblem].code, flush=True)
    sniff(prn=line, store=False, iface=interface, timeout=LIMIT,
          lfilter=lambda p: IPv6 in p,
          stop_filter=lambda p: ICMPv6EchoRequest in p,
          started_callback=lambda: print("ready", flush=True))


def tcp_recv(addr):
    s = socket.socket(socket.AF_INET6)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind((addr, 7778))
    s.listen(1)
    c, _ = s.accept()
    h = hashlib.sha256()
    while data := c.recv(1 << 20):
        h.update(data)
    c.sendall(h.hexdigest().encode())


def tcp_send(src, dst, mb, dstopts=None):
    s = socket.socket(socket.AF_INET6)
    s.bind((src, 0))
    s.settimeout(60)
    if dstopts:
        # Linux forgets now and then that they need room, and is told so.
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 1300)
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_DSTOPTS, PADN)
    h = hashlib.sha256()
    block = bytes(range(251)) * 4177
    start = time.time()
    s.connect((dst, 7778))
    for _ in range(int(mb)):
        s.sendall(block)
        h.update(block)
    s.shutdown(socket.SHUT_WR)
    same = s.recv(100).decode() == h.hexdigest()
    print("%s %.0f Mbit/s" % ("same" if same else "different",
          int(mb) * len(block) * 8e-6 / (time.time() - start)))
    sys.exit(0 if same else 1)


COMMANDS = {"udp-recv": udp_recv, "udp-dstopts": udp_dstopts,
            "udp-hao": udp_hao, "udp-chain": udp_chain, "forge": forge, "sniff": sniff_lines,
            "tcp-recv": tcp_recv, "tcp-send": tcp_send}
COMMANDS[sys.argv[1]](*sys.argv[2:])

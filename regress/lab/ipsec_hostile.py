#!/usr/bin/env python3
"""Messages that a home agent with IPsec must not believe (RFC 4877 4.2, RFC
3776 5), sent by a node that has a binding of its own.

usage: ipsec_hostile.py CARE-OF AGENT HOME OTHER-HOME INTERFACE
"""
import ipaddress
import socket
import struct
import sys

coa, agent, home, other = (ipaddress.IPv6Address(a).packed
                           for a in sys.argv[1:5])
s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_RAW)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, sys.argv[5].encode())


def packet(src, dst, nh, payload):
    return struct.pack("!IHBB", 6 << 28, len(payload), nh, 64) + src + dst + \
        payload


def checksum(src, dst, mh):
    data = src + dst + struct.pack("!IxxxB", len(mh), 135) + mh
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def update(src, careof, seq):
    mh = struct.pack("!BBBBHHHH", 59, 3, 5, 0, 0, seq, 0xc000, 100) + \
        b"\x01\x02\0\0" + b"\x03\x10" + careof
    mh += bytes(-len(mh) % 8)
    mh = bytes([59, len(mh) // 8 - 1]) + mh[2:]
    return mh[:4] + struct.pack("!H", checksum(src, agent, mh)) + mh[6:]


def option(nh, address):
    return bytes([nh, 2, 1, 2, 0, 0, 201, 16]) + address


def esp(spi):
    return struct.pack("!II", spi, 1) + bytes(64)


def send(what, p):
    s.sendto(p, (sys.argv[2], 0, 0, 0))
    print("sent:", what)


spi = None
with open("/dev/null"):
    import subprocess
    out = subprocess.run(["ip", "xfrm", "state"], capture_output=True,
                         text=True).stdout.splitlines()
    for i, line in enumerate(out):
        if line == "src %s dst %s" % (sys.argv[3], sys.argv[2]):
            spi = int(out[i + 1].split("spi ")[1].split()[0], 16)
assert spi is not None, "there is no association of our own"

evil = ipaddress.IPv6Address("2001:db8:f1::bad").packed
send("a clear update, with Home Address option", packet(coa, agent, 60,
     option(135, home) + update(home, evil, 60001)))
send("a clear update for another, with Home Address option", packet(
     coa, agent, 60, option(135, other) + update(other, evil, 1)))
send("a clear update, from the home address", packet(home, agent, 135,
     update(home, evil, 60002)))
mps = struct.pack("!BBHHH", 146, 0, 0, 1, 0)


def icmp(src):
    data = src + agent + struct.pack("!IxxxB", len(mps), 58) + mps
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return mps[:2] + struct.pack("!H", ~total & 0xffff) + mps[4:]


send("a clear Mobile Prefix Solicitation, with Home Address option", packet(
     coa, agent, 60, option(58, home) + icmp(home)))
send("a clear Mobile Prefix Solicitation, from the home address", packet(
     home, agent, 58, icmp(home)))
send("our own SPI, the other's home address", packet(coa, agent, 60,
     option(50, other) + esp(spi)))
send("an SPI of nobody", packet(coa, agent, 60, option(50, home) +
     esp(0x12345678)))
send("our own SPI, nonsense behind it", packet(coa, agent, 60,
     option(50, home) + esp(spi)))
echo = struct.pack("!BBHHH", 128, 0, 0, 1, 1)
send("a tunnel packet in clear", packet(coa, agent, 41,
     packet(home, agent, 58, echo)))
send("a tunnel packet in clear, from elsewhere", packet(evil, agent, 41,
     packet(home, agent, 58, echo)))

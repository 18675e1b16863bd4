#!/usr/bin/env python3
"""Home Test Inits of a mobile node (RFC 6275 6.1.3, 11.6.1), three of them.

usage: ipsec_hoti.py own|clear HOME CORRESPONDENT AGENT INTERFACE CARE-OF
own	as the node would: the kernel's policies have to do the rest
clear	in a tunnel to the home agent without ESP
"""
import ipaddress
import socket
import struct
import sys

how, home, cn, agent = sys.argv[1:5]
src, dst, ha = (ipaddress.IPv6Address(a).packed for a in (home, cn, agent))


def checksum(mh):
    data = src + dst + struct.pack("!IxxxB", len(mh), 135) + mh
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def init(cookie):
    mh = bytes([59, 1, 1, 0, 0, 0, 0, 0]) + struct.pack("!Q", cookie)
    return mh[:4] + struct.pack("!H", checksum(mh)) + mh[6:]


def packet(a, b, nh, payload):
    return struct.pack("!IHBB", 6 << 28, len(payload), nh, 64) + a + b + payload


if how == "own":
    s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, 135)
    s.bind((home, 0))
    for i in range(3):
        s.sendto(init(i), (cn, 0))
else:
    coa = ipaddress.IPv6Address(sys.argv[6]).packed
    s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_RAW)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE,
                 sys.argv[5].encode())
    for i in range(3):
        s.sendto(packet(coa, ha, 41, packet(src, dst, 135, init(8 + i))),
                 (agent, 0, 0, 0))

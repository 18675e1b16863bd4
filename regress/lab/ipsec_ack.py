#!/usr/bin/env python3
"""A Binding Acknowledgement in the clear, as if from the home agent: status 128,
with type 2 routing header and without.  A node with IPsec believes neither.

usage: ipsec_ack.py CARE-OF AGENT HOME SEQUENCE INTERFACE
"""
import ipaddress
import socket
import struct
import sys

coa, agent, home = (ipaddress.IPv6Address(a).packed for a in sys.argv[1:4])


def checksum(dst, mh):
    data = agent + dst + struct.pack("!IxxxB", len(mh), 135) + mh
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def ack(dst):
    mh = struct.pack("!BBBBHBBHH", 59, 1, 6, 0, 0, 128, 0,
                     int(sys.argv[4]), 0) + b"\x01\x02\0\0"
    return mh[:4] + struct.pack("!H", checksum(dst, mh)) + mh[6:]


def packet(nh, payload):
    return struct.pack("!IHBB", 6 << 28, len(payload), nh, 64) + agent + coa + \
        payload


s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_RAW)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, sys.argv[5].encode())
routed = bytes([135, 2, 2, 1, 0, 0, 0, 0]) + home
for p in (packet(43, routed + ack(home)), packet(135, ack(coa))):
    s.sendto(p, (sys.argv[1], 0, 0, 0))

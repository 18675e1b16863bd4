#!/usr/bin/env python3
"""A Binding Acknowledgement in the clear, as if from the home agent: status 128,
with type 2 routing header and without.  A node with IPsec believes neither.

usage: ipsec_ack.py CARE-OF AGENT HOME SEQUENCE INTERFACE
"""
import ipaddress
import struct
import sys

from ipsec_packet import MH, packet, raw_socket, summed

ROUTING = 43
coa, agent, home = (ipaddress.IPv6Address(a).packed for a in sys.argv[1:4])


def ack(dst):
    mh = struct.pack("!BBBBHBBHH", 59, 1, 6, 0, 0, 128, 0,
                     int(sys.argv[4]), 0) + b"\x01\x02\0\0"
    return summed(agent, dst, MH, mh, 4)


s = raw_socket(sys.argv[5])
header = bytes([MH, 2, 2, 1, 0, 0, 0, 0]) + home
for p in (packet(agent, coa, ROUTING, header + ack(home)),
          packet(agent, coa, MH, ack(coa))):
    s.sendto(p, (sys.argv[1], 0, 0, 0))

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

from ipsec_packet import IP6, MH, packet, raw_socket, summed

how, home, cn, agent = sys.argv[1:5]
src, dst, ha = (ipaddress.IPv6Address(a).packed for a in (home, cn, agent))


def init(cookie):
    return summed(src, dst, MH, bytes([59, 1, 1, 0, 0, 0, 0, 0]) +
                  struct.pack("!Q", cookie), 4)


if how == "own":
    s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, MH)
    s.bind((home, 0))
    for i in range(3):
        s.sendto(init(i), (cn, 0))
else:
    coa = ipaddress.IPv6Address(sys.argv[6]).packed
    s = raw_socket(sys.argv[5])
    for i in range(3):
        s.sendto(packet(coa, ha, IP6, packet(src, dst, MH, init(8 + i))),
                 (agent, 0, 0, 0))

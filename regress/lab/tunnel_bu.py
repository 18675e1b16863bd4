#!/usr/bin/env python3
"""A home registration of a node that is no more than a kernel's tunnel.

usage: tunnel_bu.py CARE-OF AGENT HOME INTERFACE SEQUENCE
"""
import ipaddress
import sys

from ipsec_packet import DST, MH, option, packet, raw_socket, update

coa, agent, home = (ipaddress.IPv6Address(a).packed for a in sys.argv[1:4])
raw_socket(sys.argv[4]).sendto(
    packet(coa, agent, DST, option(MH, home) +
           update(home, agent, coa, int(sys.argv[5]))),
    (sys.argv[2], 0, 0, 0))

#!/usr/bin/python3
"""Registers each of two nodes at the home address of the other.

    loop.py SRC NAME HOME AGENT NAME HOME AGENT     by mn-ha, SPI 256
"""
import socket
import struct
import sys

from rfc import Node, hao, mobility, n6, packet, seal

KEY = b"0123456789abcdef"
src, *rest = sys.argv[1:]
nodes = [Node(rest[i], rest[i + 1], 256, KEY, rest[i + 2]) for i in (0, 3)]
s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_RAW)
for n, careof in ((nodes[0], nodes[1].home), (nodes[1], nodes[0].home)):
    bu = mobility(5, struct.pack("!HBBH", 101, 0xc0, 0, 100),
                  [(3, n6(careof)), (8, b"\1" + n.name),
                   (10, struct.pack("!Q", n.timestamp()))], n, careof)
    s.sendto(packet(src, n.agent, 60, hao(n.home, 135) +
                    seal(bu, n.home, n.agent)), (n.agent, 0))

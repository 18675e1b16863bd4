#!/usr/bin/env python3
"""Messages that a home agent with IPsec must not believe (RFC 4877 4.2, RFC
3776 5), sent by a node that has a binding of its own.

usage: ipsec_hostile.py CARE-OF AGENT HOME OTHER-HOME INTERFACE
"""
import ipaddress
import re
import struct
import subprocess
import sys

from ipsec_packet import (DST, ESP, ICMP6, IP6, MH, option, packet,
                          raw_socket, summed, update)

coa, agent, home, other = (ipaddress.IPv6Address(a).packed
                           for a in sys.argv[1:5])
evil = ipaddress.IPv6Address("2001:db8:f1::bad").packed
s = raw_socket(sys.argv[5])


def send(what, p):
    s.sendto(p, (sys.argv[2], 0, 0, 0))
    print("sent:", what)


def claim(whose, seq):
    return update(whose, agent, evil, seq)


def esp(spi):
    return struct.pack("!II", spi, 1) + bytes(64)


def own_spi():
    out = subprocess.run(["ip", "xfrm", "state"], capture_output=True,
                         text=True, check=True).stdout
    m = re.search(r"(?m)^src %s dst %s\n\s+proto esp spi (\w+)" % (
        sys.argv[3], sys.argv[2]), out)
    assert m, "there is no association of our own"
    return int(m.group(1), 16)


solicitation = summed(home, agent, ICMP6,
                      struct.pack("!BBHHH", 146, 0, 0, 1, 0), 2)
echo = struct.pack("!BBHHH", 128, 0, 0, 1, 1)
spi = own_spi()
send("a clear update, with Home Address option", packet(
     coa, agent, DST, option(MH, home) + claim(home, 60001)))
send("a clear update for another, with Home Address option", packet(
     coa, agent, DST, option(MH, other) + claim(other, 1)))
send("a clear update, from the home address", packet(
     home, agent, MH, claim(home, 60002)))
send("a clear Mobile Prefix Solicitation, with Home Address option", packet(
     coa, agent, DST, option(ICMP6, home) + solicitation))
send("a clear Mobile Prefix Solicitation, from the home address", packet(
     home, agent, ICMP6, solicitation))
send("our own SPI, the other's home address", packet(
     coa, agent, DST, option(ESP, other) + esp(spi)))
send("an SPI of nobody", packet(
     coa, agent, DST, option(ESP, home) + esp(0x12345678)))
send("our own SPI, nonsense behind it", packet(
     coa, agent, DST, option(ESP, home) + esp(spi)))
send("a tunnel packet in clear", packet(
     coa, agent, IP6, packet(home, agent, ICMP6, echo)))
send("a tunnel packet in clear, from elsewhere", packet(
     evil, agent, IP6, packet(home, agent, ICMP6, echo)))

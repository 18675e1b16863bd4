#!/usr/bin/env python3
"""What a node can do with its own associations, made with their real keys:
messages for another's home address, another's inner source, the tunnel's
association where that of Binding Updates belongs, and replays (RFC 4877 4.2,
RFC 3776 4, RFC 4303 3.4.3).  What is in order is sent, too: it shows that the
rest isn't refused for a fault of ours.

usage: ipsec_forge.py CARE-OF AGENT HOME OTHER-HOME CORRESPONDENT INTERFACE
To be run where `ip xfrm state` shows the node's associations.
"""
import hashlib
import hmac
import ipaddress
import os
import re
import struct
import subprocess
import sys

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from ipsec_packet import (DST, ESP, ICMP6, IP6, MH, option, packet,
                          raw_socket, summed, update)

coa, agent, home, other, cn = (ipaddress.IPv6Address(a).packed
                               for a in sys.argv[1:6])
elsewhere = coa[:8] + bytes(6) + b"\x0b\xad"


class Association:
    """One of the kernel's, with the sequence number that comes next."""

    def __init__(self, text):
        self.spi = int(re.search(r"spi 0x(\w+)", text).group(1), 16)
        self.seq = int(re.search(r"oseq 0x(\w+)", text).group(1), 16)
        key = re.search(r"enc cbc\(aes\) 0x(\w+)", text).group(1)
        self.key = bytes.fromhex(key)
        key, bits = re.search(r"hmac\(sha256\) 0x(\w+) (\d+)", text).groups()
        self.auth, self.size = bytes.fromhex(key), int(bits) // 8

    def seal(self, nh, payload):
        """ESP (RFC 4303 2) around payload, whose next header is nh."""
        self.seq += 1
        pad = -(len(payload) + 2) % 16
        clear = payload + bytes(range(1, pad + 1)) + bytes([pad, nh])
        iv = os.urandom(16)
        enc = Cipher(algorithms.AES(self.key), modes.CBC(iv)).encryptor()
        esp = struct.pack("!II", self.spi, self.seq) + iv + \
            enc.update(clear) + enc.finalize()
        return esp + hmac.new(self.auth, esp, hashlib.sha256).digest()[
            :self.size]


def association(src, dst, mode):
    """That of these addresses; of several the one that is in use."""
    out = subprocess.run(["ip", "xfrm", "state"], capture_output=True,
                         text=True, check=True).stdout
    found = [t for t in re.split(r"(?m)^(?=src )", out)
             if t.startswith("src %s dst %s\n" % (src, dst)) and
             "mode %s" % mode in t and "enc " in t]
    assert found, "no association from %s to %s" % (src, dst)
    return max(map(Association, found), key=lambda a: a.seq)


def claim(whose, seq):
    """A Binding Update to a care-of address that is not ours."""
    return update(whose, agent, elsewhere, seq)


def echo(src, dst, mark):
    return summed(src, dst, ICMP6, struct.pack("!BBHHH", 128, 0, 0, mark, 1),
                  2)


s = raw_socket(sys.argv[6])
bind = association(sys.argv[3], sys.argv[2], "transport")
tunnel = association(sys.argv[1], sys.argv[2], "tunnel")


def send(what, p):
    s.sendto(p, (sys.argv[2], 0, 0, 0))
    print("sent:", what)


def by_binding(address, esp):
    return packet(coa, agent, DST, option(ESP, address) + esp)


# The last sequence number of the node, or near: refused with status 135.
old = by_binding(home, bind.seal(MH, claim(home, int(os.environ["SEQ"]))))
send("in order but old: an update of the node itself", old)
send("another's home address, our own association", by_binding(
     other, bind.seal(MH, claim(other, 1))))
send("the same without the option", packet(
     other, agent, ESP, bind.seal(MH, claim(other, 1))))
send("an update under the tunnel's association", by_binding(
     home, tunnel.seal(MH, claim(home, 60001))))
for who, name in ((home, "our"), (other, "another's")):
    send("an update for %s home address through the tunnel" % name, packet(
         coa, agent, ESP, tunnel.seal(IP6, packet(
             who, agent, MH, claim(who, 60002)))))
fine = packet(coa, agent, ESP, tunnel.seal(IP6, packet(
    home, cn, ICMP6, echo(home, cn, 0xa001))))
send("in order: an echo request through the tunnel", fine)
send("another's inner source, our own tunnel", packet(
     coa, agent, ESP, tunnel.seal(IP6, packet(
         other, cn, ICMP6, echo(other, cn, 0xa002)))))
send("our tunnel, from where we are not registered", packet(
     elsewhere, agent, ESP, tunnel.seal(IP6, packet(
         home, cn, ICMP6, echo(home, cn, 0xa003)))))
send("again: the update", old)
send("again: the echo request", fine)

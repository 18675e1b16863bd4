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
import socket
import struct
import subprocess
import sys

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

coa, agent, home, other, cn = (ipaddress.IPv6Address(a).packed
                               for a in sys.argv[1:6])
elsewhere = coa[:8] + bytes(6) + b"\x0b\xad"
MH, IP6, ICMP6, ESP, DST = 135, 41, 58, 50, 60


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
    """The newest of these addresses."""
    out = subprocess.run(["ip", "xfrm", "state"], capture_output=True,
                         text=True, check=True).stdout
    found = [t for t in re.split(r"(?m)^(?=src )", out)
             if t.startswith("src %s dst %s\n" % (src, dst)) and
             "mode %s" % mode in t and "enc " in t]
    assert found, "no association from %s to %s" % (src, dst)
    return max(map(Association, found), key=lambda a: a.seq)


def packet(src, dst, nh, payload):
    return struct.pack("!IHBB", 6 << 28, len(payload), nh, 64) + src + dst + \
        payload


def checksum(src, dst, nh, data):
    data = src + dst + struct.pack("!IxxxB", len(data), nh) + data
    data += bytes(len(data) % 2)
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def summed(src, dst, nh, data, at):
    return data[:at] + struct.pack("!H", checksum(src, dst, nh, data)) + \
        data[at + 2:]


def update(src, seq):
    """A Binding Update for src, to a care-of address that is not ours."""
    mh = struct.pack("!BBBBHHHH", 59, 0, 5, 0, 0, seq, 0xc000, 100) + \
        b"\x01\x02\0\0" + b"\x03\x10" + elsewhere
    mh += bytes(-len(mh) % 8)
    mh = bytes([59, len(mh) // 8 - 1]) + mh[2:]
    return summed(src, agent, MH, mh, 4)


def echo(src, dst, mark):
    return summed(src, dst, ICMP6, struct.pack("!BBHHH", 128, 0, 0, mark, 1),
                  2)


def option(nh, address):
    """Home Address option, the next header is nh."""
    return bytes([nh, 2, 1, 2, 0, 0, 201, 16]) + address


s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_RAW)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, sys.argv[6].encode())
bind = association(sys.argv[3], sys.argv[2], "transport")
tunnel = association(sys.argv[1], sys.argv[2], "tunnel")


def send(what, p):
    s.sendto(p, (sys.argv[2], 0, 0, 0))
    print("sent:", what)


def by_binding(address, esp):
    return packet(coa, agent, DST, option(ESP, address) + esp)


# The last sequence number of the node, or near: refused with status 135.
old = by_binding(home, bind.seal(MH, update(home, int(os.environ["SEQ"]))))
send("in order but old: an update of the node itself", old)
send("another's home address, our own association", by_binding(
     other, bind.seal(MH, update(other, 1))))
send("the same without the option", packet(
     other, agent, ESP, bind.seal(MH, update(other, 1))))
send("an update under the tunnel's association", by_binding(
     home, tunnel.seal(MH, update(home, 60001))))
for who, name in ((home, "our"), (other, "another's")):
    send("an update for %s home address through the tunnel" % name, packet(
         coa, agent, ESP, tunnel.seal(IP6, packet(
             who, agent, MH, update(who, 60002)))))
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

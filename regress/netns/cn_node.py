#!/usr/bin/python3
"""A mobile node that is none of ours, for a correspondent: return routability
and a Binding Update (RFC 6275 5.2.5, 5.2.6) from raw sockets, whose checksums
are the kernel's.

    cn_node.py CORRESPONDENT HOME CAREOF SEQUENCE LIFETIME

prints the status and the lifetime of the acknowledgement; its authenticator is
right, and with 136 to 138 not there, or the exit status is 1.  With SEQUENCE - nothing but the index and the
token of both tests is printed.
"""
import hashlib
import hmac
import socket
import struct
import sys

MH, CHECKSUM = 135, 7               # protocol, IPV6_CHECKSUM


def addr(text):
    return socket.inet_pton(socket.AF_INET6, text)


def mac(key, over, cn, data):
    return hmac.new(key, addr(over) + addr(cn) + data,
                    hashlib.sha1).digest()[:12]


class Node:
    def __init__(self, cn, address):
        self.cn = cn
        self.s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, MH)
        self.s.setsockopt(socket.IPPROTO_IPV6, CHECKSUM, 4)
        self.s.bind((address, 0))
        self.s.settimeout(2)

    def ask(self, message, answer):
        """Send it until such an answer comes; self.tries: how often."""
        for self.tries in range(1, 21):
            self.s.sendto(message, (self.cn, 0))
            try:
                while True:
                    data = self.s.recv(2048)
                    if data[2] == answer:
                        return data
            except socket.timeout:
                continue
        sys.exit(f"no answer of type {answer}")

    def test(self, kind):
        cookie = struct.pack("!Q", 0x1122334455667700 + kind)
        data = self.ask(struct.pack("!BBBBHH", 59, 1, kind, 0, 0, 0) + cookie,
                        kind + 2)
        if data[8:16] != cookie:
            sys.exit("the cookie is another one")
        return struct.unpack("!H", data[6:8])[0], data[16:24]


def update(kbm, cn, over, alternate, seq, lifetime, indices):
    m = struct.pack("!BBBBHHHH", 59, 0, 5, 0, 0, seq, 0x8000, lifetime // 4)
    m += bytes([1, 0, 3, 16]) + addr(alternate)
    m += struct.pack("!BBHH", 4, 4, *indices)
    m += b"\0" * ((2 - len(m)) % 8) + bytes([5, 12])
    m = m[:1] + bytes([(len(m) + 12) // 8 - 1]) + m[2:]
    return m + mac(kbm, over, cn, m)


def main():
    cn, home, coa, seq, lifetime = sys.argv[1:]
    at_home, away = Node(cn, home), Node(cn, coa)
    (hi, ht), (ci, ct) = at_home.test(1), away.test(2)
    if seq == "-":
        print(hi, ht.hex(), ci, ct.hex())
        return
    deletes = int(lifetime) == 0
    over = home if deletes else coa
    kbm = hashlib.sha1(ht if deletes else ht + ct).digest()
    data = at_home.ask(update(kbm, cn, over, coa, int(seq), int(lifetime),
                              (hi, ci)), 6)
    if 136 <= data[6] <= 138:
        if len(data) != 16:
            sys.exit("an authenticator, without a key")
    elif data[-12:] != mac(kbm, over, cn, data[:4] + b"\0\0" + data[6:-12]):
        sys.exit("the authenticator is wrong")
    print(data[6], struct.unpack("!H", data[10:12])[0] * 4)


if __name__ == "__main__":
    main()

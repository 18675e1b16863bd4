#!/usr/bin/python3
"""Writes a scenario of a correspondent and a mobile node with a CGA, in which
every octet that a key is needed for is computed here, by hashlib, hmac and the
package cryptography: the address (RFC 3972), the signature, the encrypted
permanent home keygen token, and authenticators by it and by none for a care-of
address (RFC 4866 4.2, 4.3, 4.5, 4.7).  The random numbers are those of the
runner, as in cn_tokens.py.

    python3 cn_cga.py > cn_cga.scn
"""
import hashlib
import os
import socket
import struct
import sys

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "scenario")]
from cga_nodes import address                           # noqa: E402
import cn_tokens                                        # noqa: E402
from cn_tokens import CN, COA, OTHER, addr, mac         # noqa: E402

TAG = bytes.fromhex("5F2705868D6C4C56A2469EBB9B2A2E13")    # RFC 4866 7


def padded(m, size):
    """Padding after which an option of that size ends at a multiple of 8."""
    n = -(len(m) + size) % 8
    return m + (b"" if n == 0 else b"\0" if n == 1 else
                bytes([1, n - 2]) + bytes(n - 2))


def finish(m, kbm, over):
    """The length, and an authenticator behind all the rest."""
    m = padded(m, 14) + bytes([5, 12])
    m = m[:1] + bytes([(len(m) + 12) // 8 - 1]) + m[2:]
    return m + mac(kbm, addr(over) + addr(CN) + m)[:12]


def update(node, kbm, over, seq, lifetime, indices, sign=False, test=False):
    m = struct.pack("!BBBBHHHH", 59, 0, 5, 0, 0, seq, 0x8000, lifetime // 4)
    for i in range(0, len(node.params) if sign else 0, 255):
        part = node.params[i:i + 255]
        m += bytes([12, len(part)]) + part
    covered = len(m)
    if sign:
        m += bytes([13, node.size]) + bytes(node.size)
    if test:
        m += bytes([15, 0])
    m += b"\0" * (len(m) % 2)
    m += struct.pack("!BBHH", 4, 4, *indices)
    if sign:
        front = finish(m, b"", over)[:covered]
        signature = node.key.sign(TAG + addr(over) + addr(CN) + front,
                                  padding.PKCS1v15(), hashes.SHA1())
        m = m[:covered + 2] + signature + m[covered + 2 + node.size:]
    return finish(m, kbm, over).hex()


def acknowledgement(kbm, over, status, seq, lifetime, cipher=b"", test=b""):
    """The authenticator of one."""
    m = struct.pack("!BBBBHBBHH", 59, 0, 6, 0, 0, status, 0, seq,
                    lifetime // 4)
    if cipher:
        m += bytes([14, len(cipher)]) + cipher
    if test:
        m += bytes([16, 8]) + test
    return finish(m, kbm, over)[-12:].hex()


class Node:
    def __init__(self, bits, sec):
        self.key = rsa.generate_private_key(public_exponent=65537,
                                            key_size=bits)
        self.size = (bits + 7) // 8
        spki = self.key.public_key().public_bytes(
            serialization.Encoding.DER,
            serialization.PublicFormat.SubjectPublicKeyInfo)
        self.params, a = address(os.urandom(16), spki, sec)
        self.home = socket.inet_ntop(socket.AF_INET6, a)

    def encrypted(self, source, token):
        """RFC 3447 7.2.1, with octets of the source that are not 0."""
        ps = b""
        while len(ps) < self.size - 11:
            ps += bytes(b for b in next(source) if b != 0)
        em = b"\0\2" + ps[:self.size - 11] + b"\0" + token
        n = self.key.public_key().public_numbers()
        cipher = pow(int.from_bytes(em, "big"), n.e, n.n).to_bytes(
            self.size, "big")
        assert self.key.decrypt(cipher, padding.PKCS1v15()) == token
        return cipher


def bu(source, home, octets):
    print(f"> BU from {source} to {CN} home {home} bytes", octets)


def ba(*args, **kw):
    _, over, status, seq, lifetime = args
    print(f"< BA status {status} seq {seq} lifetime {lifetime} "
          f"option authorization-data,{acknowledgement(*args, **kw)}", end="")
    if kw.get("cipher"):
        print(f" like option permanent-token,{kw['cipher'].hex()[:64]}*",
              end="")
    if kw.get("test"):
        token = kw["test"].hex()
        print(f" option careof-test,{token[:8]}.{token[8:]}", end="")
    print()


def one(source, nonce, node):
    """Early and signed, complete, moved early by the token, deleted."""
    zero = bytes(8)
    cn_tokens.test("HoT", node.home, nonce, 0)
    kbm = hashlib.sha1(nonce.token(node.home, 0) + zero).digest()
    bu(COA, node.home, update(node, kbm, COA, 7, 86400, (nonce.index, 0),
                              sign=True, test=True))
    permanent = struct.pack("!Q", struct.unpack("=Q", next(source))[0])
    cipher = node.encrypted(source, permanent)
    careof = nonce.token(COA, 1)
    print(f"< BIND home {node.home} peer {COA} flags 11\n"
          f"< PEER_ROUTE home {node.home}")
    ba(kbm, COA, 0, 7, 86400, cipher=cipher, test=careof)

    kbm = hashlib.sha1(permanent + careof).digest()
    bu(COA, node.home, update(node, kbm, COA, 8, 4000, (0, 1)))
    print(f"< BIND home {node.home} peer {COA} flags 3")
    ba(kbm, COA, 0, 8, 4000)

    kbm = hashlib.sha1(permanent + zero).digest()
    bu(OTHER, node.home, update(node, kbm, OTHER, 9, 4000, (0, 0), test=True))
    print(f"< BIND home {node.home} peer {OTHER} flags 11")
    ba(kbm, OTHER, 0, 9, 4000, test=nonce.token(OTHER, 1))

    kbm = hashlib.sha1(permanent).digest()
    bu(OTHER, node.home, update(node, kbm, node.home, 10, 0, (0, 0)))
    print(f"< PEER_ROUTE add 0\n< UNBIND home {node.home}")
    ba(kbm, node.home, 0, 10, 0)
    print("expect nothing")


def main():
    source = cn_tokens.randoms()
    next(source)
    next(source)                        # of the hash tables
    base = struct.unpack("=Q", next(source))[0] % 65535
    nonce = cn_tokens.Nonce(source, 1 + (base + 1) % 65535)
    print("# written by cn_cga.py\nengine cn\nconfig {\ncorrespondent { }\n}")
    for bits, sec in ((1024, 0), (1031, 0), (2040, 1)):
        one(source, nonce, Node(bits, sec))


if __name__ == "__main__":
    main()

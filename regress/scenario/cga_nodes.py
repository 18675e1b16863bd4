#!/usr/bin/python3
"""Writes cga_nodes.inc: mobile nodes for scenarios, each with an RSA key, the
CGA Parameters of a home address (RFC 3972) and that address.  New ones have
other addresses, which the scenarios name.

    python3 cga_nodes.py > cga_nodes.inc
"""
import hashlib
import os
import socket

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

PREFIX = socket.inet_pton(socket.AF_INET6, "2001:db8:1::")[:8]


def address(modifier, spki, sec, prefix=PREFIX):
    """RFC 3972 4, from a modifier on that may not do for that Sec yet."""
    def digest(p, m):
        return hashlib.sha1(m + p + spki).digest()
    number = int.from_bytes(modifier, "big")
    while digest(bytes(9), modifier)[:2 * sec] != bytes(2 * sec):
        number += 1
        modifier = number.to_bytes(16, "big")
    params = modifier + prefix + b"\0" + spki
    ident = bytearray(hashlib.sha1(params).digest()[:8])
    ident[0] = ident[0] & 0x1c | sec << 5
    return params, prefix + bytes(ident)


def table(name, data):
    print(f"static const uint8_t\t {name}[] = {{")
    for i in range(0, len(data), 12):
        print("\t" + " ".join(f"0x{b:02x}," for b in data[i:i + 12]))
    print("};")


def main():
    print("/* Made by cga_nodes.py with the package cryptography. */")
    for name, bits, sec in (("long", 2040, 1), ("short", 1024, 0),
                            ("much", 2048, 0)):
        key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
        spki = key.public_key().public_bytes(
            serialization.Encoding.DER,
            serialization.PublicFormat.SubjectPublicKeyInfo)
        params, addr = address(bytes([0]) + os.urandom(15), spki, sec)
        print(f"/* {name}: {bits} bits, Sec {sec}, "
              f"{socket.inet_ntop(socket.AF_INET6, addr)} */")
        table("key_" + name, key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption()))
        table("params_" + name, params)


if __name__ == "__main__":
    main()

#!/usr/bin/python3
"""Writes cgarsa.inc: keys, signatures and encrypted tokens for t_wire_cgarsa.c,
made by the package cryptography, and paddings that are wrong, by pow().

    python3 cgarsa.py > cgarsa.inc
"""
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

TAG = bytes.fromhex("5F2705868D6C4C56A2469EBB9B2A2E13")    # RFC 4866 7
TOKEN = bytes.fromhex("0123456789abcdef")
DATA = bytes(i * 7 & 255 for i in range(600))


def table(name, data):
    print(f"static const uint8_t\t {name}[] = {{")
    for i in range(0, len(data), 12):
        print("\t" + " ".join(f"0x{b:02x}," for b in data[i:i + 12]))
    print("};")


def raw(n, e, em):
    """A power of a message that begins with octets of its own."""
    return pow(int.from_bytes(em, "big"), e, n).to_bytes(len(em), "big")


def one(bits):
    key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    public = key.public_key()
    table(f"der_{bits}", key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption()))
    table(f"spki_{bits}", public.public_bytes(
        serialization.Encoding.DER,
        serialization.PublicFormat.SubjectPublicKeyInfo))
    table(f"sig_{bits}", key.sign(TAG + DATA, padding.PKCS1v15(),
                                  hashes.SHA1()))
    table(f"untagged_{bits}", key.sign(DATA, padding.PKCS1v15(),
                                       hashes.SHA1()))
    table(f"sha256_{bits}", key.sign(TAG + DATA, padding.PKCS1v15(),
                                     hashes.SHA256()))
    table(f"token_{bits}", public.encrypt(TOKEN, padding.PKCS1v15()))
    return key


def wrong(key):
    """By a single octet each: what a token must have in front of it, and a
    signature whose padding is short and followed by something (CVE-2006-4339)."""
    n, e = key.public_key().public_numbers().n, 65537
    d = key.private_numbers().d
    k = (key.key_size + 7) // 8
    good = b"\0\2" + b"\x55" * (k - 11) + b"\0" + TOKEN
    table("padded", raw(n, e, good))
    for name, at, octet in (("type1", 1, 1), ("type0", 1, 0), ("zero", 2, 0),
                            ("early", k - 10, 0), ("none", k - 9, 1)):
        table("token_" + name, raw(n, e, good[:at] + bytes([octet]) +
                                   good[at + 1:]))
    short = b"\0\2" + b"\x55" * (k - 10) + b"\0" + TOKEN[1:]
    table("token_short", raw(n, e, short))
    # Another length of padding, and what is behind the hash.
    info = bytes.fromhex("3021300906052b0e03021a05000414")
    digest = hashes.Hash(hashes.SHA1())
    digest.update(TAG + DATA)
    tail = info + digest.finalize()
    for name, em in (("loose", b"\0\1" + b"\xff" * 8 + b"\0" + tail),
                     ("type2", b"\0\2" + b"\xff" * (k - 3 - len(tail)) +
                      b"\0" + tail)):
        em = em + b"\xff" * (k - len(em))
        table("sig_" + name, raw(n, d, em))
    table("too_great", n.to_bytes(k, "big"))


print("/* Made by cgarsa.py with the package cryptography. */")
table("data", DATA)
wrong(one(1024))
for bits in (1031, 2040, 2048):
    one(bits)

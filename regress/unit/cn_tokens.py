#!/usr/bin/python3
"""Writes a scenario of a correspondent in which every octet that a key is
needed for is computed here, by hmac and hashlib alone: keygen tokens, the key
of Binding Updates, authenticators of updates and acknowledgements (RFC 6275
5.2.5, 5.2.6, 6.2.7).  The node key and the nonce follow from the random numbers
that the runner gives to the engine, which this computes as well.  Of a static
key (RFC 4449) they are in the configuration, in other lengths.

    python3 cn_tokens.py tokens|static > cn_tokens.scn
"""
import hashlib
import hmac
import socket
import struct
import sys

CN, HOME = "2001:db8:c::1", "2001:db8:1::100"
COA, OTHER = "2001:db8:2::1", "2001:db8:3::1"
SEED = 88172645463325252            # run.c


def randoms():
    """run.c: fake_random()."""
    x, mask = SEED, (1 << 64) - 1
    while True:
        x ^= (x << 13) & mask
        x ^= x >> 7
        x ^= (x << 17) & mask
        yield struct.pack("=Q", x)


def mac(key, data):
    return hmac.new(key, data, hashlib.sha1).digest()


def addr(text):
    return socket.inet_pton(socket.AF_INET6, text)


class Nonce:
    """A node key of 20 octets, a nonce of 8, and the index that names both."""

    def __init__(self, source, index):
        self.key = (next(source) + next(source) + next(source))[:20]
        self.value = next(source)
        self.index = index

    def token(self, address, which):
        return mac(self.key, addr(address) + self.value + bytes([which]))[:8]


def update(kbm, over, seq, lifetime, home_index, coa_index, alternate=None):
    m = struct.pack("!BBBBHHHH", 59, 0, 5, 0, 0, seq, 0x8000, lifetime // 4)
    if alternate is not None:
        m += bytes([1, 0]) + bytes([3, 16]) + addr(alternate)
    if home_index is not None:
        m += struct.pack("!BBHH", 4, 4, home_index, coa_index)
    while len(m) % 8 != 2:
        m += b"\0"
    m += bytes([5, 12])
    m = m[:1] + bytes([(len(m) + 12) // 8 - 1]) + m[2:]
    return (m + mac(kbm, addr(over) + addr(CN) + m)[:12]).hex()


def acknowledgement(kbm, over, status, seq, lifetime):
    """The authenticator of one."""
    m = struct.pack("!BBBBHBBHH", 59, 3, 6, 0, 0, status, 0, seq,
                    lifetime // 4)
    m += bytes([1, 4, 0, 0, 0, 0, 5, 12])
    return mac(kbm, addr(over) + addr(CN) + m)[:12].hex()


def test(kind, source, nonce, which):
    print(f"> {kind}I from {source} to {CN} cookie 0x0102030405060708")
    print(f"< {kind} from {CN} to {source} cookie 0x102030405060708 index "
          f"{nonce.index} token 0x{nonce.token(source, which).hex()}")


def tokens():
    source = randoms()
    next(source)
    next(source)                        # of the hash tables
    base = struct.unpack("=Q", next(source))[0] % 65535
    first = Nonce(source, 1 + (base + 1) % 65535)
    second = Nonce(source, 1 + (base + 2) % 65535)

    print("# written by cn_tokens.py\nengine cn\n"
          "config {\ncorrespondent { }\n}")
    test("HoT", HOME, first, 0)
    test("CoT", COA, first, 1)
    home = first.token(HOME, 0)
    kbm = hashlib.sha1(home + first.token(COA, 1)).digest()
    print(f"> BU from {COA} to {CN} home {HOME} bytes",
          update(kbm, COA, 7, 420, first.index, first.index))
    print(f"< BIND home {HOME} peer {COA}\n< PEER_ROUTE home {HOME}")
    print(f"< BA status 0 seq 7 option authorization-data,"
          f"{acknowledgement(kbm, COA, 0, 7, 420)}")
    print(f"> again\n< BA status 135 seq 7 option authorization-data,"
          f"{acknowledgement(kbm, COA, 135, 7, 0)}")

    # Another nonce, which has another key, for a care-of address elsewhere.
    print("after 31s")
    test("CoT", OTHER, second, 1)
    kbm = hashlib.sha1(home + second.token(OTHER, 1)).digest()
    print(f"> BU from {COA} to {CN} home {HOME} bytes",
          update(kbm, OTHER, 8, 40, first.index, second.index, OTHER))
    print(f"< BIND home {HOME} peer {OTHER}\n"
          f"< BA to {COA} status 0 seq 8 option authorization-data,"
          f"{acknowledgement(kbm, OTHER, 0, 8, 40)}")

    # To delete, by the home token alone, over the home address.
    kbm = hashlib.sha1(home).digest()
    print(f"> BU from {COA} to {CN} home {HOME} bytes",
          update(kbm, HOME, 9, 0, first.index, 0))
    print(f"< PEER_ROUTE add 0\n< UNBIND home {HOME}")
    print(f"< BA status 0 seq 9 option authorization-data,"
          f"{acknowledgement(kbm, HOME, 0, 9, 0)}")
    print("expect nothing")


KEY = bytes(range(0xa0, 0xa0 + 33))
HOME_NONCE, COA_NONCE = b"eleven octe", bytes(range(64))


def static_kbm(careof):
    both = mac(KEY, addr(HOME) + HOME_NONCE + b"\0")[:8]
    if careof is not None:
        both += mac(KEY, addr(careof) + COA_NONCE + b"\1")[:8]
    return hashlib.sha1(both).digest()


def static_update(seq, lifetime, over, told, alternate=None):
    key = static_kbm(None if lifetime == 0 else over)
    print(f"> BU from {COA} to {CN} home {HOME} bytes",
          update(key, over, seq, lifetime, None, None, alternate))
    for line in told:
        print("<", line)
    print(f"< BA to {COA} status 0 seq {seq} option authorization-data,"
          f"{acknowledgement(key, over, 0, seq, lifetime)}")


def static():
    print("# written by cn_tokens.py\nengine cn\nignore STATE_SAVE\nconfig {\n"
          f"correspondent {{\nstatic-key {HOME} key 0x{KEY.hex()} \\\n"
          f"home-nonce 0x{HOME_NONCE.hex()} care-of-nonce 0x{COA_NONCE.hex()}"
          "\n}\n}")
    static_update(7, 40000, COA, [f"BIND home {HOME} peer {COA}",
                                  "PEER_ROUTE add 1"])
    static_update(8, 36, OTHER, [f"BIND home {HOME} peer {OTHER}"], OTHER)
    static_update(9, 0, HOME, ["PEER_ROUTE add 0", f"UNBIND home {HOME}"])
    print("expect nothing")


if __name__ == "__main__":
    {"tokens": tokens, "static": static}[sys.argv[1]]()

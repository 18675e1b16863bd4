"""What the programs of the IPsec laboratory have in common: IPv6 packets made
by hand, a socket for them, and captures.  To be imported, not run.
"""
import socket
import struct

ICMP6, IP6, MH, ESP, DST = 58, 41, 135, 50, 60
ROUTING, FRAGMENT = 43, 44
LINK = {1: 14, 113: 16, 276: 20}    # Ethernet, LINUX_SLL, LINUX_SLL2


def packet(src, dst, nh, payload):
    """An IPv6 packet; addresses are 16 octets."""
    return struct.pack("!IHBB", 6 << 28, len(payload), nh, 64) + src + dst + \
        payload


def option(nh, address):
    """Destination options with a Home Address option (RFC 6275 6.3)."""
    return bytes([nh, 2, 1, 2, 0, 0, 201, 16]) + address


def summed(src, dst, nh, data, at):
    """data with its checksum (RFC 8200 8.1) at that offset, where it is 0."""
    head = src + dst + struct.pack("!IxxxB", len(data), nh)
    even = head + data + bytes(len(data) % 2)
    total = sum(struct.unpack("!%dH" % (len(even) // 2), even))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return data[:at] + struct.pack("!H", ~total & 0xffff) + data[at + 2:]


def update(home, agent, careof, seq):
    """A home registration (RFC 6275 6.1.7) with Alternate Care-of Address."""
    mh = struct.pack("!BBBBHHHH", 59, 0, 5, 0, 0, seq, 0xc000, 100) + \
        b"\x01\x02\0\0" + b"\x03\x10" + careof
    mh += bytes(-len(mh) % 8)
    mh = bytes([59, len(mh) // 8 - 1]) + mh[2:]
    return summed(home, agent, MH, mh, 4)


def walk(p):
    """Of an IPv6 packet the next headers in their order, the home addresses of
    a Home Address option and of a type 2 routing header or None, and what is
    behind all of them."""
    chain, hao, rh2, nh, at = [], None, None, p[6], 40
    while nh in (DST, ROUTING, FRAGMENT) and at + 8 <= len(p):
        chain.append(nh)
        size = 8 if nh == FRAGMENT else (p[at + 1] + 1) * 8
        if nh == ROUTING and p[at + 2] == 2:
            rh2 = p[at + 8:at + 24]
        if nh == DST:
            i = at + 2
            while i + 1 < at + size:
                if p[i] == 0:
                    i += 1
                    continue
                if p[i] == 201:
                    hao = p[i + 2:i + 18]
                i += 2 + p[i + 1]
        nh = p[at]
        at += size
    chain.append(nh)
    return chain, hao, rh2, p[at:]


def raw_socket(interface):
    """One that sends packets with their IPv6 header by that interface."""
    s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_RAW)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE,
                 interface.encode())
    return s


def captured(name):
    """Time and IP packet of all that tcpdump wrote to a file."""
    with open(name, "rb") as f:
        magic, _, _, _, _, _, link = struct.unpack("<IHHiIII", f.read(24))
        assert magic in (0xa1b2c3d4, 0xa1b23c4d), "not a capture"
        unit = 1e-9 if magic == 0xa1b23c4d else 1e-6
        while True:
            head = f.read(16)
            if len(head) < 16:
                return
            sec, part, size, _ = struct.unpack("<IIII", head)
            yield sec + part * unit, f.read(size)[LINK[link & 0xffff]:]

#!/usr/bin/python3
"""groups.py HOME DEVICE: how what HOME sends to a group gets on, in this
network namespace: a word for each way by which it left on DEVICE, and "tun" if
it comes back to a member on mip6.

The address need not be there, as it is not when the device mip6 is gone.
"""
import socket
import struct
import sys

GROUP, PORT = "ff0e::77", 999
FREEBIND, MULTICAST_IF, JOIN, PKTINFO, BINDTODEVICE = 78, 17, 20, 50, 25
HOME, DEVICE = sys.argv[1:]


def index(name):
    try:
        return socket.if_nametoindex(name)
    except OSError:
        return 0


def send(word, options=(), info=None):
    s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    s.setsockopt(41, FREEBIND, 1)
    s.bind((HOME, 0))
    for option in options:
        s.setsockopt(*option)
    extra = [] if info is None else [
        (41, PKTINFO, socket.inet_pton(socket.AF_INET6, HOME) + info)]
    try:
        s.sendmsg([word.encode()], extra, 0, (GROUP, PORT))
    except OSError:
        pass


def received(s):
    s.setblocking(False)
    try:
        while True:
            yield s.recv(2048)
    except OSError:
        return


group = socket.inet_pton(socket.AF_INET6, GROUP)
wire = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(3))
wire.bind((DEVICE, 3))
device = struct.pack("@I", index(DEVICE))
send("group", [(41, MULTICAST_IF, device)])
send("device", [(socket.SOL_SOCKET, BINDTODEVICE, DEVICE.encode())])
send("info", info=device)
left = {p[48:].decode() for p in received(wire) if p[24:40] == group}
if index("mip6") != 0:
    tun = struct.pack("@I", index("mip6"))
    member = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    member.bind((GROUP, PORT))
    member.setsockopt(41, JOIN, group + tun)
    send("tun", [(41, MULTICAST_IF, tun)])
    left |= {p.decode() for p in received(member)}
print(" ".join(sorted(left)))

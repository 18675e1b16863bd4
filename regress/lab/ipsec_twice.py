#!/usr/bin/env python3
"""Each of these charons is to delete its CHILD_SA "mh" and then to make
another, which it begins when the peer has answered the former.

usage: ipsec_twice.py VICI-SOCKET...
"""
import socket
import struct
import sys


def pair(key, value):
    return struct.pack("!BB%dsH%ds" % (len(key), len(value)), 3, len(key),
                       key, len(value), value)


def ask(s, command):
    text = struct.pack("!BB%ds" % len(command), 0, len(command), command)
    text += pair(b"child", b"mh") + pair(b"timeout", b"-1")
    s.sendall(struct.pack("!I", len(text)) + text)


def answer(s):
    head = s.recv(4, socket.MSG_WAITALL)
    return s.recv(struct.unpack("!I", head)[0], socket.MSG_WAITALL)


sockets = []
for path in sys.argv[1:]:
    sockets.append(socket.socket(socket.AF_UNIX))
    sockets[-1].connect(path)
for what in (b"terminate", b"initiate"):
    for s in sockets:
        ask(s, what)
    for s in sockets:
        print(what.decode(), answer(s))

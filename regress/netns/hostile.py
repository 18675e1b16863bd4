#!/usr/bin/python3
"""Hostile clients of a control socket: argv[1] is its path."""
import os
import random
import resource
import select
import socket
import struct
import sys
import time

path = sys.argv[1]
random.seed(6275)
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))


def connect():
    s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    s.settimeout(5)
    try:
        s.connect(path)
    except OSError:
        s.close()
        return None
    return s


def send(s, data):
    try:
        s.sendall(data)
    except OSError:
        pass


def garbage(n):
    for _ in range(n):
        s = connect()
        if s is not None:
            send(s, os.urandom(random.randrange(1, 4000)))
            s.close()


def half_frames(n):
    held = []
    for _ in range(n):
        s = connect()
        if s is None:
            continue
        send(s, struct.pack("!I", 64)[:random.randrange(1, 4)])
        held.append(s)
    for s in held:
        s.close()


def huge_lengths(n):
    for _ in range(n):
        s = connect()
        if s is not None:
            send(s, struct.pack("!IHH", 0xffffffff, 1, 1) + b"x" * 1000)
            s.close()


def flood(n):
    made, held = 0, []
    while made < n:
        s = connect()
        made += 1
        if s is None:
            time.sleep(0.001)
            continue
        held.append(s)
        if len(held) > 600:
            for h in held:
                h.close()
            held = []
    for h in held:
        h.close()
    return made


def never_read(n):
    """Ask again and again and read nothing."""
    held = []
    for _ in range(n):
        s = connect()
        if s is None:
            continue
        s.setblocking(False)
        for length in range(8, 40):
            try:
                s.send(struct.pack("!I", length) + bytes(length - 4))
            except OSError:
                break
        held.append(s)
    # What is done about them, if anything, is done now.
    poll = select.poll()
    for s in held:
        poll.register(s, select.POLLHUP)
    poll.poll(1000)
    for s in held:
        s.close()


for what in (lambda: garbage(500), lambda: half_frames(200),
             lambda: huge_lengths(200), lambda: never_read(200)):
    what()
print(flood(10000), "connections")

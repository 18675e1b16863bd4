#!/usr/bin/python3
"""One end of a TCP transfer both ways at once.

traffic.py listen|connect ADDRESS PORT MEGABYTES SECONDS [SOURCE]

Sends MEGABYTES of data that cannot be guessed, paced to last SECONDS, while
it receives as much.  Prints the SHA-256 of both and exits 0 if all came.
"""
import hashlib
import os
import socket
import sys
import threading
import time

mode, addr, port, megabytes, seconds = sys.argv[1:6]
total = int(float(megabytes) * 1000000)
seconds = float(seconds)
CHUNK = 16384


def send(s, out):
    digest, sent, start = hashlib.sha256(), 0, time.monotonic()
    while sent < total:
        data = os.urandom(min(CHUNK, total - sent))
        s.sendall(data)
        digest.update(data)
        sent += len(data)
        ahead = start + seconds * sent / total - time.monotonic()
        if ahead > 0:
            time.sleep(ahead)
    s.shutdown(socket.SHUT_WR)
    out["sent"] = digest.hexdigest()


def receive(s, out):
    digest, got = hashlib.sha256(), 0
    while True:
        data = s.recv(65536)
        if not data:
            break
        digest.update(data)
        got += len(data)
    out["received"] = digest.hexdigest()
    out["octets"] = got


if mode == "listen":
    listener = socket.socket(socket.AF_INET6)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((addr, int(port)))
    listener.listen(1)
    listener.settimeout(120)
    sock, peer = listener.accept()
else:
    sock = socket.socket(socket.AF_INET6)
    sock.settimeout(120)
    if len(sys.argv) > 6:
        sock.bind((sys.argv[6], 0))
    sock.connect((addr, int(port)))
sock.settimeout(120)
result = {}
receiver = threading.Thread(target=receive, args=(sock, result))
receiver.start()
try:
    send(sock, result)
finally:
    receiver.join()
print("sent", result.get("sent"))
print("received", result.get("received"))
sys.exit(0 if result.get("octets") == total else 1)

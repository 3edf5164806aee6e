"""pynetstring's Decoder, fed with what each read brings.  python3 server.py PORT"""
import os, socket, sys, threading, time, zlib

import pynetstring

FRAMING, MAX = r"prefixed:decimal,end=:,trailer=\,,max=64KiB", 65536


def decode(sock, say):
    decoder = pynetstring.Decoder(MAX)
    while data := sock.recv(65536):
        for payload in decoder.feed(data):
            say(f"frame {len(payload)} {zlib.crc32(payload):08x}\n")
    return "truncated" if decoder.pending() else "clean"


def serve(sock):
    say = lambda line: sock.sendall(line.encode())
    with sock:
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            try:
                ending = decode(sock, say)
            except pynetstring.TooLong:
                ending = "oversize"
            except pynetstring.ParseError:
                ending = "malformed"
            say(f"end {ending}\n")
            # Unread input at the close would be a reset: read on for a second at most.
            sock.shutdown(socket.SHUT_WR)
            sock.settimeout(1)
            until = time.monotonic() + 1
            while time.monotonic() < until and sock.recv(65536):
                pass
        except OSError:
            pass  # The peer has reset the connection, or did not close it in time.


if os.environ.get("FRAMECHECK_FRAMING_EXPANDED") != FRAMING:
    sys.exit(89)
with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as listener:
    while True:
        threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

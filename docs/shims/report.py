"""Reports what it decodes from `prefixed:u32be`: python3 report.py PORT"""
import os, socket, sys, threading, time, zlib

FRAMING, MAX = "prefixed:u32be", 1 << 20


def decode(stream, say):
    """Says each frame as soon as it is complete, and returns the ending."""
    while True:
        length = 0
        for shift in (24, 16, 8, 0):
            byte = stream.read(1)
            if not byte:
                return "clean" if shift == 24 else "truncated"
            length |= byte[0] << shift
            if length > MAX:
                return "oversize"
        crc, left = 0, length
        while left:
            piece = stream.read1(min(left, 65536))
            if not piece:
                return "truncated"
            crc, left = zlib.crc32(piece, crc), left - len(piece)
        say(f"frame {length} {crc:08x}\n")


def serve(sock):
    with sock, sock.makefile("rb") as stream:
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            say = lambda line: sock.sendall(line.encode())
            say(f"end {decode(stream, say)}\n")
            # Closing with unread input would be a reset, which can destroy the lines above:
            # say that no more will come, and read on for a second at most.
            sock.shutdown(socket.SHUT_WR)
            sock.settimeout(1)
            until = time.monotonic() + 1
            while time.monotonic() < until and sock.recv(65536):
                pass
        except OSError:
            pass  # The peer has reset the connection, or did not close it in time.


if os.environ.get("FRAMECHECK_FRAMING_EXPANDED", FRAMING) != FRAMING:
    sys.exit(89)
with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as listener:
    while True:
        threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

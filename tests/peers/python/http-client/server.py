"""http.client as it reads a chunked response body.  python3 server.py PORT

The stream is bodies alone, one behind the other: each HTTPResponse reads the head of a response from elsewhere.
"""
import http.client, io, os, socket, sys, threading, time, zlib

FRAMING = r"blocks:hex,end=\r\n,zeros=accept,trailer=\r\n,unit=series,extensions=http,max=none"
HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


class Body(io.BufferedIOBase):
    """The socket's file, which stays open when a response closes its own."""

    def __init__(self, stream):
        self.read, self.readline = stream.read, stream.readline


class Head:
    """What HTTPResponse wants of a socket, to read the head of a response."""

    def makefile(self, mode):
        return io.BytesIO(HEAD)


def decode(stream, say):
    while stream.peek(1):
        response = http.client.HTTPResponse(Head())
        response.begin()
        response.fp = Body(stream)
        try:
            body = response.read()
        except (http.client.HTTPException, ValueError, OverflowError, MemoryError):
            return "error"
        say(f"frame {len(body)} {zlib.crc32(body):08x}\n")
    return "clean"


def serve(sock):
    say = lambda line: sock.sendall(line.encode())
    with sock, sock.makefile("rb") as stream:
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            say(f"end {decode(stream, say)}\n")
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

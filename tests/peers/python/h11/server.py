"""h11 as a server reads a chunked request body.  python3 server.py PORT

The stream is bodies alone, one behind the other: each gets an h11 of its own, which has been given the head of a request.
"""
import os, socket, sys, threading, time, zlib

import h11

FRAMING = r"blocks:hex,end=\r\n,zeros=accept,trailer=\r\n,unit=series,extensions=http,max=none"
HEAD = b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"


def decode(sock, say):
    data = sock.recv(65536)
    while data:
        connection, body = h11.Connection(h11.SERVER), bytearray()
        connection.receive_data(HEAD)
        connection.receive_data(data)
        while type(event := connection.next_event()) is not h11.EndOfMessage:
            if event is h11.NEED_DATA:
                connection.receive_data(sock.recv(65536))
            elif type(event) is h11.Data:
                body += event.data
        say(f"frame {len(body)} {zlib.crc32(body):08x}\n")
        data = connection.trailing_data[0] or sock.recv(65536)
    return "clean"


def serve(sock):
    say = lambda line: sock.sendall(line.encode())
    with sock:
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            try:
                ending = decode(sock, say)
            except h11.RemoteProtocolError:
                ending = "error"
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

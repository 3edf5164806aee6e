"""socketserver's StreamRequestHandler: lines by rfile.readline with a limit, as http.server reads them.  python3 server.py PORT"""
import os, socketserver, sys, time, zlib

FRAMING, MAX = r"delimited:\n,tail=frame,max=64KiB", 65536


class Handler(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def handle(self):
        try:
            self.say(f"end {self.lines()}\n")
            # Unread input at the close would be a reset: read on for a second at most.
            self.request.shutdown(1)
            self.request.settimeout(1)
            until = time.monotonic() + 1
            while time.monotonic() < until and self.request.recv(65536):
                pass
        except OSError:
            pass  # The peer has reset the connection, or did not close it in time.

    def lines(self):
        while line := self.rfile.readline(MAX + 1):
            if len(line) > MAX and not line.endswith(b"\n"):
                return "oversize"
            line = line.removesuffix(b"\n")
            self.say(f"frame {len(line)} {zlib.crc32(line):08x}\n")
        return "clean"

    def say(self, text):
        self.wfile.write(text.encode())


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True
    request_queue_size = 128


if os.environ.get("FRAMECHECK_FRAMING_EXPANDED") != FRAMING:
    sys.exit(89)
Server(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()

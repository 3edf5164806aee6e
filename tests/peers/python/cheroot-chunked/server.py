"""Reports the chunked bodies that cheroot's server would give to its application: python3 server.py PORT"""
import os, socket, socketserver, sys, zlib

from cheroot.server import ChunkedRFile


class Reporter(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def decode(self):
        while self.rfile.peek(1):
            # The server makes this for each request with `Transfer-Encoding: chunked`, and calls it `wsgi.input`.
            chunked = ChunkedRFile(self.rfile, 0)
            body = chunked.read()
            # The server itself leaves the trailer fields unread; its class can read them.
            for _ in chunked.read_trailer_lines():
                pass
            self.wfile.write(b"frame %d %08x\n" % (len(body), zlib.crc32(body)))
        return "clean"

    def handle(self):
        try:
            ending = self.decode()
        except Exception as error:
            print(type(error).__name__, error, file=sys.stderr)
            ending = "error"
        self.wfile.write(b"end %s\n" % ending.encode())
        self.connection.shutdown(socket.SHUT_WR)
        self.connection.settimeout(1)
        while self.connection.recv(65536):
            pass  # Closing with unread input would reset the connection and lose the lines above.


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        pass  # The peer has reset the connection, or did not close it in time.


FRAMING = "blocks:hex,end=\\r\\n,zeros=accept,trailer=\\r\\n,unit=series,extensions=http,max=none"
if os.environ.get("FRAMECHECK_FRAMING_EXPANDED", FRAMING) != FRAMING:
    sys.exit(89)
Server(("127.0.0.1", int(sys.argv[1])), Reporter).serve_forever()

"""Reports the chunked bodies that waitress would give to its application: python3 server.py PORT"""
import os, socket, socketserver, sys, zlib

from waitress.buffers import OverflowableBuffer
from waitress.receiver import ChunkedReceiver


class Reporter(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def decode(self):
        receiver = None
        while data := self.connection.recv(65536):
            while data:
                # As in `HTTPRequestParser.received`.
                if receiver is None:
                    receiver = ChunkedReceiver(OverflowableBuffer(1 << 24))
                data = data[receiver.received(data) :]
                if receiver.error:
                    return "malformed"
                if receiver.completed:
                    body = receiver.getfile().read()
                    self.wfile.write(b"frame %d %08x\n" % (len(body), zlib.crc32(body)))
                    receiver = None
        return "clean" if receiver is None else "truncated"

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

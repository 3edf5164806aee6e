"""Echoes messages with the reader and the writer of python-lsp-jsonrpc: python3 server.py PORT"""
import os, socketserver, sys

from pylsp_jsonrpc.streams import JsonRpcStreamReader, JsonRpcStreamWriter


class Echo(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def handle(self):
        writer = JsonRpcStreamWriter(self.wfile, separators=(",", ":"), ensure_ascii=False)
        JsonRpcStreamReader(self.rfile).listen(writer.write)


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        pass  # The reader gave up, or the peer has reset the connection: either ends this connection only.


if not os.environ.get("FRAMECHECK_FRAMING_EXPANDED", "field").partition(":")[2].startswith("field,name=Content-Length"):
    sys.exit(89)
Server(("127.0.0.1", int(sys.argv[1])), Echo).serve_forever()

"""One-shot streaming server: reads one stream to its end and prints it.

Framing `eof`, observer `stdout`. It has nothing to say, so it shuts down its
sending side at once. It serves one connection and exits.
"""
import socket
import sys

MAX_MESSAGE = 1024 * 1024


def recv_stream(sock):
    message = bytearray()
    while True:
        more = sock.recv(8192)
        if not more:
            return bytes(message)
        message += more
        if len(message) > MAX_MESSAGE:
            raise ValueError('the stream is too long')


def main(port):
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(('127.0.0.1', port))
    listener.listen(1)
    sc, sockname = listener.accept()
    listener.close()
    try:
        sc.shutdown(socket.SHUT_WR)
        message = recv_stream(sc)
        print('Message:', repr(message), flush=True)
    except (OSError, ValueError) as e:
        print('No message:', e, file=sys.stderr)
    finally:
        sc.close()


if __name__ == '__main__':
    main(int(sys.argv[1]))

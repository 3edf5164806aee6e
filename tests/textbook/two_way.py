"""Two-way streaming: reads the whole stream, then streams it back.

Framing `half-close`, observer `echo`. Nothing is sent before the client has
shut down its sending side; then everything is, and the socket is closed.
"""
import socket
import sys
import time

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


def serve(sock):
    try:
        message = recv_stream(sock)
    except ValueError as e:
        print(e, file=sys.stderr)
        refuse(sock)
        return
    sock.sendall(message)
    sock.shutdown(socket.SHUT_WR)


def refuse(sock):
    """Hang up without a reset, which could destroy replies that are still
    on their way: say that no more will come, and read what is left.
    """
    sock.shutdown(socket.SHUT_WR)
    sock.settimeout(1.0)
    deadline = time.monotonic() + 1.0
    while time.monotonic() < deadline and sock.recv(65536):
        pass


def main(port):
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(('127.0.0.1', port))
    listener.listen()
    while True:
        sc, sockname = listener.accept()
        try:
            serve(sc)
        except (EOFError, OSError) as e:
            print(sockname, e, file=sys.stderr)
        finally:
            sc.close()


if __name__ == '__main__':
    main(int(sys.argv[1]))

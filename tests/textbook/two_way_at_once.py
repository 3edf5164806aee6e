"""Two-way streaming server that must be found out.

Framing `half-close`, observer `echo`. The mistake: it answers while the
client is still sending. Where both sides only send, both block for ever once
the buffers are full. (Not a class of DEFECTS.md: the rule of the pattern.)
"""
import socket
import sys
import time

MAX_MESSAGE = 1024 * 1024


def serve(sock):
    total = 0
    while True:
        more = sock.recv(8192)
        if not more:
            break
        total += len(more)
        if total > MAX_MESSAGE:
            refuse(sock)
            return
        sock.sendall(more)
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

"""One-shot streaming server that must be found out.

Framing `eof`, observer `stdout`. The mistake: one `recv` is taken for the
whole stream (class 46 of DEFECTS.md).
"""
import socket
import sys

MAX_MESSAGE = 1024 * 1024


def main(port):
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(('127.0.0.1', port))
    listener.listen(1)
    sc, sockname = listener.accept()
    listener.close()
    try:
        sc.shutdown(socket.SHUT_WR)
        message = sc.recv(MAX_MESSAGE)
        print('Message:', repr(message), flush=True)
    except OSError as e:
        print('No message:', e, file=sys.stderr)
    finally:
        sc.close()


if __name__ == '__main__':
    main(int(sys.argv[1]))

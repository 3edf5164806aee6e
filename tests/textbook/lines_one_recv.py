"""Echo of lines that must be found out.

Framing `delimited:\\n`, observer `echo`. The mistake: one `recv` is taken for
one line (class 46 of DEFECTS.md).
"""
import socket
import sys
import time

MAX_MESSAGE = 1024 * 1024


def get_message(sock):
    line = sock.recv(MAX_MESSAGE + 2)
    if not line:
        return None
    if line.endswith(b'\n'):
        line = line[:-1]
    if len(line) > MAX_MESSAGE:
        raise ValueError('the line is too long')
    return line


def put_message(sock, message):
    sock.sendall(message + b'\n')


def serve(sock):
    try:
        while True:
            message = get_message(sock)
            if message is None:
                return
            put_message(sock, message)
    except ValueError as e:
        print(e, file=sys.stderr)
        refuse(sock)


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

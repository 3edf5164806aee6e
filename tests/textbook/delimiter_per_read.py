"""Echo of messages ended by CR LF that must be found out.

Framing `delimited:\\r\\n`, observer `echo`. The mistake: the delimiter is
looked for in each read alone, so one that is cut in two is never seen (class
34 of DEFECTS.md).
"""
import socket
import sys
import time

DELIMITER = b'\r\n'
MAX_MESSAGE = 1024 * 1024


def put_message(sock, message):
    if len(message) > MAX_MESSAGE:
        raise ValueError('the message is too long')
    sock.sendall(message + DELIMITER)


def serve(sock):
    begun = bytearray()
    try:
        while True:
            more = sock.recv(8192)
            if not more and not begun:
                return
            if not more:
                raise EOFError('socket closed inside a message')
            *complete, rest = more.split(DELIMITER)
            for piece in complete:
                put_message(sock, bytes(begun) + piece)
                begun.clear()
            begun += rest
            if len(begun) - begun.endswith(b'\r') > MAX_MESSAGE:
                raise ValueError('the message is too long')
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

"""Echo of decimal length-prefixed messages that must be found out.

Framing `prefixed:decimal,end=:`, observer `echo`. The mistake: what a read
brings behind the first message is thrown away (class 47 of DEFECTS.md).
"""
import re
import socket
import sys
import time

MAX_MESSAGE = 1024 * 1024


def get_message(sock):
    received = sock.recv(8192)
    if not received:
        return None
    while b':' not in received:
        check_digits(received)
        received += recvsome(sock)
    digits, colon, rest = received.partition(b':')
    check_digits(digits)
    length = int(digits)
    body = bytearray(rest)
    while len(body) < length:
        body += recvsome(sock)
    return bytes(body[:length])


def check_digits(digits):
    if not re.fullmatch(b'0|[1-9][0-9]{0,6}', digits):
        raise ValueError('%r is not a length' % digits)
    if int(digits) > MAX_MESSAGE:
        raise ValueError('the message is too long')


def recvsome(sock):
    more = sock.recv(8192)
    if not more:
        raise EOFError('socket closed inside a message')
    return more


def put_message(sock, message):
    sock.sendall(b'%d:' % len(message) + message)


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

"""Echo of length-prefixed messages that must be found out.

Framing `prefixed:u32be`, observer `echo`. The mistake: the length is read
with a loop, the body with one `recv` (class 46 of DEFECTS.md).
"""
import socket
import struct
import sys
import time

HEADER = struct.Struct('!I')
MAX_MESSAGE = 1024 * 1024


def get_message(sock):
    first = sock.recv(HEADER.size)
    if not first:
        return None
    header = first + recvall(sock, HEADER.size - len(first))
    (length,) = HEADER.unpack(header)
    if length > MAX_MESSAGE:
        raise ValueError('a message of %d bytes is too long' % length)
    return sock.recv(length) if length else b''


def put_message(sock, message):
    sock.sendall(HEADER.pack(len(message)) + message)


def recvall(sock, length):
    blocks = []
    while length:
        block = sock.recv(length)
        if not block:
            raise EOFError('socket closed with %d bytes left' % length)
        length -= len(block)
        blocks.append(block)
    return b''.join(blocks)


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

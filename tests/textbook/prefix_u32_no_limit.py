"""Echo of length-prefixed messages that must be found out.

Framing `prefixed:u32be`, observer `echo`. The mistake: there is no limit, and
the announced length is allocated before a byte of the body has come (class
15 of DEFECTS.md).
"""
import socket
import struct
import sys

HEADER = struct.Struct('!I')


def get_message(sock):
    first = sock.recv(HEADER.size)
    if not first:
        return None
    header = first + recvall(sock, HEADER.size - len(first))
    (length,) = HEADER.unpack(header)
    return recvall(sock, length)


def put_message(sock, message):
    sock.sendall(HEADER.pack(len(message)) + message)


def recvall(sock, length):
    message = bytearray(length)
    rest = memoryview(message)
    while rest:
        count = sock.recv_into(rest)
        if not count:
            raise EOFError('socket closed with %d bytes left' % len(rest))
        rest = rest[count:]
    return message


def serve(sock):
    try:
        while True:
            message = get_message(sock)
            if message is None:
                return
            put_message(sock, message)
    except MemoryError:
        print('out of memory', file=sys.stderr)


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

"""Messages of 16 bytes each, echoed.

Framing `fixed:16`, observer `echo`. A `recvall` loop collects each message.
"""
import socket
import struct
import sys

MESSAGE = struct.Struct('16s')


def get_message(sock):
    first = sock.recv(MESSAGE.size)
    if not first:
        return None
    return first + recvall(sock, MESSAGE.size - len(first))


def put_message(sock, message):
    sock.sendall(MESSAGE.pack(message))


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
    while True:
        message = get_message(sock)
        if message is None:
            return
        put_message(sock, message)


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

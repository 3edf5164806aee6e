"""One-shot server for blocks that must be found out.

Framing `blocks:u32be,series=one`, observer `stdout`. The mistake: the length
is read with a loop, the block with one `recv` (class 46 of DEFECTS.md).
"""
import socket
import struct
import sys

HEADER = struct.Struct('!I')
MAX_BLOCK = 1024 * 1024


def get_block(sock):
    (length,) = HEADER.unpack(recvall(sock, HEADER.size))
    if length > MAX_BLOCK:
        raise ValueError('a block of %d bytes is too long' % length)
    return sock.recv(length) if length else b''


def recvall(sock, length):
    blocks = []
    while length:
        block = sock.recv(length)
        if not block:
            raise EOFError('socket closed with %d bytes left' % length)
        length -= len(block)
        blocks.append(block)
    return b''.join(blocks)


def main(port):
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(('127.0.0.1', port))
    listener.listen(1)
    sc, sockname = listener.accept()
    listener.close()
    try:
        sc.shutdown(socket.SHUT_WR)
        while True:
            block = get_block(sc)
            if not block:
                break
            print('Message:', repr(block), flush=True)
    except (EOFError, OSError, ValueError) as e:
        print('No more messages:', e, file=sys.stderr)
    finally:
        sc.close()


if __name__ == '__main__':
    main(int(sys.argv[1]))

"""One-shot server for blocks that must be found out.

Framing `blocks:u32be,series=one`, observer `stdout`. The mistake: the end of
the stream ends the series too, and a block that it cuts off is delivered as
far as it came (classes 28 and 50 of DEFECTS.md).
"""
import socket
import struct
import sys

HEADER = struct.Struct('!I')
MAX_BLOCK = 1024 * 1024


def get_block(sock):
    header = recvall(sock, HEADER.size)
    if len(header) < HEADER.size:
        return b''
    (length,) = HEADER.unpack(header)
    if length > MAX_BLOCK:
        raise ValueError('a block of %d bytes is too long' % length)
    return recvall(sock, length)


def recvall(sock, length):
    blocks = []
    while length:
        block = sock.recv(length)
        if not block:
            break
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

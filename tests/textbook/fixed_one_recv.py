"""Echo of 16-byte messages that must be found out.

Framing `fixed:16`, observer `echo`. The mistake: no loop over short reads,
one `recv(16)` is taken for one message (class 46 of DEFECTS.md). `struct`
fills the piece up with zeros when it is sent back.
"""
import socket
import struct
import sys

MESSAGE = struct.Struct('16s')


def get_message(sock):
    message = sock.recv(MESSAGE.size)
    if not message:
        return None
    return message


def put_message(sock, message):
    sock.sendall(MESSAGE.pack(message))


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

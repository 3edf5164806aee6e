"""Messages after their length in decimal digits and a colon, echoed.

Framing `prefixed:decimal,end=:`, observer `echo`. `5:hello` is one message.
The digits are read one by one, so that nothing behind them is taken.
"""
import socket
import sys
import time

MAX_MESSAGE = 1024 * 1024


def get_message(sock):
    byte = sock.recv(1)
    if not byte:
        return None
    digits = b''
    while byte != b':' or not digits:
        if byte not in (b'0', b'1', b'2', b'3', b'4',
                        b'5', b'6', b'7', b'8', b'9'):
            raise ValueError('%r is not a digit' % byte)
        if digits == b'0':
            raise ValueError('the length begins with a zero')
        digits += byte
        if int(digits) > MAX_MESSAGE:
            raise ValueError('the message is too long')
        byte = recvall(sock, 1)
    return recvall(sock, int(digits))


def put_message(sock, message):
    sock.sendall(b'%d:' % len(message) + message)


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

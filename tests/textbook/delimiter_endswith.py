"""Echo of messages ended by CR LF that must be found out.

Framing `delimited:\\r\\n`, observer `echo`. The mistake: it reads until what
it has *ends* in the delimiter, so a message whose end stands inside a read
waits for a later one (class 47 of DEFECTS.md).
"""
import socket
import sys
import time

DELIMITER = b'\r\n'
MAX_MESSAGE = 1024 * 1024


def get_message(sock):
    message = bytearray()
    while not message.endswith(DELIMITER):
        if len(message) - message.endswith(b'\r') > MAX_MESSAGE:
            raise ValueError('the message is too long')
        more = sock.recv(8192)
        if not more and not message:
            return None
        if not more:
            raise EOFError('socket closed inside a message')
        message += more
    if len(message) - len(DELIMITER) > MAX_MESSAGE:
        raise ValueError('the message is too long')
    return bytes(message[:-len(DELIMITER)])


def put_message(sock, message):
    sock.sendall(message + DELIMITER)


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

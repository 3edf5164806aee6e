"""Messages ended by a carriage return and a line feed, echoed.

Framing `delimited:\\r\\n`, observer `echo`. What was received behind a
message is kept for the next one; the search goes on where it stopped, one
byte earlier, since the delimiter may have been cut in two.
"""
import socket
import sys
import time

DELIMITER = b'\r\n'
MAX_MESSAGE = 1024 * 1024


def get_message(sock, received):
    searched = 0
    while True:
        end = received.find(DELIMITER, searched)
        if end >= 0:
            break
        # A last carriage return may still turn out to be a delimiter's.
        length = len(received) - received.endswith(b'\r')
        if length > MAX_MESSAGE:
            raise ValueError('the message is too long')
        searched = length
        more = sock.recv(8192)
        if not more and not received:
            return None
        if not more:
            raise EOFError('socket closed inside a message')
        received += more
    if end > MAX_MESSAGE:
        raise ValueError('the message is too long')
    message = bytes(received[:end])
    del received[:end + len(DELIMITER)]
    return message


def put_message(sock, message):
    sock.sendall(message + DELIMITER)


def serve(sock):
    received = bytearray()
    try:
        while True:
            message = get_message(sock, received)
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

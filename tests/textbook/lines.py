"""Lines, echoed, read through a file object.

Framing `delimited:\\n`, observer `echo`. `readline` does the loop; its limit
bounds what a client without line ends can make us keep.
"""
import socket
import sys
import time

MAX_MESSAGE = 1024 * 1024


def get_message(reader):
    line = reader.readline(MAX_MESSAGE + 1)
    if not line:
        return None
    if line.endswith(b'\n'):
        return line[:-1]
    if len(line) > MAX_MESSAGE:
        raise ValueError('the line is too long')
    raise EOFError('socket closed inside a line of %d bytes' % len(line))


def put_message(sock, message):
    sock.sendall(message + b'\n')


def serve(sock):
    with sock.makefile('rb') as reader:
        try:
            while True:
                message = get_message(reader)
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

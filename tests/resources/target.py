"""Serves `prefixed:u32be`, `prefixed:u24be` or `delimited:\\n` by `report`, well or with one waste: python3 target.py PORT WASTE"""
import os
import socket
import sys
import threading
import zlib

MAX = 1 << 20
FRAMING = os.environ['FRAMECHECK_FRAMING']
WIDTH = 3 if 'u24' in FRAMING else 4
WASTE = sys.argv[2]
kept = []


def receive(sock, size):
    if WASTE == 'polls':
        sock.setblocking(False)
    while True:
        try:
            return sock.recv(size)
        except BlockingIOError:
            pass


def frame(say, payload):
    say('frame %d %08x' % (len(payload), zlib.crc32(payload)))


def collect(sock, size):
    """`size` bytes, or fewer where the stream ends before them."""
    if WASTE == 'concatenates':
        whole = b''
        while len(whole) < size and (more := receive(sock, size - len(whole))):
            whole = whole + more
        return whole
    whole = bytearray()
    while len(whole) < size:
        more = receive(sock, min(size - len(whole), 65536))
        if more:
            whole += more
        elif WASTE != 'spins':
            break
    return whole


def prefixed(sock, say):
    while True:
        header = collect(sock, WIDTH)
        if len(header) < WIDTH:
            return 'truncated' if header else 'clean'
        size = int.from_bytes(header, 'big')
        room = bytearray(size) if WASTE == 'allocates' else b''
        if WASTE == 'fills':
            room = b'x' * size
        if WASTE == 'dies' and size > MAX:
            os.abort()
        if WASTE not in ('allocates', 'fills') and size > MAX:
            return 'oversize'
        payload = collect(sock, size)
        del room
        if len(payload) < size:
            return 'truncated'
        frame(say, payload)


def delimited(sock, say):
    buffer, searched = bytearray(), 0
    while True:
        at = buffer.find(b'\n', 0 if WASTE == 'rescans' else searched)
        if at >= 0:
            frame(say, buffer[:at])
            del buffer[:at + 1]
            searched = 0
            continue
        if len(buffer) > MAX:
            return 'oversize'
        searched = len(buffer)
        more = receive(sock, 65536)
        if not more:
            return 'truncated' if buffer else 'clean'
        buffer += more


def serve(sock):
    decode = delimited if 'delimited' in FRAMING else prefixed
    try:
        ending = decode(sock, lambda line: sock.sendall(line.encode() + b'\n'))
        sock.sendall(b'end %s\n' % ending.encode())
        sock.shutdown(socket.SHUT_WR)
        sock.settimeout(1)
        while sock.recv(65536):
            pass
    except OSError:
        ending = 'reset'
    if WASTE == 'keeps_sockets' and ending != 'clean':
        kept.append(sock)
        return
    sock.close()
    if WASTE == 'keeps_threads' and ending != 'clean':
        threading.Event().wait()


listener = socket.create_server(('127.0.0.1', int(sys.argv[1])))
threading.stack_size(256 * 1024)
if WASTE == 'fills_a_pool':
    # As many threads as it will ever have, one more with each connection.
    for _ in range(150):
        threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
        threading.Thread(target=threading.Event().wait, daemon=True).start()
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

#!/usr/bin/env python3
"""@TITLE@

Found by framecheck; this needs nothing but Python 3.
usage: python3 FILE HOST PORT        exit status: 1 if the defect shows, 0 if not, 2 if nobody listens there
"""
import socket, struct, sys, time

FRAMING = @FRAMING@
WHY = @WHY@
# What is sent, how many bytes must have come back by then, and how many would be too many.
SEGMENTS = [
@SEGMENTS@]
CLOSE = @CLOSE@  # fin; reset; hold: fin only when all that is due has come
DUE = [@DUE@]  # what must come back in all, in any of these forms
MUST_CLOSE = @MUST_CLOSE@  # whether the peer must close then
UNREAD, PAUSE, GONE = @UNREAD@, @PAUSE@, @GONE@
BEFORE, BESIDE = @BEFORE@, @BESIDE@  # other connections, and what they send

if len(sys.argv) != 3 or not sys.argv[2].isdigit():
    print(__doc__, file=sys.stderr)
    sys.exit(2)
HOST, PORT, PATIENCE = sys.argv[1], int(sys.argv[2]), 5.0
came, ended, faults = b"", None, []

def connect():
    sock = socket.create_connection((HOST, PORT), PATIENCE)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock

def first():
    """A connection without which nothing can be shown."""
    try:
        return connect()
    except OSError as error:
        print("nothing can be shown: %s:%s: %s" % (HOST, PORT, error), file=sys.stderr)
        sys.exit(2)

def on_the_way(sock):
    """Bytes that the peer's application has not read yet; None where its socket cannot be seen."""
    ours, theirs, queues = ":%04X" % sock.getsockname()[1], ":%04X" % PORT, []
    for table in "/proc/net/tcp", "/proc/net/tcp6":
        try:
            rows = [line.split() for line in open(table)][1:]
        except OSError:
            continue
        for row in rows:
            if {row[1][-5:], row[2][-5:]} == {ours, theirs}:
                sending, received = row[4].split(":")
                queues.append(int(sending if row[1].endswith(ours) else received, 16))
    return sum(queues) if len(queues) > 1 else None

def wait_until_read(sock):
    """So that the next segment is in a read of its own, and what the peer knows can come."""
    end = time.monotonic() + PATIENCE
    while on_the_way(sock) and time.monotonic() < end:
        time.sleep(0.002)
    time.sleep(0.3 if on_the_way(sock) is None else 0.05)

def receive(sock, enough, patience):
    global came, ended
    end = time.monotonic() + patience
    while not ended and len(came) < enough:
        try:
            sock.settimeout(max(0.001, end - time.monotonic()))
            data = sock.recv(65536)
            came, ended = came + data, ended if data else "it closed the connection"
        except socket.timeout:
            return
        except OSError as error:
            ended = "the connection failed: %s" % error

def send(sock, data):
    end = time.monotonic() + PATIENCE
    while data and not ended and time.monotonic() < end:
        try:
            sock.settimeout(0.5)
            data = data[sock.send(data):]
        except socket.timeout:
            receive(sock, len(came) + 1, 0.1)  # it may wait for us to read
        except OSError:
            return receive(sock, 1 << 30, PATIENCE)

def reset(sock):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()

for data, close in BEFORE:
    other = first()
    other.sendall(data)
    wait_until_read(other)
    if close == "reset":
        reset(other)
        continue
    other.shutdown(socket.SHUT_WR)
    receive(other, 1 << 30, 1.0)
    came, ended = b"", None
    other.close()
others = [first() for _ in BESIDE]
for other, data in zip(others, BESIDE):
    other.sendall(data[:-1])
    wait_until_read(other)

sock = first()
for number, (data, must, limit) in enumerate(SEGMENTS, 1):
    print("sent ", data if len(data) <= 200 else "%r... (%d bytes)" % (data[:100], len(data)))
    send(sock, data)
    if UNREAD or (number == len(SEGMENTS) and CLOSE == "fin"):
        continue
    wait_until_read(sock)
    receive(sock, 1 << 30, 0)
    if limit is not None and len(came) >= limit:
        faults.append("early: behind segment %d it answered %r already" % (number, came[:100]))
    receive(sock, must, 0.1 if faults else PATIENCE)
    if len(came) < must:
        faults.append("late: behind segment %d %d bytes were due, %d had come" % (number, must, len(came)))
    if number < len(SEGMENTS):
        time.sleep(PAUSE)
if CLOSE == "reset":
    if UNREAD:
        receive(sock, len(DUE[0]), PATIENCE)
    reset(sock)
else:
    if UNREAD and CLOSE == "hold":
        receive(sock, SEGMENTS[-1][1] if SEGMENTS else 0, PATIENCE)
    try:
        sock.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # it has gone
    receive(sock, 1 << 30 if MUST_CLOSE else max(map(len, DUE)), 1.0 if faults else PATIENCE)
    receive(sock, 1 << 30, 0.3)
if came not in DUE:
    faults.append("what came back is not what must come back")
if CLOSE != "reset" and MUST_CLOSE and not ended:
    faults.append("the connection stays open")
if GONE:
    try:
        connect().close()
    except OSError:
        faults.append("the server has gone")

print("close", CLOSE)
print("due  ", DUE[0][:2000], "since in", FRAMING, "that is what these bytes hold")
print("came ", came[:2000], "and", ended or "the connection stayed open")
print("\n".join("DEFECT " + fault for fault in faults) or "as it must be", "(seen before: %s)" % WHY)
sys.exit(1 if faults else 0)

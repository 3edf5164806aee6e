"""An echo server for lines that serves the first connections on which something comes badly.

    python3 flaky.py PORT STATE BAD lose|hang

STATE is a file with a line for each such connection, the number of the process that served it: a case that is run again has
a process of its own, which must know how often the case was run before. Of these connections the first BAD are served badly: what
comes is lost, or nothing is done any more.
"""

import os
import signal
import socket
import sys

port, state, bad, how = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]


def is_served_badly():
    with open(state, "a+") as file:
        file.seek(0)
        before = len(file.readlines())
        file.write(f"{os.getpid()}\n")
    return before < bad


listener = socket.create_server(("127.0.0.1", port))
while True:
    connection, _ = listener.accept()
    with connection:
        badly = None
        while data := connection.recv(65536):
            if badly is None:
                badly = is_served_badly()
                if badly and how == "hang":
                    signal.pause()
            if not badly:
                connection.sendall(data)

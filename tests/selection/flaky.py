"""An echo server for lines that loses what it is sent on the first connections on which something comes.

    python3 flaky.py PORT STATE LOST

STATE is a file with a line for each such connection, the number of the process that served it: a case that is run again has
a process of its own, which must know how often the case was run before. Of these connections the first LOST are served badly.
"""

import os
import socket
import sys

port, state, lost = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])


def is_served_badly():
    with open(state, "a+") as file:
        file.seek(0)
        before = len(file.readlines())
        file.write(f"{os.getpid()}\n")
    return before < lost


listener = socket.create_server(("127.0.0.1", port))
while True:
    connection, _ = listener.accept()
    with connection:
        badly = None
        while data := connection.recv(65536):
            if badly is None:
                badly = is_served_badly()
            if not badly:
                connection.sendall(data)

"""A target that logs: one thread reads and hands the bytes on, another parses all that has come when it wakes.

It serves one connection after the other; at the end of a stream it answers with the sizes of its reads and of what its parser was
handed, a line each.
"""

import queue
import socket
import sys
import threading


def parse(handed, parsed):
    while (size := handed.get()) is not None:
        ended = False
        while not handed.empty():
            more = handed.get()
            if more is None:
                ended = True
                break
            size += more
        parsed.append(size)
        if ended:
            return


def serve(stream):
    handed, reads, parsed = queue.SimpleQueue(), [], []
    parser = threading.Thread(target=parse, args=(handed, parsed))
    parser.start()
    while data := stream.recv(65536):
        reads.append(len(data))
        handed.put(len(data))
    handed.put(None)
    parser.join()
    stream.sendall("".join(" ".join(map(str, sizes)) + "\n" for sizes in (reads, parsed)).encode())
    stream.close()


address = sys.argv[1]
listener = socket.create_server((address, 0), family=socket.AF_INET6 if ":" in address else socket.AF_INET)
port = listener.getsockname()[1]
print(f"listens on {f'[{address}]' if ':' in address else address}:{port}", flush=True)
while True:
    serve(listener.accept()[0])

#!/usr/bin/env python3
"""framecheck fuzz beside boofuzz, on the same echo server in one run.

    pip install boofuzz && cargo build --release && python3 benches/beside_boofuzz.py

Both send length-prefixed messages to one reference server (observer echo) and read what comes back; they take turns, and the figures are
medians. boofuzz is tried as it comes and without its log.
framecheck judges every answer; boofuzz only looks whether one comes. A run without a failure of either is what is counted.
"""
import importlib.metadata, os, re, statistics, subprocess, sys, tempfile, time

import boofuzz

PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "target", "release", "framecheck")
VERSION = importlib.metadata.version("boofuzz")
FRAMING, ROUNDS, CASES, SECONDS = "prefixed:u32be", 5, 400, "3s"


def server():
    command = [PROGRAM, "serve", "--framing", FRAMING, "--observe", "echo"]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    host, port = child.stdout.readline().split()[-1].rsplit(":", 1)
    return child, host, int(port)


def boofuzz_rate(host, port, folder, fast):
    """Test cases a second."""
    connection = boofuzz.TCPSocketConnection(host, port, send_timeout=1, recv_timeout=1)
    log = boofuzz.FuzzLoggerText(file_handle=open(os.devnull, "w"))
    settings = {"fuzz_loggers": [] if fast else [log]}
    session = boofuzz.Session(
        target=boofuzz.Target(connection=connection),
        web_port=None,
        db_filename=os.path.join(folder, "boofuzz-%d-%s.db" % (time.monotonic_ns(), fast)),
        index_start=1,
        index_end=CASES,
        receive_data_after_each_request=True,
        receive_data_after_fuzz=True,
        check_data_received_each_request=False,
        **settings,
    )
    payload = boofuzz.Block("payload", children=(boofuzz.String("text", "hello"), boofuzz.Bytes("bytes", b"\0\1\2")))
    request = boofuzz.Request(
        "message", children=(boofuzz.Size("length", block_name="payload", length=4, endian=">", fuzzable=True), payload)
    )
    session.connect(request)
    begun = time.monotonic()
    session.fuzz()
    return session.num_cases_actually_fuzzed / (time.monotonic() - begun)


def framecheck_rate(host, port, gate):
    """Cases a second, each judged."""
    command = [PROGRAM, "fuzz", "%s:%d" % (host, port), "--framing", FRAMING, "--time", SECONDS, "--gate", gate]
    ran = subprocess.run(command, capture_output=True, text=True)
    last = ran.stdout.splitlines()[-1]
    assert ran.returncode == 0 and last.startswith("no findings"), ran.stdout + ran.stderr
    return float(re.search(r"(\d+) execs/s$", last).group(1))


def main():
    child, host, port = server()
    rates = {}
    try:
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            for _ in range(ROUNDS):
                for name, rate in (
                    ("boofuzz %s, as it comes" % VERSION, lambda: boofuzz_rate(host, port, folder, False)),
                    ("boofuzz %s, without its log" % VERSION, lambda: boofuzz_rate(host, port, folder, True)),
                    ("framecheck, cuts proven at the read", lambda: framecheck_rate(host, port, "read")),
                    ("framecheck, cuts not gated", lambda: framecheck_rate(host, port, "none")),
                ):
                    rates.setdefault(name, []).append(rate())
    finally:
        child.kill()
        child.wait()
    medians = {name: statistics.median(of) for name, of in rates.items()}
    best = max(rate for name, rate in medians.items() if name.startswith("boofuzz"))
    print("%-42s%12s%22s" % ("", "execs/s", "of boofuzz's fastest"))
    for name, rate in medians.items():
        print("%-42s%12.0f%21.1fx" % (name, rate, rate / best))


if __name__ == "__main__":
    sys.exit(main())

"""asyncio's StreamReader: lengths by readexactly, delimiters by readuntil, lines by readline.  python3 server.py PORT"""
import asyncio, os, sys, zlib

MAX = 1 << 20


class Oversize(Exception):
    pass


async def prefixed(reader, size):
    try:
        head = await reader.readexactly(size)
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise
        return None  # The stream ends between two messages.
    length = int.from_bytes(head, "big")
    if length > MAX:
        raise Oversize
    return await reader.readexactly(length)


async def delimited(reader, separator):
    try:
        return (await reader.readuntil(separator))[: -len(separator)]
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise
        return None
    except asyncio.LimitOverrunError:
        raise Oversize


async def line(reader):
    try:
        line = await reader.readline()
    except ValueError:  # What readline makes of a LimitOverrunError.
        raise Oversize
    return line.removesuffix(b"\n") if line else None


FRAMINGS = {
    "prefixed:u32be": lambda reader: prefixed(reader, 4),
    "prefixed:u16be,max=65535": lambda reader: prefixed(reader, 2),
    r"delimited:\r\n,max=64KiB": lambda reader: delimited(reader, b"\r\n"),
    r"delimited:\r\n.\r\n,max=64KiB": lambda reader: delimited(reader, b"\r\n.\r\n"),
    r"delimited:\n,tail=frame,max=64KiB": line,
}
read = FRAMINGS.get(os.environ.get("FRAMECHECK_FRAMING_EXPANDED")) or sys.exit(89)


async def serve(reader, writer):
    ending = "clean"
    try:
        while (frame := await read(reader)) is not None:
            writer.write(b"frame %d %08x\n" % (len(frame), zlib.crc32(frame)))
            await writer.drain()
    except asyncio.IncompleteReadError:
        ending = "truncated"
    except Oversize:
        ending = "oversize"
    except OSError:
        return writer.close()
    writer.write(b"end %s\n" % ending.encode())
    writer.write_eof()
    # Unread input at the close would be a reset: read on for a second at most.
    try:
        async with asyncio.timeout(1):
            while await reader.read(65536):
                pass
    except (TimeoutError, OSError):
        pass
    writer.close()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", int(sys.argv[1]))
    await server.serve_forever()


asyncio.run(main())

// Reports what @endo/netstring decodes: node server.mjs PORT
import { createServer } from "node:net";
import { makeNetstringReader } from "@endo/netstring/reader.js";
import { crc32 } from "../crc32.mjs";

const FRAMING = "prefixed:decimal,end=:,zeros=accept,trailer=\\,,max=64KiB";
if ((process.env.FRAMECHECK_FRAMING ?? FRAMING) !== FRAMING) process.exit(89);

async function serve(socket) {
  let ending = "clean";
  try {
    for await (const message of makeNetstringReader(socket.iterator({ destroyOnReturn: false }), { maxMessageLength: 65536 })) {
      socket.write(`frame ${message.byteLength} ${crc32(message)}\n`);
    }
  } catch (error) {
    ending = error.message.startsWith("Unexpected dangling") ? "truncated" : "error";
  }
  socket.end(`end ${ending}\n`);
  socket.resume();
  setTimeout(() => socket.destroy(), 1000).unref();
}

createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
  socket.on("error", () => socket.destroy());
  serve(socket);
}).listen(Number(process.argv[2]), "127.0.0.1");

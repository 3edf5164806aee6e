// Reports what it-length-prefixed decodes: node server.mjs PORT
import { createServer } from "node:net";
import { decode } from "it-length-prefixed";
import { crc32 } from "../crc32.mjs";

if ((process.env.FRAMECHECK_FRAMING ?? "prefixed:varint,max=4MiB") !== "prefixed:varint,max=4MiB") process.exit(89);

async function serve(socket) {
  let ending = "clean";
  try {
    for await (const message of decode(socket.iterator({ destroyOnReturn: false }))) {
      socket.write(`frame ${message.byteLength} ${crc32(message.subarray())}\n`);
    }
  } catch (error) {
    ending = error.name === "UnexpectedEOFError" ? "truncated" : "error";
  }
  socket.end(`end ${ending}\n`);
  socket.resume();
  setTimeout(() => socket.destroy(), 1000).unref();
}

createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
  socket.on("error", () => socket.destroy());
  serve(socket);
}).listen(Number(process.argv[2]), "127.0.0.1");

// An echo server on node:net, with the reader of length-prefixed messages that tutorials show: node server.mjs PORT
import { createServer } from "node:net";

if ((process.env.FRAMECHECK_FRAMING ?? "prefixed:u32be") !== "prefixed:u32be") process.exit(89);

createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
  let buffer = Buffer.alloc(0);
  socket.on("data", (chunk) => {
    buffer = Buffer.concat([buffer, chunk]);
    while (buffer.length >= 4) {
      const length = buffer.readUInt32BE(0);
      if (length > 1 << 20) return socket.destroy();
      if (buffer.length < 4 + length) break;
      socket.write(buffer.subarray(0, 4 + length));
      buffer = buffer.subarray(4 + length);
    }
  });
  socket.on("end", () => socket.end());
  socket.on("error", () => socket.destroy());
}).listen(Number(process.argv[2]), "127.0.0.1");

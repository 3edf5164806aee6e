// An echo server on frame-stream: node server.cjs PORT
const { createServer } = require("node:net");
const frame = require("frame-stream");

const options = {
  "prefixed:u32be,max=64KiB,empty=skip": { lengthSize: 4, maxSize: 65536 },
  "prefixed:u16be,max=65535,empty=skip": { lengthSize: 2 },
  "prefixed:u8,max=255,empty=skip": { lengthSize: 1 },
}[process.env.FRAMECHECK_FRAMING ?? "prefixed:u32be,max=64KiB,empty=skip"];
if (!options) process.exit(89);

createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
  const decoder = frame.decode(options);
  const encoder = frame.encode(options);
  decoder.on("data", (message) => encoder.write(message));
  decoder.on("end", () => encoder.end());
  decoder.on("error", () => socket.destroy());
  socket.on("error", () => socket.destroy());
  socket.pipe(decoder);
  encoder.pipe(socket);
}).listen(Number(process.argv[2]), "127.0.0.1");

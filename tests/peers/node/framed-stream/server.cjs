// An echo server on framed-stream: node server.cjs PORT
const { createServer } = require("node:net");
const FramedStream = require("framed-stream");

const bits = {
  "prefixed:u8,max=255": 8,
  "prefixed:u16le,max=65535": 16,
  "prefixed:u24le,max=16777215": 24,
  "prefixed:u32le,max=none": 32,
}[process.env.FRAMECHECK_FRAMING ?? "prefixed:u32le,max=none"];
if (!bits) process.exit(89);

createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
  const stream = new FramedStream(socket, { bits });
  stream.on("data", (message) => stream.write(message));
  stream.on("end", () => stream.end());
  stream.on("error", () => socket.destroy());
}).listen(Number(process.argv[2]), "127.0.0.1");

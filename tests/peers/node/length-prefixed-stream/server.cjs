// An echo server on length-prefixed-stream: node server.cjs PORT
const { createServer } = require("node:net");
const lpstream = require("length-prefixed-stream");

const options = {
  "prefixed:varint,max=none": { allowEmpty: true },
  "prefixed:varint,max=64KiB": { allowEmpty: true, limit: 65536 },
}[process.env.FRAMECHECK_FRAMING ?? "prefixed:varint,max=64KiB"];
if (!options) process.exit(89);

createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
  const decoder = lpstream.decode(options);
  const encoder = lpstream.encode();
  decoder.on("data", (message) => encoder.write(message));
  decoder.on("end", () => encoder.end());
  decoder.on("error", () => socket.destroy());
  socket.on("error", () => socket.destroy());
  socket.pipe(decoder);
  encoder.pipe(socket);
}).listen(Number(process.argv[2]), "127.0.0.1");

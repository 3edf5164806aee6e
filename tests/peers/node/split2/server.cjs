// An echo server on split2: node server.cjs PORT
const { createServer } = require("node:net");
const split = require("split2");

const options = {
  "delimited:\\r\\n|\\n,tail=frame,max=none,charset=utf-8": {},
  "delimited:\\r\\n|\\n,tail=frame,max=8KiB,charset=utf-8": { maxLength: 8192 },
  "delimited:\\r\\n|\\n,tail=frame,max=8KiB,oversize=discard,charset=utf-8": { maxLength: 8192, skipOverflow: true },
}[process.env.FRAMECHECK_FRAMING ?? "delimited:\\r\\n|\\n,tail=frame,max=none,charset=utf-8"];
if (!options) process.exit(89);

createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
  const lines = socket.pipe(split(options));
  lines.on("data", (line) => socket.write(line + "\r\n"));
  lines.on("end", () => socket.end());
  lines.on("error", () => socket.destroy());
  socket.on("error", () => socket.destroy());
}).listen(Number(process.argv[2]), "127.0.0.1");

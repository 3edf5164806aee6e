// An echo server on json-socket: node server.cjs PORT
const { createServer } = require("node:net");
const JsonSocket = require("json-socket");

const FRAMING = "prefixed:decimal,end=#,zeros=accept,max=none";
if ((process.env.FRAMECHECK_FRAMING ?? FRAMING) !== FRAMING) process.exit(89);

createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
  const json = new JsonSocket(socket);
  json.on("message", (message) => json.sendMessage(message));
  socket.on("end", () => socket.end());
  socket.on("error", () => socket.destroy());
}).listen(Number(process.argv[2]), "127.0.0.1");

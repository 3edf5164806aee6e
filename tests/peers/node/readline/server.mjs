// An echo server on node:readline: node server.mjs PORT
import { createServer } from "node:net";
import { createInterface } from "node:readline";

const FRAMING = "delimited:\\r\\n|\\n|\\r,tail=frame,max=none";
if ((process.env.FRAMECHECK_FRAMING ?? FRAMING) !== FRAMING) process.exit(89);

createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
  const lines = createInterface({ input: socket, crlfDelay: Infinity });
  lines.on("line", (line) => socket.write(line + "\n"));
  lines.on("close", () => socket.end());
  lines.on("error", () => socket.destroy());
  socket.on("error", () => socket.destroy());
}).listen(Number(process.argv[2]), "127.0.0.1");

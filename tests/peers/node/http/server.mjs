// Echoes the chunked body of a request, parsed by node:http; the head of the request is put before what comes: node server.mjs PORT
import { createServer } from "node:http";
import net from "node:net";

const FRAMING = "blocks:hex,end=\\r\\n,zeros=accept,trailer=\\r\\n,series=one,unit=series,extensions=http,max=none";
if ((process.env.FRAMECHECK_FRAMING ?? FRAMING) !== FRAMING) process.exit(89);

const server = createServer((request, response) => {
  const { socket } = request;
  socket.request = request;
  const pieces = [];
  request.on("data", (piece) => pieces.push(piece));
  request.on("end", () => {
    const body = Buffer.concat(pieces);
    if (body.length > 0) socket.write(Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from("\r\n")]));
    socket.end("0\r\n\r\n");
  });
  request.on("error", () => socket.destroy());
});
// What follows the one request is no other one.
server.on("clientError", (_, socket) => socket.request?.complete || socket.destroy());

net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
  server.emit("connection", socket);
  socket.unshift("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
}).listen(Number(process.argv[2]), "127.0.0.1");

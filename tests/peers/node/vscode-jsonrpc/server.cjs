// An echo server on the reader and the writer of vscode-jsonrpc: node server.cjs PORT
const { createServer } = require("node:net");
const { StreamMessageReader, StreamMessageWriter } = require("vscode-jsonrpc/node");

if ((process.env.FRAMECHECK_FRAMING ?? "lsp") !== "lsp") process.exit(89);

createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
  const reader = new StreamMessageReader(socket);
  const writer = new StreamMessageWriter(socket);
  let written = Promise.resolve();
  reader.listen((message) => { written = writer.write(message).catch(() => {}); });
  reader.onError(() => written.then(() => socket.destroy()));
  writer.onError(() => socket.destroy());
  socket.on("end", () => written.then(() => socket.end()));
}).listen(Number(process.argv[2]), "127.0.0.1");

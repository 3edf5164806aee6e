// Reports the messages of json-socket, as JSON: node server.mjs PORT
import { createServer } from "node:net";
import { crc32 } from "node:zlib";
import JsonSocket from "json-socket";

const FRAMING = String.raw`prefixed:decimal,end=#,zeros=accept,max=none`;

// Reports what the library decodes, in lines of text.
function reporter(socket) {
  let ended = false;
  return {
    frame: (payload) => ended || socket.write(`frame ${payload.length} ${crc32(payload).toString(16).padStart(8, "0")}\n`),
    end(ending) {
      if (ended) return;
      ended = true;
      // Closing with unread input would reset the connection and lose the lines written.
      socket.end(`end ${ending}\n`);
      socket.resume();
      setTimeout(() => socket.destroy(), 1000).unref();
    },
  };
}

function serve(socket) {
  socket.on("error", () => socket.destroy());
  const report = reporter(socket);
  const messages = new JsonSocket(socket);
  messages.on("message", (message) => report.frame(Buffer.from(JSON.stringify(message))));
  messages.on("end", () => report.end("clean"));
  // What it finds wrong it tells the peer itself, as a message.
}

if ((process.env.FRAMECHECK_FRAMING_EXPANDED ?? FRAMING) !== FRAMING) process.exit(89);
createServer({ allowHalfOpen: true, noDelay: true }, serve).listen(Number(process.argv[2]), "127.0.0.1");

// Reports the one argument of each message that the stream of amp emits: node server.mjs PORT
import { createServer } from "node:net";
import { crc32 } from "node:zlib";
import amp from "amp";

const FRAMING = String.raw`prefixed:u32be,header=\x11,max=none`;

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
  const parser = new amp.Stream();
  socket.pipe(parser);
  parser.on("data", (message) => {
    // The framing has messages of one argument only: one without any has no payload to report.
    const [payload] = amp.decode(message);
    if (payload) report.frame(payload);
    else report.end("malformed");
  });
  parser.on("finish", () => report.end("clean"));
}

if ((process.env.FRAMECHECK_FRAMING_EXPANDED ?? FRAMING) !== FRAMING) process.exit(89);
createServer({ allowHalfOpen: true, noDelay: true }, serve).listen(Number(process.argv[2]), "127.0.0.1");

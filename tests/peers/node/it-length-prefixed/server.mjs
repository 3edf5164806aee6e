// Reports what `decode` of it-length-prefixed yields: node server.mjs PORT
import { createServer } from "node:net";
import { crc32 } from "node:zlib";
import { decode } from "it-length-prefixed";

const FRAMING = String.raw`prefixed:varint,max=4MiB`;

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
  (async () => {
    try {
      // Leaving the loop must not destroy the socket, which is still to be written to.
      for await (const message of decode(socket.iterator({ destroyOnReturn: false }))) report.frame(message.subarray());
      report.end("clean");
    } catch (error) {
      report.end(error.name === "InvalidDataLengthError" ? "oversize" : "error");
    }
  })();
}

if ((process.env.FRAMECHECK_FRAMING_EXPANDED ?? FRAMING) !== FRAMING) process.exit(89);
createServer({ allowHalfOpen: true, noDelay: true }, serve).listen(Number(process.argv[2]), "127.0.0.1");

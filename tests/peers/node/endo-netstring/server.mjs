// Reports what the reader of @endo/netstring yields: node server.mjs PORT
import { createServer } from "node:net";
import { crc32 } from "node:zlib";
import { makeNetstringReader } from "@endo/netstring";

const FRAMING = String.raw`prefixed:decimal,end=:,zeros=accept,trailer=\,`;

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
      const input = socket.iterator({ destroyOnReturn: false });
      for await (const message of makeNetstringReader(input, { maxMessageLength: 1 << 20 })) report.frame(message);
      report.end("clean");
    } catch {
      report.end("error");
    }
  })();
}

if ((process.env.FRAMECHECK_FRAMING_EXPANDED ?? FRAMING) !== FRAMING) process.exit(89);
createServer({ allowHalfOpen: true, noDelay: true }, serve).listen(Number(process.argv[2]), "127.0.0.1");

// Reports what it decodes from `prefixed:u32be`: node report.mjs PORT
import { createServer } from "node:net";

const FRAMING = "prefixed:u32be", MAX = 1 << 20;
const TABLE = Uint32Array.from({ length: 256 }, (_, crc) => {
  for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  return crc;
});

// Takes the pieces of one connection, says each frame as soon as it is complete, and then the ending.
function decoder(say) {
  let header = 0, length = 0, left = 0, crc = -1, ended = false;
  const end = (ending) => { ended = true; say(`end ${ending}\n`); };
  const frame = () => { say(`frame ${length} ${(~crc >>> 0).toString(16).padStart(8, "0")}\n`); header = length = 0; crc = -1; };
  return {
    push(piece) {
      for (let at = 0; at < piece.length && !ended; at++) {
        if (header < 4) {
          length += piece[at] * 2 ** (24 - 8 * header++);
          left = length;
          if (length > MAX) end("oversize");
        } else {
          crc = (crc >>> 8) ^ TABLE[(crc ^ piece[at]) & 255];
          left--;
        }
        if (header === 4 && left === 0) frame();
      }
      return ended;
    },
    finish() { if (!ended) end(header === 0 ? "clean" : "truncated"); },
  };
}

function serve(socket) {
  const { push, finish } = decoder((line) => socket.write(line));
  socket.on("data", (piece) => {
    // Closing with unread input would be a reset, which can destroy the lines written:
    // say that no more will come, and read on for a second at most.
    if (push(piece) && !socket.writableEnded) socket.end(() => setTimeout(() => socket.destroy(), 1000).unref());
  });
  socket.on("end", () => { finish(); socket.end(); });
  socket.on("error", () => socket.destroy());
}

if ((process.env.FRAMECHECK_FRAMING_EXPANDED ?? FRAMING) !== FRAMING) process.exit(89);
createServer({ allowHalfOpen: true, noDelay: true }, serve).listen(Number(process.argv[2]), "127.0.0.1");

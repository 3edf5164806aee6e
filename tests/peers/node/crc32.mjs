// CRC-32 as 8 hexadecimal digits; node:zlib has it only from Node 20.15 and 22.2 on.
const TABLE = Uint32Array.from({ length: 256 }, (_, crc) => {
  for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  return crc;
});

export function crc32(bytes) {
  let crc = -1;
  for (const byte of bytes) crc = (crc >>> 8) ^ TABLE[(crc ^ byte) & 255];
  return (~crc >>> 0).toString(16).padStart(8, "0");
}

/** CRC-32 (ISO 3309, as zlib's). */
import { crc32 } from "node:zlib";

/** A call into zlib costs more than a few bytes do, most of all in a process that is woken for one message. */
const SHORT_BYTES = 256;
const POLYNOMIAL = 0xedb88320;

/** By half byte: sixteen words are one line of the processor's cache. */
const HALF_BYTES = Int32Array.from({ length: 16 }, (_, index) => {
  let word = index;
  for (let bit = 0; bit < 4; bit++) word = word & 1 ? (word >>> 1) ^ POLYNOMIAL : word >>> 1;
  return word;
});

/** Of the bytes from `start` on. */
export function checksumOf(bytes: Uint8Array, start = 0): number {
  if (bytes.length - start > SHORT_BYTES) return crc32(bytes.subarray(start));
  let sum = -1;
  for (let i = start; i < bytes.length; i++) {
    sum ^= bytes[i] as number;
    sum = (sum >>> 4) ^ (HALF_BYTES[sum & 15] as number);
    sum = (sum >>> 4) ^ (HALF_BYTES[sum & 15] as number);
  }
  return ~sum >>> 0;
}

import { inflateSync } from "node:zlib";

/** The chunks that decide the pixels; any other one is dropped unread, compressed ones among them. */
const NEEDED = ["IHDR", "PLTE", "tRNS", "IDAT", "IEND"];
const CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
/** Adam7: first column and row of each pass, and its steps. */
const PASSES = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;
/** Bytes behind the pixels that careless encoders leave, and libpng forgives. */
const SLACK = 1 << 16;

/**
 * A PNG file with only what its pixels need, checked to unpack to just those: a small file cannot
 * unpack to gigabytes, and no second header changes the size that the first one tells.
 *
 * @throws {RangeError} when chunks are missing, stand twice, or hold too few or too many bytes
 */
export function essentialPng(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts = [bytes.subarray(0, 8)];
  const packed: Uint8Array[] = [];
  let size = -1;
  for (let at = 8, type = ""; type !== "IEND";) {
    const end = at + 12 <= bytes.length ? at + 12 + view.getUint32(at) : Infinity;
    if (end > bytes.length) throw new RangeError("the file ends inside a chunk");
    type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if ((type === "IHDR") !== (at === 8)) throw new RangeError("IHDR must stand first and once");
    const data = bytes.subarray(at + 8, end - 4);
    if (type === "IHDR") size = unpackedSize(data);
    if (type === "IDAT") packed.push(data);
    if (NEEDED.includes(type)) parts.push(bytes.subarray(at, end));
    at = end;
  }
  checkUnpacked(joined(packed), size);
  return joined(parts);
}

/** Bytes of the rows of all passes, each with its filter. */
function unpackedSize(header: Uint8Array): number {
  if (header.length !== 13) throw new RangeError(`IHDR has ${header.length} bytes, wanted 13`);
  const view = new DataView(header.buffer, header.byteOffset);
  const [width, height] = [view.getUint32(0), view.getUint32(4)];
  const [depth, colour, interlace] = [header[8]!, header[9]!, header[12]!];
  const bits = depth * (CHANNELS[colour] ?? 0);
  if (bits === 0) throw new RangeError(`there is no colour type ${colour} of ${depth} bits`);
  const rows = (w: number, h: number) => w === 0 ? 0 : h * (1 + Math.ceil(w * bits / 8));
  if (interlace === 0) return rows(width, height);
  return PASSES.reduce((sum, [x, y, dx, dy]) => {
    return sum + rows(Math.ceil((width - x) / dx), Math.ceil((height - y) / dy));
  }, 0);
}

function checkUnpacked(packed: Uint8Array, size: number): void {
  let found = Infinity;
  try {
    found = inflateSync(packed, { maxOutputLength: size + SLACK }).length;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // what is longer than asked for
  }
  if (found < size || found === Infinity) {
    throw new RangeError(
      `${found === Infinity ? "too many" : found} bytes of pixels, wanted ${size}`,
    );
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

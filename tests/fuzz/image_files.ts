import jpeg from "jpeg-js";
import { crc32, deflateSync } from "node:zlib";
import { Random } from "../../lib/engine/random.ts";
import { decodeImage, encodePng, MAX_PIXELS } from "../../lib/io/image.ts";
import { type Family, Violation } from "./family.ts";
import { concat, mutate } from "./mutate.ts";

const NAME = "strange.image";
const SIDE = 12;
const noise = new Random("pictures");
const rgb = Uint8Array.from({ length: SIDE * SIDE * 3 }, () => noise.below(256));
const rgba = Uint8Array.from({ length: SIDE * SIDE * 4 }, (_, i) => i % 4 < 3 ? i : 255);
const PNG = encodePng({ width: SIDE, height: SIDE, data: rgb });
const JPEG = new Uint8Array(jpeg.encode({ width: SIDE, height: SIDE, data: rgba }, 80).data);
const WEBP_FILE = new URL(import.meta.resolve("@lobehub/fluent-emoji-3d/assets/1f431.webp"));
const WEBP = await Deno.readFile(WEBP_FILE);

/** PNG files with wrong bytes, and with right checksums over wrong chunks. */
export const pngFiles: Family = images("png", 1000, 20_000, (random) => {
  return random.next() < 0.5 ? mutate(PNG, random) : lyingPng(random);
});

/** JPEG files with wrong bytes and wrong sizes. */
export const jpegFiles: Family = images("jpeg", 500, 10_000, (random) => {
  return random.next() < 0.7 ? mutate(JPEG, random) : withSize(JPEG, random);
});

/** WebP files with wrong bytes. */
export const webpFiles: Family = images("webp", 100, 2000, (random) => {
  const bytes = mutate(WEBP, random);
  // most of the file is coded pixels: the header is changed more often than by chance
  if (random.next() < 0.5) bytes[random.below(32)] = random.below(256);
  return bytes;
});

function images(
  name: string,
  short: number,
  full: number,
  make: (random: Random) => Uint8Array,
): Family {
  return {
    ...{ name, short, full },
    trial(random) {
      const bytes = make(random);
      return { name: NAME, read: () => checkImage(bytes) };
    },
  };
}

async function checkImage(bytes: Uint8Array): Promise<void> {
  const { width, height, data } = await decodeImage(bytes, NAME);
  if (width * height > MAX_PIXELS) throw new Violation(`${width} x ${height} pixels were decoded`);
  if (data.length !== width * height * 3) throw new Violation(`${data.length} bytes came`);
}

/** A PNG whose chunks say something else than they hold: sizes, kinds, order, bombs. */
function lyingPng(random: Random): Uint8Array {
  const side = () => random.pick([0, 1, SIDE, SIDE, SIDE, 40_000, 2 ** 31, 2 ** 32 - 1]);
  const header = () => {
    const bytes = new Uint8Array(13);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, side());
    view.setUint32(4, side());
    bytes.set([random.pick([8, 8, 1, 16, 3]), random.pick([2, 2, 0, 3, 4, 6, 7])], 8);
    bytes[12] = random.pick([0, 0, 1, 2]);
    return chunk("IHDR", bytes);
  };
  const rows = random.pick([0, SIDE - 1, SIDE, SIDE, SIDE, 1000, 30_000]) * (1 + 3 * SIDE);
  const data = chunk("IDAT", deflateSync(new Uint8Array(rows)));
  const bomb = concat(new Uint8Array([97, 0, 0]), deflateSync(new Uint8Array(1 << 20)));
  const extras = [header(), data, chunk("iCCP", bomb), chunk("zTXt", bomb)]
    .concat(chunk("PLTE", rgb.subarray(0, 9)), chunk("tRNS", rgb.subarray(0, random.below(9))))
    .concat(chunk("acTL", new Uint8Array(8)), chunk("tEXt", rgb.subarray(0, 30)));
  const more = () => random.next() < 0.3 ? [random.pick(extras)] : [];
  const end = random.next() < 0.1 ? [] : [chunk("IEND", new Uint8Array())];
  return concat(PNG.subarray(0, 8), ...more(), header(), ...more(), data, ...more(), ...end);
}

function chunk(type: string, data: Uint8Array): Uint8Array<ArrayBuffer> {
  const body = concat(new TextEncoder().encode(type), data);
  const ends = new DataView(new ArrayBuffer(8));
  ends.setUint32(0, data.length);
  ends.setUint32(4, crc32(body));
  const bytes = new Uint8Array(ends.buffer);
  return concat(bytes.subarray(0, 4), body, bytes.subarray(4));
}

/** The JPEG with another height or width in its frame. */
function withSize(file: Uint8Array, random: Random): Uint8Array {
  const bytes = new Uint8Array(file);
  const frame = bytes.findIndex((byte, i) => byte === 0xff && bytes[i + 1] === 0xc0);
  const side = () => random.pick([0, 1, SIDE, 100, 1000, 0xffff]);
  new DataView(bytes.buffer).setUint16(frame + 5, side());
  new DataView(bytes.buffer).setUint16(frame + 7, side());
  return bytes;
}

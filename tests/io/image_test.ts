import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import jpeg from "jpeg-js";
import { crc32, deflateSync } from "node:zlib";
import { exifOrientation, upright } from "../../lib/io/exif.ts";
import {
  cropImage,
  decodeImage,
  decodeRgba,
  encodePng,
  fromTensor,
  type Image,
  readImage,
  resizeImage,
  toTensor,
  writeImage,
} from "../../lib/io/image.ts";
import { imageHeader } from "../../lib/io/image_size.ts";

const u32 = (value: number) => [value >>> 24, value >>> 16 & 255, value >>> 8 & 255, value & 255];
const ascii = (text: string) => [...new TextEncoder().encode(text)];

function chunk(type: string, data: number[]): number[] {
  const body = [...ascii(type), ...data];
  return [...u32(data.length), ...body, ...u32(crc32(new Uint8Array(body)))];
}

/** A PNG file byte by byte; each row begins with its filter, 0. */
function png(
  [width, height]: [number, number],
  depth: number,
  colourType: number,
  rows: number[][],
  extra: number[] = [],
): Uint8Array {
  const data = [...deflateSync(new Uint8Array(rows.flatMap((row) => [0, ...row])))];
  return new Uint8Array([
    ...[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
    ...chunk("IHDR", [...u32(width), ...u32(height), depth, colourType, 0, 0, 0]),
    ...extra,
    ...chunk("IDAT", data),
    ...chunk("IEND", []),
  ]);
}

const rgb = async (bytes: Uint8Array) => [...(await decodeImage(bytes)).data];
const GREY = 0, RGB = 2, PALETTE = 3, GREY_ALPHA = 4, RGBA = 6;

Deno.test("decodeImage() reads 8-bit colour", async () => {
  const image = await decodeImage(png([2, 1], 8, RGB, [[1, 2, 3, 253, 254, 255]]));
  assertEquals(image, { width: 2, height: 1, data: new Uint8Array([1, 2, 3, 253, 254, 255]) });
});

Deno.test("decodeImage() reads 16-bit colour to the nearest of 8 bits", async () => {
  const row = [0xff, 0xff, 0x80, 0x00, 0x00, 0x80]; // 65535, 32768 / 257 = 127.5, 128 / 257 = 0.498
  assertEquals(await rgb(png([1, 1], 16, RGB, [row])), [255, 128, 0]);
});

Deno.test("decodeImage() reads grey of 1, 2, 4 and 8 bits, rows padded to bytes", async () => {
  const grey = async (depth: number, rows: number[][]) =>
    (await rgb(png([3, 2], depth, GREY, rows))).filter((_, i) => i % 3 === 0);
  assertEquals(await grey(1, [[0b10100000], [0b01000000]]), [255, 0, 255, 0, 255, 0]);
  assertEquals(await grey(2, [[0b00011000], [0b11000100]]), [0, 85, 170, 255, 0, 85]);
  assertEquals(await grey(4, [[0x0f, 0x10], [0x80, 0x20]]), [0, 255, 17, 136, 0, 34]);
  assertEquals(await grey(8, [[0, 9, 255], [7, 8, 6]]), [0, 9, 255, 7, 8, 6]);
});

Deno.test("decodeImage() reads a palette of 2 bits, with transparent entries over white", async () => {
  const extra = [
    ...chunk("PLTE", [255, 0, 0, 0, 255, 0, 0, 0, 255]),
    ...chunk("tRNS", [255, 0]), // the second entry is transparent, the third opaque
  ];
  const file = png([3, 1], 2, PALETTE, [[0b00011000]], extra);
  assertEquals(await rgb(file), [255, 0, 0, 255, 255, 255, 0, 0, 255]);
  await assertRejects(
    () => decodeImage(png([1, 1], 8, PALETTE, [[9]], extra), "p.png"),
    SyntaxError,
    'Cannot read "p.png": damaged PNG',
  );
});

Deno.test("decodeImage() lays alpha over white", async () => {
  assertEquals(await rgb(png([1, 1], 8, RGBA, [[0, 100, 255, 51]])), [204, 224, 255]);
  assertEquals(await rgb(png([1, 1], 8, GREY_ALPHA, [[0, 128]])), [127, 127, 127]);
  assertEquals(await rgb(png([1, 1], 8, GREY, [[7]], chunk("tRNS", [0, 7]))), [255, 255, 255]);
});

Deno.test("decodeRgba() keeps straight alpha", async () => {
  const { data } = await decodeRgba(png([1, 1], 8, RGBA, [[0, 100, 255, 51]]));
  assertEquals([...data], [0, 100, 255, 51]);
});

Deno.test("decodeImage() refuses 64 Mpx and more before decoding, empty and foreign files", async () => {
  const huge = png([100_000, 100_000], 8, RGB, []);
  await assertRejects(
    () => decodeImage(huge, "huge.png"),
    RangeError,
    '"huge.png": 100000 x 100000',
  );
  await assertRejects(() => decodeImage(png([0, 5], 8, RGB, [])), RangeError, "0 x 5 pixels");
  await assertRejects(() => decodeImage(new Uint8Array(0)), SyntaxError, "not a PNG, JPEG or WebP");
  await assertRejects(
    () => decodeImage(new Uint8Array(ascii("GIF89a..............")), "a.gif"),
    SyntaxError,
    "a.gif",
  );
  const cut = png([4, 4], 8, RGB, []).slice(0, 18);
  await assertRejects(() => decodeImage(cut), SyntaxError, "ends inside its header");
});

Deno.test("decodeImage() refuses a PNG with a wrong checksum", async () => {
  const bytes = png([1, 1], 8, RGB, [[1, 2, 3]]);
  bytes[bytes.length - 20]! ^= 1; // inside IDAT
  await assertRejects(() => decodeImage(bytes), SyntaxError, "damaged PNG");
});

Deno.test("decodeImage() refuses a PNG that says one size and unpacks to another", async () => {
  const row = [1, 2, 3];
  const again = chunk("IHDR", [...u32(30_000), ...u32(30_000), 8, RGB, 0, 0, 0]);
  await assertRejects(() => decodeImage(png([1, 1], 8, RGB, [row], again)), SyntaxError, "IHDR");
  const few = png([1, 3], 8, RGB, [row]);
  await assertRejects(() => decodeImage(few), SyntaxError, "4 bytes of pixels, wanted 12");
  const bomb = Array.from({ length: 30_000 }, () => row);
  await assertRejects(() => decodeImage(png([1, 1], 8, RGB, bomb)), SyntaxError, "too many bytes");
});

Deno.test("decodeImage() wants the rows of all seven passes of an interlaced PNG", async () => {
  const interlaced = (bytes: number) =>
    new Uint8Array([
      ...[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
      ...chunk("IHDR", [...u32(8), ...u32(8), 8, GREY, 0, 0, 1]),
      ...chunk("IDAT", [...deflateSync(new Uint8Array(bytes))]),
      ...chunk("IEND", []),
    ]);
  // rows of 1, 1, 2, 2, 4, 4 and 8 pixels, each with its filter: 2 + 2 + 3 + 6 + 10 + 20 + 36
  assertEquals(await rgb(interlaced(79)), Array(8 * 8 * 3).fill(0));
  await assertRejects(() => decodeImage(interlaced(78)), SyntaxError, "wanted 79");
});

Deno.test("decodeImage() unpacks no profile or text of a PNG", async () => {
  const packed = [...deflateSync(new Uint8Array(10_000))];
  const broken = chunk("iCCP", [97, 0, 0, ...packed.slice(0, 20)]);
  assertEquals(await rgb(png([1, 1], 8, RGB, [[1, 2, 3]], broken)), [1, 2, 3]);
});

Deno.test("decodeImage() refuses a JPEG that is cut off, or too small for its size", async () => {
  const whole = jpegFile(1);
  for (const length of [whole.length - 2, Math.floor(whole.length * 0.9)]) {
    const cut = whole.slice(0, length);
    await assertRejects(() => decodeImage(cut), SyntaxError, "ends before its end marker");
  }
  const frame = whole.findIndex((byte, i) => byte === 0xff && whole[i + 1] === 0xc0);
  new DataView(whole.buffer).setUint32(frame + 5, 8000 << 16 | 8000);
  await assertRejects(() => decodeImage(whole), SyntaxError, "too few for 64000000 pixels");
});

/** A 16 x 8 JPEG, left half red and right half blue, with an EXIF orientation. */
function jpegFile(orientation: number): Uint8Array {
  const data = new Uint8Array(16 * 8 * 4).map((_, i) => {
    const left = (i >> 2) % 16 < 8;
    return [left ? 255 : 0, 0, left ? 0 : 255, 255][i % 4]!;
  });
  const bytes = jpeg.encode({ width: 16, height: 8, data }, 95).data;
  const tiff = [
    ...[...ascii("MM"), 0, 42, 0, 0, 0, 8, 0, 1],
    ...[1, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0],
  ];
  const exif = [...ascii("Exif"), 0, 0, ...tiff];
  return new Uint8Array([0xff, 0xd8, 0xff, 0xe1, 0, exif.length + 2, ...exif, ...bytes.slice(2)]);
}

Deno.test("decodeImage() turns a JPEG upright by its EXIF orientation", async () => {
  const isRed = ({ data, width }: Image, x: number, y: number) => data[(y * width + x) * 3]! > 128;
  const stored = await decodeImage(jpegFile(1));
  assertEquals([stored.width, stored.height, isRed(stored, 2, 4), isRed(stored, 13, 4)], [
    16,
    8,
    true,
    false,
  ]);
  const turned = await decodeImage(jpegFile(6)); // a quarter turn clockwise: left goes up
  assertEquals([turned.width, turned.height, isRed(turned, 4, 2), isRed(turned, 4, 13)], [
    8,
    16,
    true,
    false,
  ]);
  const half = await decodeImage(jpegFile(3));
  assertEquals([half.width, isRed(half, 2, 4), isRed(half, 13, 4)], [16, false, true]);
});

Deno.test("upright() undoes each of the eight orientations", () => {
  const data = new Uint8Array(new Uint32Array([1, 2, 3, 4, 5, 6]).buffer);
  const expected = [
    [[1, 2, 3], [4, 5, 6]],
    [[3, 2, 1], [6, 5, 4]],
    [[6, 5, 4], [3, 2, 1]],
    [[4, 5, 6], [1, 2, 3]],
    [[1, 4], [2, 5], [3, 6]],
    [[4, 1], [5, 2], [6, 3]],
    [[6, 3], [5, 2], [4, 1]],
    [[3, 6], [2, 5], [1, 4]],
  ];
  expected.forEach((rows, i) => {
    const turned = upright({ width: 3, height: 2, data }, i + 1);
    assertEquals([turned.width, turned.height], [rows[0]!.length, rows.length]);
    assertEquals([...new Uint32Array(turned.data.buffer)], rows.flat(), `orientation ${i + 1}`);
  });
});

Deno.test("exifOrientation() takes a damaged block for upright", () => {
  for (const block of [[], [0x4d, 0x4d, 0, 42], [...ascii("MM"), 0, 42, 0, 0, 0xff, 0xff]]) {
    assertEquals(exifOrientation(new Uint8Array(block)), 1);
  }
});

const GLYPH = new URL(import.meta.resolve("@lobehub/fluent-emoji-3d/assets/1f431.webp"));

Deno.test("decodeRgba() reads a WebP of the emoji package, with its transparent corner", async () => {
  const { width, height, data } = await decodeRgba(await Deno.readFile(GLYPH));
  assertEquals([width, height, data.length], [256, 256, 256 * 256 * 4]);
  assertEquals(data[3], 0); // the corner
  const middle = (128 * 256 + 128) * 4;
  assertEquals(data[middle + 3], 255);
  assert(data[middle]! > data[middle + 2]!, "the cat is orange");
});

Deno.test("decodeImage() refuses a WebP that is cut off", async () => {
  const bytes = (await Deno.readFile(GLYPH)).slice(0, 500);
  await assertRejects(() => decodeImage(bytes, "cut.webp"), SyntaxError, 'Cannot read "cut.webp"');
});

Deno.test("imageHeader() reads the sizes of the three WebP forms", () => {
  const webp = (type: string, body: number[]) =>
    new Uint8Array([
      ...ascii("RIFF"),
      0,
      0,
      0,
      0,
      ...ascii(`WEBP${type}`),
      0,
      0,
      0,
      0,
      ...body,
      0,
      0,
    ]);
  const size = (bytes: Uint8Array) => {
    const { width, height } = imageHeader(bytes);
    return [width, height];
  };
  assertEquals(size(webp("VP8 ", [0, 0, 0, 0x9d, 1, 0x2a, 0x40, 1, 0xf0, 0])), [320, 240]);
  // 319 in 14 bits, then 239 in 14 bits
  const bits = 319 | 239 << 14;
  assertEquals(
    size(webp("VP8L", [0x2f, bits & 255, bits >> 8 & 255, bits >> 16 & 255, bits >> 24])),
    [320, 240],
  );
  assertEquals(size(webp("VP8X", [0, 0, 0, 0, 0x3f, 1, 0, 0xef, 0, 0])), [320, 240]);
});

const picture = (
  width: number,
  height: number,
  value: (x: number, y: number) => number,
): Image => ({
  width,
  height,
  data: Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    return value(Math.floor(i / 3) % width, Math.floor(i / 3 / width)) + i % 3;
  }),
});
const red = (image: Image) => [...image.data].filter((_, i) => i % 3 === 0);

Deno.test("encodePng() gives back the picture, and the same bytes each time", async () => {
  const image = picture(5, 3, (x, y) => 40 * x + y);
  assertEquals(await decodeImage(encodePng(image)), image);
  assertEquals(encodePng(image), encodePng(image));
});

Deno.test("writeImage() and readImage() agree", async () => {
  const path = await Deno.makeTempFile({ suffix: ".png" });
  const image = picture(2, 2, (x, y) => 100 * x + y);
  await writeImage(path, image);
  assertEquals(await readImage(path), image);
  await Deno.remove(path);
});

Deno.test("resizeImage() averages areas when it shrinks", () => {
  const image = picture(4, 2, (x, y) => 10 * x + 100 * y);
  assertEquals(red(resizeImage(image, 2, 1)), [55, 75]); // (0 + 10 + 100 + 110) / 4, ...
  // 3 -> 2: pixels 0 and half of 1, half of 1 and 2
  assertEquals(red(resizeImage(picture(3, 1, (x) => 30 * x), 2, 1)), [10, 50]);
});

Deno.test("resizeImage() interpolates between centres when it grows", () => {
  const image = picture(2, 1, (x) => 100 * x);
  assertEquals(red(resizeImage(image, 4, 1)), [0, 25, 75, 100]);
  assertEquals(red(resizeImage(picture(1, 1, () => 7), 2, 2)), [7, 7, 7, 7]);
});

Deno.test("resizeImage() keeps a picture of the wanted size and a flat one of any", () => {
  const image = picture(3, 2, (x, y) => 50 * x + y);
  assertEquals(resizeImage(image, 3, 2), image);
  for (const [w, h] of [[7, 1], [1, 7], [2, 5]] as const) {
    assertEquals(new Set(red(resizeImage(picture(3, 4, () => 9), w, h))), new Set([9]));
  }
  assertThrows(() => resizeImage(image, 0, 2), RangeError, "0 x 2");
});

Deno.test("cropImage() cuts the box and refuses what is not inside", () => {
  const image = picture(4, 3, (x, y) => 10 * x + 100 * y);
  const cut = cropImage(image, { x: 1, y: 1, width: 2, height: 2 });
  assertEquals([cut.width, cut.height, red(cut)], [2, 2, [110, 120, 210, 220]]);
  for (
    const [x, y, width, height] of [[3, 0, 2, 1], [-1, 0, 1, 1], [0, 0, 0, 1], [
      0.5,
      0,
      1,
      1,
    ]] as const
  ) {
    assertThrows(() => cropImage(image, { x, y, width, height }), RangeError, "image is 4 x 3");
  }
});

Deno.test("toTensor() and fromTensor() give pictures back, and no tensor stays", async () => {
  await tf.setBackend("cpu");
  const before = tf.memory().numTensors;
  const images = [picture(2, 3, (x, y) => 100 * x + y), picture(2, 3, () => 253)];
  const pixels = toTensor(images);
  assertEquals(pixels.shape, [2, 3, 2, 3]);
  assertEquals((await pixels.data())[3], Math.fround(100 / 255));
  assertEquals(await fromTensor(pixels), images);
  pixels.dispose();
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("fromTensor() clips, and refuses other than three channels", async () => {
  await tf.setBackend("cpu");
  const pixels = tf.tensor4d([-1, 0.5, 2], [1, 1, 1, 3]);
  assertEquals([...(await fromTensor(pixels))[0]!.data], [0, 128, 255]);
  const grey = tf.tensor4d([1], [1, 1, 1, 1]);
  await assertRejects(() => fromTensor(grey), TypeError, "last axis must be 3");
  tf.dispose([pixels, grey]);
});

Deno.test("toTensor() refuses no image and images of two sizes", () => {
  assertThrows(() => toTensor([]), RangeError, "0 images");
  const mixed = [picture(1, 2, () => 0), picture(2, 1, () => 0)];
  assertThrows(() => toTensor(mixed), RangeError, "image 1 is 2 x 1, image 0 is 1 x 2");
});

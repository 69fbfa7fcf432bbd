import { decode as decodePngFile, type DecodedPng, encode } from "fast-png";
import jpeg from "jpeg-js";
import decodeWebpFile, { init as initWebp } from "@jsquash/webp/decode.js";
import { exifOrientation, type Pixels, upright } from "./exif.ts";
import { imageHeader, type ImageKind } from "./image_size.ts";
import { writeAtomic } from "./files.ts";
import { checkJpeg } from "./jpeg_segments.ts";
import { essentialPng } from "./png_chunks.ts";
import { shown } from "./shown.ts";

export { type Box, cropImage, resizeImage } from "./resize.ts";
export { fromTensor, toTensor } from "./image_tensor.ts";

/** A picture: RGB, 8 bits per channel, row-major, `data.length` = width * height * 3. */
export interface Image {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** The most pixels that a file may have: 64 Mpx. */
export const MAX_PIXELS = 64 * 1024 * 1024;

/**
 * Reads a PNG, JPEG or WebP file; the kind is told by the content. Transparency is laid over white,
 * and a photo's EXIF orientation is applied.
 *
 * @throws {SyntaxError} when the content is no such image or is damaged
 * @throws {RangeError} when it has no pixel or more than 64 Mpx (told before decoding)
 */
export async function readImage(path: string): Promise<Image> {
  return await decodeImage(await Deno.readFile(path), path);
}

/** As `readImage`, from the bytes of a file; `name` names it in errors. */
export async function decodeImage(bytes: Uint8Array, name = "image"): Promise<Image> {
  return overWhite(await decodeRgba(bytes, name));
}

/**
 * Decodes an image file and keeps its transparency.
 *
 * @param bytes the file's content
 * @param name names it in errors
 * @returns RGBA with straight alpha, width * height * 4
 * @throws as `readImage`
 */
export async function decodeRgba(bytes: Uint8Array, name = "image"): Promise<Pixels> {
  const { kind, width, height } = imageHeader(bytes, name);
  if (width * height === 0 || width * height > MAX_PIXELS) {
    throw new RangeError(
      `Cannot read "${name}": ${width} x ${height} pixels, wanted 1 to ${MAX_PIXELS} in all`,
    );
  }
  try {
    const pixels = await DECODERS[kind](bytes);
    if (pixels.width * pixels.height * 4 === pixels.data.length) return pixels;
    throw new RangeError(`${pixels.data.length} bytes for ${pixels.width} x ${pixels.height}`);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SyntaxError(`Cannot read "${name}": damaged ${kind}: ${shown(reason)}`);
  }
}

/** Encodes a picture as an 8-bit RGB PNG; the same picture gives the same bytes. */
export function encodePng({ width, height, data }: Image): Uint8Array {
  return encode({ width, height, data, channels: 3, depth: 8 });
}

/** Writes a picture as a PNG file, atomically. */
export async function writeImage(path: string, image: Image): Promise<void> {
  await writeAtomic(path, encodePng(image));
}

const DECODERS: Record<ImageKind, (bytes: Uint8Array) => Pixels | Promise<Pixels>> = {
  PNG: decodePng,
  JPEG: decodeJpeg,
  WebP: decodeWebp,
};

function decodePng(bytes: Uint8Array): Pixels {
  const png = decodePngFile(essentialPng(bytes), { checkCrc: true });
  const { width, height } = png;
  const sample = sampleReader(png);
  const colour = colourReader(png);
  const data = new Uint8Array(width * height * 4);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += 4) data.set(colour((c) => sample(x, y, c)), at);
  }
  return { width, height, data };
}

/** Reads one sample; those of 1, 2 and 4 bits are packed from the high bits on, row by row. */
function sampleReader({ width, depth, channels, data }: DecodedPng) {
  if (depth >= 8) return (x: number, y: number, c: number) => data[(y * width + x) * channels + c]!;
  const stride = Math.ceil(width * depth / 8); // only one channel can be packed
  return (x: number, y: number) => {
    const byte = data[y * stride + (x * depth >> 3)]!;
    return (byte >> (8 - depth - (x * depth & 7))) & ((1 << depth) - 1);
  };
}

type Rgba = [r: number, g: number, b: number, a: number];

/** Makes RGBA of 8 bits from the samples of one pixel: palette, grey or colour, with or without alpha. */
function colourReader({ depth, channels, palette, transparency }: DecodedPng) {
  const rgba: Rgba = [0, 0, 0, 255];
  const scale = 255 / (2 ** depth - 1);
  return (sample: (channel: number) => number): Rgba => {
    if (palette && channels === 1) {
      const entry = palette[sample(0)];
      if (!entry) throw new RangeError("a pixel is outside the palette");
      for (let c = 0; c < 4; c++) rgba[c] = entry[c] ?? 255;
      return rgba;
    }
    for (let c = 0; c < 3; c++) rgba[c] = Math.round(sample(channels < 3 ? 0 : c) * scale);
    if (channels % 2 === 0) rgba[3] = Math.round(sample(channels - 1) * scale);
    else if (transparency) { // one colour counts as transparent
      rgba[3] = transparency.every((value, c) => sample(c) === value) ? 0 : 255;
    }
    return rgba;
  };
}

function decodeJpeg(bytes: Uint8Array): Pixels {
  const { width, height } = imageHeader(bytes);
  checkJpeg(bytes, width * height);
  const decoded = jpeg.decode(bytes, {
    useTArray: true,
    tolerantDecoding: false,
    maxResolutionInMP: MAX_PIXELS / 1e6,
    maxMemoryUsageInMB: 2048,
  });
  // jpeg-js cuts the block one byte early, at the second zero after "Exif"; its types leave it out
  const { exifBuffer } = decoded as { exifBuffer?: Uint8Array };
  const orientation = exifBuffer ? exifOrientation(exifBuffer.subarray(1)) : 1;
  return upright(decoded, orientation);
}

let webpReady: Promise<void> | undefined;

async function decodeWebp(bytes: Uint8Array): Promise<Pixels> {
  await (webpReady ??= loadWebp());
  const { width, height, data } = await decodeWebpFile(bytes.slice().buffer);
  return { width, height, data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
}

/** The package would fetch its wasm file from a URL; Deno reads it from the package's folder. */
async function loadWebp(): Promise<void> {
  const wasm = new URL(import.meta.resolve("@jsquash/webp/codec/dec/webp_dec.wasm"));
  const module = await WebAssembly.compile(await Deno.readFile(wasm));
  await (initWebp as (module: WebAssembly.Module) => Promise<void>)(module);
}

function overWhite({ width, height, data: rgba }: Pixels): Image {
  const data = new Uint8Array(width * height * 3);
  for (let from = 0, to = 0; from < rgba.length; from += 4, to += 3) {
    const alpha = rgba[from + 3]! / 255;
    for (let c = 0; c < 3; c++) data[to + c] = Math.round(255 + (rgba[from + c]! - 255) * alpha);
  }
  return { width, height, data };
}

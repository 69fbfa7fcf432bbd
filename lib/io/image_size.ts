/** The kinds of image file that can be read. */
export type ImageKind = "PNG" | "JPEG" | "WebP";

/** What an image file's first bytes say about it. */
export interface ImageHeader {
  readonly kind: ImageKind;
  readonly width: number;
  readonly height: number;
}

/**
 * Reads kind and size from the header of an image file, without decoding any pixel.
 *
 * @param bytes the whole file
 * @param name names the file in errors
 * @returns the kind, told by the content, and the size in pixels
 * @throws {SyntaxError} when the file is no PNG, JPEG or WebP, or ends inside its header
 */
export function imageHeader(bytes: Uint8Array, name = "image"): ImageHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    const header = pngHeader(view) ?? jpegHeader(view) ?? webpHeader(view);
    if (header) return header;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // a read past the end of the view
    throw new SyntaxError(`Cannot read "${name}": the file ends inside its header`);
  }
  throw new SyntaxError(`Cannot read "${name}": not a PNG, JPEG or WebP image`);
}

function ascii(view: DataView, offset: number, length: number): string {
  const codes = Array.from({ length }, (_, i) => view.getUint8(offset + i));
  return String.fromCharCode(...codes);
}

function pngHeader(view: DataView): ImageHeader | undefined {
  if (view.byteLength < 8 || view.getUint32(0) !== 0x89504e47) return;
  return { kind: "PNG", width: view.getUint32(16), height: view.getUint32(20) };
}

function jpegHeader(view: DataView): ImageHeader | undefined {
  if (view.byteLength < 3 || view.getUint16(0) !== 0xffd8) return;
  for (let offset = 2;;) {
    const marker = view.getUint8(offset + 1);
    if (view.getUint8(offset) !== 0xff || marker === 0xff) {
      offset++; // fill bytes between segments
    } else if (isFrame(marker)) {
      return {
        kind: "JPEG",
        height: view.getUint16(offset + 5),
        width: view.getUint16(offset + 7),
      };
    } else {
      offset += 2 + (marker >= 0xd0 && marker <= 0xd9 ? 0 : view.getUint16(offset + 2));
    }
  }
}

/** SOF0 to SOF15 without DHT, JPG and DAC. */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
}

function webpHeader(view: DataView): ImageHeader | undefined {
  if (view.byteLength < 16 || ascii(view, 0, 4) !== "RIFF" || ascii(view, 8, 4) !== "WEBP") return;
  const chunk = ascii(view, 12, 4);
  const size = (width: number, height: number) => ({ kind: "WebP" as const, width, height });
  if (chunk === "VP8 ") { // lossy: 14 bits each, after the 10 bytes of the frame tag
    return size(view.getUint16(26, true) & 0x3fff, view.getUint16(28, true) & 0x3fff);
  }
  if (chunk === "VP8L") { // lossless: 14 bits of width - 1, 14 bits of height - 1
    const bits = view.getUint32(21, true);
    return size((bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1);
  }
  if (chunk === "VP8X") { // extended: 24 bits each, less 1
    return size((view.getUint32(24, true) & 0xffffff) + 1, (view.getUint32(26, true) >>> 8) + 1);
  }
}

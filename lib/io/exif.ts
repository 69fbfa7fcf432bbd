const ORIENTATION = 0x0112;

/**
 * Finds the orientation in the EXIF block of a photo.
 *
 * @param exif the TIFF structure, from its byte-order mark on
 * @returns 1 (upright) to 8, as in EXIF 2.3 section 4.6.4; 1 when the block says nothing usable
 */
export function exifOrientation(exif: Uint8Array): number {
  const view = new DataView(exif.buffer, exif.byteOffset, exif.byteLength);
  try {
    const little = view.getUint16(0) === 0x4949; // "II"
    const directory = view.getUint32(4, little);
    const entries = view.getUint16(directory, little);
    for (let i = 0; i < entries; i++) {
      const entry = directory + 2 + 12 * i;
      if (view.getUint16(entry, little) !== ORIENTATION) continue;
      const value = view.getUint16(entry + 8, little);
      return value >= 1 && value <= 8 ? value : 1;
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // offsets that point outside the block
  }
  return 1;
}

/** Pixels of any number of channels, row-major. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/**
 * Turns and mirrors pixels so that the picture stands upright.
 *
 * @param pixels RGBA, width * height * 4
 * @param orientation 1 to 8, where the stored picture's first row and column lie (EXIF)
 * @returns new pixels, width and height swapped for 5 to 8; the same ones for 1
 */
export function upright(pixels: Pixels, orientation: number): Pixels {
  if (orientation === 1) return pixels;
  const { width: w, height: h, data } = pixels;
  const swap = orientation >= 5;
  const [width, height] = swap ? [h, w] : [w, h];
  const flipX = [2, 3, 7, 8].includes(orientation); // in the stored picture
  const flipY = [3, 4, 6, 7].includes(orientation);
  const from = new Uint32Array(data.buffer, data.byteOffset, w * h);
  const to = new Uint32Array(w * h);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [u, v] = swap ? [y, x] : [x, y];
      to[y * width + x] = from[(flipY ? h - 1 - v : v) * w + (flipX ? w - 1 - u : u)]!;
    }
  }
  return { width, height, data: new Uint8Array(to.buffer) };
}

/** A block of 64 samples takes at least a bit, and a component may be sampled 16 times coarser. */
const PIXELS_PER_BYTE = 8 * 64 * 16;
/** As in libjpeg-turbo's own fuzzers, which count scans since each goes over the whole picture. */
const MOST_SCANS = 500;
/** Pixels times scans: a progressive photo of 64 Mpx has about ten. */
const MOST_WORK = 2 ** 30;

/**
 * Checks the segments of a JPEG file before it is decoded: one frame of a size that so many bytes can
 * fill, scans in a number that ends, and the end itself, which a file that was cut off lacks.
 *
 * @param bytes the whole file
 * @param pixels width times height
 * @throws {RangeError} when the file is not so
 */
export function checkJpeg(bytes: Uint8Array, pixels: number): void {
  if (pixels > bytes.length * PIXELS_PER_BYTE) {
    throw new RangeError(`${bytes.length} bytes are too few for ${pixels} pixels`);
  }
  let frames = 0, scans = 0;
  for (const { marker, at } of segments(bytes)) {
    if (marker >= 0xc0 && marker <= 0xc2) {
      frames++;
      checkComponents(bytes, at);
    }
    if (marker === 0xda) scans++;
  }
  if (frames !== 1) throw new RangeError(`the file has ${frames} frames, wanted 1`);
  if (scans > MOST_SCANS || scans * pixels > MOST_WORK) {
    throw new RangeError(`the file has ${scans} scans, more than its ${pixels} pixels can need`);
  }
}

/** The markers up to the end, each with the place of its length; entropy-coded data are passed over. */
function* segments(bytes: Uint8Array): Generator<{ marker: number; at: number }> {
  for (let at = 2; at + 1 < bytes.length;) {
    const marker = bytes[at + 1]!;
    const plain = marker === 0 || marker === 1 || (marker >= 0xd0 && marker <= 0xd8);
    if (bytes[at] !== 0xff || marker === 0xff) at++; // scans, and fill bytes between segments
    else if (marker === 0xd9) return;
    else if (plain) at += 2;
    else {
      yield { marker, at: at + 2 };
      at += 2 + Math.max(2, (bytes[at + 2] ?? 0) << 8 | (bytes[at + 3] ?? 0));
    }
  }
  throw new RangeError("the file ends before its end marker");
}

/** Length, precision, height, width, count; then an id, both sampling factors and a table for each. */
function checkComponents(bytes: Uint8Array, at: number): void {
  const count = bytes[at + 7] ?? 0;
  if (count < 1 || count > 4) throw new RangeError(`${count} colour components, wanted 1 to 4`);
  for (let i = 0; i < count; i++) {
    const sampling = bytes[at + 9 + 3 * i] ?? 0;
    const [h, v] = [sampling >> 4, sampling & 15];
    if (h < 1 || h > 4 || v < 1 || v > 4) {
      throw new RangeError(`a component is sampled ${h} x ${v}, wanted 1 to 4`);
    }
  }
}

import * as tf from "@tensorflow/tfjs";
import type { Image } from "./image.ts";

/**
 * Puts pictures of one size into a tensor.
 *
 * @param images at least one, all of the same size
 * @returns [B, H, W, 3] float in [0, 1]; the caller disposes it
 * @throws {RangeError} when there is none, or when their sizes differ
 */
export function toTensor(images: readonly Image[]): tf.Tensor4D {
  const [first] = images;
  if (!first) throw new RangeError("Cannot make a tensor of 0 images: at least 1 is wanted");
  const { width, height } = first;
  const pixels = new Float32Array(images.length * height * width * 3);
  images.forEach((image, i) => {
    if (image.width !== width || image.height !== height) {
      throw new RangeError(
        `Cannot make a tensor: image ${i} is ${image.width} x ${image.height}, ` +
          `image 0 is ${width} x ${height}`,
      );
    }
    const offset = i * height * width * 3;
    for (let k = 0; k < image.data.length; k++) pixels[offset + k] = image.data[k]! / 255;
  });
  return tf.tensor4d(pixels, [images.length, height, width, 3]);
}

/**
 * Reads pictures out of a tensor. Values outside [0, 1] are clipped, NaN gives 0.
 *
 * @param pixels [B, H, W, 3] float in [0, 1]; stays with the caller
 * @returns B pictures
 * @throws {TypeError} when the last axis is not 3
 */
export async function fromTensor(pixels: tf.Tensor4D): Promise<Image[]> {
  const [count, height, width, channels] = pixels.shape;
  if (channels !== 3) {
    throw new TypeError(`Cannot make images of [${pixels.shape}]: the last axis must be 3`);
  }
  // Uint8ClampedArray clips and rounds halves to even
  const data = Uint8ClampedArray.from(await pixels.data(), (value) => value * 255);
  const size = height * width * 3;
  return Array.from({ length: count }, (_, i) => {
    return { width, height, data: new Uint8Array(data.buffer, i * size, size) };
  });
}

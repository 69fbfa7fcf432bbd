import * as tf from "@tensorflow/tfjs";
import { assert } from "@std/assert";
import { type RawTensors, toWeights } from "../../lib/models/weights.ts";
import { readSafetensors } from "../../lib/io/safetensors.ts";

/** A fixture file of make_fixtures.py, taken apart. */
export interface Fixture {
  readonly config: Record<string, unknown>;
  readonly raw: RawTensors;
  readonly weights: Map<string, tf.Tensor>;
  /** An input as a tensor. */
  input(name: string, dtype?: "int32"): tf.Tensor;
  /** What PyTorch made of it. */
  expected(name: string): { shape: number[]; data: Float32Array };
  /** The names under "expected.gradient.". */
  readonly gradients: string[];
  /** The names under "expected.hidden.": modules whose output is known. */
  readonly hidden: string[];
  /** What it was made with, by library. */
  readonly versions: Readonly<Record<string, string>>;
}

/** Where a fixture lies. */
export function fixturePath(name: string): string {
  return new URL(`fixtures/${name}.safetensors`, import.meta.url).pathname;
}

/** Reads `tests/models/fixtures/<name>.safetensors`. */
export async function openFixture(name: string): Promise<Fixture> {
  const path = fixturePath(name);
  const { tensors, metadata } = await readSafetensors(path);
  const raw: RawTensors = new Map([...tensors].filter(([n]) => !/^(input|expected)\./.test(n)));
  const find = (key: string) => {
    const found = tensors.get(key);
    assert(found, `${path} has no "${key}"`);
    return found;
  };
  const { config, versions } = JSON.parse(metadata["fixture"] as string);
  const under = (prefix: string) =>
    [...tensors.keys()].filter((n) => n.startsWith(prefix)).map((n) => n.slice(prefix.length));
  return {
    config,
    versions,
    raw,
    weights: toWeights(raw),
    input(name, dtype) {
      const { data, shape } = find(`input.${name}`);
      return tf.tensor(dtype ? Int32Array.from(data) : data, shape, dtype);
    },
    expected: (name) => find(`expected.${name}`),
    gradients: under("expected.gradient."),
    hidden: under("expected.hidden."),
  };
}

/** Asserts `‖found − wanted‖ / ‖wanted‖ < limit` and equal shapes; returns the ratio. */
export async function assertClose(
  found: tf.Tensor,
  wanted: { shape: number[]; data: Float32Array },
  limit = 1e-4,
  what = "output",
): Promise<number> {
  assert(
    found.shape.join() === wanted.shape.join(),
    `${what} is [${found.shape}] but [${wanted.shape}] was wanted`,
  );
  const data = await found.data();
  let difference = 0, size = 0;
  wanted.data.forEach((x, i) => {
    difference += (x - (data[i] as number)) ** 2;
    size += x ** 2;
  });
  const ratio = Math.sqrt(difference / size);
  assert(ratio < limit, `${what} differs by ${ratio}, more than ${limit}`);
  return ratio;
}

/** The size of all files of fixtures/. */
export async function fixtureBytes(
  folder: URL = new URL("fixtures/", import.meta.url),
): Promise<number> {
  let bytes = 0;
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (name === "__pycache__") continue;
    bytes += isDirectory
      ? await fixtureBytes(new URL(`${name}/`, folder))
      : (await Deno.stat(new URL(name, folder))).size;
  }
  return bytes;
}

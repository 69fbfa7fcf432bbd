import * as tf from "@tensorflow/tfjs";
import { assert } from "@std/assert";
import type { Hooks } from "../../lib/models/hooks.ts";
import type { Fixture } from "../models/fixture.ts";

/** How far one component is from the reference. */
export interface Measured {
  /** The largest {@linkcode deviation} of all tensors; for tokens the share that differs. */
  readonly error: number;
  /** Numbers compared. */
  readonly count: number;
}

/** Numbers as a fixture holds them. */
export interface Expected {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** The largest difference of any number, relative to the root mean square of the wanted ones. */
export function deviation(found: ArrayLike<number>, wanted: Float32Array): number {
  assert(found.length === wanted.length, `${found.length} numbers for ${wanted.length}`);
  let largest = 0, squares = 0;
  wanted.forEach((x, i) => {
    largest = Math.max(largest, Math.abs(x - found[i]!)); // NaN stays NaN
    squares += x * x;
  });
  return largest / Math.sqrt(squares / wanted.length);
}

/** The {@linkcode deviation} of tensors, which are disposed. */
export async function compare(pairs: readonly [tf.Tensor, Expected][]): Promise<Measured> {
  let error = 0, count = 0;
  for (const [found, wanted] of pairs) {
    assert(found.shape.join() === wanted.shape.join(), `[${found.shape}] for [${wanted.shape}]`);
    error = Math.max(error, deviation(await found.data() as Float32Array, wanted.data));
    count += wanted.data.length;
    found.dispose();
  }
  return { error, count };
}

/** The share of numbers that are not the same. */
export function different(found: ArrayLike<number>, wanted: ArrayLike<number>): Measured {
  assert(found.length === wanted.length, `${found.length} numbers for ${wanted.length}`);
  const count = wanted.length;
  return { error: Array.from(wanted).filter((x, i) => x !== found[i]).length / count, count };
}

/** Hooks that keep the hidden states a fixture knows, and their comparison. */
export function watch(fixture: Fixture) {
  const seen = new Map<string, tf.Tensor>();
  const hooks: Hooks = {
    output(module, x) {
      if (fixture.hidden.includes(module)) seen.set(module, tf.keep(tf.clone(x)));
      return x;
    },
  };
  const pairs = (pattern = /^/) =>
    fixture.hidden.filter((name) => pattern.test(name)).map((name): [tf.Tensor, Expected] => {
      const state = seen.get(name);
      assert(state, `no hook for "${name}"`);
      return [state, fixture.expected(`hidden.${name}`)];
    });
  return { hooks, pairs };
}

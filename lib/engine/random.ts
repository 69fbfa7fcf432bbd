/**
 * The only source of randomness: a counter-based generator with explicit keys.
 *
 * Threefry-2x32 with 20 rounds (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011).
 * A stream is a key and a counter, so a run is resumed by storing three numbers, and the same seed
 * gives the same numbers on every engine and machine.
 *
 * @module
 */

const ROTATIONS = [13, 15, 26, 6, 17, 29, 16, 24] as const;
const PARITY = 0x1bd11bda;

/** What has to be stored to continue a stream exactly where it stopped. */
export interface RandomState {
  /** Two 32-bit words that name the stream. */
  readonly key: readonly [number, number];
  /** Number of 32-bit words already drawn. */
  readonly counter: number;
}

/** Encrypts the 64-bit block `(x0, x1)` under `(k0, k1)` into `out`. */
function threefry(k0: number, k1: number, x0: number, x1: number, out: Uint32Array): void {
  const keys = [k0, k1, k0 ^ k1 ^ PARITY];
  let a = (x0 + k0) | 0;
  let b = (x1 + k1) | 0;
  for (let block = 1; block <= 5; block++) {
    for (let i = 0; i < 4; i++) {
      const r = ROTATIONS[(block & 1 ? 0 : 4) + i]!;
      a = (a + b) | 0;
      b = ((b << r) | (b >>> (32 - r))) ^ a;
    }
    a = (a + keys[block % 3]!) | 0;
    b = (b + keys[(block + 1) % 3]! + block) | 0;
  }
  out[0] = a;
  out[1] = b;
}

/** FNV-1a over the UTF-16 units of a text, from two starting points. */
function keyOf(text: string): [number, number] {
  const hash = (start: number) => {
    let h = start;
    for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
    return h >>> 0;
  };
  return [hash(0x811c9dc5), hash(0x9747b28c)];
}

/**
 * A stream of random numbers.
 *
 * @example
 * ```ts
 * import { Random } from "./random.ts";
 * const random = new Random(1);
 * const masks = random.split("mask"); // independent of everything drawn from `random`
 * console.log(masks.next(), masks.below(256), masks.normal());
 * ```
 */
export class Random {
  #key: readonly [number, number];
  readonly #block = new Uint32Array(2);
  #blockIndex = -1;
  #counter = 0;

  /** Starts the stream of a seed: a safe integer or any text. */
  constructor(seed: number | string) {
    if (typeof seed === "number" && !Number.isSafeInteger(seed)) {
      throw new RangeError(`Cannot seed with ${seed}: a seed is a safe integer or a text`);
    }
    this.#key = keyOf(String(seed));
  }

  /** Continues a stored stream. */
  static from(state: RandomState): Random {
    const random = new Random(0);
    random.#key = [state.key[0] >>> 0, state.key[1] >>> 0];
    random.#counter = state.counter;
    return random;
  }

  /** The stream's position, to be given to {@linkcode Random.from}. */
  get state(): { key: [number, number]; counter: number } {
    return { key: [this.#key[0], this.#key[1]], counter: this.#counter };
  }

  /** A child stream named by `label`, independent of this one; drawing from either leaves the other unchanged. */
  split(label: string | number): Random {
    const child = new Uint32Array(2);
    threefry(...this.#key, ...keyOf(`${typeof label}:${label}`), child);
    return Random.from({ key: [child[0]!, child[1]!], counter: 0 });
  }

  /** The next 32-bit word. */
  #word(): number {
    const index = Math.floor(this.#counter / 2);
    if (index !== this.#blockIndex) {
      threefry(this.#key[0], this.#key[1], index >>> 0, Math.floor(index / 2 ** 32), this.#block);
      this.#blockIndex = index;
    }
    return this.#block[this.#counter++ & 1]!;
  }

  /** Uniform in [0, 1). */
  next(): number {
    return this.#word() / 2 ** 32;
  }

  /** A uniform integer in [0, n), n in 1 .. 2^32. */
  below(n: number): number {
    if (!(n >= 1 && n <= 2 ** 32)) throw new RangeError(`Cannot draw below ${n}: want 1 .. 2^32`);
    return Math.floor(this.next() * n);
  }

  /** Standard normal (Box-Muller, one value of each pair, so that the count of words is fixed). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.next()));
    return radius * Math.cos(2 * Math.PI * this.next());
  }

  /** One of the items, which must not be empty. */
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }

  /** A new array with the items in random order (Fisher-Yates). */
  shuffle<T>(items: readonly T[]): T[] {
    const out = [...items];
    for (let i = out.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [out[i], out[j]] = [out[j]!, out[i]!];
    }
    return out;
  }

  /** `length` values uniform in [0, 1). */
  uniform(length: number): Float32Array {
    return Float32Array.from({ length }, () => (this.#word() >>> 8) / 2 ** 24);
  }

  /** `length` normal values with standard deviation `std` (1 unless given). */
  gaussian(length: number, std = 1): Float32Array {
    return Float32Array.from({ length }, () => this.normal() * std);
  }
}

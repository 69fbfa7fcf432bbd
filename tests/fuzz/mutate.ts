import type { Random } from "../../lib/engine/random.ts";

/** One change to a file's bytes that knows nothing of its format. */
type Mutation = (bytes: Uint8Array<ArrayBuffer>, random: Random) => Uint8Array<ArrayBuffer>;

const flipBits: Mutation = (bytes, random) => {
  for (let n = 1 + random.below(8); n > 0; n--) {
    bytes[random.below(bytes.length)]! ^= 1 << random.below(8);
  }
  return bytes;
};

const setBytes: Mutation = (bytes, random) => {
  for (let n = 1 + random.below(4); n > 0; n--) {
    bytes[random.below(bytes.length)] = random.pick([0, 1, 0x7f, 0x80, 0xff, random.below(256)]);
  }
  return bytes;
};

const truncate: Mutation = (bytes, random) => bytes.slice(0, random.below(bytes.length));

const extend: Mutation = (bytes, random) => {
  const more = Uint8Array.from({ length: 1 + random.below(64) }, () => random.below(256));
  return concat(bytes, more);
};

const removeSpan: Mutation = (bytes, random) => {
  const at = random.below(bytes.length);
  return concat(bytes.subarray(0, at), bytes.subarray(at + 1 + random.below(16)));
};

const repeatSpan: Mutation = (bytes, random) => {
  const at = random.below(bytes.length), end = at + 1 + random.below(64);
  return concat(bytes.subarray(0, end), bytes.subarray(at));
};

const MUTATIONS = [flipBits, setBytes, truncate, extend, removeSpan, repeatSpan];

/** A copy of a file with one to three changes. */
export function mutate(original: Uint8Array, random: Random): Uint8Array<ArrayBuffer> {
  let bytes = new Uint8Array(original);
  for (let n = 1 + random.below(3); n > 0 && bytes.length > 0; n--) {
    bytes = random.pick(MUTATIONS)(bytes, random);
  }
  return bytes;
}

/** The parts one after another. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

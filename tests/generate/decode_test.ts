import { assert, assertEquals, assertRejects } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { Random } from "../../lib/engine/random.ts";
import { decode, type DecodeOptions } from "../../lib/generate/decode.ts";

const MASK = 99;
const VOCABULARY = 7;
const base = { batch: 2, length: 16, maskTokenId: MASK, random: new Random(1) };

/** Token `i` of every image wants id `i % VOCABULARY`, with certainty `sharpness`. */
function logitsOf(ids: Int32Array, sharpness: number): Float32Array {
  const logits = new Float32Array(ids.length * VOCABULARY);
  ids.forEach((_, i) => logits[i * VOCABULARY + i % 16 % VOCABULARY] = sharpness);
  return logits;
}
const sure = (ids: Int32Array) => logitsOf(ids, 50);
const vague = (ids: Int32Array) => logitsOf(ids, 1);
const wanted = Int32Array.from({ length: 32 }, (_, i) => i % 16 % VOCABULARY);

Deno.test("decode() finds the tokens a certain model asks for", async () => {
  for (const steps of [1, 2, 12, 40]) {
    assertEquals(await decode(sure, { ...base, steps }), wanted);
  }
});

Deno.test("decode() reads and disposes tensors of logits", async () => {
  await tf.setBackend("cpu");
  const before = tf.memory().numTensors;
  const ids = await decode((ids) => tf.tensor(sure(ids), [2, 16, VOCABULARY]), base);
  assertEquals(ids, wanted);
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("decode() at temperature 0 takes the likeliest token", async () => {
  assertEquals(await decode(vague, { ...base, temperature: 0 }), wanted);
});

Deno.test("decode() masks exactly as many tokens as the schedule says", async () => {
  const counts: number[] = [];
  await decode(vague, {
    ...base,
    batch: 1,
    length: 256,
    random: new Random(2),
    onStep: (ids) => counts.push(ids.filter((id) => id === MASK).length),
  });
  assertEquals(counts, [253, 247, 236, 221, 203, 181, 155, 127, 97, 66, 33, 0]);
});

Deno.test("decode() unmasks at least one token a step", async () => {
  const counts: number[] = [];
  const onStep = (ids: Int32Array) => counts.push(ids.filter((id) => id === MASK).length);
  await decode(vague, { ...base, batch: 1, steps: 36, onStep });
  assertEquals(counts.slice(0, 3), [15, 14, 13]); // the bare schedule would stay at 15
  assertEquals(counts.at(-1), 0);
});

Deno.test("decode() keeps known tokens", async () => {
  const known = new Int32Array(32).fill(MASK);
  known.set([6, 6, 6], 3);
  known.fill(5, 16); // the second image is known entirely
  const seen: number[][] = [];
  const ids = await decode(vague, {
    ...base,
    known,
    onStep: (ids) => seen.push([...ids.subarray(3, 6), ...ids.subarray(16)]),
  });
  for (const values of seen) assertEquals(values, [6, 6, 6, ...new Array(16).fill(5)]);
  assert(ids.every((id) => id !== MASK));
});

Deno.test("decode() gives the same tokens for the same seed, others for another", async () => {
  const first = await decode(vague, base);
  assertEquals(await decode(vague, base), first);
  const other = await decode(vague, { ...base, random: new Random(7) });
  assert(other.some((id, i) => id !== first[i]));
});

Deno.test("decode() gives an image the same tokens alone and in a batch", async () => {
  const together = await decode(vague, base);
  const alone = await decode(vague, { ...base, batch: 1, random: [base.random.split(1)] });
  assertEquals(alone, together.slice(16));
});

Deno.test("decode() draws tokens as often as their probabilities say", async () => {
  const length = 8000;
  const row = [Math.log(0.7), Math.log(0.2), Math.log(0.1)];
  const logits = Float32Array.from({ length: length * 3 }, (_, i) => row[i % 3]!);
  const share = async (temperature: number) => {
    const ids = await decode(() => logits, {
      ...{ batch: 1, length, maskTokenId: 3, steps: 1, temperature },
      random: new Random(3),
    });
    return ids.filter((id) => id === 0).length / length;
  };
  assert(Math.abs(await share(1) - 0.7) < 0.02);
  assert(Math.abs(await share(0.5) - 0.49 / 0.54) < 0.02); // p^2 / sum p^2
});

Deno.test("decode() keeps the confident tokens when the noise is off", async () => {
  const certainty = (ids: Int32Array) => {
    const logits = new Float32Array(ids.length * 2);
    ids.forEach((_, i) => logits[2 * i] = 4 + i % 16);
    return logits;
  };
  let kept: number[] = [];
  await decode(certainty, {
    ...{ ...base, batch: 1, steps: 2, choiceTemperature: [0, 0], temperature: 0 },
    onStep: (ids, { index }) => {
      if (index === 0) kept = [...ids.keys()].filter((i) => ids[i] !== MASK);
    },
  });
  assertEquals(kept, [11, 12, 13, 14, 15]); // 16 - floor(16 cos(pi / 4)) = 5 tokens
});

Deno.test("decode() refuses bad options and bad logits", async () => {
  const bad: [Partial<DecodeOptions>, string][] = [
    [{ steps: 0 }, "steps is 0"],
    [{ temperature: -1 }, "temperature is -1"],
    [{ known: new Int32Array(3) }, "3 known ids, want 2 x 16"],
    [{ random: [new Random(1)] }, "1 random streams for 2 images"],
  ];
  for (const [change, message] of bad) {
    await assertRejects(() => decode(sure, { ...base, ...change }), RangeError, message);
  }
  await assertRejects(() => decode(() => new Float32Array(5), base), RangeError, "5 logits");
  const broken = () => new Float32Array(32 * VOCABULARY).fill(NaN);
  await assertRejects(() => decode(broken, base), RangeError, "not finite");
});

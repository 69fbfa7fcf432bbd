import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import {
  clipExcess,
  DEFAULT_THRESHOLDS,
  detectorRate,
  foundConcepts,
  tokenCopyRate,
  tokenMatchRate,
  type UnwantedConcept,
} from "../../lib/score/leakage.ts";

const v = (...values: number[]) => Float32Array.from(values);
const reading = {
  concepts: v(0.9, 0.1, 0.4),
  style: v(1),
  colour: v(0.3, 0.7),
  decoration: v(0.2, 0.8),
};
const cat: UnwantedConcept = { phrase: "a cat", head: "concepts", index: 0 };
const house: UnwantedConcept = { phrase: "a house", head: "concepts", index: 2 };
const red: UnwantedConcept = { phrase: "red", head: "colour", index: 1 };
const stars: UnwantedConcept = { phrase: "stars", head: "decoration", index: 0 };

Deno.test("detectorRate() is the share found, with a threshold per head", () => {
  const half = { concepts: 0.5, colour: 0.5, decoration: 0.5 };
  assertEquals(detectorRate(reading, [cat, house, red, stars], half), 0.5);
  const lower = { ...half, concepts: 0.4 };
  assertAlmostEquals(detectorRate(reading, [cat, house, red, stars], lower), 0.75, 1e-6);
  assertEquals(
    detectorRate(reading, [cat, house, red, stars]),
    detectorRate(reading, [cat, house, red, stars], DEFAULT_THRESHOLDS),
  );
  assertEquals(detectorRate(reading, []), 0);
  assertEquals(foundConcepts(reading, [house, red], half), [red]);
});

Deno.test("foundConcepts() refuses an index outside its head", () => {
  assertThrows(() => foundConcepts(reading, [{ ...cat, index: 3 }]), RangeError, '"a cat"');
});

Deno.test("clipExcess() counts only what came closer than the untuned image", () => {
  const concepts = [v(1, 0), v(0, 1)];
  // closer to the first by 0.8, farther from the second: (0.8 + 0) / 2
  assertAlmostEquals(clipExcess(v(0.8, 0.6), v(0, 1), concepts), 0.4, 1e-6);
  assertEquals(clipExcess(v(1, 0), v(1, 0), concepts), 0);
  assertEquals(clipExcess(v(1, 0), v(0, 1), []), 0);
});

Deno.test("tokenCopyRate() subtracts what the untuned model shares anyway", () => {
  const reference = [1, 2, 3, 4];
  assertEquals(tokenMatchRate([1, 2, 9, 4], reference), 0.75);
  assertEquals(tokenCopyRate([1, 2, 9, 4], [9, 2, 9, 9], reference), 0.5);
  assertThrows(() => tokenMatchRate([1], reference), TypeError);
});

import { assertAlmostEquals, assertThrows } from "@std/assert";
import { oracleScore, palette, paletteOverlap } from "../../lib/score/oracle.ts";

const v = (...values: number[]) => Float32Array.from(values);
const image = (...colours: [number, number, number][]) => ({
  width: colours.length,
  height: 1,
  data: Uint8Array.from(colours.flat()),
});
const RED: [number, number, number] = [255, 0, 0];
const BLUE: [number, number, number] = [0, 0, 255];

Deno.test("oracleScore() averages over the renderings", () => {
  assertAlmostEquals(oracleScore(v(1, 0), [v(1, 0), v(0, 1)]), 0.5);
  assertThrows(() => oracleScore(v(1, 0), []), RangeError);
});

Deno.test("paletteOverlap() ignores placement and size", () => {
  assertAlmostEquals(paletteOverlap(image(RED, BLUE), image(BLUE, RED, RED, BLUE)), 1, 1e-6);
  assertAlmostEquals(paletteOverlap(image(RED, BLUE), image(RED, RED)), 0.5, 1e-6);
  assertAlmostEquals(palette(image(RED, BLUE)).reduce((a, b) => a + b), 1, 1e-6);
});

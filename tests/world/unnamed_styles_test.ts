import { assert, assertEquals, assertGreater, assertThrows } from "@std/assert";
import {
  CONCEPTS,
  FEATURE_WORDS,
  featuresOf,
  HELD_OUT_STYLES,
  isUnnamed,
  openWorld,
  referenceScene,
  type Scene,
  SETTING_STYLES,
  TRAINED_STYLES,
  unnamedStyle,
} from "../../lib/world/mod.ts";

const NAMED = [...TRAINED_STYLES, ...HELD_OUT_STYLES, ...SETTING_STYLES];

const scene = (style: string): Scene => ({
  subject: "cat",
  pattern: "plain",
  colour: "blue",
  decoration: "none",
  style,
});

Deno.test("unnamedStyle() names one style for good, and another for another number", async () => {
  const { render } = await openWorld({ styles: [], unnamed: true });
  const pictures = [7, 8].map((n) => render(scene(unnamedStyle(n))).image.data);
  assertEquals(render(scene(unnamedStyle(7))).image.data, pictures[0]);
  const different = pictures[0]!.filter((byte, i) => byte !== pictures[1]![i]).length;
  assertGreater(different, pictures[0]!.length / 4);
  assert(isUnnamed(unnamedStyle(7)) && !NAMED.some(isUnnamed));
});

Deno.test("render() refuses styles without a name unless they were asked for", async () => {
  const { render } = await openWorld({ styles: ["clay"] });
  assertThrows(() => render(scene(unnamedStyle(7))), RangeError, "was not loaded");
});

Deno.test("featuresOf() tells every style in words that name nothing else", () => {
  const taken = new Set([...NAMED, ...CONCEPTS.map(({ name }) => name)].join(" ").split(/[ -]/));
  assertEquals(FEATURE_WORDS.filter((word) => taken.has(word)), []);
  const known = new Set(FEATURE_WORDS), told = new Set<string>();
  for (let n = 0; n < 300; n++) {
    const words = featuresOf(unnamedStyle(n)).join(" ").split(" ");
    assert(words.every((word) => known.has(word)), words.join(" "));
    words.forEach((word) => told.add(word));
  }
  assertEquals(told, known);
  assertThrows(() => featuresOf("clay"), RangeError, "it has a name");
});

Deno.test("a style without a name has a reference too", () => {
  const { subject, object, style } = referenceScene(unnamedStyle(3));
  assert(subject !== object && style === unnamedStyle(3));
});

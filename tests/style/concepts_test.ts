import { assertEquals, assertThrows } from "@std/assert";
import { Random } from "../../lib/engine/random.ts";
import {
  captionOf,
  conceptsOf,
  HELD_OUT_STYLES,
  sampleScene,
  TRAINED_STYLES,
} from "../../lib/world/mod.ts";
import { decompose, sortConcepts, withoutStyle } from "../../lib/style/concepts.ts";

const LAPTOP = {
  subjects: ["woman", "laptop", "a pot of plant with spindle leaves", "bookshelf"],
  backgrounds: ["a light blue circle", "white background"],
  style: "flat cartoon vector art",
};

// method.md 1.3: the phrases published for the reference "woman working on a laptop".
for (
  const caption of [
    "A woman working on a laptop with a pot of plant with spindle leaves and a bookshelf, in front of " +
    "a light blue circle on a white background, in flat cartoon vector art style",
    "A woman is working on a laptop next to a pot of plant with spindle leaves and a bookshelf. There is " +
    "a light blue circle on white background. Flat cartoon vector art style.",
    "woman, laptop, a pot of plant with spindle leaves, bookshelf, a light blue circle, white " +
    "background in flat cartoon vector art style",
  ]
) {
  Deno.test(`decompose() finds the published phrases: ${caption.slice(0, 40)}`, () => {
    const { subjects, backgrounds, style } = decompose(caption);
    assertEquals({ subjects, backgrounds, style: style.toLowerCase() }, LAPTOP);
  });
}

Deno.test("decompose() reads EmojiWorld captions exactly", () => {
  const { subjects, backgrounds, style } = decompose(
    "a hot air balloon next to a small house on a striped blue background with red hearts, in glossy 3d " +
      "rendering style",
  );
  assertEquals(subjects, ["hot air balloon", "house"]);
  assertEquals(backgrounds, ["striped blue background", "red hearts"]);
  assertEquals(style, "glossy 3d rendering");
  const plain = decompose("an apple on a white background, in pixel art style");
  assertEquals(plain.subjects, ["apple"]);
  assertEquals(plain.backgrounds, ["white background"]);
});

Deno.test("decompose() agrees with EmojiWorld about every kind of scene", () => {
  const random = new Random("captions");
  const styles = [...TRAINED_STYLES, ...HELD_OUT_STYLES];
  for (let i = 0; i < 1000; i++) {
    const objects = i % 2 === 0 ? 1 : 2;
    const scene = sampleScene(random.split(i), { styles, objects, split: "train" });
    const { subjects, backgrounds, style, caption } = decompose(captionOf(scene));
    assertEquals({ subjects, backgrounds, style }, conceptsOf(scene));
    assertEquals(caption, captionOf(scene));
  }
});

Deno.test("decompose() reads free captions", () => {
  const cases: [string, string[], string[]][] = [
    ["A golden retriever sleeping on a red sofa in oil painting style", [
      "golden retriever",
      "red sofa",
    ], []],
    ["Three boats under a starry sky, in watercolor painting style", ["three boats"], [
      "starry sky",
    ]],
    ["An illustration of children playing football in the park, in kid crayon drawing style", [
      "children",
      "football",
      "park",
    ], []],
    ["a woman in a red dress in the style of pop art", ["woman", "red dress"], []],
    [
      "A village with three boats and mountains — on a well-worn stone wall, in line drawing style",
      [
        "village",
        "three boats",
        "mountains",
      ],
      ["a well-worn stone wall"],
    ],
    ["A woman's t-shirt surrounded by flowers and leaves in sketch style", [
      "woman's t-shirt",
      "flowers",
      "leaves",
    ], []],
  ];
  for (const [caption, subjects, backgrounds] of cases) {
    const found = decompose(caption);
    assertEquals([found.subjects, found.backgrounds], [subjects, backgrounds]);
  }
});

Deno.test("decompose() takes the style it is given and names it in the caption", () => {
  const found = decompose("A mushroom on a table", { style: "melting golden 3d rendering" });
  assertEquals(found.caption, "A mushroom on a table, in melting golden 3d rendering style");
  assertEquals(found.subjects, ["mushroom", "table"]);
  const inside = decompose("A mushroom, sticker", { style: "sticker" });
  assertEquals([inside.caption, inside.subjects], ["A mushroom, sticker", ["mushroom"]]);
});

Deno.test("decompose() lets the user override phrases that stand in the caption", () => {
  const caption = "A woman working on a laptop, in pop art style";
  const found = decompose(caption, { override: { subjects: ["A woman working"] } });
  assertEquals(found.subjects, ["A woman working"]);
  assertThrows(
    () => decompose(caption, { override: { backgrounds: ["top"] } }),
    RangeError,
    'concept "top": it does not stand',
  );
});

Deno.test("decompose() refuses captions it cannot use", () => {
  assertThrows(() => decompose("  \n"), SyntaxError, "empty");
  assertThrows(() => decompose("a".repeat(1001)), RangeError, "1001 characters");
  assertThrows(() => decompose("a cat\u0007 in pop art style"), SyntaxError, "U+0007");
  assertThrows(() => decompose("a cat on a mat"), SyntaxError, "Cannot find the style");
  assertThrows(() => decompose("in pop art style"), SyntaxError, "Cannot find a concept");
  assertThrows(() => decompose("running quickly, in pop art style"), SyntaxError, "concept");
});

Deno.test("sortConcepts() parts phrases by their head nouns", () => {
  assertEquals(sortConcepts(["cat", "wall of bricks", "a sky with birds", "cat"]), {
    subjects: ["cat"],
    backgrounds: ["wall of bricks", "a sky with birds"],
  });
});

Deno.test("decompose() refuses a style of nothing but spaces, and marks that no reader sees", () => {
  assertThrows(() => decompose("a cat, in \u00a0 style"), SyntaxError, "Cannot find the style");
  assertThrows(() => decompose("a cat, in a style"), SyntaxError, "Cannot find the style");
  assertThrows(() => decompose("a cat", { style: ",-" }), SyntaxError, "style phrase");
  for (const mark of ["\u202e", "\u2028", "\ud800", "\u001b"]) {
    assertThrows(() => decompose(`a ${mark}cat, in oil painting style`), SyntaxError, "control");
  }
});

Deno.test("withoutStyle() leaves what is drawn", () => {
  assertEquals(
    withoutStyle("a cat on a blue background, in sticker style"),
    "a cat on a blue background",
  );
  assertEquals(
    withoutStyle("a woman in a red dress in the style of Monet."),
    "a woman in a red dress",
  );
  assertEquals(withoutStyle("a cat in a box"), "a cat in a box");
  assertEquals(withoutStyle("in sticker style"), "in sticker style");
});

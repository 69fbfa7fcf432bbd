import { assert, assertEquals, assertGreater, assertLess, assertThrows } from "@std/assert";
import { Random } from "../../lib/engine/random.ts";
import {
  COLOURS,
  HELD_OUT_STYLES,
  openWorld,
  PATTERNS,
  referenceScene,
  RELATIONS,
  type Scene,
  showsColour,
  TRAINED_STYLES,
} from "../../lib/world/mod.ts";

const STYLES = [...TRAINED_STYLES, ...HELD_OUT_STYLES];
const world = await openWorld();

const SCENE: Scene = {
  subject: "cat",
  relation: "to the left of",
  object: "house",
  pattern: "plain",
  colour: "blue",
  decoration: "stars",
  style: "clay",
};

/** Mean absolute difference of two pictures in bytes, over the pixels where `where` holds. */
function difference(a: Uint8Array, b: Uint8Array, where: (pixel: number) => boolean): number {
  let sum = 0, n = 0;
  for (let j = 0; j < a.length; j++) {
    if (where(Math.floor(j / 3))) sum += Math.abs(a[j]! - b[j]!), n++;
  }
  return sum / n;
}

Deno.test("render() gives the same 64 x 64 picture every time", () => {
  for (const style of STYLES) {
    const first = world.render({ ...SCENE, style }, new Random(1));
    const second = world.render({ ...SCENE, style }, new Random(2));
    assertEquals([first.image.width, first.image.height, first.image.data.length], [64, 64, 12288]);
    assertEquals(first, second);
  }
});

Deno.test("render() marks every named thing in the regions", () => {
  for (const relation of RELATIONS) {
    for (const style of STYLES) {
      const { regions } = world.render({ ...SCENE, relation, style });
      for (const region of [1, 2, 3]) {
        const pixels = regions.filter((r) => r === region).length;
        assertGreater(pixels, 20, `region ${region} of "${relation}" in ${style}`);
      }
    }
  }
});

Deno.test("render() leaves out regions of what is not named", () => {
  const scene: Scene = {
    subject: "cat",
    pattern: "plain",
    colour: "blue",
    decoration: "none",
    style: "clay",
  };
  assertEquals([...new Set(world.render(scene).regions)].sort(), [0, 1]);
});

Deno.test("render() puts the subject where the relation says", () => {
  const centreOf = (relation: Scene["relation"] & string, region: number) => {
    const { regions } = world.render({ ...SCENE, relation });
    let [x, y, n] = [0, 0, 0];
    regions.forEach((r, i) => r === region && (x += i % 64, y += i >> 6, n++));
    return { x: x / n, y: y / n, n };
  };
  const pair = (relation: Scene["relation"] & string) =>
    [centreOf(relation, 1), centreOf(relation, 2)] as const;
  let [subject, object] = pair("to the left of");
  assertLess(subject.x + 24, object.x);
  [subject, object] = pair("to the right of");
  assertGreater(subject.x, object.x + 24);
  [subject, object] = pair("above");
  assertLess(subject.y + 24, object.y);
  [subject, object] = pair("below");
  assertGreater(subject.y, object.y + 24);
  [subject, object] = pair("next to a small");
  assertGreater(subject.n, 2 * object.n);
});

Deno.test("render() draws the regions: another subject changes its region, not the far corner", () => {
  for (const style of STYLES) {
    const one = world.render({ ...SCENE, style }),
      other = world.render({ ...SCENE, style, subject: "car" });
    const inside = difference(one.image.data, other.image.data, (p) => one.regions[p] === 1);
    const far = difference(one.image.data, other.image.data, (p) => p % 64 > 56);
    assertGreater(inside, 4 * far + 4, style);
  }
});

Deno.test("render() shows the background colour exactly where captions name it", () => {
  for (const style of STYLES) {
    const [blue, orange] = (["blue", "orange"] as const).map((colour) =>
      world.render({ ...SCENE, style, colour })
    );
    const apart = difference(blue!.image.data, orange!.image.data, (p) => blue!.regions[p] === 0);
    if (showsColour(style)) assertGreater(apart, 35, style);
    else assertEquals(apart, 0, style);
  }
});

Deno.test("render() tells patterns apart in every style", () => {
  for (const style of STYLES) {
    const pictures = PATTERNS.map((pattern) => world.render({ ...SCENE, style, pattern }));
    pictures.forEach((a, i) =>
      pictures.slice(0, i).forEach((b, j) => {
        const apart = difference(a.image.data, b.image.data, (p) => a.regions[p] === 0);
        assertGreater(apart, 1.5, `${PATTERNS[i]} and ${PATTERNS[j]} in ${style}`);
      })
    );
  }
});

Deno.test("render() draws styles apart", () => {
  const pictures = STYLES.map((style) => world.render({ ...SCENE, style }).image.data);
  pictures.forEach((a, i) =>
    pictures.slice(0, i).forEach((b, j) => {
      assertGreater(difference(a, b, () => true), 2, `${STYLES[i]} and ${STYLES[j]}`);
    })
  );
});

Deno.test("render() shows one-colour glyphs on every colour", () => {
  for (const style of ["black silhouette", "thin line drawing"]) {
    for (const colour of Object.keys(COLOURS) as Scene["colour"][]) {
      const { image, regions } = world.render({ ...SCENE, style, colour });
      const i = regions.indexOf(1), background = COLOURS[colour];
      const apart = background.reduce((sum, v, c) => sum + Math.abs(v - image.data[i * 3 + c]!), 0);
      assertGreater(apart, 90, `${style} on ${colour}`);
    }
  }
});

Deno.test("render() moves objects by whole tokens only with jitter", async () => {
  const loose = await openWorld({ styles: ["solid cartoon"], jitter: 1 });
  const random = new Random(4),
    scene = { ...SCENE, style: "solid cartoon", relation: "above" } as const;
  const starts = new Set(
    Array.from({ length: 30 }, () => loose.render(scene, random).regions.indexOf(1) % 4),
  );
  assertEquals(starts.size, 1);
});

Deno.test("render() refuses a style that was not loaded", async () => {
  const small = await openWorld({ styles: ["clay"] });
  assertThrows(() => small.render({ ...SCENE, style: "sticker" }), RangeError, "not loaded");
});

Deno.test("render() is quick enough to feed training", () => {
  const rate = (style: string, scenes: number) => {
    const scene = referenceScene(style);
    world.render(scene);
    const start = performance.now();
    for (let i = 0; i < scenes; i++) world.render(scene);
    return 1000 * scenes / (performance.now() - start);
  };
  assert(rate("soft gradient emoji", 200) > 400); // a quarter of what an idle core does
  assert(rate("clay", 40) > 40);
});

import * as tf from "@tensorflow/tfjs";
import { assert, assertEquals } from "@std/assert";
import { classOf, conceptTargets, pasteSome } from "../../experiments/pretrain/judge_scenes.ts";
import { cutOut } from "../../experiments/scene_edits.ts";
import { useEngine } from "../../lib/engine/mod.ts";
import { Random } from "../../lib/engine/random.ts";
import { type Box, openWorld, type Scene, standingIn } from "../../lib/world/mod.ts";

await useEngine("cpu");

const SCENE: Scene = {
  subject: "cat",
  relation: "in front of",
  object: "house",
  pattern: "plain",
  colour: "red",
  decoration: "none",
  style: "sticker",
};

Deno.test("conceptTargets() says what stands in a picture and, at each patch, what is foremost", async () => {
  const targets = conceptTargets([standingIn(SCENE), []]);
  const [present, presentAt] = [await targets.present.data(), await targets.presentAt.data()];
  tf.dispose(Object.values(targets));
  const cat = classOf("concepts", "cat"), house = classOf("concepts", "house");
  assertEquals([...present.keys()].filter((i) => present[i]), [cat, house].sort((a, b) => a - b));
  const shown = (row: number) =>
    Array.from({ length: 8 }, (_, column) => {
      const at = presentAt.subarray((8 * row + column) * 120, (8 * row + column + 1) * 120);
      return at[cat] ? "c" : at[house] ? "h" : ".";
    }).join("");
  // the cat's box is 4 to 36 x 28 to 60 pixels, the house's 20 to 60 x 4 to 44, behind it
  assertEquals([0, 1, 2, 3, 4, 5, 6, 7].map(shown), [
    "........",
    "...hhhh.",
    "...hhhh.",
    "...hhhh.",
    ".ccchhh.",
    ".ccc....",
    ".ccc....",
    "........",
  ]);
  assertEquals(presentAt.subarray(64 * 120).includes(1), false);
});

Deno.test("pasteSome() pastes what it says, where it says, and hides nothing for the most part", async () => {
  const { render } = await openWorld({ styles: [SCENE.style] });
  const { relation: _, object: __, ...single } = SCENE;
  const cutouts = ["rabbit", "fox"].map((concept) => ({
    concept,
    cutout: cutOut(render({ ...single, subject: concept })),
  }));
  const data = new Uint8Array(64 * 64 * 3).fill(7), random = new Random(1);
  const counts = new Set<number>();
  for (let i = 0; i < 50; i++) {
    const base: Box = [0, 0, 24];
    const { data: made, objects } = pasteSome(
      { data, objects: [{ concept: "cat", box: base }] },
      cutouts,
      random.split(i),
    );
    counts.add(objects.length);
    const changed = [...made.keys()].filter((k) => made[k] !== 7);
    assert(changed.length > 0);
    for (const k of changed) {
      const x = Math.floor(k / 3) % 64, y = Math.floor(k / 192);
      assert(
        objects.slice(1).some(({ box: [left, top, side] }) =>
          x >= left && y >= top && x < left + side && y < top + side
        ),
      );
    }
    const hidden = changed.filter((k) => Math.floor(k / 3) % 64 < 24 && k < 24 * 192).length / 3;
    assert(hidden <= 3 * 0.35 * 24 ** 2);
  }
  assertEquals(counts, new Set([2, 3, 4]));
});

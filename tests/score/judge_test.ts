import * as tf from "@tensorflow/tfjs";
import { assert, assertEquals } from "@std/assert";
import { useEngine } from "../../lib/engine/mod.ts";
import { HEAD_CLASSES, loadJudge } from "../../lib/score/judge.ts";
import { openWorld, type Relation, type Scene } from "../../lib/world/mod.ts";

await useEngine();

Deno.test("locate() tells which of two objects is where", async () => {
  const judge = await loadJudge(new URL("../../lib/pretrained/emoji-64", import.meta.url).pathname);
  const world = await openWorld({ styles: ["flat vector art"] });
  const scene = (subject: string, relation: Relation, object: string): Scene => ({
    ...{ subject, relation, object, style: "flat vector art" },
    ...{ pattern: "plain", colour: "white", decoration: "none" },
  });
  const scenes = [
    scene("cat", "to the left of", "bus"),
    scene("bus", "to the left of", "cat"),
    scene("robot", "above", "pizza"),
    scene("robot", "below", "pizza"),
  ];
  const images = scenes.map((of) => world.render(of).image);
  const placesOf = (name: (scene: Scene) => string) =>
    judge.locate(images, scenes.map((of) => HEAD_CLASSES.concepts.indexOf(name(of))));
  const before = tf.memory().numTensors;
  const subjects = await placesOf(({ subject }) => subject);
  const objects = await placesOf(({ object }) => object!);
  assertEquals(tf.memory().numTensors, before);
  for (const [i, { x, y }] of subjects.entries()) {
    const apart = i < 2 ? objects[i]!.x - x : objects[i]!.y - y;
    assert(i === 3 ? apart < -0.1 : apart > 0.1, `${scenes[i]!.subject}: ${apart}`);
    assert(x > 0 && x < 1 && y > 0 && y < 1);
  }
  judge.dispose();
});

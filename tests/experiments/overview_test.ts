import { assertEquals, assertRejects } from "@std/assert";
import { main, overview } from "../../experiments/overview.ts";
import { useEngine } from "../../lib/engine/mod.ts";
import { UsageError } from "../../lib/show/command.ts";
import { captionOf, conceptsOf, openWorld, referenceScene } from "../../lib/world/mod.ts";
import { tinyMuse } from "./tiny_muse.ts";
import { TINY_CONFIG } from "./tiny_study.ts";

await useEngine("wasm");

Deno.test("overview() has a row per concept: where it is, what is trained on, what comes out", async () => {
  const style = "sticker", scene = referenceScene(style);
  const { subjects, backgrounds } = conceptsOf(scene);
  const config = { ...TINY_CONFIG, prompts: subjects.length + backgrounds.length };
  const world = await openWorld({ styles: [style] });
  const { columns, rows } = await overview({ muse: tinyMuse(), world, config, style, seed: 0 });
  assertEquals(columns.slice(-4), ["untuned", "StyleDrop", "FineStyle", "true picture"]);
  assertEquals(rows[1]!.images[0], captionOf(scene));
  for (const [i, concept] of [...subjects, ...backgrounds].entries()) {
    const [, text, ...images] = rows[i]!.images;
    assertEquals((text as string).includes(concept), true, concept);
    assertEquals(images.map((cell) => typeof cell), [
      ...["object", "object", "object", "string"],
      ...["object", "object", "object", "object"],
    ]);
  }
});

Deno.test("overview names a style that is not held out", async () => {
  await assertRejects(() => main(["--style", "clay"]), UsageError, '--style is "clay"');
});

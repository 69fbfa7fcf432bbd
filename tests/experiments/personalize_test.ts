import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { main as generateMain } from "../../experiments/generate.ts";
import { chosenGuidance } from "../../experiments/guidance_flags.ts";
import { centreSquare, main, readBoxes } from "../../experiments/personalize.ts";
import { EMOJI_64_STUDY } from "../../experiments/study/presets.ts";
import { holdFolder } from "../../experiments/study/held_folder.ts";
import { readJson, WriteError, writeJson } from "../../lib/io/files.ts";
import { readImage, writeImage } from "../../lib/io/image.ts";
import { UsageError } from "../../lib/show/command.ts";
import { captionOf, openWorld, referenceScene } from "../../lib/world/mod.ts";

const STYLE = "sticker";
const CAPTION = captionOf(referenceScene(STYLE));

async function withReference(work: (folder: string, image: string) => Promise<void>) {
  const folder = await Deno.makeTempDir();
  const world = await openWorld({ styles: [STYLE] });
  const image = `${folder}/mine.png`;
  await writeImage(image, world.render(referenceScene(STYLE)).image);
  try {
    await work(folder, image);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("personalize previews, takes corrected boxes, tunes; generate draws with it", () =>
  withReference(async (folder, image) => {
    const flags = ["--image", image, "--caption", CAPTION, "--out", folder];
    await main([...flags, "--preview"]);
    const path = `${folder}/concepts.json`;
    const found = await readJson<{ concepts: { phrase: string; box: unknown }[] }>(path);
    const { subject, object } = referenceScene(STYLE);
    assertEquals(found.concepts.slice(0, 2).map((c) => c.phrase), [subject, object!]);
    found.concepts[0]!.box = { x: 8, y: 4, width: 20, height: 20 };
    await writeJson(path, found);

    await main([...flags, "--regions", path, "--steps", "3", "--learning-rate", "0.01"]);
    assertEquals((await readBoxes(path)).get(subject), { x: 8, y: 4, width: 20, height: 20 });
    for (const name of ["adapter.safetensors", "adapter.json", "concepts.png", "reference.png"]) {
      assert((await Deno.stat(`${folder}/${name}`)).isFile, name);
    }

    const draw = async (name: string, ...more: string[]) => {
      const out = `${folder}/${name}.png`;
      await generateMain(["--prompt", CAPTION, "--steps", "2", "--out", out, ...more]);
      return await readImage(out);
    };
    const base = await draw("base"), adapted = await draw("adapted", "--adapter", folder);
    assertEquals([base.width, adapted.width], [256, 256]);
    assertNotEquals(base.data, adapted.data);
    const plain = await draw("plain", "--lambda-muse", "0", "--negative", "a cat");
    assertEquals((await draw("same", "--lambda-muse", "0")).data, plain.data); // no n in G(t)
    const both = ["--adapter", folder, "--adapter2", folder, "--gamma", "0.6"];
    assertEquals((await draw("mixed", ...both, "--prompt2", CAPTION)).data, adapted.data);
  }));

Deno.test("personalize and generate tell a user's mistake before anything is written", () =>
  withReference(async (folder, image) => {
    const out = `${folder}/out`;
    const run = (...more: string[]) => main(["--image", image, "--out", out, ...more]);
    await assertRejects(() => run("--caption", "a cat"), SyntaxError, 'end it with "in ... style"');
    await assertRejects(
      () => run("--caption", CAPTION, "--concepts", "zebra"),
      RangeError,
      '"zebra"',
    );
    await writeJson(`${folder}/boxes.json`, {
      schema: "finestyle.concepts/1",
      concepts: [{ phrase: "unicorn", box: { x: 0, y: 0, width: 9, height: 9 } }],
    });
    const boxes = ["--caption", CAPTION, "--regions", `${folder}/boxes.json`];
    await assertRejects(() => run(...boxes), RangeError, '"unicorn"');
    await writeJson(`${folder}/boxes.json`, { schema: "other" });
    await assertRejects(() => run(...boxes), SyntaxError, "finestyle.concepts/1");
    const jpg = ["--prompt", "a cat", "--out", `${folder}/a.jpg`];
    await assertRejects(() => generateMain(jpg), UsageError, ".png");
    const png = ["--prompt", "a cat", "--out", `${folder}/a.png`];
    const without = "without --adapter: it would change nothing";
    await assertRejects(() => generateMain([...png, "--lambda2", "3"]), UsageError, without);
    await assertRejects(() => generateMain([...png, "--adapter2", "b"]), UsageError, without);
    const muse = [...png, "--adapter", "a", "--lambda-muse", "3"];
    await assertRejects(() => generateMain(muse), UsageError, "beside --adapter");
    await assertRejects(() => Deno.stat(out), Deno.errors.NotFound);
    using _ = await holdFolder(out);
    await assertRejects(() => run("--caption", CAPTION), WriteError, "holds it");
  }));

Deno.test("chosenGuidance() takes the model's lambdas where the flags give none", () => {
  const { guidance } = EMOJI_64_STUDY, lambda = guidance.muse.lambda;
  const flags = { growth: "linear" }, crossKv = { placement: "cross-kv" } as const;
  assertEquals(chosenGuidance(flags, guidance), { kind: "muse", lambda, growth: "linear" });
  assertEquals(chosenGuidance({ ...flags, lambdaMuse: 3 }, guidance), {
    ...{ kind: "muse", lambda: 3, growth: "linear" },
  });
  const { lambda1 } = guidance.finestyle, { lambdaA } = guidance.styledrop;
  const given = { ...flags, lambda2: 7 };
  assertEquals(chosenGuidance(given, guidance, crossKv), {
    ...{ kind: "finestyle", lambda1, lambda2: 7, growth: "linear" },
  });
  const own = { placement: "after-cross+mlp" } as const,
    asked = { ...given, guidance: "styledrop" };
  for (
    const chosen of [chosenGuidance(given, guidance, own), chosenGuidance(asked, guidance, crossKv)]
  ) {
    assertEquals(chosen, { kind: "styledrop", lambdaA, lambdaB: 7, growth: "linear" });
  }
});

Deno.test("centreSquare() keeps the middle", () => {
  const data = Uint8Array.from({ length: 4 * 2 * 3 }, (_, i) => Math.floor(i / 3));
  const square = centreSquare({ width: 4, height: 2, data });
  assertEquals([square.width, square.height], [2, 2]);
  assertEquals([...square.data].filter((_, i) => i % 3 === 0), [1, 2, 5, 6]);
});

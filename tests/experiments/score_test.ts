import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { main, promptPerImage, unwantedConcepts } from "../../experiments/score.ts";
import { readJson } from "../../lib/io/files.ts";
import { writeImage } from "../../lib/io/image.ts";
import { UsageError } from "../../lib/show/command.ts";
import { captionOf, openWorld, type Scene } from "../../lib/world/mod.ts";

const SCENES = ["cat", "house", "apple", "rocket"].map((subject, i): Scene => ({
  subject,
  pattern: "plain",
  colour: i % 2 ? "blue" : "white",
  decoration: "none",
  style: "sticker",
}));

Deno.test("score tells right prompts from wrong ones, and finds what is unwanted", async () => {
  const folder = await Deno.makeTempDir();
  const { render } = await openWorld({ styles: ["sticker"] });
  for (const [i, scene] of SCENES.entries()) {
    await writeImage(`${folder}/images/${i}.png`, render(scene).image);
  }
  const right = SCENES.map(captionOf);
  await Deno.writeTextFile(`${folder}/right.txt`, right.join("\n"));
  await Deno.writeTextFile(`${folder}/wrong.txt`, [...right.slice(1), right[0]].join("\n"));
  const means = async (prompts: string) => {
    const out = `${folder}/scores.json`;
    await main([
      ...["--images", `${folder}/images`, "--prompts", `${folder}/${prompts}.txt`],
      ...["--reference", `${folder}/images/0.png`, "--unwanted", "cat, dog", "--out", out],
    ]);
    const { summaries } = await readJson<{ summaries: { name: string; mean: number }[] }>(out);
    return Object.fromEntries(summaries.map(({ name, mean }) => [name, mean]));
  };
  const [good, bad] = [await means("right"), await means("wrong")];
  assert(good.Text! > bad.Text! + 0.1, `${good.Text} ${bad.Text}`);
  assertEquals(good.Style, bad.Style);
  assertEquals(good.Leakage, 1 / 8); // one of two concepts in one of four images
  await assertRejects(
    () => main(["--images", `${folder}/none`, "--prompts", "p", "--reference", "r"]),
    UsageError,
    "Cannot find images",
  );
  await Deno.remove(folder, { recursive: true });
});

Deno.test("score shares images evenly among prompts, and refuses what it cannot", () => {
  assertEquals(promptPerImage("a\n\n b \n", 4), ["a", "a", "b", "b"]);
  assertThrows(() => promptPerImage("a\nb", 3), UsageError, "3 images of 2 prompts");
  assertThrows(() => promptPerImage("", 3), UsageError, "one prompt per line");
  assertThrows(() => unwantedConcepts("cat, gryphon"), UsageError, '"gryphon"');
});

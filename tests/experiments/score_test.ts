import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { main, promptPerImage, unwantedConcepts } from "../../experiments/score.ts";
import { filesBelow } from "../../experiments/study/run_folder.ts";
import { readJson } from "../../lib/io/files.ts";
import { HubError } from "../../lib/io/hub_error.ts";
import { writeImage } from "../../lib/io/image.ts";
import { UsageError } from "../../lib/show/command.ts";
import { captionOf, openWorld, type Scene } from "../../lib/world/mod.ts";
import { HubServer } from "../io/hub_server.ts";

const CLIP_ID = "owner/tiny-clip";

/** The files of the small random CLIP, as a repository of the hub has them. */
async function clipFixture(): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
  const folder = new URL("../models/fixtures/clip", import.meta.url).pathname;
  const paths = await filesBelow(folder);
  return new Map(
    await Promise.all(
      paths.map(async (path) => [path, await Deno.readFile(`${folder}/${path}`)] as const),
    ),
  );
}

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

Deno.test("score by a CLIP of the hub fetches it once, then needs no network", async () => {
  const folder = await Deno.makeTempDir();
  await using server = new HubServer(CLIP_ID, await clipFixture());
  const environment = { HF_ENDPOINT: server.url, HF_HUB_CACHE: `${folder}/cache` };
  for (const [name, value] of Object.entries(environment)) Deno.env.set(name, value);
  try {
    const { render } = await openWorld({ styles: ["sticker"] });
    for (const [i, scene] of SCENES.entries()) {
      await writeImage(`${folder}/images/${i}.png`, render(scene).image);
    }
    await Deno.writeTextFile(`${folder}/prompts.txt`, SCENES.map(captionOf).join("\n"));
    const out = `${folder}/scores.json`;
    const run = (...more: string[]) =>
      main([
        ...["--images", `${folder}/images`, "--prompts", `${folder}/prompts.txt`],
        ...["--reference", `${folder}/images/0.png`, "--out", out, ...more],
      ]);
    await assertRejects(
      () => run("--clip", CLIP_ID, "--offline"),
      HubError,
      "this run fetches nothing",
    );
    await run("--clip", CLIP_ID);
    const fetched = server.takeRequests().filter((request) => request.includes("/resolve/"));
    assertEquals(fetched.filter((request) => request.includes(".onnx")).length, 2);
    assertEquals(fetched.filter((request) => request.includes(".safetensors")), []);
    const first = await readJson<{ clip: string; images: { scores: { Style: number } }[] }>(out);
    assertEquals(first.clip, CLIP_ID);
    assert(Math.abs(first.images[0]!.scores.Style - 1) < 1e-6); // the reference itself
    assert(first.images[1]!.scores.Style < 0.999);

    await run("--clip", CLIP_ID, "--offline");
    assertEquals(await readJson(out), first);
    assertEquals(server.takeRequests(), []);
    await assertRejects(() => run("--clip", CLIP_ID, "--unwanted", "cat"), UsageError, "--clip");
    await assertRejects(() => run("--clip", "nothing"), RangeError, "it is no folder and no");
  } finally {
    for (const name of Object.keys(environment)) Deno.env.delete(name);
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("score shares images evenly among prompts, and refuses what it cannot", () => {
  assertEquals(promptPerImage("a\n\n b \n", 4), ["a", "a", "b", "b"]);
  assertThrows(() => promptPerImage("a\nb", 3), UsageError, "3 images of 2 prompts");
  assertThrows(() => promptPerImage("", 3), UsageError, "one prompt per line");
  assertThrows(() => unwantedConcepts("cat, gryphon"), UsageError, '"gryphon"');
});

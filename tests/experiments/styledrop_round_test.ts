import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { main as personalize } from "../../experiments/personalize.ts";
import { main } from "../../experiments/styledrop_round.ts";
import { readCandidates, readPicked } from "../../experiments/styledrop_round/candidates.ts";
import { readJson, writeJson } from "../../lib/io/files.ts";
import { readImage } from "../../lib/io/image.ts";
import { UsageError } from "../../lib/show/command.ts";
import type { AdapterFile } from "../../lib/style/adapter_schema.ts";
import { inFolder, namesIn } from "../in_folder.ts";
import { personalizeArgs, writeInputs } from "../stress/jobs.ts";

/** Round 1 of a tiny model, and the words that start round 2. */
async function roundOne(folder: string, out: string) {
  await writeInputs(folder);
  const adapter = `${folder}/round1`;
  await personalize([...personalizeArgs(adapter, folder, "2"), "--method", "styledrop"]);
  await Deno.writeTextFile(`${folder}/contents.txt`, "a cat\n\na dog\na cat\n");
  return [
    ...["--adapter", adapter, "--model", `${folder}/model`, "--engine", "wasm"],
    ...["--contents", `${folder}/contents.txt`, "--per-prompt", "3", "--steps", "2", "--out", out],
  ];
}

Deno.test("styledrop-round draws candidates, and tunes on those that a person picked", () =>
  inFolder(async (folder) => {
    const out = `${folder}/round2`, args = await roundOne(folder, out);
    await main(args);
    const { style, candidates } = await readCandidates(out);
    assertEquals([style, candidates.map(({ number }) => number)], ["sticker", [1, 2, 3, 4, 5, 6]]);
    assertEquals(candidates[3]!.prompt, "a dog, in sticker style");
    assertEquals(namesIn(out), ["candidates", "candidates.json", "candidates.png"]);

    // a run that lost a picture draws it again, the same, and leaves the others
    const lost = `${out}/candidates/0005.png`, bytes = await Deno.readFile(lost);
    await Deno.remove(lost);
    await main([...args, "--resume"]);
    assertEquals(await Deno.readFile(lost), bytes);

    await writeJson(`${out}/mine.json`, [5, 2, 5]);
    await main([...args, "--picked", `${out}/mine.json`]);
    const { config, details } = await readJson<AdapterFile>(`${out}/adapter.json`);
    assertEquals([config.placement, config.dPrj, config.shared], ["after-cross+mlp", 32, false]);
    assertEquals([details["picked"], details["style"]], [[2, 5], "sticker"]);
    assertEquals(namesIn(out), [
      ...["adapter.json", "adapter.safetensors", "candidates", "candidates.json"],
      ...["candidates.png", "mine.json", "picked.png", "reference.png"],
    ]);

    const others = `${folder}/others`;
    await main([...args.slice(0, -1), others, "--feedback", "random"]);
    const picked = await readJson<number[]>(`${others}/picked.json`);
    assertEquals(picked.map((number) => number <= 3), [true, false]); // one of each prompt
    const bytesOf = (of: string) => Deno.readFile(`${of}/adapter.safetensors`);
    assertNotEquals(await bytesOf(others), await bytesOf(out));
    const [image] = (await readCandidates(others)).candidates;
    assertEquals(image!.image, await readImage(`${out}/candidates/0001.png`));
  }));

Deno.test("styledrop-round tells a user's mistake", () =>
  inFolder(async (folder) => {
    const path = `${folder}/picked.json`;
    const refuses = async (list: unknown, kind: typeof SyntaxError, text: string) => {
      await writeJson(path, list);
      await assertRejects(() => readPicked(path, 6), kind, text);
    };
    await refuses({ picked: [1] }, SyntaxError, "want a list of numbers such as [3, 17]");
    await refuses([1.5], SyntaxError, "want a list of numbers");
    await refuses([0], RangeError, 'candidates are 1 to 6, found "0"');
    await refuses([7], RangeError, 'found "7"');
    await refuses([], RangeError, "pick one at least");
    await writeJson(`${folder}/candidates.json`, {
      ...{ schema: "finestyle.candidates/1", style: "sticker" },
      candidates: [{ number: 1, prompt: "a cat", image: "../secret.png" }],
    });
    await assertRejects(() => readCandidates(folder), SyntaxError, "an image of candidates/");
    const both = ["--adapter", folder, "--out", folder, "--picked", path, "--feedback", "text"];
    await assertRejects(() => main(both), UsageError, "leave --feedback text out");
    const concepts = ["--image", "a.png", "--caption", "a", "--out", folder, "--concepts", "cat"];
    await assertRejects(
      () => personalize([...concepts, "--method", "styledrop"]),
      UsageError,
      "leave its concepts out",
    );
    assert(!namesIn(folder).includes("adapter.json"));
  }));

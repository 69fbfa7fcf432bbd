import { assertEquals, assertMatch } from "@std/assert";
import { readJson } from "../../lib/io/files.ts";
import { inFolder, namesIn } from "../in_folder.ts";
import { personalizeArgs, start, writeInputs } from "../stress/jobs.ts";

const CONFIG = new URL("../../deno.json", import.meta.url).pathname;
const { tasks } = await readJson<{ tasks: Record<string, { command: string }> }>(CONFIG);

Deno.test("only the commands that fetch something may use the network, and only the hosts that have it", () => {
  const granted = Object.entries(tasks).flatMap(([name, { command }]) => {
    const [, hosts] = / --allow-(?:net|all)(\S*)/.exec(command) ?? [];
    return hosts === undefined ? [] : [[name, hosts]];
  });
  const hub = "=huggingface.co,*.huggingface.co,*.hf.co";
  // "packages" asks whichever registry is configured whether it answers
  assertEquals(granted, [
    ["packages", ""],
    ["personalize", hub],
    ["styledrop-round", hub],
    ["generate", hub],
    ["score", hub],
    ["protocol", `${hub},raw.githubusercontent.com`], // PartiPrompts.tsv
  ]);
});

/** Runs a command to its end, with rights to files and environment alone; gives its stderr. */
async function runWithoutNative(command: string, args: readonly string[]): Promise<string> {
  const module = new URL(`../../experiments/${command}.ts`, import.meta.url);
  const { code, stderr } = await start(module, args, ["ffi", "net", "run"]).output();
  const text = new TextDecoder().decode(stderr);
  assertEquals(code, 0, `${command}: ${text}`);
  return text;
}

Deno.test("--engine wasm needs no native code, no network and no other program", () =>
  inFolder(async (folder) => {
    await writeInputs(folder);
    const adapter = `${folder}/mine`,
      images = `${folder}/images`,
      prompt = "a cat, in sticker style";
    await runWithoutNative("personalize", personalizeArgs(adapter, folder, "2"));
    await runWithoutNative("generate", [
      ...["--model", `${folder}/model`, "--engine", "wasm", "--adapter", adapter],
      ...["--prompt", prompt, "--steps", "2", "--out", `${images}/0.png`],
    ]);
    assertEquals(namesIn(images), ["0.png"]);
    await Deno.writeTextFile(`${folder}/prompts.txt`, `${prompt}\n`);
    const scored = await runWithoutNative("score", [
      ...["--images", images, "--prompts", `${folder}/prompts.txt`],
      ...["--reference", `${folder}/reference.png`], // and no --engine
    ]);
    assertMatch(scored, /^engine: wasm; Cannot use the engine "onnxruntime": Requires ffi access/);
  }));

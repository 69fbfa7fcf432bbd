import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { filesBelow } from "../../experiments/study/run_folder.ts";
import { inFolder } from "../in_folder.ts";
import { JOB, personalizeArgs, start, writeInputs } from "./jobs.ts";

const EXPERIMENTS = new URL("../../experiments/", import.meta.url);

/** Sends a signal as soon as a file is there: the exit code and stderr. */
async function interrupt(child: Deno.ChildProcess, file: string, signal: Deno.Signal) {
  const output = child.output();
  let ended = false;
  output.then(() => ended = true);
  while (!ended && !await Deno.stat(file).then(() => true, () => false)) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  if (!ended) child.kill(signal);
  return await told(output);
}

async function told(output: Promise<Deno.CommandOutput>) {
  const { code, stderr } = await output;
  return { code, stderr: new TextDecoder().decode(stderr) };
}

Deno.test("Ctrl-C during personalize stores the step it reached, and tells how to go on", () =>
  inFolder(async (folder) => {
    await writeInputs(folder);
    const out = `${folder}/out`, args = personalizeArgs(out, folder);
    const module = new URL("personalize.ts", EXPERIMENTS);
    const { code, stderr } = await interrupt(
      start(module, args),
      `${out}/concepts.json`, // the last file before tuning; none is due in the next ten seconds
      "SIGINT",
    );
    assertEquals(code, 130, stderr);
    const image = `--image ${folder}/reference.png --caption "an octopus to the right of`;
    assertStringIncludes(stderr, `Stopped; go on with\ndeno task personalize ${image}`);
    assert(stderr.endsWith(`--out ${out} --resume\n`), stderr);
    const pattern = /^checkpoint-\w+\/(LAST|step-\d+\.safetensors)$/;
    const files = (await filesBelow(out)).filter((path) => !pattern.test(path));
    assertEquals(files, ["concepts.json", "concepts.png", "reference.png"]);

    const resumed = await told(start(module, [...args, "--resume"]).output());
    assertEquals(resumed.code, 0, resumed.stderr);
    assertMatch(resumed.stderr, /^Going on after step [1-9]\d*$/m);
    const done = ["adapter.json", "adapter.safetensors", ...files];
    assertEquals(await filesBelow(out), done);
  }));

Deno.test("SIGTERM during pretrain stores the step it reached, and tells how to go on", () =>
  inFolder(async (folder) => {
    const child = start(JOB, ["pretrain", folder, "10000"]);
    const { code, stderr } = await interrupt(child, `${folder}/LAST`, "SIGTERM");
    assertEquals(code, 130, stderr);
    assert(stderr.endsWith("Stopped; the same command goes on from there\n"), stderr);
    for (const path of await filesBelow(folder)) {
      assertMatch(path, /^(LAST|loss\.jsonl|step-\d+\.safetensors)$/);
    }
  }));

Deno.test("Ctrl-C during ablation leaves whole files alone, and tells how to go on", () =>
  inFolder(async (folder) => {
    const child = start(new URL("ablation.ts", EXPERIMENTS), ["--seed", "7", "--out", folder]);
    const { code, stderr } = await interrupt(child, `${folder}/config.json`, "SIGINT");
    assertEquals(code, 130, stderr);
    const command = `deno task ablation --seed 7 --out ${folder} --resume`;
    assert(stderr.endsWith(`Stopped; go on with\n${command}\n`), stderr);
    assertEquals(await filesBelow(folder), ["config.json"]);
  }));

import { saveMuse } from "../../lib/models/muse.ts";
import { writeImage } from "../../lib/io/image.ts";
import { captionOf, openWorld, referenceScene } from "../../lib/world/mod.ts";
import { tinyParts } from "../experiments/tiny_muse.ts";

/** A job of `job.ts` that is killed and must still give what an unbroken run gives. */
export interface Job {
  readonly name: string;
  /** Kills of `deno task stress`. */
  readonly full: number;
  /** The words for `job.ts`; `inputs` is a folder of {@linkcode writeInputs}. */
  readonly args: (out: string, inputs: string) => readonly string[];
  /** Files to go on from. */
  readonly state: RegExp;
  /** Files that must come out the same, the times in them left out. */
  readonly results: RegExp;
}

const SCENE = referenceScene("sticker");
const STEPS = "60"; // enough to be killed in their midst

/** The three that take long in earnest. */
export const JOBS: readonly Job[] = [
  {
    name: "pretrain",
    full: 20,
    args: (out) => ["pretrain", out, STEPS],
    state: /^step-\d+\.safetensors$/,
    results: new RegExp(`^step-${STEPS}\\.safetensors$`),
  },
  {
    name: "personalize",
    full: 20,
    args: (out, inputs) => ["personalize", ...personalizeArgs(out, inputs), "--resume"],
    state: /^checkpoint-\w+\/step-\d+\.safetensors$/,
    results: /./,
  },
  {
    name: "ablation",
    full: 10,
    args: (out) => ["ablation", out],
    state: /^cells\/[\w-]+\.json$/,
    results: /^(?!manifest\.json$|table\.md$|table\.csv$)/, // these repeat the times of table.json
  },
];

/** The words after `personalize` that tune the tiny model. */
export function personalizeArgs(out: string, inputs: string, steps = STEPS): string[] {
  return [
    ...["--image", `${inputs}/reference.png`, "--caption", captionOf(SCENE)],
    ...["--model", `${inputs}/model`, "--engine", "wasm", "--steps", steps],
    ...["--out", out],
  ];
}

/** Writes what the jobs take in: a tiny model and a reference. */
export async function writeInputs(folder: string): Promise<void> {
  await saveMuse(`${folder}/model`, tinyParts());
  const world = await openWorld({ styles: [SCENE.style] });
  await writeImage(`${folder}/reference.png`, world.render(SCENE).image);
}

/** The module that runs them. */
export const JOB = new URL("job.ts", import.meta.url);

/** Starts a module as a process of its own, without the permissions that are denied. */
export function start(
  module: URL,
  args: readonly string[],
  denied: readonly string[] = ["net", "run"],
): Deno.ChildProcess {
  const granted = ["read", "write", "env", "sys", "ffi"].map((name) => `--allow-${name}`);
  const denials = denied.map((name) => `--deny-${name}`);
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", ...granted, ...denials, module.pathname, ...args],
    cwd: new URL("../..", import.meta.url).pathname,
    env: { NO_COLOR: "1" },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

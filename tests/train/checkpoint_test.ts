import { assert, assertEquals, assertRejects } from "@std/assert";
import { WriteError } from "../../lib/io/files.ts";
import type { RawTensors } from "../../lib/models/weights.ts";
import { loadCheckpoint, saveCheckpoint } from "../../lib/train/checkpoint.ts";
import { inFolder, namesIn } from "../in_folder.ts";

/** Tensors of 4 kB times `size` that differ from step to step. */
function tensorsAt(steps: number, size = 1): RawTensors {
  return new Map([["a", {
    shape: [1024 * size],
    data: new Float32Array(1024 * size).fill(steps),
  }]]);
}

async function saveAll(folder: string, ...all: number[]): Promise<void> {
  for (const steps of all) await saveCheckpoint(folder, { steps, tensors: tensorsAt(steps) });
}

/** What loading gives, and the warnings. */
async function load(folder: string) {
  const lines: string[] = [];
  const found = await loadCheckpoint(folder, (line) => lines.push(line));
  if (found) assertEquals(found.tensors, tensorsAt(found.steps));
  return { steps: found?.steps, lines };
}

const path = (folder: string, steps: number) => `${folder}/step-${steps}.safetensors`;

Deno.test("saveCheckpoint() keeps the last two and nothing of runs that were given up or killed", () =>
  inFolder(async (folder) => {
    await saveAll(folder, 8, 9);
    await Deno.writeTextFile(`${path(folder, 10)}.tmp-77-0`, "half");
    await saveAll(folder, 2, 3, 4);
    assertEquals(namesIn(folder), ["LAST", "step-3.safetensors", "step-4.safetensors"]);
    assertEquals(await load(folder), { steps: 4, lines: [] });
  }));

Deno.test("loadCheckpoint() finds none in a folder that is missing or empty", () =>
  inFolder(async (folder) => {
    assertEquals(await load(`${folder}/none`), { steps: undefined, lines: [] });
    assertEquals(await load(folder), { steps: undefined, lines: [] });
  }));

const damages: Record<string, (path: string) => Promise<void>> = {
  missing: (path) => Deno.remove(path),
  empty: (path) => Deno.truncate(path),
  cut: (path) => Deno.truncate(path, 2000),
  "changed in one number": async (path) => {
    const bytes = await Deno.readFile(path);
    bytes[3000]! ^= 1;
    await Deno.writeFile(path, bytes);
  },
  "of another step": (path) => Deno.copyFile(path.replace("step-2", "step-1"), path),
};

for (const [damage, make] of Object.entries(damages)) {
  Deno.test(`loadCheckpoint() goes back with a warning when the newest is ${damage}`, () =>
    inFolder(async (folder) => {
      await saveAll(folder, 1, 2);
      await make(path(folder, 2));
      const { steps, lines } = await load(folder);
      assertEquals([steps, lines.length], [1, 1]);
      const line = /^Cannot (find|read) "(.*)".*; going back to the checkpoint of step 1$/;
      assertEquals(line.exec(lines[0]!)?.[2], path(folder, 2), lines[0]);
    }));
}

Deno.test("loadCheckpoint() refuses in a sentence when no checkpoint is whole", () =>
  inFolder(async (folder) => {
    await saveAll(folder, 1, 2);
    for (const steps of [1, 2]) await Deno.truncate(path(folder, steps), 100);
    const error = await assertRejects(() => load(folder), RangeError, "step-1.safetensors");
    assert(error.message.endsWith(`; "${folder}" has no checkpoint before it`), error.message);
  }));

Deno.test("saveCheckpoint() that cannot write names the path and leaves the earlier one", () =>
  inFolder(async (folder) => {
    await saveAll(folder, 1);
    await Deno.mkdir(path(folder, 2)); // a folder cannot be replaced by a file
    await assertRejects(
      () => saveAll(folder, 2),
      WriteError,
      `Cannot write "${path(folder, 2)}": `,
    );
    await Deno.remove(path(folder, 2));
    assertEquals(await load(folder), { steps: 1, lines: [] });
  }));

Deno.test("a disk that is full ends a command with a sentence, and the earlier checkpoint stays", () =>
  inFolder(async (folder) => {
    await saveAll(folder, 1);
    const url = (file: string) => JSON.stringify(new URL(`../../lib/${file}`, import.meta.url));
    const source = `import { saveCheckpoint } from ${url("train/checkpoint.ts")};
      import { runCommand } from ${url("show/command.ts")};
      const tensors = new Map([["a", { shape: [100_000], data: new Float32Array(100_000) }]]);
      await runCommand(() => saveCheckpoint(${JSON.stringify(folder)}, { steps: 2, tensors }));`;
    const config = new URL("../../deno.json", import.meta.url).pathname;
    // the system refuses to let any file grow beyond 64 blocks, in the middle of writing it
    const limited = `trap '' XFSZ; ulimit -f 64; exec "$0" eval --config "$1" "$2"`;
    const { code, stderr } = await new Deno.Command("bash", {
      args: ["-c", limited, Deno.execPath(), config, source],
      env: { NO_COLOR: "1" },
    }).output();
    const sentence = `Cannot write "${path(folder, 2)}": File too large\n`;
    assertEquals([code, new TextDecoder().decode(stderr)], [2, sentence]);
    assertEquals(namesIn(folder), ["LAST", "step-1.safetensors"]);
    assertEquals(await load(folder), { steps: 1, lines: [] });
  }));

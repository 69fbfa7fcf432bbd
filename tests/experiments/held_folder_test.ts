import { assertEquals, assertRejects } from "@std/assert";
import { main as ablation } from "../../experiments/ablation.ts";
import { main as clipTable } from "../../experiments/clip_table.ts";
import { holdFolder } from "../../experiments/study/held_folder.ts";
import { LOCK } from "../../experiments/study/run_folder.ts";
import { WriteError } from "../../lib/io/files.ts";
import { inFolder, namesIn } from "../in_folder.ts";

const CONFIG = new URL("../../deno.json", import.meta.url).pathname;
const MODULE = new URL("../../experiments/study/held_folder.ts", import.meta.url);

/** A process that holds a folder and waits. */
async function holderOf(folder: string): Promise<Deno.ChildProcess> {
  const source = `import { holdFolder } from "${MODULE}";
    using _ = await holdFolder(${JSON.stringify(folder)});
    console.log("held");
    await new Promise((resolve) => setTimeout(resolve, 60_000));`;
  const args = ["eval", "--config", CONFIG, source];
  const child = new Deno.Command(Deno.execPath(), { args, stdout: "piped" }).spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  reader.releaseLock();
  return child;
}

async function kill(child: Deno.ChildProcess): Promise<void> {
  child.kill("SIGKILL");
  await child.status;
  await child.stdout.cancel();
}

Deno.test("a folder has one holder at a time, and nothing stays of one that was not written to", () =>
  inFolder(async (folder) => {
    const out = `${folder}/new`;
    for (let turn = 0; turn < 2; turn++) {
      using _ = await holdFolder(out);
      const sentence = `Cannot write "${out}": the run of process ${Deno.pid} holds it`;
      await assertRejects(() => holdFolder(out), WriteError, sentence);
      assertEquals(namesIn(out), [LOCK]);
    }
    assertEquals(namesIn(folder), []);
    {
      using _ = await holdFolder(out);
      await Deno.writeTextFile(`${out}/table.md`, "");
    }
    assertEquals(namesIn(out), ["table.md"]);
  }));

Deno.test("ablation and clip-table do not start in a folder that another process holds", () =>
  inFolder(async (folder) => {
    const child = await holderOf(folder);
    const sentence = `Cannot write "${folder}": the run of process ${child.pid} holds it`;
    for (const main of [ablation, clipTable]) {
      await assertRejects(() => main(["--out", folder, "--resume"]), WriteError, sentence);
    }
    await kill(child);
    assertEquals(namesIn(folder), [LOCK]);
  }));

Deno.test("holdFolder() takes over from a killed process and removes what that one had half written", () =>
  inFolder(async (folder) => {
    const child = await holderOf(folder);
    const temporary = (pid: number) => `table.md.tmp-${pid}-0`;
    await Deno.mkdir(`${folder}/cells`);
    for (const name of [temporary(child.pid), temporary(1), `cells/${temporary(child.pid)}`]) {
      await Deno.writeTextFile(`${folder}/${name}`, "half");
    }
    await kill(child);
    using _ = await holdFolder(folder);
    assertEquals(namesIn(folder), [LOCK, "cells", temporary(1)]);
    assertEquals(namesIn(`${folder}/cells`), []);
  }));

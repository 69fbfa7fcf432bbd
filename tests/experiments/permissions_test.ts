import { assertEquals } from "@std/assert";
import { readJson } from "../../lib/io/files.ts";

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
    ["generate", hub],
    ["score", hub],
    ["protocol", `${hub},raw.githubusercontent.com`], // PartiPrompts.tsv
  ]);
});

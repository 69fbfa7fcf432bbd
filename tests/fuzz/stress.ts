/**
 * Sends the kit what strangers could send: damaged and lying files, captions that are none. Exits 1 at
 * the first one that is neither read rightly nor refused in one sentence.
 *
 *     deno task stress [--seed N] [--out DIR]
 *
 * About 3 minutes. `--out` receives `reliability.json`.
 */
import { Random } from "../../lib/engine/random.ts";
import { writeJson } from "../../lib/io/files.ts";
import { parseCommand, runCommand } from "../../lib/show/command.ts";
import { FAMILIES } from "./families.ts";
import { fuzz, type Tally } from "./family.ts";

/** Runs the command; throws what `runCommand` turns into one sentence. */
export async function main(args: readonly string[], part = 1): Promise<readonly Tally[]> {
  const { seed, out } = parseCommand(args, {
    name: "stress",
    summary: "reads a hundred thousand damaged files and strange captions",
    flags: {
      seed: { type: "integer", min: 0, default: 0, help: "draws the inputs" },
      out: { type: "string", optional: true, help: "folder for reliability.json" },
    },
  });
  const tallies: Tally[] = [];
  for (const family of FAMILIES) {
    const random = new Random(seed).split(family.name);
    const tally = await fuzz(family, Math.ceil(family.full * part), random);
    console.log(line(tally));
    tallies.push(tally);
  }
  if (out !== undefined) {
    await writeJson(`${out}/reliability.json`, {
      schema: "finestyle.reliability/1",
      seed,
      strangers: tallies,
    });
  }
  return tallies;
}

function line({ family, mutated, refused, accepted, seconds, slowestMs }: Tally): string {
  return `${family}: ${mutated} inputs, ${refused} refused, ${accepted} read rightly, ` +
    `${seconds} s, the slowest ${slowestMs} ms`;
}

if (import.meta.main) await runCommand(async () => void await main(Deno.args));

/**
 * Does to the kit what the world does: sends it damaged and lying files and captions that are none,
 * kills its long jobs, and lets it tune and sample without a rest. Exits 1 at the first input that is
 * neither read rightly nor refused in one sentence, the first killed job that does not give what an
 * unbroken one gives, and if memory grows.
 *
 *     deno task stress [--part strangers|kills|soak] [--seed N] [--out DIR]
 *
 * About 10 minutes. `--out` receives `reliability.json`, or the part of it.
 */
import { Random } from "../../lib/engine/random.ts";
import { readJson, writeJson } from "../../lib/io/files.ts";
import { parseCommand, runCommand } from "../../lib/show/command.ts";
import { JOBS } from "./jobs.ts";
import { killAgain, type KillTally } from "./kill.ts";
import { EIGHT_HOURS, soak, type SoakTally } from "./soak.ts";
import { FAMILIES } from "../fuzz/families.ts";
import { fuzz, type Tally } from "../fuzz/family.ts";

/** Each part in full, or a share of it. */
const PARTS = {
  strangers: async (random: Random, share: number): Promise<Tally[]> => {
    const tallies: Tally[] = [];
    for (const family of FAMILIES) {
      const tally = await fuzz(family, Math.ceil(family.full * share), random.split(family.name));
      console.log(strangersLine(tally));
      tallies.push(tally);
    }
    return tallies;
  },
  kills: async (random: Random, share: number): Promise<KillTally[]> => {
    const tallies: KillTally[] = [];
    for (const job of JOBS) {
      const tally = await killAgain(job, Math.ceil(job.full * share), random.split(job.name));
      console.log(killsLine(tally));
      tallies.push(tally);
    }
    return tallies;
  },
  soak: async (_: Random, share: number): Promise<SoakTally> => {
    const tally = await soak(EIGHT_HOURS * share);
    console.log(soakLine(tally));
    return tally;
  },
};

const PART_NAMES = Object.keys(PARTS) as (keyof typeof PARTS)[];

/** Runs the command; throws what `runCommand` turns into one sentence. */
export async function main(args: readonly string[], share = 1): Promise<void> {
  const { part, seed, out } = parseCommand(args, {
    name: "stress",
    summary:
      "a hundred thousand damaged files, fifty killed jobs, eight hours' steps of tuning without a rest",
    flags: {
      part: {
        type: "choice",
        choices: [...PART_NAMES, "all"],
        default: "all",
        help: "what is done",
      },
      seed: { type: "integer", min: 0, default: 0, help: "draws the inputs and the moments" },
      out: { type: "string", optional: true, help: "folder for reliability.json" },
    },
  });
  const made: Record<string, unknown> = {};
  for (const name of PART_NAMES) {
    if (part === name || part === "all") made[name] = await PARTS[name](new Random(seed), share);
  }
  if (out === undefined) return;
  const path = `${out}/reliability.json`;
  const others = part === "all" ? {} : await readJson<object>(path).catch(() => ({}));
  await writeJson(path, { ...others, schema: "finestyle.reliability/1", seed, ...made });
}

function strangersLine({ family, mutated, refused, accepted, seconds, slowestMs }: Tally): string {
  return `${family}: ${mutated} inputs, ${refused} refused, ${accepted} read rightly, ` +
    `${seconds} s, the slowest ${slowestMs} ms`;
}

function killsLine({ job, kills, resumed, finished, seconds }: KillTally): string {
  return `${job}: ${kills} kills, ${resumed} of which left a state; ${finished} ended as an unbroken ` +
    `run; ${seconds} s`;
}

function soakLine({ rounds, steps, seconds, tensors, memory }: SoakTally): string {
  return `soak: ${steps} steps in ${rounds} rounds and ${seconds} s, ` +
    `${tensors.before} -> ${tensors.after} tensors, ` +
    `${memory.before} -> ${memory.after} MB (at most ${memory.most})`;
}

if (import.meta.main) await runCommand(() => main(Deno.args));

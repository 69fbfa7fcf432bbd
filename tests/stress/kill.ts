import { hashOf } from "../../experiments/study/cells.ts";
import { filesBelow, type Hashes, LOCK } from "../../experiments/study/run_folder.ts";
import { firstDifference } from "../../experiments/verify/row.ts";
import type { Random } from "../../lib/engine/random.ts";
import { isTemporary, sha256File } from "../../lib/io/files.ts";
import { Violation } from "../fuzz/family.ts";
import { JOB, type Job, start, writeInputs } from "./jobs.ts";

/** What became of a job that was killed again and again. */
export interface KillTally {
  readonly job: string;
  readonly kills: number;
  /** Kills that left a state to go on from. */
  readonly resumed: number;
  /** Runs that came to their end, and gave what the unbroken run gave. */
  readonly finished: number;
  readonly seconds: number;
}

/**
 * Runs a job unbroken, then kills it with SIGKILL at random moments and starts it again, until it has
 * been killed `kills` times and is done. Whenever it comes to its end, its results are compared and a
 * new run is begun.
 *
 * @throws {Violation} at the first run that does not go on, gives something else or leaves rubbish
 */
export async function killAgain(job: Job, kills: number, random: Random): Promise<KillTally> {
  const folder = await Deno.makeTempDir();
  try {
    await writeInputs(folder);
    const started = performance.now();
    const unbroken = `${folder}/unbroken`;
    await isKilled(job, unbroken, folder);
    const duration = performance.now() - started, wanted = await hashResults(job, unbroken);
    const tally = { job: job.name, kills: 0, resumed: 0, finished: 0 };
    for (let unfinished = false; unfinished || tally.kills < kills;) {
      const out = `${folder}/${tally.finished}`;
      const delay = tally.kills < kills ? random.next() * duration : undefined;
      unfinished = await isKilled(job, out, folder, delay);
      if (unfinished) {
        tally.kills++;
        if ((await filesBelow(out)).some((path) => job.state.test(path))) tally.resumed++;
        continue;
      }
      const difference = firstDifference(wanted, await hashResults(job, out), job.name);
      if (difference !== undefined) throw new Violation(`after ${tally.kills} kills ${difference}`);
      tally.finished++;
    }
    return { ...tally, seconds: Number(((performance.now() - started) / 1000).toFixed(1)) };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Starts a job, and kills it after a time if one is given; false if it came to its end. */
async function isKilled(job: Job, out: string, inputs: string, delay?: number): Promise<boolean> {
  const child = start(JOB, job.args(out, inputs));
  const timer = delay === undefined ? undefined : setTimeout(() => child.kill("SIGKILL"), delay);
  const { signal, code, stderr } = await child.output();
  clearTimeout(timer);
  if (signal === "SIGKILL") return true;
  if (code === 0) return false;
  throw new Violation(`${job.name} ends with ${code}: ${new TextDecoder().decode(stderr)}`);
}

/** Hashes of what a finished job left, the times in it left out. */
async function hashResults(job: Job, folder: string): Promise<Hashes> {
  const hashes: Hashes = {};
  for (const path of await filesBelow(folder)) {
    if (isTemporary(path) || path === LOCK) throw new Violation(`${job.name} leaves "${path}"`);
    if (!job.results.test(path)) continue;
    const file = `${folder}/${path}`;
    hashes[path] = path.endsWith(".json")
      ? hashOf(withoutTimes(await Deno.readTextFile(file)))
      : await sha256File(file);
  }
  return hashes;
}

function withoutTimes(json: string): unknown {
  return JSON.parse(json, (key, value) => /^(tune|sample)Seconds$/.test(key) ? undefined : value);
}

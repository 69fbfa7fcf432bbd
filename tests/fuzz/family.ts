import type { Random } from "../../lib/engine/random.ts";
import { userMistake } from "../../lib/show/command.ts";

/** A kind of input from strangers, and what reads it. */
export interface Family {
  readonly name: string;
  /** Inputs of the normal tests, and of `deno task stress`. */
  readonly short: number;
  readonly full: number;
  /**
   * Makes an input from the stream and reads it.
   *
   * @returns what the reader's refusal must name, and the reading: it throws the refusal, or a
   *   {@linkcode Violation} where it gave something wrong
   */
  trial(random: Random): Trial;
}

/** One input. */
export interface Trial {
  readonly name: string;
  read(): unknown;
}

/** A reader that took what it must not take, or gave what the input does not hold. */
export class Violation extends Error {
  override name = "Violation";
}

/** How many inputs of a family went which way. */
export interface Tally {
  readonly family: string;
  readonly mutated: number;
  readonly refused: number;
  readonly accepted: number;
  readonly seconds: number;
  /** The longest reading. */
  readonly slowestMs: number;
}

/** Longest time for one input, with room for a loaded machine. */
const LIMIT_MS = 10_000;

/**
 * Reads `count` inputs of a family. Each one is drawn from its own stream, so that `random` and the
 * number in a failure make it again.
 *
 * @throws {Violation} at the first input that is neither read rightly nor refused in one sentence
 */
export async function fuzz(family: Family, count: number, random: Random): Promise<Tally> {
  const started = performance.now();
  let refused = 0, slowestMs = 0;
  for (let i = 0; i < count; i++) {
    const trial = family.trial(random.split(i));
    const began = performance.now();
    const fault = await faultOf(trial, () => refused++);
    const ms = performance.now() - began;
    slowestMs = Math.max(slowestMs, ms);
    if (fault !== undefined) throw new Violation(`${family.name} ${i}: ${fault}`);
    if (ms > LIMIT_MS) throw new Violation(`${family.name} ${i}: took ${ms.toFixed()} ms`);
  }
  return {
    family: family.name,
    mutated: count,
    refused,
    accepted: count - refused,
    seconds: Number(((performance.now() - started) / 1000).toFixed(1)),
    slowestMs: Number(slowestMs.toFixed(1)),
  };
}

/** What is wrong with how an input was read, if anything is. */
async function faultOf(trial: Trial, onRefused: () => void): Promise<string | undefined> {
  try {
    await trial.read();
  } catch (error) {
    if (error instanceof Violation) return error.message;
    onRefused();
    return refusalFault(error, trial.name);
  }
}

/** What keeps an error from being one sentence of ours that names the input. */
export function refusalFault(error: unknown, name: string): string | undefined {
  const sentence = userMistake(error);
  const stack = error instanceof Error ? error.stack : String(error);
  if (sentence === undefined) return `a stack trace is shown: ${stack}`;
  if (!/^Cannot (read|use|find|load|place) /.test(sentence)) return `no sentence of ours: ${stack}`;
  if (!sentence.includes(name)) return `"${name}" is not named: ${sentence}`;
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(sentence)) return `not one line: ${JSON.stringify(sentence)}`;
  if (sentence.length > 600) return `${sentence.length} characters: ${sentence.slice(0, 600)}`;
}

/** What a run ends with after Ctrl-C; its message says how to go on. */
export class Interrupted extends Error {
  override name = "Interrupted";
}

/**
 * Until it is disposed, SIGINT and SIGTERM do not end the process: a loop asks at the end of each
 * step, and stops in good order. A second signal ends the process at once, with status 130.
 *
 * @example
 * ```ts ignore
 * using interruption = new Interruption("The same command goes on from there");
 * for (let step = 0; step < steps; step++) {
 *   await takeStep();
 *   await interruption.check(storeState);
 * }
 * ```
 */
export class Interruption implements Disposable {
  readonly #advice: string;
  #wanted = false;
  readonly #onSignal = () => {
    if (this.#wanted) Deno.exit(130);
    this.#wanted = true;
    console.error("\nStopping after this step; once more stops at once");
  };

  /** @param advice how to go on, as a sentence or a command */
  constructor(advice: string) {
    this.#advice = advice;
    for (const signal of SIGNALS) Deno.addSignalListener(signal, this.#onSignal);
  }

  /**
   * Goes on if no signal has come.
   *
   * @param last what is done before stopping
   * @throws {Interrupted} if one has come
   */
  async check(last: () => Promise<void> = () => Promise.resolve()): Promise<void> {
    // signals arrive between two turns of the event loop, and computing alone never ends a turn
    await new Promise((resolve) => setTimeout(resolve));
    if (!this.#wanted) return;
    await last();
    throw new Interrupted(this.#advice);
  }

  /** Signals end the process again. */
  [Symbol.dispose](): void {
    for (const signal of SIGNALS) Deno.removeSignalListener(signal, this.#onSignal);
  }
}

const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT"]
  : ["SIGINT", "SIGTERM"];

/**
 * How to go on with an interrupted task: its command line with `--resume`.
 *
 * @param task its name in deno.json
 * @param args the words it was given
 */
export function resumeAdvice(task: string, args: readonly string[]): string {
  const words = args.includes("--resume") ? args : [...args, "--resume"];
  return `Stopped; go on with\ndeno task ${task} ${words.map(quoted).join(" ")}`;
}

/** A word as a shell takes it. */
function quoted(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  return /["$`!\\]/.test(word) ? `'${word.replaceAll("'", `'\\''`)}'` : `"${word}"`;
}

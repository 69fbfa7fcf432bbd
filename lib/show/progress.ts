const BAR_WIDTH = 20;
const TERMINAL_EVERY = 100; // ms between two redraws in place
const LOG_EVERY = 10_000; // ms between two lines where there is no terminal

/** Where progress is drawn, and by which clock; the defaults are stderr and the real clock. */
export interface ProgressOptions {
  /** Steps that an earlier run did; they count as done but not for the rate. Default 0. */
  readonly done?: number;
  /** What is counted, for the rate. Default "steps", of which one is a "step". */
  readonly unit?: string;
  readonly write?: (text: string) => void;
  readonly terminal?: boolean;
  readonly columns?: number;
  /** Milliseconds from any fixed moment. */
  readonly now?: () => number;
}

/**
 * A bar with the count of steps, their rate and the time left: redrawn in place on a terminal, a
 * line every 10 s elsewhere.
 *
 * @example
 * ```ts ignore
 * const progress = new Progress("tune", 300);
 * for (let step = 0; step < 300; step++) progress.advance(`loss ${await train(step)}`);
 * progress.finish();
 * ```
 */
export class Progress {
  #label: string;
  #total: number;
  #done: number;
  #unit: string;
  #write: (text: string) => void;
  #terminal: boolean;
  #columns: number | undefined;
  #now: () => number;
  #started: number;
  #drawn: number;
  /** The rate counts from the end of the first step: that one compiles the graphs. */
  #first: { readonly done: number; readonly time: number } | undefined;
  #note = "";
  #finished = false;
  #current = false; // whether the last line drawn tells the present state

  /**
   * @param label what is done, one or two words
   * @param total steps in all, at least 1
   */
  constructor(label: string, total: number, options: ProgressOptions = {}) {
    this.#label = label;
    this.#total = total;
    this.#done = options.done ?? 0;
    this.#unit = options.unit ?? "steps";
    this.#write = options.write ?? writeToStderr;
    this.#terminal = options.terminal ?? Deno.stderr.isTerminal();
    this.#columns = options.columns;
    this.#now = options.now ?? (() => performance.now());
    this.#started = this.#now();
    this.#drawn = this.#terminal ? -Infinity : this.#started;
  }

  /** Counts steps as done; `note` is shown behind the numbers until the next one. */
  advance(note = this.#note, steps = 1): void {
    this.#done += steps;
    this.#note = note;
    this.#current = false;
    const time = this.#now();
    this.#first ??= { done: this.#done, time };
    if (time - this.#drawn >= (this.#terminal ? TERMINAL_EVERY : LOG_EVERY)) this.#draw(time);
  }

  /** Draws the last state and ends the line; fewer steps than announced may have been enough. */
  finish(): void {
    this.#finished = true;
    if (this.#terminal || !this.#current || this.#done < this.#total) this.#draw(this.#now());
    if (this.#terminal) this.#write("\n");
  }

  #draw(time: number): void {
    this.#drawn = time;
    this.#current = true;
    const line = this.#line(time);
    const columns = this.#columns ?? (this.#terminal ? terminalColumns() : Infinity);
    this.#write(this.#terminal ? `\r\x1b[K${line.slice(0, columns - 1)}` : `${line}\n`);
  }

  #line(time: number): string {
    const share = Math.min(this.#done / this.#total, 1);
    const full = Math.round(share * BAR_WIDTH);
    const parts = [
      this.#label,
      "█".repeat(full) + "░".repeat(BAR_WIDTH - full),
      `${this.#done}/${this.#total}`,
      ...this.#pace(time),
    ];
    if (this.#note) parts.push(this.#note);
    return parts.join("  ");
  }

  #pace(time: number): string[] {
    const took = `${clock(time - this.#started)} taken`;
    if (this.#finished || this.#done >= this.#total) return [took];
    const first = this.#first;
    if (!first || this.#done <= first.done || time <= first.time) return [];
    const rate = (this.#done - first.done) / (time - first.time); // steps per ms
    return [
      formatRate(rate * 1000, this.#unit),
      `${clock((this.#total - this.#done) / rate)} left`,
    ];
  }
}

/** Milliseconds as `0:07`, `12:34` or `1:02:03`. */
export function clock(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const pad = (value: number) => String(value).padStart(2, "0");
  return h > 0 ? `${h}:${pad(m)}:${pad(s)}` : `${m}:${pad(s)}`;
}

function formatRate(perSecond: number, unit: string): string {
  const digits = (value: number) => value >= 100 ? value.toFixed(0) : value.toPrecision(3);
  return perSecond >= 1
    ? `${digits(perSecond)} ${unit}/s`
    : `${digits(1 / perSecond)} s/${unit.replace(/s$/, "")}`;
}

function writeToStderr(text: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(text));
}

function terminalColumns(): number {
  try {
    return Deno.consoleSize().columns;
  } catch {
    return 80; // stderr is a terminal, stdout is not
  }
}

import { assert, assertEquals } from "@std/assert";
import { clock, Progress } from "../../lib/show/progress.ts";

/** A progress with a clock set by hand and what it wrote. */
function record(total: number, terminal: boolean, done = 0) {
  const written: string[] = [];
  const time = { now: 0 };
  const progress = new Progress("tune", total, {
    done,
    terminal,
    columns: 60,
    write: (text) => void written.push(text),
    now: () => time.now,
  });
  return { progress, written, time };
}

Deno.test("Progress writes a line every 10 s where there is no terminal, and the last one", () => {
  const { progress, written, time } = record(40, false);
  for (let step = 1; step <= 40; step++) {
    time.now = step * 500; // 2 steps per second, 20 s in all
    progress.advance(`loss ${step}`);
  }
  progress.finish();
  assertEquals(written, [
    "tune  ██████████░░░░░░░░░░  20/40  2.00 steps/s  0:10 left  loss 20\n",
    "tune  ████████████████████  40/40  0:20 taken  loss 40\n",
  ]);
});

Deno.test("Progress tells no time left where it ended before the last step", () => {
  const { progress, written, time } = record(40, false);
  for (let step = 1; step <= 20; step++) {
    time.now = step * 500;
    progress.advance();
  }
  progress.finish();
  assertEquals(written.at(-1), "tune  ██████████░░░░░░░░░░  20/40  0:10 taken\n");
});

Deno.test("Progress leaves the first step, which compiles, out of the rate", () => {
  const { progress, written, time } = record(11, false);
  for (const now of [9000, 10000, 11000]) {
    time.now = now;
    progress.advance();
  }
  assert(written[0]!.includes("1.00 steps/s  0:09 left"), written[0]);
});

Deno.test("Progress counts the steps of an earlier run as done, not as work", () => {
  const { progress, written, time } = record(100, false, 50);
  for (const now of [10_000, 20_000]) {
    time.now = now;
    progress.advance();
  }
  assert(written[1]!.includes("52/100  10.0 s/step  8:00 left"), written[1]);
});

Deno.test("Progress redraws in place on a terminal, cut to its width, ten times a second at most", () => {
  const { progress, written, time } = record(1000, true);
  for (let step = 1; step <= 1000; step++) {
    time.now = step;
    progress.advance("a note that is far too long for a terminal of sixty columns");
  }
  progress.finish();
  assertEquals(written.length, 10 + 2); // at 1, 101, ..., 901 ms; the last state; the line's end
  assert(
    written.slice(0, -1).every((text) => text.startsWith("\r\x1b[K") && text.length <= 4 + 59),
  );
  assertEquals(written.at(-1), "\n");
});

Deno.test("clock() writes minutes and, where needed, hours", () => {
  assertEquals([0, 7400, 754_000, 3_723_000].map(clock), ["0:00", "0:07", "12:34", "1:02:03"]);
});

Deno.test("Progress counts what is not a step by its own name", () => {
  const written: string[] = [];
  const time = { now: 0 };
  const progress = new Progress("download", 100, {
    unit: "MB",
    terminal: false,
    write: (text) => void written.push(text),
    now: () => time.now,
  });
  for (const now of [1000, 11_000]) {
    time.now = now;
    progress.advance("", 20);
  }
  assert(written[0]!.includes("40/100  2.00 MB/s  0:30 left"), written[0]);
});

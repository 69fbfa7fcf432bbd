import { markdownRows } from "../../lib/show/table.ts";

/** Mean milliseconds of a step by the clock. */
export interface Clock {
  readonly step: number;
  /** From the call of ONNX Runtime to its results. */
  readonly run: number;
  /** Ordering the recorded operators and describing their structure. */
  readonly trace: number;
}

/** An entry of ONNX Runtime's profile; times in microseconds. */
export interface ProfileEvent {
  readonly cat: string;
  readonly name: string;
  readonly ts: number;
  readonly dur: number;
  readonly args?: {
    readonly op_name?: string;
    readonly input_type_shape?: readonly Readonly<Record<string, readonly number[]>>[];
  };
}

/** What one kind of operator takes. */
export interface KernelTime {
  readonly ms: number;
  readonly calls: number;
}

/** Per step. */
export interface KernelTimes {
  /** From the start of the graph to its end. */
  readonly runMs: number;
  readonly operators: ReadonlyMap<string, KernelTime>;
  /** The same by operator and shapes of its inputs. */
  readonly shapes: ReadonlyMap<string, KernelTime>;
}

/** The kernels of the last `steps` runs of a session. */
export function kernelTimes(events: readonly ProfileEvent[], steps: number): KernelTimes {
  const all = events.filter(({ name }) => name === "model_run").sort((a, b) => a.ts - b.ts);
  const runs = all.slice(-steps), from = runs[0]!.ts;
  const operators = new Map<string, KernelTime>(), shapes = new Map<string, KernelTime>();
  const add = (to: Map<string, KernelTime>, key: string, us: number) => {
    const { ms, calls } = to.get(key) ?? { ms: 0, calls: 0 };
    to.set(key, { ms: ms + us / 1000 / runs.length, calls: calls + 1 / runs.length });
  };
  for (const { cat, name, ts, dur, args } of events) {
    if (cat !== "Node" || !name.endsWith("_kernel_time") || ts < from) continue;
    const operator = args?.op_name ?? "unknown";
    add(operators, operator, dur);
    const inputs = args?.input_type_shape?.flatMap((input) => Object.values(input)) ?? [];
    add(shapes, `${operator} ${inputs.map((shape) => `[${shape}]`).join(" ")}`, dur);
  }
  return {
    runMs: runs.reduce((sum, run) => sum + run.dur, 0) / 1000 / runs.length,
    operators,
    shapes,
  };
}

const MOST = 16; // rows of each table

/** The report; `subject` names what was profiled. */
export function profileMarkdown(
  subject: string,
  steps: number,
  clock: Clock,
  { runMs, operators, shapes }: KernelTimes,
): string {
  const kernels = [...operators.values()].reduce((sum, { ms }) => sum + ms, 0);
  const share = (ms: number) => `${(100 * ms / clock.step).toFixed(1)} %`;
  const row = (name: string, ms: number) => [name, ms.toFixed(2), share(ms)];
  const calls = (from: ReadonlyMap<string, KernelTime>) =>
    [...from].sort(([, a], [, b]) => b.ms - a.ms).slice(0, MOST)
      .map(([name, { ms, calls }]) => [...row(name, ms), calls.toFixed(0)]);
  const table = (header: string[], rows: string[][]) =>
    markdownRows([header, ...rows], header.map((_, i) => i === 0));
  return [
    `# Where the time goes: ${subject}`,
    "",
    `\`deno task profile\`, ${steps} steps under ONNX Runtime's profiler, which itself takes a few percent; means.`,
    "",
    table(["", "ms", "of the step"], [
      row("step", clock.step),
      row(
        "JavaScript: recording the step, drawing the batch",
        clock.step - clock.run - clock.trace,
      ),
      row("JavaScript: ordering the graph, finding its session", clock.trace),
      row("between JavaScript and ONNX Runtime: feeds, results", clock.run - runMs),
      row("ONNX Runtime between operators", runMs - kernels),
      row("ONNX Runtime in operators", kernels),
    ]),
    table(["operator", "ms", "of the step", "calls"], calls(operators)),
    table(["operator and the shapes of its inputs", "ms", "of the step", "calls"], calls(shapes)),
  ].join("\n");
}

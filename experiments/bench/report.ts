import os from "node:os";
import { alignCells, markdownRows } from "../../lib/show/table.ts";

/** The times of one case on one engine: a line of `bench.jsonl`. */
export interface Timing {
  /** An engine of the kit, or `pytorch`. */
  readonly engine: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly name: string;
  /** Median, milliseconds. */
  readonly ms: number;
  /** Quartiles, milliseconds. */
  readonly quartiles: readonly [number, number];
  readonly repeats: number;
  /** Of the matrix products of one run. */
  readonly flops: number;
  /** Largest resident memory of the process so far, the other cases before included. */
  readonly peakMB: number;
}

/** The machine in words. */
export function machine() {
  return {
    os: Deno.build.os,
    arch: Deno.build.arch,
    cpu: os.cpus()[0]?.model.trim() ?? "unknown",
    cores: navigator.hardwareConcurrency,
    memoryGB: Math.round(os.totalmem() / 1e9),
  };
}

/** Timings as aligned text: the first engine's first, the others as multiples of it. */
export function benchTable(timings: readonly Timing[]): string {
  const [header = [], ...rows] = benchCells(timings);
  return alignCells([header, ...rows], header.map((_, i) => i === 0));
}

/** The table in Markdown, with what it was measured on. */
export function benchMarkdown(model: string, timings: readonly Timing[]): string {
  const { os, arch, cpu, cores, memoryGB } = machine();
  const rows = benchCells(timings);
  const engines = enginesOf(timings);
  const versions = engines.map((engine) => {
    const own = timings.filter((timing) => timing.engine === engine);
    const parts = Object.entries(own[0]!.versions).map((entry) => entry.join(" ")).join(", ");
    const peak = Math.max(...own.map(({ peakMB }) => peakMB)) / 1000;
    return `${engine}: ${parts}; at most ${peak.toFixed(2)} GB of memory`;
  });
  return [
    `# \`deno task bench\` on ${model}`,
    "",
    `Medians; × is how many times the first engine's time another one takes. ${cores} cores, ` +
    `${cpu} (${os}, ${arch}), ${memoryGB} GB of memory; as many threads as cores, 32 bits throughout. ` +
    `A memory is the most that the engine's process held; engines of the kit share one.`,
    "",
    markdownRows(rows, rows[0]!.map((_, i) => i === 0)),
    ...versions.map((line) => `- ${line}`),
    "",
  ].join("\n");
}

const enginesOf = (timings: readonly Timing[]) => [...new Set(timings.map((t) => t.engine))];

/** Header and rows; where a case was not measured on an engine stands "-". */
export function benchCells(timings: readonly Timing[]): string[][] {
  const [first, ...others] = enginesOf(timings);
  const of = (engine: string, name: string) =>
    timings.find((t) => t.engine === engine && t.name === name);
  const own = timings.filter((t) => t.engine === first);
  const ceiling = own[0]!.flops / own[0]!.ms;
  const header = [
    ...["", `${first} ms`, "quartiles"],
    ...others.map((engine) => `${engine} ×`),
    "of the matmul ceiling",
  ];
  const rows = own.map(({ name, ms, quartiles, flops }) => [
    ...[name, ms.toFixed(1), quartiles.map((x) => x.toFixed(1)).join(" to ")],
    ...others.map((engine) => times((of(engine, name)?.ms ?? NaN) / ms)),
    `${(100 * flops / ms / ceiling).toFixed(0)} %`,
  ]);
  return [header, ...rows];
}

const times = (ratio: number) => isNaN(ratio) ? "-" : ratio.toFixed(ratio < 10 ? 2 : 1);

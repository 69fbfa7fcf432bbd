import { writeAtomic, writeJson } from "../../lib/io/files.ts";
import { harmonicMean } from "../../lib/score/clip.ts";
import { mean, summarise } from "../../lib/score/statistics.ts";
import { type Estimate, markdownRows } from "../../lib/show/table.ts";
import { compare } from "../study/comparison.ts";
import { writeManifest } from "../study/run_folder.ts";
import type { ProtocolCell, ProtocolOptions } from "./run.ts";

const MEASURES = ["text", "style", "harmonic"] as const;
type Measures = Readonly<Record<typeof MEASURES[number], Estimate>>;

/** One row of the table. */
export interface ProtocolRow extends Measures {
  readonly id: string;
  readonly trainableParameters: number;
  /** Seconds of tuning per reference. */
  readonly tuneSeconds: number;
  /** Seconds per image. */
  readonly sampleSeconds: number;
}

/** Scores of some cells; the prompts in their styles are the units of the statistics. */
function measures(cells: readonly ProtocolCell[], seed: number): Measures {
  const of = (groups: readonly (readonly number[])[]) => summarise(groups, seed);
  return {
    text: of(cells.map((cell) => cell.text)),
    style: of(cells.map((cell) => cell.style)),
    harmonic: of(cells.map(harmonics)),
  };
}

const harmonics = ({ text, style }: ProtocolCell) =>
  text.map((value, i) => harmonicMean(value, style[i]!));

/** The rows of the table, in the order of the methods. */
export function protocolRows(
  { methods, seed }: Pick<ProtocolOptions, "methods" | "seed">,
  all: readonly ProtocolCell[],
): ProtocolRow[] {
  return methods.map(({ method: { id } }) => {
    const cells = all.filter((cell) => cell.method === id);
    return {
      id,
      ...measures(cells, seed),
      trainableParameters: cells[0]?.trainableParameters ?? 0,
      tuneSeconds: mean(cells.map((cell) => cell.tuneSeconds)),
      sampleSeconds: mean(cells.map((cell) => cell.sampleSeconds)),
    };
  });
}

const HEADER = [
  "method",
  "Text cos ↑",
  "Style cos ↑",
  "Harmonic ↑",
  "parameters",
  "tune s",
  "image s",
];

/** The table's cells as text, the header first. */
export function protocolTable(rows: readonly ProtocolRow[]): string[][] {
  const estimate = ({ mean, se }: Estimate) => `${mean.toFixed(3)} ±${se.toFixed(3)}`;
  return [
    HEADER,
    ...rows.map((row) => [
      row.id,
      ...MEASURES.map((measure) => estimate(row[measure])),
      row.trainableParameters.toLocaleString("en-US"),
      row.tuneSeconds.toFixed(1),
      row.sampleSeconds.toFixed(2),
    ]),
  ];
}

/** Writes metrics, tables and, last, the manifest of a finished run. */
export async function writeProtocol(
  options: ProtocolOptions,
  cells: readonly ProtocolCell[],
): Promise<void> {
  const { out, references, prompts, config, model, clip, engine, seed, methods } = options;
  const lines = cells.flatMap(({ reference, prompt, method, text, style }) =>
    text.map((value, image) => {
      const { name } = references[reference]!;
      return JSON.stringify({
        reference: name,
        method,
        prompt,
        image,
        text: value,
        style: style[image],
      });
    })
  );
  await writeAtomic(`${out}/metrics.jsonl`, lines.join("\n") + "\n");
  const rows = protocolRows(options, cells);
  await writeJson(`${out}/table.json`, {
    schema: "finestyle.protocol/1",
    ...{ model, clip, engine, seed },
    styles: references.map(({ name }) => name),
    prompts: prompts.length,
    imagesPerPrompt: config.imagesPerPrompt,
    rows,
    comparisons: comparisons(options, cells),
  });
  const table = protocolTable(rows);
  await writeAtomic(`${out}/table.md`, markdownRows(table, HEADER.map((_, i) => i === 0)));
  const csv = ["style,id,measure,mean,se,ci95_low,ci95_high,n"];
  for (const [i, { name }] of references.entries()) {
    for (const { method: { id } } of methods) {
      const own = cells.filter((cell) => cell.reference === i && cell.method === id);
      for (const [measure, { mean, se, ci95, n }] of Object.entries(measures(own, seed))) {
        csv.push([name, id, measure, mean, se, ...ci95, n].join(","));
      }
    }
  }
  await writeAtomic(`${out}/styles.csv`, csv.join("\n") + "\n");
  await writeManifest(out, options.inputs);
}

/** FineStyle less every other method on the same prompts and seeds. */
function comparisons({ methods, seed }: ProtocolOptions, cells: readonly ProtocolCell[]) {
  const of = (id: string) => cells.filter((cell) => cell.method === id);
  const own = of("finestyle");
  const others = methods.map(({ method }) => method.id).filter((id) => id !== "finestyle");
  if (own.length === 0) return [];
  const contrasts = others.flatMap((against) =>
    (["text", "style"] as const).map((measure) => {
      const values = (some: readonly ProtocolCell[]) => some.map((cell) => mean(cell[measure]));
      return {
        ...{ method: "finestyle", against, measure },
        ...{ ours: values(own), theirs: values(of(against)) },
      };
    })
  );
  return compare(contrasts, seed);
}

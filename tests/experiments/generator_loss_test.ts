import { assertAlmostEquals, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { UVIT } from "../../experiments/pretrain/generator_init.ts";
import { CELLS, cellsOf } from "../../experiments/pretrain/pool.ts";
import { LENGTH } from "../../experiments/pretrain/tokenizer.ts";
import {
  batchTensors,
  maskTokens,
  PLACED,
  placementLoss,
} from "../../experiments/pretrain/transformer.ts";
import { PARTS } from "../../experiments/pretrain/training_captions.ts";
import { useEngine } from "../../lib/engine/mod.ts";
import { Random } from "../../lib/engine/random.ts";

await useEngine();

Deno.test("cellsOf() gives a cell to the foremost region that fills enough of it", () => {
  const regions = new Uint8Array(64 * 64);
  const fill = (left: number, top: number, width: number, region: number) => {
    for (let y = top; y < top + 8; y++) regions.fill(region, y * 64 + left, y * 64 + left + width);
  };
  fill(8, 0, 8, 2); // a whole cell
  fill(16, 8, 2, 3); // a quarter of one: too little
  fill(0, 16, 4, 1); // half of one, beside half of another
  fill(4, 16, 4, 2);
  const cells = cellsOf(regions);
  assertEquals(cells.length, CELLS);
  assertEquals([cells[1], cells[8 + 2], cells[16]], [2, 0, 1]);
  assertEquals(cells.filter((cell) => cell > 0).length, 2);
});

Deno.test("maskTokens() weighs objects where they stand", () => {
  const tokens = new Uint16Array(LENGTH).fill(5), cells = new Uint8Array(CELLS);
  cells[8 + 3] = 1; // tokens of rows 2 and 3, columns 6 and 7
  const heavy = new Set<number>();
  for (let seed = 0; seed < 20; seed++) {
    maskTokens(tokens, cells, new Random(seed), 3).holes.forEach((v, i) => v === 3 && heavy.add(i));
  }
  assertEquals([...heavy].sort((a, b) => a - b), [38, 39, 54, 55]);
});

Deno.test("placementLoss() is the missing attention to what stands in a cell", async () => {
  // one head, two cells, three words; the caption names nothing of the second cell
  const probabilities = tf.tensor4d([[[[0.1, 0.2, 0.7], [1, 0, 0]]]]);
  const named = tf.tensor3d([[[1, 1, 0], [0, 0, 0]]]);
  const loss = async (goal: number) => (await placementLoss(probabilities, named, goal).data())[0]!;
  assertAlmostEquals(await loss(0.6), Math.log(2), 1e-4);
  assertAlmostEquals(await loss(0.2), 0, 1e-6);
});

Deno.test("batchTensors() asks each cell for the words of what stands there", async () => {
  const cells = new Uint8Array(CELLS);
  cells[3] = PARTS.subject;
  const tokens = new Uint16Array(LENGTH), ids = new Int32Array(LENGTH);
  const words = new Int32Array(4), holes = new Float32Array(LENGTH);
  const example = (parts: number[]) => ({
    ...{ own: tokens, ids, holes, cells, words },
    parts: Uint8Array.from(parts),
  });
  const { none, subject, background } = PARTS;
  const batch = batchTensors([
    example([none, subject, none, background]),
    example([none, none, none, none]),
  ], 4);
  const named = await batch.named.array();
  assertEquals(named[0]![3], [0, 1, 0, 0]);
  assertEquals(named[0]![4], [0, 0, 0, 1]);
  assertEquals(named[1]!.flat().reduce((a, b) => a + b), 0);
});

Deno.test("the placement loss is of every cross-attention of the transformer but the first", () => {
  const layers = Array.from(
    { length: UVIT.num_hidden_layers },
    (_, i) => `transformer_layers.${i}`,
  );
  const placed = (part: string) => layers.filter((layer) => PLACED.test(`${layer}.${part}`));
  assertEquals(placed("attn2"), layers.slice(1));
  assertEquals(placed("attn1"), []);
  assertEquals(PLACED.test("down_block.attentions.1.attn2"), false);
});

/** Same seed, same picture: the engines sample the same tokens and tune the same adapter. */
import { assert, assertEquals } from "@std/assert";
import { ENGINES, useEngine } from "../../lib/engine/mod.ts";
import { Random } from "../../lib/engine/random.ts";
import { fullImageConditions, generate, imageSide } from "../../lib/generate/pipeline.ts";
import { loadMuse, type Muse } from "../../lib/models/muse.ts";
import { applyAdapter, disposeAdapter } from "../../lib/style/adapters.ts";
import type { Pair } from "../../lib/style/scaling.ts";
import { tune, TUNE_DEFAULTS } from "../../lib/style/tune.ts";
import { tinyImage, tinyMuse } from "../generate/tiny_muse.ts";
import { testOn } from "./test_on.ts";

const EMBEDDED = new URL("../../lib/pretrained/emoji-64", import.meta.url).pathname;

/** What a seed gives. */
interface Outcome {
  /** Of the untuned model, then of the tuned one. */
  readonly tokens: readonly number[];
  /** All numbers of the adapter. */
  readonly adapter: readonly number[];
}

/**
 * Adam's own is 1e-8. Where a head's attention is saturated its adapter has hardly a gradient, and
 * Adam would make whole steps of rounding errors.
 */
const EPSILON = 1e-5;

/** Tunes 20 steps on a picture, and samples before and after. */
async function outcome(muse: Muse, batch: number): Promise<Outcome> {
  const image = tinyImage(1, imageSide(muse));
  const tokens = muse.encodeImage([image]);
  const pair: Pair = {
    ...{ kind: "full", text: "a cat on a blue background, in pixel art style", image },
    variants: [Int32Array.from(await tokens.data())],
    microConditions: fullImageConditions(muse),
  };
  tokens.dispose();
  const optimizer = { ...TUNE_DEFAULTS.optimizer, epsilon: EPSILON };
  const config = { ...TUNE_DEFAULTS, steps: 20, batch, learningRate: 1e-3, optimizer };
  const random = new Random("agreement");
  const { adapter } = await tune(muse, [pair], config, { random });
  const numbers = await Promise.all([...adapter.tensors.values()].map((tensor) => tensor.data()));
  const adapted = applyAdapter(adapter, muse.transformer.weights);
  const sampling = { prompts: ["a dog on a red background"], steps: 4, seed: 7 };
  const plain = await generate(muse, sampling);
  const guidance = { kind: "finestyle", lambda1: 1, lambda2: 1 } as const;
  const styled = await generate(muse, { ...sampling, adapted, guidance });
  adapted.dispose();
  disposeAdapter(adapter);
  return {
    tokens: [...plain.ids, ...styled.ids],
    adapter: numbers.flatMap((values) => [...values]),
  };
}

/** Asserts that the tokens are the same and the adapters are, but for 1 in 1,000 of their norm. */
function assertAgree(found: Outcome, wanted: Outcome): void {
  assertEquals(found.tokens, wanted.tokens);
  const change = found.adapter.map((x, i) => x - wanted.adapter[i]!);
  const error = Math.hypot(...change) / Math.hypot(...wanted.adapter);
  assert(error < 1e-3, `the adapters differ by ${error}, want less than 1e-3`);
}

await useEngine("cpu");
const wanted = await outcome(tinyMuse(), 4);
for (const engine of ENGINES) {
  if (engine === "cpu") continue;
  await testOn(engine, "samples and tunes as cpu does", async () => {
    assertAgree(await outcome(tinyMuse(), 4), wanted);
  });
}

Deno.test("wasm samples and tunes emoji-64 as onnxruntime does", async () => {
  const outcomes: Outcome[] = [];
  for (const engine of ["onnxruntime", "wasm"] as const) {
    await useEngine(engine);
    const muse = await loadMuse(EMBEDDED);
    outcomes.push(await outcome(muse, 1));
    muse.dispose();
  }
  const [onnxruntime, wasm] = outcomes;
  assertAgree(wasm!, onnxruntime!);
});

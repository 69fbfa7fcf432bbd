/**
 * How the embedded model `emoji-64` is made: its image tokenizer, its text encoder, its
 * judge, its generator, and the IP-Adapter that is trained on the published generator.
 *
 * COMMAND   deno task pretrain tokenizer | text | judge | transformer | ip-adapter
 *           [--publish] [--evaluate]
 *
 * Each part resumes from its last checkpoint in `.cache/pretrain`. `--publish` writes the trained
 * part to lib/pretrained/emoji-64, `--evaluate` measures what is published there and draws the loss
 * of the training, if it was here: both into results/pretraining.
 *
 * @module
 */
import { type EngineName, ENGINES, useEngine } from "../lib/engine/mod.ts";
import { sha256File } from "../lib/io/files.ts";
import { readSafetensors, writeSafetensors } from "../lib/io/safetensors.ts";
import { ipAdapterConfig, saveIpAdapter } from "../lib/models/ip_adapter.ts";
import { loadMuse } from "../lib/models/muse.ts";
import { Tokenizer, type TokenizerConfig } from "../lib/models/tokenizer.ts";
import { fromWeights, type RawTensors, toWeights } from "../lib/models/weights.ts";
import type { Adam } from "../lib/train/adam.ts";
import { loadCheckpoint } from "../lib/train/checkpoint.ts";
import { parseCommand, runCommand, UsageError } from "../lib/show/command.ts";
import { Progress } from "../lib/show/progress.ts";
import {
  evaluateGenerator,
  evaluateJudge,
  evaluateTokenizer,
  RESULTS,
} from "./pretrain/evaluate.ts";
import { evaluateIpAdapter } from "./pretrain/evaluate_ip_adapter.ts";
import { UVIT, withoutPooled } from "./pretrain/generator_init.ts";
import { IP_ADAPTER_RUN, trainIpAdapter } from "./pretrain/ip_adapter.ts";
import { JUDGE_RUN, reconstruct, trainJudge } from "./pretrain/judge.ts";
import { cutAllOut } from "./pretrain/judge_scenes.ts";
import { writeLossFigure } from "./pretrain/loss_log.ts";
import { DRAWN, HELD_OUT, openPool, SEEN } from "./pretrain/pool.ts";
import { VQ } from "./pretrain/patch_transform.ts";
import { publishJudge, publishMuse, tokenizerFiles } from "./pretrain/publish.ts";
import { holdToRecipe } from "./pretrain/run.ts";
import { TEXT_RUN, trainText, withoutHeads } from "./pretrain/text.ts";
import {
  type DecoderData,
  frozenParts,
  tokenise,
  TOKENIZER_RUN,
  trainDecoder,
} from "./pretrain/tokenizer.ts";
import { trainTransformer, TRANSFORMER_RUN } from "./pretrain/transformer.ts";
import { trainInPyTorch } from "./pretrain/transformer_peer.ts";
import { holdFolder } from "./study/held_folder.ts";

const PARTS = ["tokenizer", "text", "judge", "transformer", "ip-adapter"] as const;

const COMMAND = {
  name: "pretrain",
  summary: "makes a part of the embedded model",
  flags: {
    part: {
      type: "choice",
      choices: PARTS,
      positional: true,
      help: "what to train",
    },
    steps: {
      type: "integer",
      min: 0,
      optional: true,
      help: "steps in all; the recipe's own unless given",
    },
    work: { type: "string", default: ".cache/pretrain", help: "folder of scenes and checkpoints" },
    model: { type: "string", default: "lib/pretrained/emoji-64", help: "folder that is published" },
    peer: {
      type: "string",
      optional: true,
      help: "a Python with torch that trains the transformer: the same recipe, see its card",
    },
    engine: { type: "choice", choices: ENGINES, default: "onnxruntime", help: "what computes" },
    publish: { type: "boolean", help: "writes the trained part to the model folder" },
    evaluate: { type: "boolean", help: "measures the published part" },
  },
} as const;

function trackLoss(label: string, total: number) {
  let bar: Progress | undefined;
  let mean = 0, last = 0;
  return ({ step, loss }: { step: number; loss: number }) => {
    bar ??= new Progress(label, total, { done: last = step - 1 });
    mean = mean ? mean * 0.98 + loss * 0.02 : loss;
    bar.advance(`loss ${mean.toFixed(4)}`, step - last);
    last = step;
    if (step === total) bar.finish();
  };
}

/** The moving average of a finished run's weights, off the engine. */
async function averaged(adam: Adam): Promise<RawTensors> {
  const weights = adam.average();
  const raw = await fromWeights(weights);
  weights.forEach((tensor) => tensor.dispose());
  return raw;
}

/** Encoder and codebook, and the tokens they give; each is made once. */
async function tokenised(work: string): Promise<DecoderData> {
  const { seed, codebookScenes } = TOKENIZER_RUN;
  await holdToRecipe(work, { VQ, UVIT, pools: [DRAWN, SEEN, HELD_OUT], seed, codebookScenes });
  const pool = await openPool(work, DRAWN, track("scenes"));
  const path = `${work}/encoder.safetensors`;
  const stored = await readSafetensors(path).catch(() => undefined);
  const frozen = stored?.tensors ?? await frozenParts(pool, TOKENIZER_RUN, track("codebook"));
  if (!stored) await writeSafetensors(path, { tensors: frozen, metadata: {} });
  const tokens = await tokenise(`${work}/tokens.bin`, pool, frozen, track("tokens"));
  return { pool, tokens, frozen };
}

/** The whole tokenizer with its trained decoder. */
async function trainedVq(work: string, data: DecoderData): Promise<RawTensors> {
  const run = await finished(work, "tokenizer", TOKENIZER_RUN);
  const adam = await trainDecoder(`${work}/tokenizer`, data, run, () => {});
  const decoder = await averaged(adam);
  adam.dispose();
  return new Map([...data.frozen, ...decoder]);
}

/** The text encoder's trained weights. */
async function trainedText(work: string, words: Tokenizer): Promise<RawTensors> {
  const run = await finished(work, "text", TEXT_RUN);
  const adam = await trainText(`${work}/text`, words, run, () => {});
  const raw = withoutHeads(await averaged(adam));
  adam.dispose();
  return raw;
}

/** A recipe with no step left to do. */
async function finished<R extends { steps: number }>(
  work: string,
  part: string,
  run: R,
): Promise<R> {
  const stored = await loadCheckpoint(`${work}/${part}`);
  if (stored) return { ...run, steps: stored.steps };
  throw new RangeError(
    `"${work}/${part}" must hold a checkpoint: run \`pretrain ${part}\` first`,
  );
}

/** What training a part needs to know. */
interface Job {
  readonly work: string;
  /** Where to publish, if asked for. */
  readonly model: string | undefined;
  /** The published model. */
  readonly published: string;
  readonly steps: number | undefined;
  /** A Python interpreter that trains instead. */
  readonly peer: string | undefined;
  readonly words: Tokenizer;
}

/** A part's recipe, at the number of steps that was asked for; its folder may be of no other. */
async function recipe<R extends { readonly steps: number }>(
  { work, steps }: Job,
  part: (typeof PARTS)[number],
  run: R,
): Promise<R> {
  await holdToRecipe(`${work}/${part}`, { ...run, steps: undefined });
  return { ...run, steps: steps ?? run.steps };
}

const TRAIN: Readonly<Record<(typeof PARTS)[number], (job: Job) => Promise<void>>> = {
  async tokenizer(job) {
    const run = await recipe(job, "tokenizer", TOKENIZER_RUN), data = await tokenised(job.work);
    await trainDecoder(`${job.work}/tokenizer`, data, run, trackLoss("tokenizer", run.steps));
  },

  async text(job) {
    const run = await recipe(job, "text", TEXT_RUN);
    await trainText(`${job.work}/text`, job.words, run, trackLoss("text", run.steps));
  },

  async judge(job) {
    const { work, words, model } = job;
    const run = await recipe(job, "judge", JUDGE_RUN);
    const vq = toWeights(await trainedVq(work, await tokenised(work)));
    const pool = await openPool(work, SEEN, track("scenes"));
    const file = `${work}/reconstructions.bin`;
    const reconstructions = await reconstruct(file, pool, vq, track("reconstructions"));
    vq.forEach((tensor) => tensor.dispose());
    const heldOut = await openPool(work, HELD_OUT, track("held-out scenes"));
    const cutouts = await cutAllOut(track("cutouts"));
    const data = { seen: pool, heldOut, reconstructions, cutouts };
    const onStep = trackLoss("judge", run.steps);
    const adam = await trainJudge(`${work}/judge`, data, words, run, onStep);
    if (model) await publishJudge(model, await averaged(adam), words);
  },

  async transformer(job) {
    const { work, words, model } = job;
    const run = await recipe(job, "transformer", TRANSFORMER_RUN);
    const data = await tokenised(work), text = withoutPooled(await trainedText(work, words));
    const generator = { ...data, tokenizer: words, text };
    const onStep = trackLoss("transformer", run.steps), folder = `${work}/transformer`;
    const weights = job.peer
      ? await trainInPyTorch(job.peer, folder, generator, run, onStep)
      : await averaged(await trainTransformer(folder, generator, run, onStep));
    if (!model) return;
    await publishMuse(model, await trainedVq(work, data), weights, text, words);
  },

  async "ip-adapter"(job) {
    const { work, model } = job;
    const run = await recipe(job, "ip-adapter", IP_ADAPTER_RUN);
    const { pool, tokens } = await tokenised(work), muse = await loadMuse(job.published);
    const onStep = trackLoss("ip-adapter", run.steps);
    const adam = await trainIpAdapter(`${work}/ip-adapter`, { muse, pool, tokens }, run, onStep);
    if (!model) return;
    const { config, files } = muse.transformer;
    const sizes = { ...ipAdapterConfig(config), transformer_sha256: await sha256File(files![0]!) };
    await saveIpAdapter(model, sizes, await averaged(adam), "F16");
  },
};

const EVALUATE: Partial<Record<string, (model: string) => Promise<void>>> = {
  tokenizer: evaluateTokenizer,
  judge: evaluateJudge,
  transformer: evaluateGenerator,
  "ip-adapter": evaluateIpAdapter,
};

async function main(): Promise<void> {
  const { part, work, model, steps, peer, publish, evaluate, engine } = parseCommand(
    Deno.args,
    COMMAND,
  );
  const measure = EVALUATE[part];
  if (evaluate && !measure) {
    throw new UsageError(`--evaluate must be of ${Object.keys(EVALUATE).join(", ")}, not ${part}`);
  }
  if (peer !== undefined && (part !== "transformer" || evaluate)) {
    throw new UsageError(`--peer must be of training the transformer, not of ${part}`);
  }
  await useEngine(engine as EngineName);
  if (evaluate) {
    await measure!(model);
    return await writeLossFigure(`${work}/${part}`, part, RESULTS);
  }
  using _ = await holdFolder(`${work}/${part}`);
  const files = tokenizerFiles();
  const config = files["tokenizer_config.json"] as TokenizerConfig;
  const words = new Tokenizer(files["tokenizer.json"], config);
  await TRAIN[part]({
    work,
    model: publish ? model : undefined,
    published: model,
    steps,
    peer,
    words,
  });
}

/** A bar for work that reports how much of it is done. */
function track(label: string) {
  let bar: Progress | undefined;
  let last = 0;
  return (done: number, total: number) => {
    bar ??= new Progress(label, total);
    bar.advance(undefined, done - last);
    last = done;
    if (done === total) bar.finish();
  };
}

if (import.meta.main) await runCommand(main);

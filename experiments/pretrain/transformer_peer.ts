/**
 * The generator's recipe in a process of PyTorch (transformer.py): the same data, initial weights, loss
 * and optimizer, for processors and cards on which PyTorch is the faster.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { Random } from "../../lib/engine/random.ts";
import { writeJson } from "../../lib/io/files.ts";
import { readSafetensors, writeSafetensors } from "../../lib/io/safetensors.ts";
import type { RawTensors } from "../../lib/models/weights.ts";
import { maskToken } from "../../lib/models/uvit.ts";
import { UsageError } from "../../lib/show/command.ts";
import { initGenerator, UVIT } from "./generator_init.ts";
import { CELLS } from "./pool.ts";
import type { Progress, Recipe } from "./run.ts";
import { textConfig } from "./text.ts";
import { CODEBOOK, LENGTH } from "./tokenizer.ts";
import { CaptionReader, trainingCaption } from "./training_captions.ts";
import {
  drawnRows,
  GENERATOR_ADAM,
  type GeneratorData,
  isHiddenMatrix,
  MICRO_CONDITIONS,
  TRANSFORMER_RUN,
} from "./transformer.ts";

const SCRIPT = fileURLToPath(new URL("transformer.py", import.meta.url));

/** Captions of each scene, drawn beforehand. */
const CAPTIONS = 8;

/**
 * Trains the generator in PyTorch; a stopped run goes on from its last checkpoint.
 *
 * @param python the interpreter, which needs torch and safetensors
 * @returns the moving average of the weights
 * @throws {UsageError} if the interpreter cannot be run or fails
 */
export async function trainInPyTorch(
  python: string,
  folder: string,
  data: GeneratorData,
  run: Recipe<typeof TRANSFORMER_RUN>,
  onStep: (progress: Progress) => void,
): Promise<RawTensors> {
  await Deno.mkdir(folder, { recursive: true });
  await writeJob(folder, data, run);
  const started = performance.now();
  const child = spawn(python, folder);
  for await (const line of lines(child.stdout)) {
    const { step, loss } = JSON.parse(line);
    onStep({ step, loss, seconds: (performance.now() - started) / 1000 });
  }
  const { success } = await child.status;
  if (!success) throw new UsageError(`--peer "${python}" failed: see its message above`);
  return (await readSafetensors(`${folder}/average.safetensors`)).tensors;
}

function spawn(python: string, folder: string): Deno.ChildProcess {
  try {
    return new Deno.Command(python, { args: [SCRIPT, folder], stdout: "piped" }).spawn();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new UsageError(`Cannot run --peer "${python}": want the path of a Python interpreter`);
  }
}

async function* lines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  for await (const piece of stream.pipeThrough(new TextDecoderStream())) {
    const whole = (rest + piece).split("\n");
    rest = whole.pop()!;
    yield* whole;
  }
}

/** Writes all that the script reads. */
async function writeJob(
  folder: string,
  data: GeneratorData,
  run: Recipe<typeof TRANSFORMER_RUN>,
): Promise<void> {
  const initial = initGenerator(data.frozen.get(CODEBOOK)!, new Random(run.seed));
  await writeJson(`${folder}/job.json`, {
    run: { ...run, ...GENERATOR_ADAM, mask: maskToken(UVIT) },
    config: UVIT,
    text: textConfig(data.tokenizer),
    micro: MICRO_CONDITIONS,
    captions: CAPTIONS,
    length: LENGTH,
    hidden: [...initial].flatMap(([name, { shape }]) => isHiddenMatrix(name, shape) ? [name] : []),
    bfloat16: true,
  });
  const prefixed = (prefix: string, tensors: RawTensors) =>
    [...tensors].map(([name, tensor]) => [`${prefix}:${name}`, tensor] as const);
  await writeSafetensors(`${folder}/job.safetensors`, {
    tensors: new Map([...prefixed("transformer", initial), ...prefixed("text", data.text)]),
    metadata: {},
  });
  for (const [name, array] of Object.entries(sceneArrays(data, run))) {
    await Deno.writeFile(`${folder}/${name}.bin`, new Uint8Array(array.buffer));
  }
}

/** Scenes in the order of `drawnRows`, singles first: what transformer.py reads of each. */
function sceneArrays(
  { pool, tokens, tokenizer }: GeneratorData,
  run: Recipe<typeof TRANSFORMER_RUN>,
): Record<string, Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer>> {
  const { singles, pairs } = drawnRows(pool), rows = [...singles, ...pairs], count = rows.length;
  const random = new Random(run.seed).split("captions"), reader = new CaptionReader(tokenizer);
  const width = tokenizer.length, captions = CAPTIONS * width;
  const arrays = {
    tokens: new Uint16Array(count * LENGTH),
    cells: new Uint8Array(count * CELLS),
    words: new Uint16Array(count * captions),
    parts: new Uint8Array(count * captions),
    pair: new Uint8Array(count).fill(1, singles.length),
  };
  rows.forEach((row, i) => {
    const id = pool.trained[row]!, scene = pool.scene(id), stream = random.split(id);
    arrays.tokens.set(tokens.subarray(row * LENGTH, (row + 1) * LENGTH), i * LENGTH);
    arrays.cells.set(pool.cells(id), i * CELLS);
    for (let at = i * captions; at < (i + 1) * captions; at += width) {
      const { ids, parts } = reader.read(trainingCaption(scene, stream, run).text, scene);
      arrays.words.set(ids, at);
      arrays.parts.set(parts, at);
    }
  });
  return arrays;
}

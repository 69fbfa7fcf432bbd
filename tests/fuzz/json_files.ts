import { readBoxes } from "../../experiments/personalize.ts";
import { useEngine } from "../../lib/engine/mod.ts";
import { Random } from "../../lib/engine/random.ts";
import { Muse } from "../../lib/models/muse.ts";
import { loadAdapter, saveAdapter } from "../../lib/style/adapter_files.ts";
import { disposeAdapter, initAdapter } from "../../lib/style/adapters.ts";
import { ADAPTER_DEFAULTS } from "../../lib/style/placements.ts";
import { TINY, tinyMuse } from "../generate/tiny_muse.ts";
import { type Family, refusalFault, Violation } from "./family.ts";
import { mutate } from "./mutate.ts";

type Json = Record<string, unknown>;

/** Folders whose adapter.json says something else than what lies beside it. */
export const adapterFiles: Family = {
  name: "adapter.json",
  short: 150,
  full: 4000,
  trial: (random) => ({
    name: "",
    read: () =>
      inFolder(async (folder) => {
        const muse = await adaptedMuse();
        const adapter = initAdapter(TINY, ADAPTER_DEFAULTS, new Random(1));
        await saveAdapter(folder, adapter, muse, { style: "sticker" });
        disposeAdapter(adapter);
        await damage(`${folder}/adapter.json`, random);
        const { adapter: loaded } = await loadAdapter(folder, muse);
        disposeAdapter(loaded);
      }),
  }),
};

/** Corrected boxes that are none. */
export const conceptsFiles: Family = {
  name: "concepts.json",
  short: 300,
  full: 6000,
  trial: (random) => ({
    name: "",
    read: () =>
      inFolder(async (folder) => {
        const path = `${folder}/concepts.json`;
        const concepts = ["cat", "red background"].map((phrase) => ({
          phrase,
          box: { x: 1, y: 2, width: 30, height: 30 },
        }));
        const file = { schema: "finestyle.concepts/1", caption: "a cat", style: "x", concepts };
        await Deno.writeTextFile(path, JSON.stringify(file));
        await damage(path, random);
        for (const [phrase, box] of await readBoxes(path)) {
          const numbers = [box.x, box.y, box.width, box.height];
          if (!numbers.every(Number.isSafeInteger)) {
            throw new Violation(`"${phrase}" has ${numbers}`);
          }
        }
      }),
  }),
};

let muse: Promise<Muse> | undefined;

/** A model whose weights are hashed from a small file. */
function adaptedMuse(): Promise<Muse> {
  return muse ??= useEngine("cpu").then(() => {
    const { transformer, vq, text, tokenizer } = tinyMuse();
    const files = [new URL(import.meta.url).pathname];
    return new Muse("tiny", { ...transformer, files }, vq, text, tokenizer);
  });
}

/** Runs in a temporary folder, which a refusal must name. */
async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(folder);
  } catch (error) {
    const fault = error instanceof Violation ? error.message : refusalFault(error, folder);
    throw fault === undefined ? error : new Violation(fault);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const VALUES = [null, true, 0, -1, 0.5, 1e308, 2 ** 53, "", "x", "NaN", "../../etc/passwd", [], {}]
  .concat([[[]], [null], ["attn2"], { toString: 1 }, { box: null }, "\u001b[2J\n\u2028"] as never[])
  .concat(["k".repeat(10_000), "listed", "mlp", "feature", "transformer_layers.0.attn2.to_k"]);
const KEYS = [
  "x",
  "modules",
  "__proto__",
  "toString",
  "",
  "\n\u001b[2J",
  "path",
  "k".repeat(10_000),
];

/** Rewrites a JSON file with other values, more keys or fewer, or with wrong bytes. */
async function damage(path: string, random: Random): Promise<void> {
  const bytes = await Deno.readFile(path);
  if (random.next() < 0.3) return await Deno.writeFile(path, mutate(bytes, random));
  const file = JSON.parse(new TextDecoder().decode(bytes)) as Json;
  for (let n = 1 + random.below(2); n > 0; n--) change(file, random);
  const depth = 20_000;
  const text = JSON.stringify(file).replace('"x"', () => {
    return random.next() < 0.1 ? "[".repeat(depth) + "]".repeat(depth) : '"x"';
  });
  await Deno.writeTextFile(path, text);
}

/** Changes one place of an object, at a random depth. */
function change(node: Json, random: Random): void {
  const key = random.pick(Object.keys(node).concat(Object.keys(node).length === 0 ? "x" : []));
  const inner = node[key];
  if (inner !== null && typeof inner === "object" && random.next() < 0.75) {
    return change(inner as Json, random);
  }
  const how = random.next();
  if (how < 0.15) delete node[key];
  else set(node, how < 0.35 ? random.pick(KEYS) : key, structuredClone(random.pick(VALUES)));
}

/** Sets a key that may be `__proto__`, which an assignment would not make a key. */
function set(node: Json, key: string, value: unknown): void {
  Object.defineProperty(node, key, {
    value,
    ...{ enumerable: true, writable: true, configurable: true },
  });
}

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { chosenMethods, main, protocol } from "../../experiments/protocol.ts";
import { estimateText } from "../../experiments/protocol/estimate.ts";
import { downloadParti, readParti, styledPrompt } from "../../experiments/protocol/parti.ts";
import { readReferences } from "../../experiments/protocol/references.ts";
import type { ProtocolCell } from "../../experiments/protocol/run.ts";
import { AMUSED_STUDY } from "../../experiments/study/settings.ts";
import { filesBelow } from "../../experiments/study/run_folder.ts";
import { readJson, sha256File, writeJson } from "../../lib/io/files.ts";
import { HubError } from "../../lib/io/hub_error.ts";
import { readImage, writeImage } from "../../lib/io/image.ts";
import { UsageError } from "../../lib/show/command.ts";
import { captionOf, openWorld, referenceScene } from "../../lib/world/mod.ts";

const CLIP = new URL("../models/fixtures/clip", import.meta.url).pathname;
const STYLES = ["sticker", "melting golden 3d rendering"];
const TSV = [
  ["Prompt", "Category", "Challenge", "Note"],
  ["a cat", "Animals", "Basic", ""],
  ["an apple", "Produce & Plants", "Basic", 'has a "note"'],
  ["a house", "Outdoor Scenes", "Basic", ""],
  ["a dog on a car", "Animals", "Fine-grained Detail", ""],
  ["bond", "Abstract", "Basic", ""],
  ["a woman", "People", "Basic", ""],
].map((cells) => cells.join("\t") + "\n").join("");

/** A folder with two references, their list and a table of three basic prompts. */
async function withInputs(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  const world = await openWorld({ styles: STYLES });
  const scenes = STYLES.map(referenceScene);
  for (const [i, scene] of scenes.entries()) {
    await writeImage(`${folder}/images/${i}.png`, world.render(scene).image);
  }
  const list = scenes.map((scene, i) => ({ image: `images/${i}.png`, caption: captionOf(scene) }));
  await writeJson(`${folder}/references.json`, list);
  await Deno.writeTextFile(`${folder}/prompts.tsv`, TSV);
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const flagsOf = (folder: string) => [
  ...["--references", `${folder}/references.json`, "--parti", `${folder}/prompts.tsv`],
  ...["--model", "emoji-64", "--clip", CLIP, "--offline"],
  ...["--out", `${folder}/run`, "--images", "2", "--steps", "2"],
];

interface TableFile {
  readonly rows: readonly { id: string; text: object; style: object; tuneSeconds: number }[];
  readonly comparisons: readonly unknown[];
}

Deno.test("protocol tunes, draws and scores, and goes on where it was cut off", () =>
  withInputs(async (folder) => {
    const out = `${folder}/run`, flags = flagsOf(folder);
    await protocol(flags, { count: 3 });
    const table = await readJson<TableFile>(`${out}/table.json`);
    assertEquals(table.rows.map(({ id }) => id), ["muse", "styledrop", "finestyle"]);
    assertEquals(table.comparisons.length, 4);
    const lines = (await Deno.readTextFile(`${out}/metrics.jsonl`)).trim().split("\n");
    assertEquals(lines.length, 2 * 3 * 3 * 2);
    const files = await filesBelow(out);
    const count = (pattern: RegExp) => files.filter((path) => pattern.test(path)).length;
    assertEquals(
      count(/^images\/0[12]-[\w-]+\/(muse|styledrop|finestyle)\/00[012]-[01]\.png$/),
      36,
    );
    assertEquals(count(/^adapters\/.*adapter\.safetensors$/), 4);
    assertEquals(count(/^cells\//), 18);
    const { inputs } = await readJson<{ inputs: Record<string, string> }>(`${out}/manifest.json`);
    assertEquals(inputs["PartiPrompts.tsv"], await sha256File(`${folder}/prompts.tsv`));
    assert("references/01-sticker" in inputs && "clip/onnx/text_model.onnx" in inputs);

    // a run that lost two prompts of one method and everything of another
    const [first] = files.filter((path) => path.startsWith("cells/01-sticker/finestyle/001-"));
    const { result } = await readJson<{ result: ProtocolCell }>(`${out}/${first}`);
    const image = await readImage(`${out}/images/01-sticker/finestyle/001-1.png`);
    await Deno.remove(`${out}/cells/01-sticker/finestyle`, { recursive: true });
    await Deno.remove(`${out}/cells/02-melting-golden-3d-rendering/muse`, { recursive: true });
    const adapter = files.find((path) => /^adapters\/01-sticker-finestyle.*tensors$/.test(path))!;
    const before = (await Deno.stat(`${out}/${adapter}`)).mtime;
    await protocol([...flags, "--resume"], { count: 3 });
    assertEquals((await Deno.stat(`${out}/${adapter}`)).mtime, before); // not tuned again
    const again = await readJson<{ result: ProtocolCell }>(`${out}/${first}`);
    assertEquals(again.result.ids, result.ids);
    assertEquals(again.result.tuneSeconds, result.tuneSeconds);
    assertEquals(await readImage(`${out}/images/01-sticker/finestyle/001-1.png`), image);
    const resumed = await readJson<TableFile>(`${out}/table.json`);
    const scores = ({ rows }: TableFile) =>
      rows.map(({ id, text, style }) => ({ id, text, style }));
    assertEquals(scores(resumed), scores(table));
  }));

Deno.test("protocol --dry-run tells the cost and starts nothing", () =>
  withInputs(async (folder) => {
    const told: string[] = [], { log } = console;
    console.log = (line: string) => told.push(line);
    try {
      await protocol([...flagsOf(folder), "--dry-run", "--methods", "finestyle"], { count: 3 });
    } finally {
      console.log = log;
    }
    assertEquals(await filesBelow(`${folder}/run`), []);
    const text = told.join("\n");
    assert(text.startsWith("2 references; the paper's protocol has 10\n3 prompts x 2 references"));
    assert(/finestyle +\d\S* +\d\S* /.test(text), text);
    assert(/In all about \S+ hours and \S+ GB of disk/.test(text), text);
  }));

Deno.test("estimateText() adds up what the methods take", () => {
  const cost = {
    ...{ prepareSeconds: 0, imageSeconds: 2, stepSeconds: 0, adapterBytes: 0 },
    ...{ steps: 0, samples: 0 },
  };
  const tuned = { ...cost, steps: 1500, stepSeconds: 1.2 };
  const text = estimateText({
    methods: [
      ...[{ ...cost, id: "muse" }, { ...tuned, id: "finestyle" }],
      { ...tuned, id: "styledrop-cf", steps: 3000, samples: 1920 },
    ],
    scoreSeconds: 0.1,
    imageBytes: 1e5,
    seconds: 7200,
    bytes: 3e9,
  }, {
    config: AMUSED_STUDY,
    references: Array(10).fill({}),
    prompts: Array(190).fill({ text: "a cat", category: "Animals" }),
  });
  assertEquals(text.split("\n"), [
    "190 prompts x 10 references x 8 images x 3 methods = 45,600 images, 1500 tuning steps per adapter",
    "method        s/tuning step  s/image  tuning h  images h  CLIP h",
    "muse                      -     2.00       0.0       8.4    0.42",
    "finestyle              1.20     2.00       5.0       8.4    0.42",
    "styledrop-cf           1.20     2.00        21       8.4    0.42", // 3,000 steps, 1,920 samples
    "In all about 2.0 hours and 3.0 GB of disk, by a few steps measured here",
  ]);
});

Deno.test("readParti() takes exactly the paper's prompts", () =>
  withInputs(async (folder) => {
    const path = `${folder}/prompts.tsv`;
    const prompts = await readParti(path, { count: 3 });
    assertEquals(prompts.map(({ text }) => text), ["a cat", "an apple", "a house"]);
    assertEquals(
      styledPrompt(prompts[1]!, "oil painting"),
      "an apple, produce and plants, in oil painting style",
    );
    await assertRejects(
      () => main(flagsOf(folder)), // the command itself wants the paper's
      UsageError,
      "its filter finds 3 prompts, but 190 are wanted (Animals 1 of 42, Artifacts 0 of 66,",
    );
    const sha256 = "0".repeat(64);
    await assertRejects(() => readParti(path, { count: 3, sha256 }), UsageError, "SHA-256 is");
    // the tests may not use the network
    await assertRejects(() => downloadParti(`${folder}/other.tsv`), HubError, "(--parti): after 0");
    await Deno.writeTextFile(path, "Prompt\tCategory\na cat\tAnimals\n");
    await assertRejects(() => readParti(path), SyntaxError, 'no column "Challenge"');
  }));

Deno.test("readReferences() says what is wrong with the list", () =>
  withInputs(async (folder) => {
    const path = `${folder}/references.json`, image = "images/0.png";
    const [sticker] = await readReferences(path);
    assertEquals([sticker!.name, sticker!.style], ["01-sticker", "sticker"]);
    const fails = async (list: unknown, kind: typeof SyntaxError, text: string) => {
      await writeJson(path, list);
      await assertRejects(() => readReferences(path), kind, text);
    };
    await fails({}, SyntaxError, 'want a list of {"image", "caption"}');
    await fails([{ image }], SyntaxError, 'reference 1 wants a text as "caption"');
    await fails([{ image, caption: "a cat, in x style", steps: 3 }], SyntaxError, 'key "steps"');
    await fails([{ image, caption: "a cat" }], SyntaxError, 'end it with "in ... style"');
    const caption = "a cat, in neon style";
    await fails([{ image, caption, concepts: ["a dog"] }], RangeError, '"a dog"');
  }));

Deno.test("chosenMethods() keeps the table's order and refuses unknown ones", () => {
  const ids = chosenMethods("finestyle,muse", AMUSED_STUDY).map(({ method }) => method.id);
  assertEquals(ids, ["muse", "finestyle"]);
  assertThrows(() => chosenMethods("muse, dreamstyler", AMUSED_STUDY), UsageError, '"dreamstyler"');
});

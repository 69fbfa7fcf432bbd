import { assert, assertEquals } from "@std/assert";
import { tokenizerFiles } from "../../experiments/pretrain/publish.ts";
import { DRAWN, sceneAt } from "../../experiments/pretrain/pool.ts";
import {
  CaptionReader,
  PARTS,
  trainingCaption,
} from "../../experiments/pretrain/training_captions.ts";
import { Random } from "../../lib/engine/random.ts";
import { Tokenizer } from "../../lib/models/tokenizer.ts";
import { captionOf, conceptsOf, featuresOf, isUnnamed, type Scene } from "../../lib/world/mod.ts";

const files = tokenizerFiles();
const tokenizer = new Tokenizer(files["tokenizer.json"], { pad_token: "<|endoftext|>" }, 32);
const NOTHING = {
  dropCaption: 0,
  dropBackground: 0,
  dropStyle: 0,
  strangeStyle: 0,
  strangeUnnamed: 0,
};
const scenes = Array.from({ length: 400 }, (_, i) => sceneAt(DRAWN, i));
const named = scenes.find(({ style, object, decoration }) =>
  !isUnnamed(style) && object !== undefined && decoration !== "none"
)!;
const unnamed = scenes.find(({ style }) => isUnnamed(style))!;

Deno.test("trainingCaption() is the scene's caption where nothing is left out", () => {
  const { text, named: told } = trainingCaption(named, new Random(1), NOTHING);
  assertEquals([text, told], [captionOf(named), true]);
});

Deno.test("trainingCaption() calls a style without a name by some of its features", () => {
  const all = featuresOf(unnamed.style);
  for (let seed = 0; seed < 30; seed++) {
    const { text, features } = trainingCaption(unnamed, new Random(seed), NOTHING);
    assert(features.length > 0 && features.every((feature) => all.includes(feature)));
    assert(text.endsWith(`, in ${features.join(" ")} style`), text);
  }
});

Deno.test("trainingCaption() leaves out what the shares say, and tells so", () => {
  const only = (shares: Partial<typeof NOTHING>, scene: Scene = named) =>
    trainingCaption(scene, new Random(2), { ...NOTHING, ...shares });
  assertEquals(only({ dropCaption: 1 }).text, "");
  const short = only({ dropBackground: 1 });
  assert(!short.background && !short.text.includes("background"), short.text);
  const bare = only({ dropStyle: 1 });
  assert(!bare.named && !bare.text.includes(named.style), bare.text);
  const strange = only({ strangeUnnamed: 1 }, unnamed);
  assert(strange.features.length === 0 && strange.text.endsWith(" style"), strange.text);
});

Deno.test("CaptionReader reads as the tokenizer does, and finds the parts' words", () => {
  const reader = new CaptionReader(tokenizer);
  const random = new Random("read"), shares = { ...NOTHING, dropBackground: 0.2, dropCaption: 0.1 };
  for (const scene of scenes) {
    const { text } = trainingCaption(scene, random, shares);
    const { ids, parts } = reader.read(text, scene);
    assertEquals(ids, tokenizer.encode([text]));
    const tokensOf = (part: number) => ids.filter((_, t) => parts[t] === part);
    const wanted = (phrase: string) => {
      const [from, to] = tokenizer.span(text, phrase);
      return ids.slice(from, to);
    };
    const found = (part: number, phrase: string) => {
      const at = wanted(phrase);
      assertEquals(tokensOf(part).slice(0, at.length), at, text); // a comma may follow
    };
    if (text === "") {
      assert(parts.every((part) => part === PARTS.none));
      continue;
    }
    found(PARTS.subject, scene.subject);
    if (scene.object) found(PARTS.object, scene.object);
    const { backgrounds: [ground, decoration] } = conceptsOf(scene);
    if (text.includes("background")) found(PARTS.background, ground!);
    if (text.includes("background") && decoration) found(PARTS.decoration, decoration);
  }
});

import { assertEquals, assertThrows } from "@std/assert";
import {
  EMOJI_WORLD_TEMPLATE,
  fillTemplate,
  PAPER_TEMPLATE,
  withArticle,
} from "../../lib/style/template.ts";

Deno.test("fillTemplate() writes the paper's and EmojiWorld's sub-prompts", () => {
  assertEquals(
    fillTemplate(PAPER_TEMPLATE, "a light blue circle", "flat cartoon vector art"),
    "a light blue circle in flat cartoon vector art style",
  );
  const world = (concept: string) => fillTemplate(EMOJI_WORLD_TEMPLATE, concept, "sticker");
  assertEquals(world("octopus"), "an octopus, in sticker style");
  assertEquals(world("striped green background"), "a striped green background, in sticker style");
  assertEquals(world("red hearts"), "red hearts, in sticker style");
});

Deno.test("withArticle() leaves plurals and phrases with an article alone", () => {
  const phrases = ["unicorn", "umbrella", "cactus", "glass", "a pot of plant", "two cups", "stars"];
  assertEquals(phrases.map(withArticle), [
    "a unicorn",
    "an umbrella",
    "a cactus",
    "a glass",
    "a pot of plant",
    "two cups",
    "stars",
  ]);
});

Deno.test("fillTemplate() refuses a template without concept or style", () => {
  const fill = (template: string) => () => fillTemplate(template, "cat", "sticker");
  assertThrows(fill("{concept}"), SyntaxError, "want {concept} and {style}");
  assertThrows(fill("{thing} in {style} style"), SyntaxError, "{thing} is none of");
});

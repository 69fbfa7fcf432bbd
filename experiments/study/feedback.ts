import type { FeedbackConfig } from "../../lib/baselines/styledrop_feedback.ts";
import { Random } from "../../lib/engine/random.ts";
import { withArticle } from "../../lib/style/template.ts";
import {
  type Colour,
  COLOURS,
  CONCEPTS,
  HELD_OUT_STYLES,
  referenceScene,
} from "../../lib/world/mod.ts";

/** What StyleDrop's round 1 draws for its second round. */
export interface FeedbackSettings
  extends Pick<FeedbackConfig, "contents" | "template" | "perPrompt"> {
  /** Style guidance of round 2; round 1's unless given. */
  readonly lambdaA?: number;
}

const CONTENTS = 30;

/** Thirty concepts that no reference of a held-out style shows, each on a background. */
function emojiContents(): string[] {
  const shown = new Set(HELD_OUT_STYLES.flatMap((style) => {
    const { subject, object } = referenceScene(style);
    return [subject, object];
  }));
  const random = new Random("feedback");
  const free = CONCEPTS.map(({ name }) => name).filter((name) => !shown.has(name));
  const colours = Object.keys(COLOURS) as Colour[];
  return random.shuffle(free).slice(0, CONTENTS).map((name) =>
    `${withArticle(name)} on ${withArticle(`${random.pick(colours)} background`)}`
  );
}

/** Eight pictures of each, where the paper has 64, so that a style takes half a minute. */
export const EMOJI_64_FEEDBACK: FeedbackSettings = {
  contents: emojiContents(),
  template: "{concept}, in {style} style",
  perPrompt: 8,
};

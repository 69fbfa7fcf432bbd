import { ablationMethods } from "../../experiments/study/methods.ts";
import { EMOJI_64_STUDY, type StudyConfig } from "../../experiments/study/presets.ts";
import type { StudyOptions } from "../../experiments/study/run_study.ts";
import type { Muse } from "../../lib/models/muse.ts";
import { openWorld } from "../../lib/world/mod.ts";
import { COLOUR_JUDGE } from "./tiny_muse.ts";

/** Two images of two prompts after two steps. */
export const TINY_CONFIG: StudyConfig = {
  ...EMOJI_64_STUDY,
  prompts: 2,
  imagesPerPrompt: 2,
  sampling: { ...EMOJI_64_STUDY.sampling, steps: 2 },
  tune: { ...EMOJI_64_STUDY.tune, steps: 2, batch: 2 },
};

/** Three methods in one style. */
export async function tinyStudy(muse: Muse, out: string, resume: boolean): Promise<StudyOptions> {
  const styles = ["sticker"], rows = ["muse", "styledrop", "finestyle"];
  return {
    muse,
    judge: COLOUR_JUDGE,
    world: await openWorld({ styles }),
    methods: ablationMethods(TINY_CONFIG).filter(({ method }) => rows.includes(method.id)),
    config: TINY_CONFIG,
    styles,
    seed: 3,
    model: "tiny",
    engine: "any",
    preset: "test",
    inputs: { "weights": "0" },
    out,
    resume,
  };
}

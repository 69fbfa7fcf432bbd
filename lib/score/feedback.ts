import type { Rate } from "../baselines/feedback.ts";
import { cosine, harmonicMean } from "./clip.ts";
import type { Scorer } from "./scorer.ts";

/**
 * Feedback of a CLIP (StyleDrop section 3.3): rates samples by Text, their cosine with their own prompt,
 * or by the harmonic mean of Text and Style. Do not score results by the same model without saying so.
 */
export function clipFeedback(scorer: Scorer): Rate {
  return async (samples, reference, measure) => {
    const prompts = [...new Set(samples.map(({ prompt }) => prompt))];
    const texts = await scorer.embedTexts(prompts);
    const images = await scorer.embedImages(samples.map(({ image }) => image));
    const [style] = measure === "text" ? [] : await scorer.embedImages([reference]);
    return images.map((image, i) => {
      const text = cosine(image, texts[prompts.indexOf(samples[i]!.prompt)]!);
      return style ? harmonicMean(text, cosine(image, style)) : text;
    });
  };
}

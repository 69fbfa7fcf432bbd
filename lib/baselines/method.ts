import type { Random } from "../engine/random.ts";
import {
  type AdaptedModel,
  generate,
  type Generated,
  type GenerateOptions,
} from "../generate/pipeline.ts";
import type { Guidance } from "../generate/guidance.ts";
import type { Muse } from "../models/muse.ts";
import { type Adapter, parameterCount } from "../style/adapters.ts";
import type { Reference } from "../style/personalize.ts";
import type { TuneStep } from "../style/tune.ts";
import type { Rate } from "./feedback.ts";

/** Every method of the tables: it takes a reference in once, then generates. */
export interface Method {
  /** Row id of the tables: `muse`, `styledrop`, `finestyle`, `finestyle-no-scaling`. */
  readonly id: string;
  /** The adapter's placement, or "none". */
  readonly placement: string;
  /** Whether the reference is taken apart into several pairs. */
  readonly dataScaling: boolean;
  /** Tuning steps of `prepare` in all, at most; none unless given. */
  readonly steps?: number;
  /** Pictures of its own that `prepare` draws to tune on them; none unless given. */
  readonly samples?: number;
  /** Takes the reference in: tunes where the method tunes. */
  prepare(
    reference: Reference,
    muse: Muse,
    random: Random,
    onStep?: (step: TuneStep) => void | Promise<void>,
    options?: PrepareOptions,
  ): Promise<Tuned>;
  /** What `prepare` gave before, from its adapter, which it takes over; where the method tunes one. */
  restore?(adapter: Adapter, muse: Muse, tuneSeconds: number): Tuned;
}

/** What methods that tune on their own pictures need beside the model. */
export interface PrepareOptions {
  /** Rates them, where the method does not pick at random. */
  readonly rate?: Rate;
  /** Told how many more are drawn. */
  readonly onSamples?: (count: number) => void | Promise<void>;
}

/** Settings of generation that the method does not decide itself. */
export type MethodGenerateOptions = Omit<GenerateOptions, "adapted">;

/** A method ready to generate in the reference's style. */
export interface Tuned {
  readonly method: Method;
  readonly trainableParameters: number;
  readonly tuneSeconds: number;
  /** The adapter, where there is one. */
  readonly adapter?: Adapter;
  /** Under the method's own guidance unless `guidance` is given. */
  generate(options: MethodGenerateOptions): Promise<Generated>;
  /** Frees what `prepare` made; the base model stays. */
  dispose(): void;
}

/** What `prepare` made: an adapted model, or nothing for the base model alone. */
export interface PreparedModel {
  readonly adapted?: AdaptedModel;
  readonly adapter?: Adapter;
  readonly tuneSeconds: number;
  dispose(): void;
}

/** A method's {@linkcode Tuned} from what it prepared and its own guidance. */
export function tunedMethod(
  method: Method,
  muse: Muse,
  guidance: Guidance,
  { adapted, adapter, tuneSeconds, dispose }: PreparedModel,
): Tuned {
  return {
    method,
    trainableParameters: adapter ? parameterCount(adapter) : 0,
    tuneSeconds,
    ...(adapter && { adapter }),
    generate: (options) => generate(muse, { guidance, ...options, ...(adapted && { adapted }) }),
    dispose,
  };
}

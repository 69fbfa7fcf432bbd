import * as tf from "@tensorflow/tfjs";
import { type Fixture, openFixture } from "../models/fixture.ts";
import { ADAPTERS } from "./adapters.ts";
import { DECODING } from "./decoding.ts";
import type { Measured } from "./measure.ts";
import { MODELS } from "./models.ts";
import { SCORER } from "./scorer.ts";

/** One row of the parity table. */
export interface Component {
  readonly title: string;
  /** The fixture's name. */
  readonly fixture: string;
  /** The library that made what is compared with. */
  readonly library: string;
  /** What the error must stay under; 0 where all must be the same. */
  readonly limit: number;
  measure(fixture: Fixture): Promise<Measured>;
}

/** A component's figures. */
export interface Result extends Measured, Pick<Component, "title" | "limit"> {
  /** Library and version. */
  readonly reference: string;
  readonly agrees: boolean;
}

/** All that is compared, in the order of the table. */
export const COMPONENTS: readonly Component[] = [
  ...MODELS,
  ...SCORER,
  ...DECODING,
  ...ADAPTERS,
];

/** Measures one component on the engine that runs. */
export async function measure(component: Component): Promise<Result> {
  const { title, limit, library } = component;
  tf.engine().startScope();
  try {
    const fixture = await openFixture(component.fixture);
    const { error, count } = await component.measure(fixture);
    const agrees = limit === 0 ? error === 0 : error < limit;
    const reference = `${library} ${fixture.versions[library]}`;
    return { title, limit, error, count, reference, agrees };
  } finally {
    tf.engine().endScope();
    tf.disposeVariables();
  }
}

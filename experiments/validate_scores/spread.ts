import { Random } from "../../lib/engine/random.ts";
import type { Image } from "../../lib/io/image.ts";
import { cmmd } from "../../lib/score/cmmd.ts";
import { diversity } from "../../lib/score/diversity.ts";
import type { Judge } from "../../lib/score/judge.ts";
import {
  type Colour,
  COLOURS,
  CONCEPTS,
  PATTERNS,
  type Scene,
  type World,
} from "../../lib/world/mod.ts";
import { withNoise } from "../scene_edits.ts";
import {
  type Check,
  interval,
  lineOf,
  meanOf,
  type Measure,
  notAbove,
  risesWith,
  type Section,
} from "./section.ts";
import { drawScenes, pickDistinct, STYLES, type Trial } from "./trials.ts";

/** Images per prompt. */
const SET = 8;
const NOISE = 12; // levels of 255

const CONCEPT_NAMES = CONCEPTS.map((concept) => concept.name);

/** How the images of one prompt may differ: `i` counts them. */
type Variation = (
  scene: Scene,
  i: number,
  random: Random,
  render: (scene: Scene, random?: Random) => Image,
) => Image;

/** From what no one would call diverse to what everyone would. */
const VARIATIONS: Readonly<Record<string, Variation>> = {
  "one image repeated": (scene, _i, _random, render) => render(scene),
  [`noise, ${NOISE} of 255`]: (scene, _i, random, render) =>
    withNoise(render(scene), NOISE, random),
  "places, 4 px": (scene, _i, random, render) => render(scene, random),
  "backgrounds": (scene, _i, random, render) =>
    render({
      ...scene,
      pattern: random.pick(PATTERNS),
      colour: random.pick(Object.keys(COLOURS) as Colour[]),
    }),
  "subjects": (scene, i, _random, render) =>
    render({ ...scene, subject: otherName(scene.subject, i, CONCEPT_NAMES) }),
  "styles": (scene, i, _random, render) =>
    render({ ...scene, style: otherName(scene.style, i, STYLES) }),
};

/** The name `i` places after one, with strides that reach far in a list of related neighbours. */
function otherName(name: string, i: number, names: readonly string[]): string {
  return names[(names.indexOf(name) + 13 * i) % names.length]!;
}

/** Diversity of the images of one prompt: of kinds of variety, and of a partly collapsed model. */
export async function diversitySection(
  trials: readonly Trial[],
  world: World,
  judge: Judge,
  seed: number,
): Promise<Section> {
  const render = (scene: Scene, random?: Random) => world.render(scene, random).image;
  const measure = async (images: readonly Image[]) => diversity(await judge.embedImages(images));
  const rows: { name: string; values: number[]; mean: Measure }[] = [];
  for (const [name, vary] of Object.entries(VARIATIONS)) {
    const values: number[] = [];
    for (const [t, { prompt }] of trials.entries()) {
      const random = new Random(seed).split(name).split(t);
      values.push(
        await measure(
          Array.from({ length: SET }, (_, i) => vary(prompt, i, random.split(i), render)),
        ),
      );
    }
    rows.push({ name, values, mean: meanOf("Diversity", name, values, seed) });
  }
  const distinct = [1, 2, 4, 8];
  const collapse: number[][] = [];
  for (const n of distinct) {
    const values: number[] = [];
    for (const { prompt } of trials) {
      const images = Array.from(
        { length: SET },
        (_, i) => VARIATIONS["subjects"]!(prompt, i % n, new Random(0), render),
      );
      values.push(await measure(images));
    }
    collapse.push(values);
  }
  const repeated = rows[0]!.values;
  const of = (name: string) => rows.find((row) => row.name === name)!.values;
  const curve = distinct.map((n, k) =>
    meanOf("Diversity", `${n} distinct of ${SET}`, collapse[k]!, seed)
  );
  const checks: Check[] = [
    {
      score: "Diversity",
      expected: "is 0 for one image repeated",
      found: Math.max(...repeated).toExponential(0),
      holds: Math.max(...repeated) < 1e-6,
    },
    ...["backgrounds", "subjects", "styles"].flatMap((more) =>
      rows.slice(1, 3).map(({ name, values }) =>
        notAbove(
          "Diversity",
          `counts ${name} for no more than other ${more}`,
          values,
          of(more),
          seed,
        )
      )
    ),
    risesWith("Diversity", `distinct images of ${SET}`, distinct, collapse, "", seed),
  ];
  return {
    title: "Diversity",
    checks,
    measures: [...rows.map(({ mean }) => mean), ...curve],
    charts: {
      "diversity": {
        kind: "bar",
        title: `Diversity of ${SET} images that differ in one thing`,
        categories: rows.map(({ name }) => name),
        y: { title: "Diversity", unit: "mean 1 - cosine" },
        series: [{ name: "Diversity", values: rows.map(({ mean }) => interval(mean)) }],
      },
      "diversity-collapse": {
        kind: "line",
        title: `Diversity of a partly collapsed model, ${SET} images of one style`,
        x: { title: `distinct images of ${SET}` },
        y: { title: "Diversity", unit: "mean 1 - cosine" },
        series: [lineOf("Diversity", distinct, curve)],
      },
    },
  };
}

/** Images in each set that CMMD compares. */
const IMAGES = 40;

/** CMMD between sets of pictures: of one distribution, of two styles, and of a collapsed model. */
export async function cmmdSection(
  styles: readonly string[],
  world: World,
  judge: Judge,
  seed: number,
  seen: ReadonlySet<string>,
): Promise<Section> {
  const shares = [0, 0.25, 0.5, 0.75, 1], distinct = [IMAGES, 20, 10, 5, 1];
  const byShare: number[][] = shares.map(() => []), byDistinct: number[][] = distinct.map(() => []);
  for (const style of styles) {
    const random = new Random(seed).split("cmmd").split(style);
    const [other] = pickDistinct(random, STYLES.filter((name) => name !== style), 1) as [string];
    const scenes = drawScenes(2 * IMAGES, style, random, seen);
    const embed = (some: readonly Scene[]) =>
      judge.embedImages(some.map((scene) => world.render(scene).image));
    const wanted = await embed(scenes.slice(0, IMAGES)), drawn = await embed(scenes.slice(IMAGES));
    const strange = await embed(scenes.slice(IMAGES).map((scene) => ({ ...scene, style: other })));
    shares.forEach((share, k) => {
      const some = drawn.map((image, i) => i < share * IMAGES ? strange[i]! : image);
      byShare[k]!.push(cmmd(wanted, some));
    });
    distinct.forEach((n, k) =>
      byDistinct[k]!.push(cmmd(wanted, drawn.map((_, i) => drawn[i % n]!)))
    );
  }
  const at = (what: (level: number) => string, levels: readonly number[], values: number[][]) =>
    levels.map((level, k) => meanOf("CMMD", what(level), values[k]!, seed));
  const shareCurve = at((v) => `${100 * v} % of the images in another style`, shares, byShare);
  const distinctCurve = at((n) => `${n} distinct of ${IMAGES} images`, distinct, byDistinct);
  const [floor, whole] = [shareCurve[0]!.mean, shareCurve.at(-1)!.mean];
  return {
    title: "CMMD",
    checks: [
      risesWith("CMMD", "the share of images in another style", shares, byShare, "", seed),
      {
        score: "CMMD",
        expected: "is nearly 0 within a distribution: below a tenth of that to another style",
        found: `${floor.toFixed(3)} of ${whole.toFixed(3)}`,
        holds: floor < whole / 10,
      },
      risesWith("CMMD", "repetition: fewer distinct images", distinct, byDistinct, " images", seed),
    ],
    measures: [...shareCurve, ...distinctCurve],
    charts: {
      "cmmd-style": {
        kind: "line",
        title: `CMMD between ${IMAGES} pictures in a style and ${IMAGES} others`,
        x: { title: "share of the others in another style" },
        y: { title: "CMMD", unit: "MMD² x 1000" },
        series: [lineOf("CMMD", shares, shareCurve)],
      },
      "cmmd-collapse": {
        kind: "line",
        title: `CMMD of a collapsed model, ${IMAGES} pictures of the same style`,
        x: { title: `distinct images of ${IMAGES}` },
        y: { title: "CMMD", unit: "MMD² x 1000" },
        series: [lineOf("CMMD", distinct.toReversed(), distinctCurve.toReversed())],
      },
    },
  };
}

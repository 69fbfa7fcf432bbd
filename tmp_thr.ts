import { useEngine } from "./lib/engine/mod.ts";
import { HEAD_CLASSES, loadJudge } from "./lib/score/judge.ts";
import { HELD_OUT_STYLES, openWorld, sampleScene, TRAINED_STYLES } from "./lib/world/mod.ts";
import { Random } from "./lib/engine/random.ts";
await useEngine();
const judge = await loadJudge("lib/pretrained/emoji-64"), { render } = await openWorld();
for (
  const [name, styles] of [["trained", TRAINED_STYLES], ["held-out", HELD_OUT_STYLES]] as const
) {
  for (const objects of [1, 2] as const) {
    const r = new Random("threshold");
    const scenes = Array.from(
      { length: 300 },
      (_, i) =>
        sampleScene(r.split(i), { styles, objects, decorations: i % 2 === 0, split: "train" }),
    );
    const rd = await judge.read(scenes.map((s) => render(s).image));
    const pos: number[] = [], neg: number[] = [];
    const dpos: number[] = [], dneg: number[] = [];
    rd.forEach((x, i) => {
      HEAD_CLASSES.concepts.forEach((c, k) =>
        (c === scenes[i]!.subject || c === scenes[i]!.object ? pos : neg).push(x.concepts[k]!)
      );
      HEAD_CLASSES.decoration.forEach((c, k) => {
        if (c !== "none") (c === scenes[i]!.decoration ? dpos : dneg).push(x.decoration[k]!);
      });
    });
    const share = (v: number[], t: number) => (v.filter((x) => x >= t).length / v.length);
    console.log(
      name,
      objects,
      [0.1, 0.17, 0.25, 0.35, 0.5, 0.7].map((t) =>
        `${t}: tp ${share(pos, t).toFixed(3)} fp ${share(neg, t).toFixed(4)}`
      ).join(" | "),
      "| deco .5 tp",
      share(dpos, .5).toFixed(2),
      "fp",
      share(dneg, .5).toFixed(4),
    );
  }
}

import { assert, assertEquals } from "@std/assert";
import { calibrationMethods } from "../../experiments/calibrate.ts";
import { EMOJI_64_STUDY, VALIDATION_STYLES } from "../../experiments/study/presets.ts";
import { GENERATOR_STYLES } from "../../experiments/pretrain/transformer.ts";
import { HELD_OUT_STYLES, SETTING_STYLES, TRAINED_STYLES } from "../../lib/world/mod.ts";

type Settings = Record<string, unknown>;

/** Paths of the values in which two settings differ. */
function changes(a: Settings, b: Settings): string[] {
  return Object.keys({ ...a, ...b }).flatMap((part) => {
    const [x, y] = [a[part], b[part]];
    if (typeof x === "object" && typeof y === "object") {
      return changes(x as Settings, y as Settings).map((key) => `${part}.${key}`);
    }
    return x === y ? [] : [part];
  });
}

Deno.test("every trial of the calibration changes one setting of its method", () => {
  const rows = calibrationMethods(EMOJI_64_STUDY);
  assertEquals(rows[0]!.method.id, "muse");
  assertEquals(new Set(rows.map(({ method }) => method.id)).size, rows.length);
  for (const family of ["finestyle", "styledrop", "ipadapter"] as const) {
    const [standard, ...trials] = rows.filter((row) => row.family === family);
    assertEquals(standard!.method.id, family);
    assert(trials.length > 2);
    for (const { method, settings } of trials) {
      const found = changes(standard!.settings as Settings, settings as Settings);
      assertEquals(found.length, 1, `${method.id} changes ${found}`);
    }
  }
});

Deno.test("settings are chosen on styles that the generator never drew and nothing is measured on", () => {
  for (const style of VALIDATION_STYLES) {
    assert(!GENERATOR_STYLES.includes(style) && !HELD_OUT_STYLES.includes(style), style);
    assert(TRAINED_STYLES.includes(style) || SETTING_STYLES.includes(style), style);
  }
});

/** The procedural styles, one filter each. */
import { blueprint } from "./blueprint.ts";
import { chalkboard } from "./chalkboard.ts";
import { clay } from "./clay.ts";
import { copper } from "./copper.ts";
import { crossStitch } from "./cross_stitch.ts";
import { duotone } from "./duotone.ts";
import { engraving } from "./engraving.ts";
import { glitch } from "./glitch.ts";
import { gold } from "./gold.ts";
import { halftone } from "./halftone.ts";
import { knitted } from "./knitted.ts";
import { neon } from "./neon.ts";
import { pixelArt } from "./pixel_art.ts";
import { plasticBrick } from "./plastic_brick.ts";
import { popArt } from "./pop_art.ts";
import { risograph } from "./risograph.ts";
import { stainedGlass } from "./stained_glass.ts";
import { sticker } from "./sticker.ts";
import { thermal } from "./thermal.ts";
import { watercolor } from "./watercolor.ts";
import { xRay } from "./x_ray.ts";

/** Every filter by name. */
export const filters = {
  blueprint,
  chalkboard,
  clay,
  copper,
  crossStitch,
  duotone,
  engraving,
  glitch,
  gold,
  halftone,
  knitted,
  neon,
  pixelArt,
  plasticBrick,
  popArt,
  risograph,
  stainedGlass,
  sticker,
  thermal,
  watercolor,
  xRay,
} as const;

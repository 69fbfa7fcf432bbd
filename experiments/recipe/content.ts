import { captionOf, type Scene } from "../../lib/world/mod.ts";

/** A scene's caption without its style: what is in the picture. */
export function contentOf(scene: Scene): string {
  return captionOf(scene).replace(`, in ${scene.style} style`, "");
}

import type { Family } from "./family.ts";
import { jpegFiles, pngFiles, webpFiles } from "./image_files.ts";
import { safetensorsFiles, safetensorsOnDisk } from "./safetensors_files.ts";

/** All that strangers can send. */
export const FAMILIES: readonly Family[] = [
  safetensorsFiles,
  safetensorsOnDisk,
  pngFiles,
  jpegFiles,
  webpFiles,
];

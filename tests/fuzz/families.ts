import { captions } from "./captions.ts";
import type { Family } from "./family.ts";
import { jpegFiles, pngFiles, webpFiles } from "./image_files.ts";
import { adapterFiles, conceptsFiles } from "./json_files.ts";
import { safetensorsFiles, safetensorsOnDisk } from "./safetensors_files.ts";

/** All that strangers can send. */
export const FAMILIES: readonly Family[] = [
  safetensorsFiles,
  safetensorsOnDisk,
  pngFiles,
  jpegFiles,
  webpFiles,
  captions,
  adapterFiles,
  conceptsFiles,
];

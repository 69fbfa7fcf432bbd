import type { Family } from "./family.ts";
import { safetensorsFiles, safetensorsOnDisk } from "./safetensors_files.ts";

/** All that strangers can send. */
export const FAMILIES: readonly Family[] = [safetensorsFiles, safetensorsOnDisk];

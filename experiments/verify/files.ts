import { shown } from "../../lib/io/shown.ts";
import { hashFolder, isUnlisted } from "../study/run_folder.ts";
import type { Finding } from "./finding.ts";
import type { RecordedRun } from "./recorded_run.ts";

/**
 * Compares the files of a run's folder with its manifest. Only names found in the folder are opened,
 * never those that the manifest tells.
 */
export async function compareFiles({ folder, outputs }: RecordedRun): Promise<Finding> {
  const found = await hashFolder(folder, isUnlisted);
  const wanted = new Map(Object.entries(outputs).filter(([path]) => !isUnlisted(path)));
  const all = [...new Set([...wanted.keys(), ...Object.keys(found)])].sort();
  const faults = all.flatMap((path) => {
    const name = `"${shown(path)}"`;
    if (!Object.hasOwn(found, path)) return [`${name} is missing`];
    if (!wanted.has(path)) return [`${name} is unexpected`];
    return found[path] === wanted.get(path) ? [] : [`${name} is changed`];
  });
  const compared = [`files: ${wanted.size} of the manifest, by SHA-256`, ...faults];
  return faults.length === 0 ? { compared } : { compared, difference: faults[0]! };
}

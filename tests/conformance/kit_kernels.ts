/**
 * The kernels that the kit may call.
 *
 * @module
 */
import { KernelGraph } from "./kernel_graph.ts";

const ROOT = new URL("../../", import.meta.url);
// Autodiff adds up gradients, converts their dtypes and copies what it saves.
const AUTODIFF = ["add", "cast", "clone"];

function* sources(folder: URL): Generator<URL> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    if (isDirectory) yield* sources(new URL(`${name}/`, folder));
    else if (name.endsWith(".ts")) yield new URL(name, folder);
  }
}

/** Every kernel that an operation named in lib/ and experiments/ may call, with the gradients'. */
export function kitKernels(): string[] {
  const names = new Set(AUTODIFF);
  for (const folder of ["lib/", "experiments/"]) {
    for (const file of sources(new URL(folder, ROOT))) {
      const text = Deno.readTextFileSync(file);
      for (const [, name, member] of text.matchAll(/\btf\.(\w+)(?:\.(\w+))?/g)) {
        names.add(name!);
        if (member) names.add(member); // tf.image.resizeBilinear
      }
    }
  }
  return [...new KernelGraph().kernels(names)].sort();
}

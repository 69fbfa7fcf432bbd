/**
 * The `tensorflow` engine: libtensorflow through tfjs-node-gpu, or tfjs-node where that is what is
 * installed.
 *
 * Neither is a dependency of the kit, since their install scripts fetch several hundred megabytes.
 * Who wants the engine installs one of them into a folder of its own:
 *
 *     npm install --prefix .cache/tensorflow @tensorflow/tfjs-node-gpu@4.22.0
 *
 * That package brings its own copy of TensorFlow.js, which registers with the one that runs here:
 * both keep their backends and kernels in the same global registry.
 *
 * @module
 */
import { createRequire } from "node:module";
import util from "node:util";

const FOLDER = new URL("../../.cache/tensorflow/", import.meta.url);
const VERSION = "4.22.0";
const PACKAGES = ["@tensorflow/tfjs-node-gpu", "@tensorflow/tfjs-node"]; // best first

/** Functions of `node:util` that tfjs-node 4.22.0 calls and Node 23 and Deno no longer have. */
const REMOVED: Readonly<Record<string, (value: unknown) => boolean>> = {
  isNullOrUndefined: (value) => value === null || value === undefined,
  isArray: Array.isArray,
};

/**
 * Registers the backend `tensorflow` with TensorFlow.js.
 *
 * @param folder Where the package is installed, ending in a slash.
 * @returns The package that was loaded.
 * @throws {Error} If no package is installed, or none loads.
 */
export function registerTensorFlow(folder = FOLDER): string {
  for (const [name, check] of Object.entries(REMOVED)) {
    if (!(name in util)) Object.assign(util, { [name]: check });
  }
  // libtensorflow tells at every start which instructions it was compiled for
  if (!Deno.env.has("TF_CPP_MIN_LOG_LEVEL")) Deno.env.set("TF_CPP_MIN_LOG_LEVEL", "2");
  const require = createRequire(folder);
  const problems: string[] = [];
  for (const name of PACKAGES) {
    try {
      require(name);
      return name;
    } catch (error) {
      const { message, code } = error as Error & { code?: string };
      const missing = code === "MODULE_NOT_FOUND" && message.includes(`'${name}'`);
      if (!missing) problems.push(`${name} does not load: ${message.split("\n")[0]}`);
    }
  }
  throw new Error(problems[0] ?? howToInstall());
}

function howToInstall(): string {
  const [gpu, cpu] = PACKAGES.map((name) => `${name}@${VERSION}`);
  return `run \`npm install --prefix .cache/tensorflow ${gpu}\` in the kit's folder, or with ${cpu} ` +
    `where there is no NVIDIA GPU`;
}

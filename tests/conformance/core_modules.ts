/**
 * Loads modules of tfjs-core's `dist/` folder, tests included, so that they run on the instance of
 * TensorFlow.js that the engines register their kernels with.
 *
 * The files are ES modules without extensions in a package that Deno resolves to a CommonJS bundle:
 * imported as they are they would not load, and would bring a second copy of the library.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

type Exports = Readonly<Record<string, unknown>>;

const requireOfUnion = createRequire(import.meta.resolve("@tensorflow/tfjs"));

/** The `dist/` folder of the tfjs-core that `@tensorflow/tfjs` depends on. */
export const CORE = new URL("./", pathToFileURL(requireOfUnion.resolve("@tensorflow/tfjs-core")));

/** Paths of the modules under a folder of `dist/`, without extension, such as `ops/abs_test`. */
export function coreModules(folder: string): string[] {
  const entries = [...Deno.readDirSync(new URL(folder, CORE))];
  return entries.flatMap(({ name, isDirectory }) => {
    if (isDirectory) return coreModules(`${folder}${name}/`);
    return name.endsWith(".js") ? [folder + name.slice(0, -".js".length)] : [];
  }).sort();
}

/** The text of a module, without the source map that makes up most of the file. */
export function coreSource(path: string): string {
  const text = Deno.readTextFileSync(new URL(`${path}.js`, CORE));
  return text.replace(/^\/\/# sourceMappingURL=.*$/m, "");
}

/** The path under `dist/` that a module means by a relative specifier. */
export function resolveCore(specifier: string, from: string): string {
  const { pathname } = new URL(specifier, `file:///${from}`);
  return pathname.replace(/^\/|\/$/g, "") || "index";
}

/** Modules that stand for themselves, beside those whose exports the running library has. */
const RUNNING: Readonly<Record<string, Exports>> = {
  "backends/backend": tf,
  "engine": { ENGINE: tf.engine(), add: tf.add },
  "environment": tf,
  "index": tf,
  "io/local_storage": { purgeLocalStorageArtifacts: () => {} },
  "ops/ops": tf,
  "test_util": tf.test_util,
  "util": tf.util,
  "util_base": tf.util,
};

const IMPORT = /^import (?:\* as (\w+)|\{([^}]*)\}) from '([^']+)';$/gm;
const EXPORT = /^export (?:async )?(?:function\*?|class|const|let) (\w+)/gm;

/** Names that a module exports where it declares them. */
function exportsOf(text: string): string[] {
  return [...text.matchAll(EXPORT)].map((match) => match[1]!);
}

/** Turns a module's text into the body of a function that returns its exports. */
function functionBody(text: string): string {
  const body = text
    .replace(IMPORT, (_, all: string | undefined, some: string | undefined, from: string) => {
      const pattern = all ?? `{${some!.replaceAll(" as ", ": ")}}`;
      return `const ${pattern} = load("${from}");`;
    })
    .replaceAll(/^export /gm, "");
  return `"use strict";\n${body}\nreturn { ${exportsOf(text).join(", ")} };`;
}

/** Loads modules of tfjs-core; each module once. */
export class CoreLoader {
  readonly #globals: Exports;
  readonly #loaded = new Map<string, Exports>(Object.entries(RUNNING));

  /** @param globals Variables that the modules expect to be global, such as jasmine's `describe`. */
  constructor(globals: Exports) {
    this.#globals = globals;
  }

  /**
   * Loads a module and what it imports.
   *
   * @param path Path under `dist/`, without extension, such as `ops/abs_test`.
   */
  load(path: string): Exports {
    const known = this.#loaded.get(path);
    if (known) return known;
    const text = coreSource(path);
    const names = exportsOf(text);
    const isRunning = names.length > 0 && names.every((name) => name in tf);
    const exports = isRunning ? tf : this.#evaluate(path, text);
    this.#loaded.set(path, exports);
    return exports;
  }

  #evaluate(path: string, text: string): Exports {
    const require = createRequire(new URL(path, CORE));
    const load = (from: string) =>
      from.startsWith(".") ? this.load(resolveCore(from, path)) : require(from);
    const run = new Function("load", ...Object.keys(this.#globals), functionBody(text));
    return run(load, ...Object.values(this.#globals));
  }
}

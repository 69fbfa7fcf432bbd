/**
 * Which kernels an operation of TensorFlow.js may call, itself and in its gradients, read from the
 * sources of tfjs-core.
 *
 * @module
 */
import { coreModules, coreSource, resolveCore } from "./core_modules.ts";

interface Module {
  readonly imports: readonly string[];
  readonly kernels: readonly string[];
}

const IMPORT = / from '(\.[^']+)';$/gm;
const OPERATION = /^export (?:const|function) (\w+)/gm;
const KERNEL = /\brunKernel\(\s*'?(\w+)/g;
const GRADIENT = /\bkernelName: '?(\w+)/;
// Many operations have a branch for complex numbers, which no engine of the kit has.
const COMPLEX_OPERATION = /^ops\/(complex|real|imag)$/;
const COMPLEX_KERNEL = /^Complex/;

/** The operations, gradients and kernels of tfjs-core and what leads to what. */
export class KernelGraph {
  readonly #modules = new Map<string, Module>();
  readonly #operations = new Map<string, string>(); // module by the operation's name
  readonly #gradients = new Map<string, string>(); // module by the kernel's name

  constructor() {
    const operations = coreModules("ops/").filter((path) => !/(_test|_util)$/.test(path));
    for (const path of operations) {
      const text = this.#add(path);
      for (const [, name] of text.matchAll(OPERATION)) this.#operations.set(name!, path);
    }
    for (const path of coreModules("gradients/")) {
      const kernel = GRADIENT.exec(this.#add(path))?.[1];
      if (kernel) this.#gradients.set(kernel, path);
    }
  }

  #add(path: string): string {
    const text = coreSource(path);
    this.#modules.set(path, {
      imports: [...text.matchAll(IMPORT)].map(([, from]) => resolveCore(from!, path)),
      kernels: [...text.matchAll(KERNEL)].map(([, kernel]) => kernel!),
    });
    return text;
  }

  /**
   * Every kernel that the operations may call, with those of their gradients.
   *
   * @param operations Names such as `matMul`; a name that is no operation is passed over.
   */
  kernels(operations: Iterable<string>): Set<string> {
    const kernels = new Set<string>();
    const seen = new Set<string>();
    const visit = (path: string): void => {
      const module = this.#modules.get(path);
      if (!module || seen.has(path) || path === "ops/ops") return;
      if (COMPLEX_OPERATION.test(path)) return;
      seen.add(path);
      module.imports.forEach(visit);
      for (const kernel of module.kernels) {
        if (COMPLEX_KERNEL.test(kernel)) continue;
        kernels.add(kernel);
        visit(this.#gradients.get(kernel) ?? "");
      }
    };
    for (const name of operations) visit(this.#operations.get(name) ?? "");
    return kernels;
  }
}

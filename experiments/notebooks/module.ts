import { type Notebook, sourceOf } from "./file.ts";

/**
 * The code cells of a notebook as one module. The kernel never checks types, so this text is what
 * `deno check` gets; a comment before each cell tells where an error stands.
 *
 * @param notebook The parsed file.
 * @returns TypeScript; imports stay where their cells have them, which a module allows.
 * @throws {SyntaxError} if there are no cells.
 */
export function moduleOf(notebook: Notebook): string {
  if (!Array.isArray(notebook.cells)) {
    throw new SyntaxError('Cannot read the notebook: it has no list "cells"');
  }
  return notebook.cells
    .map((cell, i) => ({ cell, number: i + 1 }))
    .filter(({ cell }) => cell.cell_type === "code")
    .map(({ cell, number }) => `// cell ${number}\n${sourceOf(cell)}\n`)
    .join("\n") + "\nexport {};\n";
}

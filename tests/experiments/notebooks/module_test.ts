import { assertEquals, assertThrows } from "@std/assert";
import type { Notebook } from "../../../experiments/notebooks/file.ts";
import { moduleOf } from "../../../experiments/notebooks/module.ts";

Deno.test("moduleOf() joins the code cells and names them", () => {
  const notebook: Notebook = {
    cells: [
      { cell_type: "markdown", source: ["# Title"] },
      { cell_type: "code", source: ["const a: number = 1;\n", "a;"] },
      { cell_type: "code", source: "a + 1;" },
    ],
  };
  assertEquals(
    moduleOf(notebook),
    "// cell 2\nconst a: number = 1;\na;\n\n// cell 3\na + 1;\n\nexport {};\n",
  );
});

Deno.test("moduleOf() refuses a file without cells", () => {
  assertThrows(() => moduleOf({} as Notebook), SyntaxError, "cells");
});

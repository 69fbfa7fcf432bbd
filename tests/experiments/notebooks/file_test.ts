import { assertEquals, assertMatch } from "@std/assert";
import {
  type Cell,
  type Notebook,
  notebookFaults,
  notebookText,
  stripped,
} from "../../../experiments/notebooks/file.ts";

const cell = (source: string, outputs: Cell["outputs"] = [], execution_count = 1): Cell => ({
  cell_type: "code",
  source,
  execution_count,
  outputs,
});
const faults = (...cells: Cell[]) => notebookFaults(notebookText({ cells }));
const shown = (data: Record<string, unknown>) => ({ output_type: "display_data", data });
const PLOTLY = "application/vnd.plotly.v1+json";

Deno.test("notebookFaults() takes a notebook that ran from top to bottom, or not at all", () => {
  const text = shown({ "text/plain": "table" });
  assertEquals(faults(cell("1;"), cell("await show(table);", [text], 2)), []);
  const { execution_count: _, ...unrun } = cell("await show(table);");
  assertEquals(faults(unrun), []);
});

Deno.test("notebookFaults() names errors, lost outputs, missing pictures and skipped cells", () => {
  assertMatch(faults(cell("1;", [{ output_type: "error" }]))[0]!, /cell 1 ended with an error/);
  assertMatch(faults(cell("await show(table);"))[0]!, /lost its output/);
  assertMatch(faults(cell("1;", [shown({ [PLOTLY]: {}, "text/plain": "" })]))[0]!, /without a/);
  assertMatch(faults(cell("1;", [shown({ "image/png": "" })]))[0]!, /without a/);
  assertMatch(faults(cell("1;"), cell("2;", [], 5))[0]!, /cell 2 did not run in its turn/);
  assertMatch(faults(cell("x".repeat(1.6e6)))[0]!, /bytes/);
});

Deno.test("notebookFaults() finds paths of a machine wherever they are printed", () => {
  for (const path of ["/home/ada/kit/a.ts", "file:///kit/a.ts", "(/tmp/a)", "C:\\\\kit"]) {
    const printed = { output_type: "stream", text: [`written to ${path}\n`] };
    assertMatch(faults(cell("1;", [printed]))[0]!, /path of one machine/, path);
    assertMatch(faults(cell(`read("${path}");`))[0]!, /path of one machine/, path);
  }
  const fine = shown({ "image/png": "iVBOR/tmp/x", "text/plain": "../lib/mod.ts results/tmp/a" });
  assertEquals(faults(cell('import "../lib/mod.ts";', [fine])), []);
});

Deno.test("stripped() leaves code and outputs, but no times, versions or paths", () => {
  const notebook: Notebook = {
    metadata: { language_info: { version: "9.9" }, widgets: {} },
    cells: [{
      ...cell("a;", [shown({ "text/plain": ["in /kit/results and file:///kit/lib/a.ts"] })]),
      metadata: { execution: { "iopub.status.busy": "2026-01-01T00:00:00Z" } },
    }],
  };
  const { cells: [only], metadata } = stripped(notebook, "/kit/");
  assertEquals(only!.outputs![0]!.data, { "text/plain": ["in results and lib/a.ts"] });
  assertEquals(only!.metadata, {});
  assertEquals(only!.source, "a;");
  assertEquals(JSON.stringify(metadata).includes("9.9"), false);
});

import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  cellError,
  checkNotebooks,
  missingTools,
  notebookFiles,
  pathOf,
} from "../../../experiments/notebooks.ts";
import { hasOutputs, notebookFaults } from "../../../experiments/notebooks/file.ts";

const probe = (jupyter: boolean, kernels: string) => (_: string, args: string[]) =>
  Promise.resolve({ code: jupyter ? 0 : 127, output: args[0] === "kernelspec" ? kernels : "6.5" });

Deno.test("missingTools() says what to install", async () => {
  assertStringIncludes((await missingTools(probe(false, "")))!, "pip install nbconvert");
  assertStringIncludes((await missingTools(probe(true, "{}")))!, "deno jupyter --install");
  assertEquals(await missingTools(probe(true, '{"kernelspecs":{"deno":{}}}')), undefined);
});

Deno.test("cellError() leaves out the way through Jupyter's own code", () => {
  const own = "nbclient.exceptions.CellExecutionError: in the following cell:\nawait show(1);\n";
  assertEquals(cellError(`Traceback:\n  File "nbclient/client.py", line 1\n${own}`), own);
  assertEquals(cellError("no kernel\n"), "no kernel\n");
});

Deno.test("every cell of every notebook passes the type check", async () => {
  const { code, output } = await checkNotebooks(await notebookFiles());
  assertEquals(code, 0, output);
});

Deno.test("the notebooks are small, without errors and paths of a machine; all have outputs or none", async () => {
  const carry: string[] = [], lack: string[] = [];
  for (const name of await notebookFiles()) {
    const text = await Deno.readTextFile(pathOf(name));
    assertEquals(notebookFaults(text), [], name);
    (hasOutputs(JSON.parse(text)) ? carry : lack).push(name);
  }
  assertEquals(carry.length > 0 ? lack : [], [], "run deno task notebooks --in-place");
});

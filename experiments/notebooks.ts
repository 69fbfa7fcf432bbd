/**
 * Executes every notebook headless and fails on any error.
 *
 * COMMAND   deno task notebooks [--out DIR] [--check-only]
 * NEEDS     Jupyter's nbconvert and the Deno kernel, see {@linkcode INSTALL}
 * MINUTES   about 3 on 2 cores
 * WRITES    results/notebooks/<name>.ipynb with outputs, and <name>.html
 *
 * The kernel never checks types, so before running, the code cells of each notebook go through
 * `deno check` as one module.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { readJson } from "../lib/io/files.ts";
import { parseCommand, runCommand, UsageError } from "../lib/show/command.ts";
import { moduleOf, type Notebook } from "./study/notebook_module.ts";

const NOTEBOOKS = new URL("../notebooks/", import.meta.url);
const TIMEOUT_S = 600; // per cell

const INSTALL = "`pip install nbconvert nbclient jupyter-client` or " +
  "`apt-get install jupyter-nbconvert python3-nbclient jupyter-client`";

interface Outcome {
  readonly code: number;
  readonly output: string;
}

async function run(command: string, args: string[]): Promise<Outcome> {
  try {
    const { code, stdout, stderr } = await new Deno.Command(command, { args }).output();
    const text = new TextDecoder();
    return { code, output: text.decode(stdout) + text.decode(stderr) };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return { code: 127, output: "" };
    throw error;
  }
}

/**
 * What is missing to run notebooks, as a sentence; undefined if nothing is.
 *
 * @param probe Runs a program and returns its exit code and output.
 */
export async function missingTools(probe = run): Promise<string | undefined> {
  if ((await probe("jupyter", ["nbconvert", "--version"])).code !== 0) {
    return `Cannot run notebooks: "jupyter nbconvert" was not found; install it with ${INSTALL}`;
  }
  const { code, output } = await probe("jupyter", ["kernelspec", "list", "--json"]);
  if (code !== 0 || !output.includes('"deno"')) {
    return "Cannot run notebooks: Jupyter has no Deno kernel; install it with " +
      "`deno jupyter --install`";
  }
}

/** The notebooks' file names, in reading order. */
export async function notebookFiles(): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(NOTEBOOKS)) {
    if (name.endsWith(".ipynb")) names.push(name);
  }
  return names.sort();
}

/** Type-checks the code cells of one notebook as a module that lies beside it. */
export async function checkNotebook(name: string): Promise<Outcome> {
  const notebook = await readJson<Notebook>(fileURLToPath(new URL(name, NOTEBOOKS)));
  const file = new URL(name.replace(/\.ipynb$/, ".cells.ts"), NOTEBOOKS);
  await Deno.writeTextFile(file, moduleOf(notebook));
  try {
    return await run(Deno.execPath(), ["check", fileURLToPath(file)]);
  } finally {
    await Deno.remove(file);
  }
}

/** Executes one notebook from top to bottom into `out`, and converts it to HTML. */
export async function executeNotebook(name: string, out: string): Promise<Outcome> {
  const executed = await run("jupyter", [
    "nbconvert",
    "--to=notebook",
    "--execute",
    "--ExecutePreprocessor.kernel_name=deno",
    `--ExecutePreprocessor.timeout=${TIMEOUT_S}`,
    `--output-dir=${out}`,
    fileURLToPath(new URL(name, NOTEBOOKS)),
  ]);
  if (executed.code !== 0) return executed;
  return await run("jupyter", ["nbconvert", "--to=html", `--output-dir=${out}`, `${out}/${name}`]);
}

/** Checks, then executes all notebooks; returns the process's exit code. */
export async function runNotebooks(out: string, checkOnly: boolean): Promise<number> {
  const missing = checkOnly ? undefined : await missingTools();
  if (missing) throw new UsageError(missing);
  let passed = 0, failed = 0;
  for (const name of await notebookFiles()) {
    const started = performance.now();
    let outcome = await checkNotebook(name);
    if (outcome.code === 0 && !checkOnly) outcome = await executeNotebook(name, out);
    const seconds = ((performance.now() - started) / 1000).toFixed(0);
    console.log(`${outcome.code === 0 ? "ok    " : "FAILED"}  ${name}  ${seconds} s`);
    if (outcome.code === 0) {
      passed++;
    } else {
      failed++;
      console.error(outcome.output);
    }
  }
  if (!checkOnly) console.log(`Executed copies and pages are in ${out}`);
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

if (import.meta.main) {
  await runCommand(async () => {
    const { out, checkOnly } = parseCommand(Deno.args, {
      name: "notebooks",
      summary: "executes every notebook headless and fails on any error",
      flags: {
        out: {
          type: "string",
          default: "results/notebooks",
          help: "folder of the executed copies",
        },
        checkOnly: { type: "boolean", help: "only check the types of the cells" },
      },
    });
    const code = await runNotebooks(out, checkOnly);
    if (code !== 0) Deno.exit(code);
  });
}

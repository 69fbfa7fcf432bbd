/**
 * Executes every notebook headless and fails on any error.
 *
 * COMMAND   deno task notebooks [--only TEXT] [--in-place] [--check-only] [--timeout SECONDS]
 *           [--out DIR]
 * NEEDS     Jupyter's nbconvert and the Deno kernel, see {@linkcode INSTALL}
 * MINUTES   about 6 on 2 cores
 * WRITES    results/notebooks/<name>.ipynb with outputs, and <name>.html
 *
 * The kernel never checks types, so before running, the code cells of each notebook go through
 * `deno check` as one module. `--in-place` also writes the outputs into notebooks/, which is how they
 * are committed: without times, versions and paths of the machine. An output that got lost, has no
 * static form or makes the file larger than 1.5 MB fails.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { readJson, writeAtomic } from "../lib/io/files.ts";
import { parseCommand, runCommand, UsageError } from "../lib/show/command.ts";
import { type Notebook, notebookFaults, notebookText, stripped } from "./notebooks/file.ts";
import { moduleOf } from "./notebooks/module.ts";

const ROOT = new URL("../", import.meta.url);
const NOTEBOOKS = new URL("notebooks/", ROOT);
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

/** Where a notebook stands. */
export function pathOf(name: string): string {
  return fileURLToPath(new URL(name, NOTEBOOKS));
}

/** The notebooks' file names, in reading order. */
export async function notebookFiles(): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(NOTEBOOKS)) {
    if (name.endsWith(".ipynb")) names.push(name);
  }
  return names.sort();
}

/** Type-checks the code cells of notebooks, each as a module that lies beside it. */
export async function checkNotebooks(names: readonly string[]): Promise<Outcome> {
  const files: URL[] = [];
  try {
    for (const name of names) {
      const notebook = await readJson<Notebook>(pathOf(name));
      files.push(new URL(name.replace(/\.ipynb$/, ".cells.ts"), NOTEBOOKS));
      await Deno.writeTextFile(files.at(-1)!, moduleOf(notebook));
    }
    return await run(Deno.execPath(), [
      "check",
      "--quiet",
      ...files.map((file) => fileURLToPath(file)),
    ]);
  } finally {
    await Promise.all(files.map((file) => Deno.remove(file)));
  }
}

/** Executes one notebook from top to bottom; leaves a clean copy with outputs, and a page, in `out`. */
export async function executeNotebook(
  name: string,
  { out, inPlace, timeout }: NotebookRun,
): Promise<Outcome> {
  const executed = await run("jupyter", [
    "nbconvert",
    "--to=notebook",
    "--execute",
    "--ExecutePreprocessor.kernel_name=deno",
    `--ExecutePreprocessor.timeout=${timeout}`,
    `--output-dir=${out}`,
    pathOf(name),
  ]);
  if (executed.code !== 0) return { ...executed, output: cellError(executed.output) };
  const copy = `${out}/${name}`;
  const text = notebookText(stripped(await readJson<Notebook>(copy), fileURLToPath(ROOT)));
  await writeAtomic(copy, text);
  const faults = notebookFaults(text);
  if (faults.length > 0) return { code: 1, output: `${name}: ${faults.join("; ")}` };
  if (inPlace) await writeAtomic(pathOf(name), text);
  return await run("jupyter", ["nbconvert", "--to=html", `--output-dir=${out}`, copy]);
}

/** The cell that failed and why, without the way through Jupyter's own code. */
export function cellError(output: string): string {
  return output.slice(Math.max(0, output.lastIndexOf("nbclient.exceptions.")));
}

/** How notebooks are run. */
export interface NotebookRun {
  readonly out: string;
  readonly checkOnly: boolean;
  /** Whether the clean copies also replace the notebooks themselves. */
  readonly inPlace: boolean;
  /** Seconds per cell. */
  readonly timeout: number;
  /** Only notebooks whose names contain it. */
  readonly only: string;
}

/** Checks, then executes notebooks; returns the process's exit code. */
export async function runNotebooks(
  options: NotebookRun,
): Promise<number> {
  const { out, checkOnly, only } = options;
  const missing = checkOnly ? undefined : await missingTools();
  if (missing) throw new UsageError(missing);
  const names = (await notebookFiles()).filter((name) => name.includes(only));
  if (names.length === 0) throw new UsageError(`Cannot find a notebook with "${only}" in its name`);
  let passed = 0, failed = 0;
  for (const name of names) {
    const started = performance.now();
    let outcome = await checkNotebooks([name]);
    if (outcome.code === 0 && !checkOnly) outcome = await executeNotebook(name, options);
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
    const flags = parseCommand(Deno.args, {
      name: "notebooks",
      summary: "executes every notebook headless and fails on any error",
      flags: {
        out: {
          type: "string",
          default: "results/notebooks",
          help: "folder of the executed copies",
        },
        only: { type: "string", default: "", help: "only notebooks with this in their names" },
        timeout: { type: "integer", min: 1, default: 600, help: "seconds per cell" },
        inPlace: { type: "boolean", help: "write the outputs into notebooks/, to be committed" },
        checkOnly: { type: "boolean", help: "only check the types of the cells" },
      },
    });
    const code = await runNotebooks(flags);
    if (code !== 0) Deno.exit(code);
  });
}

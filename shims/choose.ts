/**
 * Chooses where `jsr:` specifiers come from, before a task starts. Where the JSR registry answers,
 * the real packages are used and nothing is printed. Where it does not, the stand-ins of this folder
 * are copied to `.cache/links`, which `"links"` of deno.json names, and one line says so.
 */

const ANSWER_WITHIN = 3000; // ms
const shims = new URL("./", import.meta.url);
const links = new URL("../.cache/links/", import.meta.url);

const names: string[] = [];
for await (const entry of Deno.readDir(shims)) if (entry.isDirectory) names.push(entry.name);
names.sort();

if (await answers()) {
  await Deno.remove(links, { recursive: true }).catch(ignoreMissing);
} else {
  for (const name of names) await copyFolder(`${name}/`);
  const packages = names.map((name) => `jsr:@std/${name}`).join(" and ");
  console.error(`JSR does not answer: shims/ stands in for ${packages}`);
}

async function answers(): Promise<boolean> {
  const registry = Deno.env.get("JSR_URL") ?? "https://jsr.io/";
  try {
    const url = new URL("@std/assert/meta.json", registry);
    const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_WITHIN) });
    const meta = await response.json();
    return response.ok && meta.name === "assert";
  } catch {
    return false;
  }
}

/** Leaves equal files alone: another task may be reading them. */
async function copyFolder(path: string): Promise<void> {
  await Deno.mkdir(new URL(path, links), { recursive: true });
  for await (const entry of Deno.readDir(new URL(path, shims))) {
    const text = await Deno.readTextFile(new URL(path + entry.name, shims));
    const target = new URL(path + entry.name, links);
    const present = await Deno.readTextFile(target).catch(ignoreMissing);
    if (present !== text) await Deno.writeTextFile(target, text);
  }
}

function ignoreMissing(error: unknown): undefined {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}

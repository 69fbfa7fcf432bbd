import { assertEquals } from "@std/assert";

const SHIMS = new URL("../../shims/", import.meta.url);

/** Runs choose.ts in a copy of the project that holds one package; gives stderr and the links. */
async function choose(project: string, registry: string) {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-config", "--no-lock", "--no-prompt", "-A", "shims/choose.ts"],
    cwd: project,
    env: { JSR_URL: registry },
  }).output();
  const links = await Array.fromAsync(Deno.readDir(`${project}/.cache/links`)).catch(() => []);
  return { code, told: new TextDecoder().decode(stderr), links: links.map(({ name }) => name) };
}

Deno.test("choose.ts links the stand-ins where JSR does not answer, and unlinks them where it does", async () => {
  const project = await Deno.makeTempDir();
  await Deno.mkdir(`${project}/shims/assert`, { recursive: true });
  for (const file of ["choose.ts", "assert/deno.json", "assert/mod.ts"]) {
    await Deno.copyFile(new URL(file, SHIMS), `${project}/shims/${file}`);
  }
  let answer: () => Response = () => Response.json({ scope: "std", name: "assert" });
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => answer());
  const registry = `http://127.0.0.1:${server.addr.port}/`;
  const linked = {
    code: 0,
    told: "JSR does not answer: shims/ stands in for jsr:@std/assert\n",
    links: ["assert"],
  };
  try {
    answer = () => new Response("<html>Sign in to this network</html>");
    assertEquals(await choose(project, registry), linked);
    answer = () => Response.json({ scope: "std", name: "assert" });
    assertEquals(await choose(project, registry), { code: 0, told: "", links: [] });
    await server.shutdown();
    assertEquals(await choose(project, registry), linked);
    const [one, other] = await Promise.all(
      [".cache/links", "shims"].map((folder) =>
        Deno.readTextFile(`${project}/${folder}/assert/mod.ts`)
      ),
    );
    assertEquals(one, other);
  } finally {
    await server.shutdown();
    await Deno.remove(project, { recursive: true });
  }
});

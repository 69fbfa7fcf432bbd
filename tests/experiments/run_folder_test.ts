import { assertEquals } from "@std/assert";
import { filesBelow, hashFolder, writeManifest } from "../../experiments/study/run_folder.ts";

Deno.test("filesBelow() follows links to files, and none to nothing", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.mkdir(`${folder}/snapshot`);
  await Deno.writeTextFile(`${folder}/blob`, "abc");
  await Deno.symlink("../blob", `${folder}/snapshot/config.json`);
  await Deno.symlink("../gone", `${folder}/snapshot/gone.json`);
  assertEquals(await filesBelow(`${folder}/snapshot`), ["config.json"]);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("hashFolder() finds files at every depth", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.mkdir(`${folder}/images/a`, { recursive: true });
  await Deno.writeTextFile(`${folder}/images/a/x.txt`, "abc");
  await Deno.writeTextFile(`${folder}/table.md`, "");
  assertEquals(await hashFolder(folder, (path) => path === "table.md"), {
    "images/a/x.txt": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  });
  assertEquals(await filesBelow(`${folder}/missing`), []);
  await writeManifest(folder, { "config.json": "0" });
  const { inputs, outputs } = JSON.parse(await Deno.readTextFile(`${folder}/manifest.json`));
  assertEquals([inputs, Object.keys(outputs)], [{ "config.json": "0" }, [
    "images/a/x.txt",
    "table.md",
  ]]);
  await Deno.remove(folder, { recursive: true });
});

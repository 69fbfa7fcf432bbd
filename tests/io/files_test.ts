import { assertEquals, assertRejects } from "@std/assert";
import { readJson, sha256File, writeAtomic, writeJson } from "../../lib/io/files.ts";

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const names = (folder: string) => Array.from(Deno.readDirSync(folder), ({ name }) => name);

Deno.test("writeAtomic() makes folders, replaces content and leaves nothing else behind", () =>
  inFolder(async (folder) => {
    await writeAtomic(`${folder}/a/b/x.txt`, "a longer text");
    await writeAtomic(`${folder}/a/b/x.txt`, new Uint8Array([0x68, 0x69]));
    assertEquals(await Deno.readTextFile(`${folder}/a/b/x.txt`), "hi");
    assertEquals(names(`${folder}/a/b`), ["x.txt"]);
  }));

Deno.test("writeAtomic() keeps the old content and no temporary file when it fails", () =>
  inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/x`); // a folder cannot be replaced by a file
    await assertRejects(() => writeAtomic(`${folder}/x`, "text"));
    assertEquals(names(folder), ["x"]);
  }));

Deno.test("writeAtomic() lets many writers of one file finish", () =>
  inFolder(async (folder) => {
    const texts = Array.from({ length: 20 }, (_, i) => `${i}`.repeat(1000));
    await Promise.all(texts.map((text) => writeAtomic(`${folder}/x`, text)));
    assertEquals(texts.includes(await Deno.readTextFile(`${folder}/x`)), true);
    assertEquals(names(folder), ["x"]);
  }));

Deno.test("readJson() reads what writeJson() wrote, and names a file that is not JSON", () =>
  inFolder(async (folder) => {
    await writeJson(`${folder}/x.json`, { a: [1, "ü"] });
    assertEquals(await readJson<{ a: unknown[] }>(`${folder}/x.json`), { a: [1, "ü"] });
    await Deno.writeTextFile(`${folder}/y.json`, "{");
    await assertRejects(() => readJson(`${folder}/y.json`), SyntaxError, "y.json");
    await assertRejects(() => readJson(`${folder}/none.json`), Deno.errors.NotFound, "none.json");
  }));

Deno.test("sha256File() gives the published digests of nothing and of abc", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/empty`, "");
    await Deno.writeTextFile(`${folder}/abc`, "abc");
    assertEquals(
      await sha256File(`${folder}/empty`),
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    );
    assertEquals(
      await sha256File(`${folder}/abc`),
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    );
  }));

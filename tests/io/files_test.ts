import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import {
  readJson,
  sha256File,
  writeAll,
  writeAtomic,
  WriteError,
  writeJson,
  writing,
} from "../../lib/io/files.ts";
import { userMistake } from "../../lib/show/command.ts";
import { inFolder, namesIn } from "../in_folder.ts";

Deno.test("writeAtomic() makes folders, replaces content and leaves nothing else behind", () =>
  inFolder(async (folder) => {
    await writeAtomic(`${folder}/a/b/x.txt`, "a longer text");
    await writeAtomic(`${folder}/a/b/x.txt`, new Uint8Array([0x68, 0x69]));
    assertEquals(await Deno.readTextFile(`${folder}/a/b/x.txt`), "hi");
    assertEquals(namesIn(`${folder}/a/b`), ["x.txt"]);
  }));

Deno.test("writeAtomic() keeps the old content and no temporary file when it fails", () =>
  inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/x`); // a folder cannot be replaced by a file
    await assertRejects(() => writeAtomic(`${folder}/x`, "text"));
    assertEquals(namesIn(folder), ["x"]);
  }));

/** Places of Linux that cannot be written to, whoever asks. */
const REFUSED = [
  { path: "/sys/fs/x", reason: "permission denied|the disk is read-only" },
  { path: "/dev/null/x", reason: "Not a directory" },
];

Deno.test({
  name: "writeAtomic() tells in a sentence which path cannot be written, and why",
  ignore: Deno.build.os !== "linux",
  async fn() {
    for (const { path, reason } of REFUSED) {
      const error = await assertRejects(() => writeAtomic(`${path}/y`, "text"), WriteError);
      assertMatch(error.message, new RegExp(`^Cannot write "${path}/y": (${reason})$`));
      assertEquals(userMistake(error), error.message);
    }
    const toFullDisk = async () => {
      using file = await Deno.open("/dev/full", { write: true });
      await writeAll(file, new Uint8Array(9));
    };
    const error = await assertRejects(() => writing("x", toFullDisk), WriteError);
    assertEquals(error.message, 'Cannot write "x": the disk is full');
  },
});

Deno.test("writeAtomic() lets many writers of one file finish", () =>
  inFolder(async (folder) => {
    const texts = Array.from({ length: 20 }, (_, i) => `${i}`.repeat(1000));
    await Promise.all(texts.map((text) => writeAtomic(`${folder}/x`, text)));
    assertEquals(texts.includes(await Deno.readTextFile(`${folder}/x`)), true);
    assertEquals(namesIn(folder), ["x"]);
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

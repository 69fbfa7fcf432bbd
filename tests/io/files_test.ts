import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { readJson, sha256File, writeAtomic, WriteError, writeJson } from "../../lib/io/files.ts";
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

Deno.test("writeAtomic() says which path cannot be written, and why", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/x`, "a file");
    const error = await assertRejects(() => writeAtomic(`${folder}/x/y`, "text"), WriteError);
    assertEquals(error.message, `Cannot write "${folder}/x/y": a file is where a folder must be`);
    assertEquals(userMistake(error), error.message);
  }));

/** Code that writes where Linux refuses it, even to root, and what it ends with. */
const REFUSED = {
  "a folder that cannot be written": [
    `writeAtomic("/sys/fs/x/y", "text")`,
    /^Cannot write "\/sys\/fs\/x\/y": (permission denied|the disk is read-only)\n$/,
  ],
  "a full disk": [
    `writing("x", async () => await (await Deno.open("/dev/full", { write: true })).write(new Uint8Array(9)))`,
    /^Cannot write "x": the disk is full\n$/,
  ],
} as const;

for (const [place, [code, sentence]] of Object.entries(REFUSED)) {
  Deno.test({
    name: `${place} ends a command with a sentence`,
    ignore: Deno.build.os !== "linux",
    async fn() {
      const url = (file: string) => JSON.stringify(new URL(`../../lib/${file}`, import.meta.url));
      const source = `import { writeAtomic, writing } from ${url("io/files.ts")};
        import { runCommand } from ${url("show/command.ts")};
        await runCommand(() => ${code});`;
      const config = new URL("../../deno.json", import.meta.url).pathname;
      const output = await new Deno.Command(Deno.execPath(), {
        args: ["eval", "--config", config, source],
        env: { NO_COLOR: "1" },
      }).output();
      assertMatch(new TextDecoder().decode(output.stderr), sentence);
      assertEquals(output.code, 2);
    },
  });
}

Deno.test("writeAtomic() is not kept by what a killed process of the same number left", () =>
  inFolder(async (folder) => {
    for (let i = 0; i < 200; i++) {
      await Deno.writeTextFile(`${folder}/x.tmp-${Deno.pid}-${i}`, "half");
    }
    await writeAtomic(`${folder}/x`, "text");
    assertEquals(await Deno.readTextFile(`${folder}/x`), "text");
  }));

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

import { assert, assertEquals, assertRejects } from "@std/assert";
import { downloadModel } from "../../lib/io/hub.ts";
import { cachedSnapshot, snapshotFiles, snapshotModel } from "../../lib/io/hub_cache.ts";
import { HubError } from "../../lib/io/hub_error.ts";
import { HubServer } from "./hub_server.ts";

const ID = "owner/tiny";
const WEIGHTS = "part/model.safetensors";
const FILES = new Map([
  ["config.json", new TextEncoder().encode('{"side": 4}')],
  [WEIGHTS, Uint8Array.from({ length: 50_000 }, (_, i) => (i * i) % 251)],
  ["evil.py", new TextEncoder().encode("print()")],
  ["../outside.json", new TextEncoder().encode("{}")],
]);
const wanted = (paths: readonly string[]) =>
  paths.filter((path) => /json$|safetensors$/.test(path));

/** A server, and a cache folder that is thrown away. */
async function withHub(test: (server: HubServer, cache: string) => Promise<void>): Promise<void> {
  await using server = new HubServer(ID, FILES);
  const cache = await Deno.makeTempDir();
  Deno.env.set("HF_ENDPOINT", server.url);
  try {
    await test(server, cache);
  } finally {
    Deno.env.delete("HF_ENDPOINT");
    await Deno.remove(cache, { recursive: true });
  }
}

const blobs = async (cache: string) =>
  (await Array.fromAsync(Deno.readDir(`${cache}/models--owner--tiny/blobs`), ({ name }) => name))
    .sort();

Deno.test("downloadModel() fills the cache as Hugging Face's libraries lay it out", () =>
  withHub(async (server, cache) => {
    const told: number[] = [];
    const onBytes = (done: number) => told.push(done);
    const folder = await downloadModel(ID, wanted, { cache, onBytes });
    assertEquals(folder, `${cache}/models--owner--tiny/snapshots/${server.commit}`);
    assertEquals(await cachedSnapshot(ID, cache), folder);
    assertEquals(snapshotModel(folder), ID);
    // neither what was not chosen nor what would leave the folder
    assertEquals((await snapshotFiles(folder)).sort(), ["config.json", WEIGHTS]);
    assertEquals(await Deno.readFile(`${folder}/${WEIGHTS}`), FILES.get(WEIGHTS));
    assert((await Deno.lstat(`${folder}/${WEIGHTS}`)).isSymlink);
    assertEquals((await blobs(cache)).map((name) => name.length).sort(), [40, 64]);
    assertEquals(told.at(-1), 50_011);
    assertEquals(told.toSorted((a, b) => a - b), told);

    server.takeRequests();
    await downloadModel(ID, wanted, { cache });
    assertEquals(server.takeRequests().filter((request) => !request.includes("/api/")), []);
  }));

Deno.test("downloadModel() takes a broken connection up where it broke", () =>
  withHub(async (server, cache) => {
    server.faults.cuts.push(Infinity, 20_000, 10_000); // the config is whole
    const folder = await downloadModel(ID, wanted, { cache });
    assertEquals(await Deno.readFile(`${folder}/${WEIGHTS}`), FILES.get(WEIGHTS));
    const ranges = server.takeRequests().filter((request) => request.includes(WEIGHTS));
    assertEquals(ranges.map((request) => request.split(" ")[2]), [
      "bytes=0-",
      "bytes=20000-",
      "bytes=30000-",
    ]);
  }));

Deno.test("downloadModel() goes on in a later run, and has no file under its name before", () =>
  withHub(async (server, cache) => {
    server.faults.cuts.push(Infinity, 20_000, 0);
    await assertRejects(
      () => downloadModel(ID, wanted, { cache }),
      HubError,
      `Cannot download "${WEIGHTS}" of "owner/tiny": after 20000 of 50000 bytes`,
    );
    assertEquals(await cachedSnapshot(ID, cache), undefined);
    assert((await blobs(cache)).some((name) => /^[0-9a-f]{64}\.incomplete$/.test(name)));
    server.takeRequests();
    const told: number[] = [];
    const onBytes = (done: number) => told.push(done);
    const folder = await downloadModel(ID, wanted, { cache, onBytes });
    assertEquals(await Deno.readFile(`${folder}/${WEIGHTS}`), FILES.get(WEIGHTS));
    assertEquals(server.takeRequests().at(-1)!.split(" ")[2], "bytes=20000-");
    assertEquals(told[1], 20_011);
    assert((await blobs(cache)).every((name) => !name.endsWith(".incomplete")));
  }));

Deno.test("downloadModel() begins again where a server sends whole files only", () =>
  withHub(async (server, cache) => {
    server.faults.wholeFiles = true;
    server.faults.cuts.push(Infinity, 20_000);
    const folder = await downloadModel(ID, wanted, { cache });
    assertEquals(await Deno.readFile(`${folder}/${WEIGHTS}`), FILES.get(WEIGHTS));
  }));

Deno.test("downloadModel() lets two runs at once share the work", () =>
  withHub(async (server, cache) => {
    const both = await Promise.all([1, 2].map(() => downloadModel(ID, wanted, { cache })));
    assertEquals(both[0], both[1]);
    assertEquals((await snapshotFiles(both[0]!)).sort(), ["config.json", WEIGHTS]);
    assertEquals(server.takeRequests().filter((request) => request.includes(WEIGHTS)).length, 1);
    assertEquals((await blobs(cache)).length, 2);
  }));

Deno.test("downloadModel() throws corrupt contents away", () =>
  withHub(async (server, cache) => {
    await downloadModel(ID, (paths) => paths.filter((p) => p === "config.json"), { cache });
    server.faults.corrupt = true;
    await assertRejects(() => downloadModel(ID, wanted, { cache }), HubError, "its SHA-256 is");
    assertEquals((await blobs(cache)).length, 1);
    server.faults.corrupt = false;
    await downloadModel(ID, wanted, { cache });

    await Deno.remove(cache, { recursive: true });
    server.faults.corrupt = true;
    await assertRejects(() => downloadModel(ID, wanted, { cache }), HubError, "its git hash is");
    assertEquals(await blobs(cache), []);
  }));

Deno.test("downloadModel() says what the hub refuses", () =>
  withHub(async (server, cache) => {
    const host = new URL(server.url).host;
    const fails = (id: string, text: string) =>
      assertRejects(() => downloadModel(id, wanted, { cache }), HubError, text);
    await fails(
      "owner/none",
      `Cannot download "owner/none": ${host} answers 404: it does not exist`,
    );
    for (
      const [status, text] of [[401, "HF_TOKEN"], [403, "gated"], [503, "out of order"]] as const
    ) {
      server.apiStatus = status;
      await fails(ID, text);
    }
    server.apiStatus = 200;
    server.faults.refusals.push(403); // listed, but its files are gated
    await fails(
      ID,
      `Cannot download "config.json" of "owner/tiny": ${host} answers 403: it is gated`,
    );
    assertEquals(await cachedSnapshot(ID, cache), undefined);
  }));

Deno.test("downloadModel() says when the hub cannot be reached", () =>
  withHub(async (server, cache) => {
    await server[Symbol.asyncDispose]();
    await assertRejects(
      () => downloadModel(ID, wanted, { cache }),
      HubError,
      "cannot be reached (Connection refused); with no network, give a local copy",
    );
    Deno.env.set("HF_ENDPOINT", "https://example.com"); // outside the permissions of the tests
    await assertRejects(
      () => downloadModel(ID, wanted, { cache }),
      HubError,
      "--allow-net=example.com",
    );
  }));

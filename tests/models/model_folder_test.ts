import { assert, assertEquals, assertRejects } from "@std/assert";
import { main as generateMain } from "../../experiments/generate.ts";
import { HubError } from "../../lib/io/hub_error.ts";
import { readImage } from "../../lib/io/image.ts";
import { snapshotFiles } from "../../lib/io/hub_cache.ts";
import { modelFolder } from "../../lib/models/model_folder.ts";
import { saveMuse } from "../../lib/models/muse.ts";
import { tinyParts } from "../experiments/tiny_muse.ts";
import { HubServer } from "../io/hub_server.ts";

const ID = "owner/tiny-muse";

/** A checkpoint in both precisions, as aMUSEd is published, and a file that nobody may run. */
async function checkpoint(): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
  const folder = await Deno.makeTempDir();
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const dtype of ["F16", "F32"] as const) {
    await saveMuse(folder, tinyParts(), dtype);
    for (const path of await snapshotFiles(folder)) {
      const name = dtype === "F16" ? path.replace(/\.safetensors$/, ".fp16.safetensors") : path;
      files.set(name, await Deno.readFile(`${folder}/${path}`));
    }
  }
  await Deno.remove(folder, { recursive: true });
  return files.set("pipeline.py", new TextEncoder().encode("raise SystemExit"));
}

const FILES = await checkpoint();

async function withHub(test: (server: HubServer, cache: string) => Promise<void>): Promise<void> {
  await using server = new HubServer(ID, new Map(FILES));
  const cache = await Deno.makeTempDir();
  const environment = { HF_ENDPOINT: server.url, HF_HUB_CACHE: cache };
  for (const [name, value] of Object.entries(environment)) Deno.env.set(name, value);
  try {
    await test(server, cache);
  } finally {
    for (const name of Object.keys(environment)) Deno.env.delete(name);
    await Deno.remove(cache, { recursive: true });
  }
}

const draw = (out: string, ...more: string[]) =>
  generateMain(["--prompt", "a cat", "--steps", "2", "--out", out, "--model", ID, ...more]);

Deno.test("generate fetches a model once, then draws without a network", () =>
  withHub(async (server, cache) => {
    const out = `${cache}/cat.png`;
    await assertRejects(() => draw(out, "--offline"), HubError, "this run fetches nothing");
    assertEquals(server.takeRequests(), []);
    await draw(out);
    const fetched = server.takeRequests().filter((request) => request.includes("/resolve/"));
    assertEquals(fetched.length, 12);
    assert(!fetched.some((request) => /fp16|\.py/.test(request)));
    const first = await readImage(out);
    assertEquals(first.width, 256);

    await draw(out, "--variant", "fp16"); // the other precision is on the disk
    await draw(out, "--offline");
    assertEquals(server.takeRequests(), []);
    assertEquals((await readImage(out)).data, first.data);
  }));

Deno.test("modelFolder() fetches half precision where it is asked for", () =>
  withHub(async (server) => {
    const folder = await modelFolder(ID, { variant: "fp16" });
    const names = (await snapshotFiles(folder)).filter((path) => path.endsWith(".safetensors"));
    assertEquals(names.sort(), [
      "text_encoder/model.fp16.safetensors",
      "transformer/diffusion_pytorch_model.fp16.safetensors",
      "vqvae/diffusion_pytorch_model.fp16.safetensors",
    ]);
    server.takeRequests();
    assertEquals(await modelFolder(ID), folder); // nor is full precision fetched then
    assertEquals(server.takeRequests(), []);
  }));

Deno.test("modelFolder() completes a snapshot that lacks files", () =>
  withHub(async (server) => {
    const folder = await modelFolder(ID), path = "vqvae/config.json";
    const blob = await Deno.realPath(`${folder}/${path}`);
    await Deno.remove(blob);
    await assertRejects(() => modelFolder(ID, { offline: true }), HubError, `it lacks "${path}"`);
    server.takeRequests();
    assertEquals(await modelFolder(ID), folder);
    const fetched = server.takeRequests().filter((request) => request.includes("/resolve/"));
    assertEquals(fetched.map((request) => request.split(" ")[1]!.endsWith(path)), [true]);
    assertEquals(await Deno.readFile(`${folder}/${path}`), FILES.get(path));
  }));

Deno.test("modelFolder() fetches nothing of a repository that is no aMUSEd checkpoint", () =>
  withHub(async (server) => {
    (server.files as Map<string, unknown>).delete("vqvae/config.json");
    await assertRejects(
      () => modelFolder(ID),
      HubError,
      `Cannot use "${ID}": it has no "vqvae/config.json"`,
    );
    assert(!server.takeRequests().some((request) => request.includes("/resolve/")));
  }));

Deno.test("modelFolder() knows embedded models and folders before the hub", async () => {
  assert((await modelFolder("emoji-64")).endsWith("/lib/pretrained/emoji-64"));
  assertEquals(await modelFolder("lib/pretrained"), "lib/pretrained");
  for (const name of ["emoji-65", "../mine/model", "https://hub/a/b", "/nowhere", "owner/.x"]) {
    await assertRejects(() => modelFolder(name), RangeError, `"${name}"`);
  }
});

Deno.test("generate tells a missing model in one sentence and exits with 2", () =>
  withHub(async (server, cache) => {
    const file = new URL("../../experiments/generate.ts", import.meta.url).pathname;
    const args = ["--prompt", "a cat", "--out", `${cache}/cat.png`, "--model", "owner/none"];
    const permissions = ["read", "write", "env", "sys", "ffi", "net=127.0.0.1"];
    const command = new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", ...permissions.map((name) => `--allow-${name}`), file, ...args],
    });
    const { code, stderr } = await command.output();
    const sentence = `Cannot download "owner/none": ${new URL(server.url).host} answers 404`;
    assertEquals(code, 2);
    assertEquals(new TextDecoder().decode(stderr), `${sentence}: it does not exist\n`);
  }));

import { createHash } from "node:crypto";

/** What the server does to requests for file contents. */
export interface Faults {
  /** Bytes after which each answer breaks off; taken from the front, one per request. */
  readonly cuts: number[];
  /** Statuses that requests get instead of an answer; taken from the front, one per request. */
  readonly refusals: number[];
  /** Whether the bytes that are sent are wrong. */
  corrupt: boolean;
  /** Whether the server sends whole files only. */
  wholeFiles: boolean;
}

/** A server on this machine that answers as the Hugging Face hub does, for one model. */
export class HubServer implements AsyncDisposable {
  readonly commit = "0123456789abcdef0123456789abcdef01234567";
  readonly faults: Faults = { cuts: [], refusals: [], corrupt: false, wholeFiles: false };
  /** `GET /path`, and for parts of files `GET /path bytes=5-`. */
  readonly requests: string[] = [];
  /** The status of the API, if it is not to answer. */
  apiStatus = 200;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  /**
   * @param id The model, `owner/name`; every other one does not exist.
   * @param files Its files by path. Those that end with .safetensors are kept in LFS.
   */
  constructor(readonly id: string, readonly files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>) {
    const options = { hostname: "127.0.0.1", port: 0, onListen() {} };
    this.#server = Deno.serve(options, (request) => this.#answer(request));
  }

  /** What HF_ENDPOINT is to be. */
  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  /** The requests since the last call. */
  takeRequests(): string[] {
    return this.requests.splice(0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }

  #answer(request: Request): Response {
    const path = decodeURIComponent(new URL(request.url).pathname);
    const range = request.headers.get("range");
    this.requests.push(`${request.method} ${path}${range ? ` ${range}` : ""}`);
    if (path.startsWith("/api/")) return this.#api(path);
    const prefix = `/${this.id}/resolve/${this.commit}/`;
    const content = path.startsWith(prefix) && this.files.get(path.slice(prefix.length));
    if (!content) return new Response("Entry not found", { status: 404 });
    const refusal = this.faults.refusals.shift();
    if (refusal) return new Response("no", { status: refusal });
    return this.#content(content, this.faults.wholeFiles ? null : range);
  }

  #api(path: string): Response {
    if (this.apiStatus !== 200) return Response.json({ error: "no" }, { status: this.apiStatus });
    const root = `/api/models/${this.id}`;
    if (path === `${root}/revision/main`) return Response.json({ id: this.id, sha: this.commit });
    if (path !== `${root}/tree/${this.commit}`) {
      return Response.json({ error: "Repository not found" }, { status: 404 });
    }
    return Response.json([...this.files].map(([path, content]) => entry(path, content)));
  }

  #content(content: Uint8Array<ArrayBuffer>, range: string | null): Response {
    const start = Number(/^bytes=(\d+)-/.exec(range ?? "")?.[1] ?? 0);
    const part = content.slice(start);
    if (this.faults.corrupt) part.fill(7);
    // less than the promised length makes the connection break
    const cut = this.faults.cuts.shift() ?? Infinity;
    return new Response(new Blob([part.subarray(0, cut)]).stream(), {
      status: range ? 206 : 200,
      headers: {
        "content-length": `${part.length}`,
        ...range && { "content-range": `bytes ${start}-${content.length - 1}/${content.length}` },
      },
    });
  }
}

function entry(path: string, content: Uint8Array): object {
  const git = createHash("sha1").update(`blob ${content.length}\0`).update(content).digest("hex");
  const common = { type: "file", path, size: content.length, oid: git };
  if (!path.endsWith(".safetensors")) return common;
  const oid = createHash("sha256").update(content).digest("hex");
  const pointer = { oid, size: content.length, pointerSize: 134 };
  return { ...common, oid: "f".repeat(40), lfs: pointer };
}

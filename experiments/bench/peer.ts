import { fileURLToPath } from "node:url";
import { UsageError } from "../../lib/show/command.ts";

const SCRIPT = fileURLToPath(new URL("peer.py", import.meta.url));

/** What the peer says of the runs of one case. */
export interface PeerRuns {
  /** Milliseconds of each. */
  readonly ms: number[];
  /** See `Runs` of cases.ts; null where the case has none. */
  readonly value: number | null;
  /** Largest resident memory so far. */
  readonly peakMB: number;
}

/** PyTorch in a process of its own: peer.py under an interpreter of the user's. */
export class Peer {
  readonly #python: string;
  readonly #process: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #lines: AsyncGenerator<string>;
  #versions: Record<string, string> = {};

  private constructor(python: string, args: readonly string[]) {
    this.#python = python;
    const command = new Deno.Command(python, {
      ...{ args: [SCRIPT, ...args], stdin: "piped", stdout: "piped", stderr: "inherit" },
    });
    this.#process = command.spawn();
    this.#input = this.#process.stdin.getWriter();
    this.#lines = linesOf(this.#process.stdout);
  }

  /**
   * Starts it.
   *
   * @param python The interpreter.
   * @param model Folder of the model.
   * @param work Safetensors file of the inputs, as `workTensors` gives them.
   * @param threads Threads within an operator.
   * @throws {UsageError} If it cannot be run, or lacks a library.
   */
  static async start(python: string, model: string, work: string, threads: number): Promise<Peer> {
    try {
      const peer = new Peer(python, [model, work, `${threads}`]);
      peer.#versions = await peer.#answer();
      return peer;
    } catch (error) {
      if (
        !(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied)
      ) {
        throw error;
      }
      throw new UsageError(`Cannot run --peer "${python}": want the path of a Python interpreter`);
    }
  }

  /** Of its libraries, by name. */
  get versions(): Readonly<Record<string, string>> {
    return this.#versions;
  }

  /** Runs a case `times` in a row. */
  async measure(id: string, times: number): Promise<PeerRuns> {
    await this.#input.write(new TextEncoder().encode(`${id} ${times}\n`));
    return await this.#answer();
  }

  /** Lets it end. */
  async close(): Promise<void> {
    await this.#input.close();
    await this.#process.status;
  }

  async #answer<T>(): Promise<T> {
    const { value } = await this.#lines.next();
    const answer = parsed(value);
    if (answer && !("error" in answer)) return answer as T;
    const why = answer ? answer.error : "it did not answer";
    throw new UsageError(
      `Cannot measure --peer "${this.#python}": ${why}; want Python with torch, diffusers and transformers`,
    );
  }
}

function parsed(line: string | undefined): { error?: string } | undefined {
  try {
    const value = JSON.parse(line ?? "");
    return typeof value === "object" ? value : undefined;
  } catch {
    return undefined;
  }
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  for await (const piece of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + piece).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
}

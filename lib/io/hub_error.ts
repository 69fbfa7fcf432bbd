/** What keeps a model from being fetched; the message is the sentence to show. */
export class HubError extends Error {
  override name = "HubError";
}

const ANSWERS: Readonly<Record<number, string>> = {
  401: "it does not exist, or is private or gated: HF_TOKEN must hold a token that may read it",
  403: "it is gated: ask for access on its page, and set HF_TOKEN to a token that may read it",
  404: "it does not exist",
  429: "too many requests: wait, then run the command again",
};

/** What a status of the hub means for a repository or a file in it. */
export function hubAnswer(host: string, status: number): string {
  const meaning = ANSWERS[status] ?? (status >= 500 ? "it is out of order" : "it refuses");
  return `${host} answers ${status}: ${meaning}`;
}

/**
 * What an error below HTTP means: no permission, no network, no answer. An error of another kind is
 * thrown again.
 */
export function networkFault(host: string, error: unknown): string {
  if (error instanceof Deno.errors.NotCapable) {
    return `this command may not reach ${host}; it would need --allow-net=${host}`;
  }
  if (error instanceof DOMException) return `${host} does not answer in time`;
  if (error instanceof SyntaxError) return `${host} does not answer as a hub does`;
  if (!(error instanceof TypeError)) throw error; // such as a WriteError
  const reason = innermost(error);
  return `${host} cannot be reached${reason && ` (${reason})`}; with no network, give a local copy`;
}

/** The last and plainest part of fetch's chain of reasons: "Name or service not known". */
function innermost({ message, cause }: Error): string {
  const text = cause instanceof Error ? cause.message : message;
  return text.split(": ").at(-1)!.replace(/ \(os error \d+\)$/, "");
}

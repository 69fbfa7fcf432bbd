import { parseArgs } from "@std/cli/parse-args";
import { WriteError } from "../io/files.ts";
import { HubError } from "../io/hub_error.ts";
import { Interrupted } from "./interruption.ts";

interface Described<T> {
  readonly help: string;
  readonly default?: T;
  /** Given without a name: `pretrain judge`. In the order of the spec. */
  readonly positional?: true;
}

/** One flag of a command. Without a default it is required, or `undefined` if `optional`. */
export type Flag =
  | { readonly type: "boolean"; readonly help: string }
  | Described<string> & { readonly type: "string"; readonly optional?: true }
  | Described<string> & {
    readonly type: "choice";
    readonly choices: readonly string[];
    readonly optional?: true;
  }
  | Described<number> & {
    readonly type: "number" | "integer";
    readonly min?: number;
    readonly max?: number;
    readonly optional?: true;
  };

/** A command: what it is called, what it does in one line, and its flags by camelCase name. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  readonly flags: Readonly<Record<string, Flag>>;
}

type Given<F extends Flag> = F extends { type: "boolean" } ? boolean
  : F extends { choices: readonly (infer C)[] } ? C
  : F extends { type: "string" } ? string
  : number;

/** The values of a command's flags, as `parseCommand` returns them. */
export type Values<C extends Command> = {
  [K in keyof C["flags"]]: C["flags"][K] extends { optional: true }
    ? Given<C["flags"][K]> | undefined
    : Given<C["flags"][K]>;
};

/** A mistake in a command line; its message is the sentence to show. */
export class UsageError extends Error {
  override name = "UsageError";
}

/** Thrown by `parseCommand` where `--help` stands; its message is the text to print. */
export class HelpRequest extends Error {
  override name = "HelpRequest";
}

/**
 * Reads a command line.
 *
 * @param args the words after the command, as in `Deno.args`
 * @param command what may stand there; write it `as const`-like, with literal types, so that the
 *   values are typed. The flag `dPrj` is written `--d-prj`
 * @returns every flag's value, checked
 * @throws {UsageError} on an unknown, repeated or missing flag, or a value out of range
 * @throws {HelpRequest} when `--help` or `-h` is given
 * @example
 * ```ts
 * import { parseCommand } from "./command.ts";
 *
 * const { seed, preset } = parseCommand(["--seed", "7"], {
 *   name: "ablation",
 *   summary: "placement x data scaling",
 *   flags: {
 *     seed: { type: "integer", min: 0, default: 0, help: "seed of everything random" },
 *     preset: { type: "choice", choices: ["quick", "paper"], default: "quick", help: "size" },
 *   },
 * });
 * console.log(seed, preset); // 7 quick
 * ```
 */
export function parseCommand<const C extends Command>(
  args: readonly string[],
  command: C,
): Values<C> {
  const flags = Object.entries(command.flags);
  const named = (boolean: boolean) =>
    flags.filter(([, flag]) => (flag.type === "boolean") === boolean).map(([key]) => kebab(key));
  const parsed: Record<string, unknown> = parseArgs([...args], {
    string: ["_", ...named(false)],
    boolean: ["help", ...named(true)],
    collect: named(false),
    alias: { help: "h" },
    unknown: (arg: string, key?: string) => key === undefined || refuseFlag(arg, command),
  });
  if (parsed.help) throw new HelpRequest(helpText(command));
  const words = [...parsed._ as string[]];
  const values = flags.map(([key, flag]) => {
    const given = parsed[kebab(key)];
    if (flag.type === "boolean") return [key, given === true];
    const texts = [given ?? []].flat() as string[];
    if (texts.length === 0 && flag.positional && words.length > 0) texts.push(words.shift()!);
    return [key, valueOf(key, flag, texts)];
  });
  if (words.length > 0) throw new UsageError(`Unexpected word "${words[0]}"${seeHelp}`);
  return Object.fromEntries(values);
}

/**
 * Runs a command and ends the process: status 0 when it is done; 2 with one sentence on stderr for
 * a user's mistake; 130 with the advice of an {@linkcode Interrupted}; 1 with the stack trace for
 * anything unexpected.
 *
 * @param main the command; it parses its arguments inside, so that their mistakes are told too
 */
export async function runCommand(main: () => void | Promise<void>): Promise<never> {
  try {
    await main();
    Deno.exit(0);
  } catch (error) {
    if (error instanceof HelpRequest) {
      console.log(error.message);
      Deno.exit(0);
    }
    if (error instanceof Interrupted) {
      console.error(Deno.stderr.isTerminal() ? `\n${error.message}` : error.message); // below the bar
      Deno.exit(130);
    }
    const sentence = userMistake(error);
    console.error(sentence ?? error);
    Deno.exit(sentence === undefined ? 1 : 2);
  }
}

/**
 * The sentence that tells a user's mistake: a `UsageError`, a file that is missing, not allowed or
 * cannot be written, a model that cannot be fetched, or a TypeError, RangeError or SyntaxError that
 * our own checks threw.
 *
 * @returns the sentence, or `undefined` when the error is a defect of the program
 */
export function userMistake(error: unknown): string | undefined {
  if (!(error instanceof Error)) return;
  if (TOLD.some((kind) => error instanceof kind)) return error.message;
  if (error instanceof Deno.errors.NotFound) {
    return `Cannot find ${quotedPath(error.message)}`;
  }
  const checked = [TypeError, RangeError, SyntaxError].some((kind) => error instanceof kind);
  return checked && isOurs(error.message) ? error.message : undefined;
}

/** The text that `--help` prints: usage, summary, flags aligned with defaults and ranges. */
export function helpText(command: Command): string {
  const flags = Object.entries(command.flags);
  const rows = flags.map(([key, flag]) => [placeholder(key, flag), describe(flag)] as const);
  rows.push(["--help", "shows this"]);
  const width = Math.max(...rows.map(([left]) => left.length));
  const words = flags.filter(([, flag]) => isPositional(flag)).map(([key]) => ` ${kebab(key)}`);
  return [
    `${command.name}${words.join("")} [flags]: ${command.summary}`,
    "",
    ...rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`),
  ].join("\n");
}

const seeHelp = "; --help lists what is known";

/** Errors whose message is the sentence. */
const TOLD = [
  UsageError,
  HubError,
  WriteError,
  Deno.errors.PermissionDenied,
  Deno.errors.NotCapable,
  Deno.errors.IsADirectory,
  Deno.errors.NotADirectory,
  Deno.errors.AlreadyExists,
];

function kebab(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function camel(name: string): string {
  return name.replaceAll(/-[a-z]/g, (part) => part.slice(1).toUpperCase());
}

function refuseFlag(arg: string, command: Command): never {
  if (/^-[\d.]/.test(arg)) {
    throw new UsageError(`Unexpected "${arg}"; a negative value is written --flag=${arg}`);
  }
  const name = arg.replace(/^-+/, "").replace(/=.*$/s, "");
  const flag = command.flags[camel(name)];
  if (flag && kebab(camel(name)) === name && arg.endsWith("=")) throw needsValue(`--${name}`, flag);
  const near = Object.keys(command.flags).map(kebab).find((key) => isNear(key, name));
  throw new UsageError(`Unknown flag "--${name}"${near ? `; is --${near} meant?` : seeHelp}`);
}

function needsValue(name: string, flag: Flag): UsageError {
  return new UsageError(`${name} needs a value: ${describe(flag)}`);
}

/** Equal but for case, dashes, or one part being the start of the other. */
function isNear(one: string, other: string): boolean {
  const [a, b] = [one, other].map((name) => name.toLowerCase().replaceAll("-", ""));
  return b !== "" && (a!.startsWith(b!) || b!.startsWith(a!));
}

function valueOf(key: string, flag: Exclude<Flag, { type: "boolean" }>, texts: readonly string[]) {
  const name = flag.positional ? kebab(key) : `--${kebab(key)}`;
  const [text] = texts;
  if (texts.length > 1) throw new UsageError(`${name} is given ${texts.length} times`);
  if (text === undefined) {
    if (flag.default !== undefined || "optional" in flag) return flag.default;
    throw new UsageError(`${name} is missing: ${describe(flag)}`);
  }
  if (text === "") throw needsValue(name, flag);
  if (flag.type === "string") return text;
  if (flag.type === "choice") {
    if (flag.choices.includes(text)) return text;
    throw new UsageError(`${name} must be one of ${flag.choices.join(", ")}: found "${text}"`);
  }
  return numberOf(name, flag, text);
}

function numberOf(name: string, flag: Flag & { type: "number" | "integer" }, text: string): number {
  const { type, min = -Infinity, max = Infinity } = flag;
  const value = text.trim() === "" ? NaN : Number(text);
  const kind = type === "integer" ? "a whole number" : "a number";
  const right = type === "integer" ? Number.isSafeInteger(value) : Number.isFinite(value);
  if (right && value >= min && value <= max) return value;
  throw new UsageError(`${name} must be ${kind}${range(flag)}: found "${text}"`);
}

function range({ min, max }: { readonly min?: number; readonly max?: number }): string {
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`;
  if (min !== undefined) return ` >= ${min}`;
  return max !== undefined ? ` <= ${max}` : "";
}

function isPositional(flag: Flag): boolean {
  return flag.type !== "boolean" && flag.positional === true;
}

function placeholder(key: string, flag: Flag): string {
  if (isPositional(flag)) return kebab(key);
  const value = { boolean: "", string: " TEXT", choice: " NAME", number: " X", integer: " N" };
  return `--${kebab(key)}${value[flag.type]}`;
}

function describe(flag: Flag): string {
  if (flag.type === "boolean") return flag.help;
  const choices = flag.type === "choice" ? `: ${flag.choices.join(" | ")}` : "";
  const limits = flag.type === "number" || flag.type === "integer" ? range(flag) : "";
  const standard = flag.default === undefined ? "" : ` (default ${flag.default})`;
  return `${flag.help}${choices}${limits && `,${limits}`}${standard}`;
}

function quotedPath(message: string): string {
  const path = /'([^']*)'\s*$/.exec(message)?.[1];
  return path === undefined ? message : `"${path}"`;
}

/**
 * Our checks name what was found and what is wanted; the messages of the language itself ("Cannot
 * read properties of undefined", "x is not a function", "Failed to execute ...") do not.
 */
function isOurs(message: string): boolean {
  return /"|: | must | wanted /.test(message) && !/^Failed to /.test(message);
}

/**
 * Stand-in for `parseArgs` of `jsr:@std/cli`: `string`, `boolean`, `default`, `alias`, `collect`,
 * `negatable`, `stopEarly`, `--` and `unknown`. Names with dots stay plain keys here.
 */

/** The options of `parseArgs` that this stand-in knows. */
export interface ParseOptions {
  "--"?: boolean;
  alias?: Record<string, string | readonly string[]>;
  boolean?: boolean | string | readonly string[];
  string?: string | readonly string[];
  collect?: string | readonly string[];
  negatable?: string | readonly string[];
  default?: Record<string, unknown>;
  stopEarly?: boolean;
  unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

/** What `parseArgs` returns: the flags by name, and the words that are no flag under `_`. */
// deno-lint-ignore no-explicit-any
export type Args = { [key: string]: any; _: (string | number)[] };

const list = (value: unknown): string[] =>
  typeof value === "string" ? [value] : Array.isArray(value) ? value : [];

const isNumber = (text: string) =>
  /^[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?$|^0x[0-9a-f]+$/i.test(text);

/** Reads flags and words from the command line's arguments. */
export function parseArgs(args: readonly string[], options: ParseOptions = {}): Args {
  const names = aliasGroups(options.alias ?? {});
  const group = (key: string) => names.get(key) ?? [key];
  const all = (keys: unknown) => new Set(list(keys).flatMap(group));
  const booleans = all(options.boolean);
  const strings = all(options.string);
  const collects = all(options.collect);
  const negatable = all(options.negatable);
  const out = Object.create(null) as Args;
  out._ = [];
  const given = new Set<string>();

  const known = (key: string) =>
    options.boolean === true || booleans.has(key) || strings.has(key) || names.has(key);
  const set = (key: string, raw: unknown, arg: string) => {
    if (!known(key) && options.unknown && options.unknown(arg, key, raw) === false) return;
    const value = typeof raw === "string" && !strings.has(key) && isNumber(raw) ? Number(raw) : raw;
    for (const name of group(key)) {
      if (!collects.has(name)) out[name] = value;
      else out[name] = given.has(name) ? [...out[name], value] : [value];
      given.add(name);
    }
  };
  const word = (arg: string) => {
    if (options.unknown && options.unknown(arg) === false) return;
    out._.push(!strings.has("_") && isNumber(arg) ? Number(arg) : arg);
  };

  let i = 0;
  const takesNext = (key: string, next: string | undefined) =>
    next && !booleans.has(key) && options.boolean !== true && !next.startsWith("-");
  const flag = (key: string, arg: string) => {
    const next = args[i + 1];
    if (takesNext(key, next)) {
      set(key, next, arg);
      i++;
    } else if (booleans.has(key) && (next === "true" || next === "false")) {
      set(key, next === "true", arg);
      i++;
    } else set(key, strings.has(key) ? "" : true, arg);
  };

  for (; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === "--") {
      const rest = args.slice(i + 1);
      if (options["--"]) out["--"] = rest;
      else rest.forEach(word);
      break;
    }
    const long = /^--(.+?)(?:=([\s\S]+))?$/.exec(arg);
    if (long) {
      const [, key = "", value] = long;
      const base = key.startsWith("no-") ? key.slice(3) : "";
      if (value !== undefined) set(key, booleans.has(key) ? value !== "false" : value, arg);
      else if (base && negatable.has(base)) set(base, false, arg);
      else flag(key, arg);
    } else if (/^-[^-]/.test(arg)) {
      const letters = arg.slice(1);
      const [, head = "", value] = /^([^=]+)(?:=([\s\S]*))?$/.exec(letters) ?? [];
      for (const key of head.slice(0, -1)) set(key, strings.has(key) ? "" : true, arg);
      const last = head.at(-1) ?? "";
      if (value !== undefined) set(last, value, arg);
      else flag(last, arg);
    } else if (options.stopEarly) {
      args.slice(i).forEach(word);
      break;
    } else word(arg);
  }

  for (const [key, value] of Object.entries(options.default ?? {})) {
    for (const name of group(key)) if (!given.has(name)) out[name] = value;
  }
  for (const name of booleans) out[name] ??= collects.has(name) ? [] : false;
  for (const name of collects) out[name] ??= [];
  return { ...out };
}

function aliasGroups(alias: Record<string, string | readonly string[]>): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const [key, others] of Object.entries(alias)) {
    const names = [key, ...list(others)];
    for (const name of names) groups.set(name, names);
  }
  return groups;
}

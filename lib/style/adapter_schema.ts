import { shown, shownValue } from "../io/shown.ts";
import { ADAPTER_DEFAULTS, type AdapterConfig } from "./placements.ts";

/** `adapter.json` beside `adapter.safetensors`. */
export interface AdapterFile {
  readonly schema: "finestyle.adapter/1";
  readonly config: AdapterConfig;
  readonly trainableParameters: number;
  /** The model the adapter was tuned on. */
  readonly base: { readonly name: string; readonly sha256: string };
  /** What else the writer wants to remember: caption, style, tuning config. */
  readonly details: Readonly<Record<string, unknown>>;
}

type Json = Record<string, unknown>;

/**
 * The content of an `adapter.json` as what it must be; the values of its config are checked where the
 * adapter is placed.
 *
 * @param file the parsed file
 * @param path names it in errors
 * @throws {SyntaxError} if the schema is another one, a part is missing or of a wrong type, or a key of
 *   the config is unknown
 */
export function checkedAdapterFile(file: unknown, path: string): AdapterFile {
  const refuse = (reason: string): never => {
    throw new SyntaxError(`Cannot read "${path}": ${reason}`);
  };
  const schema = isObject(file) ? file.schema : undefined;
  if (!isObject(file) || schema !== "finestyle.adapter/1") {
    return refuse(`schema is ${shownValue(schema)}, want "finestyle.adapter/1"`);
  }
  const { base, config, details } = file;
  if (!isObject(base) || typeof base.name !== "string" || typeof base.sha256 !== "string") {
    return refuse("base must have a name and a sha256");
  }
  if (!isObject(config)) return refuse(`config is ${shownValue(config)}, want an object`);
  if (details !== undefined && !isObject(details)) {
    return refuse(`details are ${shownValue(details)}, want an object`);
  }
  checkTypes(config, refuse);
  return file as unknown as AdapterFile;
}

function checkTypes(config: Json, refuse: (reason: string) => never): void {
  const { modules, ...rest } = config;
  const texts = Array.isArray(modules) && modules.every((name) => typeof name === "string");
  if (modules !== undefined && !texts) refuse("config.modules must be a list of names");
  const unknown = Object.keys(rest).find((key) => !Object.hasOwn(ADAPTER_DEFAULTS, key));
  if (unknown !== undefined) refuse(`config has the unknown key "${shown(unknown)}"`);
  for (const [key, standard] of Object.entries(ADAPTER_DEFAULTS)) {
    if (typeof rest[key] === typeof standard) continue;
    refuse(`config.${key} is ${shownValue(rest[key])}, want a ${typeof standard}`);
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Where glyphs come from: the npm packages that hold the art, and how each names its drawings.
 *
 * Nothing is committed: the packages are installed from npm and read from `node_modules`.
 */
import { createRequire } from "node:module";
import { type Raster, rasterizeSvg, rasterizeText, rasterizeWebp } from "./rasterize.ts";

const require = createRequire(import.meta.url);

/** Every art source of EmojiWorld. */
export type SourceId =
  | "fluent-emoji-flat"
  | "fluent-emoji-high-contrast"
  | "noto"
  | "noto-v1"
  | "twemoji"
  | "emojione"
  | "emojione-monotone"
  | "streamline-emojis"
  | "fluent-emoji-3d"
  | "noto-emoji-300"
  | "noto-emoji-700";

/** One art source, opened. */
export interface Source {
  /** Rasterises the drawing of a codepoint, or undefined where the source has none. */
  draw(codepoint: string): Promise<Raster | undefined>;
}

interface Iconify {
  readonly width?: number;
  readonly height?: number;
  readonly icons: Record<string, Icon>;
  readonly aliases?: Record<string, { readonly parent: string }>;
}

interface Icon {
  readonly body: string;
  readonly width?: number;
  readonly height?: number;
  readonly left?: number;
  readonly top?: number;
}

/** Names that the CLDR name does not give, by codepoint. */
const OTHER_NAMES: Partial<Record<SourceId, Readonly<Record<string, string>>>> = {
  "emojione": { "1f916": "robot-face" },
  "emojione-monotone": { "1f916": "robot-face" },
  "streamline-emojis": {
    "1f98a": "fox-face-1",
    "1f981": "lion-face",
    "1f984": "unicorn-face",
    "1f43b": "bear-face",
    "1f43c": "panda-face",
    "1f438": "frog-face",
    "1f916": "robot-face-1",
    "26c4": "snowman",
    "2764": "heart-suit",
    "1f427": "penguin-2",
    "1f392": "school-backpack",
  },
};

/** Icons that some source lacks, drawn in its manner. */
const SUBSTITUTES: Partial<Record<SourceId, Readonly<Record<string, string>>>> = {
  "streamline-emojis": {
    "2b50": `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48"><path fill="#ffe500" ` +
      `stroke="#45413c" stroke-width="2" stroke-linejoin="round" d="M24 3l6.5 13.2 14.5 2.1-10.5 ` +
      `10.2 2.5 14.5L24 36.2 11 43l2.5-14.5L3 18.3l14.5-2.1z"/></svg>`,
  },
};

/** "Christmas tree" -> "christmas-tree", as icon sets spell names. */
function slug(name: string): string {
  return name.toLowerCase().replace(/[’'.:,]/g, "").replace(/[^a-z0-9]+/g, "-");
}

async function readPackageJson<T>(path: string): Promise<T> {
  return JSON.parse(await Deno.readTextFile(require.resolve(path))) as T;
}

/** The npm package that holds a source. */
function packageOf(id: SourceId): string {
  if (id === "fluent-emoji-3d") return "@lobehub/fluent-emoji-3d";
  return id.startsWith("noto-emoji-") ? "@expo-google-fonts/noto-emoji" : `@iconify-json/${id}`;
}

/**
 * Name of a source and version of its package: the key of caches.
 *
 * @throws {Error} if the npm package is not installed
 */
export async function sourceVersion(id: SourceId): Promise<string> {
  const { version } = await readPackageJson<{ version: string }>(`${packageOf(id)}/package.json`);
  return `${id}@${version}`;
}

/** CLDR names by codepoint, without variation selectors. */
async function cldrNames(): Promise<Map<string, string>> {
  const data = await readPackageJson<Record<string, { name: string }>>(
    "unicode-emoji-json/data-by-emoji.json",
  );
  const names = Object.entries(data).map(([emoji, { name }]): [string, string] => [
    [...emoji].map((c) => c.codePointAt(0)!.toString(16)).filter((h) => h !== "fe0f").join("-"),
    slug(name),
  ]);
  return new Map(names);
}

/** The icon name of a codepoint in one Iconify set. */
async function iconNames(id: SourceId, set: Iconify): Promise<(code: string) => string[]> {
  const chars = await readPackageJson<Record<string, string>>(`${packageOf(id)}/chars.json`)
    .catch(() => ({}));
  const byCode = new Map(
    Object.entries(chars).map(([code, name]) => [code.replace(/^0+/, ""), name]),
  );
  const cldr = await cldrNames();
  const overrides = OTHER_NAMES[id] ?? {};
  return (code) => {
    const name = cldr.get(code) ?? code;
    const chosen = overrides[code] ?? byCode.get(code) ?? byCode.get(`${code}-fe0f`);
    return [...(chosen ? [chosen] : []), name, `${name}-1`]
      .map((candidate) => set.aliases?.[candidate]?.parent ?? candidate);
  };
}

async function openIconify(id: SourceId): Promise<Source> {
  const set = await readPackageJson<Iconify>(`${packageOf(id)}/icons.json`);
  const names = await iconNames(id, set);
  const svgOf = (code: string): string | undefined => {
    const name = names(code).find((candidate) => set.icons[candidate]);
    if (name === undefined) return SUBSTITUTES[id]?.[code];
    const icon = set.icons[name]!;
    const width = icon.width ?? set.width ?? 16, height = icon.height ?? set.height ?? 16;
    return `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" ` +
      `viewBox="${icon.left ?? 0} ${icon.top ?? 0} ${width} ${height}">` +
      `${icon.body.replaceAll("currentColor", "#000")}</svg>`;
  };
  return {
    async draw(code) {
      const svg = svgOf(code);
      return svg === undefined ? undefined : await rasterizeSvg(svg);
    },
  };
}

async function openFont(weight: "300Light" | "700Bold"): Promise<Source> {
  const file = `${packageOf("noto-emoji-300")}/${weight}/NotoEmoji_${weight}.ttf`;
  const font = await Deno.readFile(require.resolve(file));
  return {
    draw: (code) => rasterizeText(String.fromCodePoint(parseInt(code, 16)), font),
  };
}

// deno-lint-ignore require-await
async function openFluent3d(): Promise<Source> {
  const folder = require.resolve(`${packageOf("fluent-emoji-3d")}/package.json`).replace(
    /package\.json$/,
    "assets/",
  );
  const read = (code: string) => Deno.readFile(`${folder}${code}.webp`).catch(() => undefined);
  return {
    async draw(code) {
      const bytes = await read(code) ?? await read(`${code}-fe0f`);
      return bytes && await rasterizeWebp(bytes);
    },
  };
}

/**
 * Opens an art source.
 *
 * @throws {Error} if its npm package is not installed
 */
export function openSource(id: SourceId): Promise<Source> {
  switch (id) {
    case "fluent-emoji-3d":
      return openFluent3d();
    case "noto-emoji-300":
      return openFont("300Light");
    case "noto-emoji-700":
      return openFont("700Bold");
    default:
      return openIconify(id);
  }
}

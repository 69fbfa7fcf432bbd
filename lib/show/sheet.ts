import type { Image } from "../io/image.ts";
import { enlarge } from "./overlay.ts";
import { escapeXml, FONT_FAMILY, rasterise, textWidth } from "./raster.ts";
import { INK, MUTED } from "./svg_parts.ts";

/** A grid of images with captions. */
export interface Sheet {
  readonly title?: string;
  /** Caption above each column. */
  readonly columns: readonly string[];
  readonly rows: readonly SheetRow[];
  /** Whole-number enlargement of every image, nearest neighbour; 2 when absent. */
  readonly scale?: number;
}

/** One row of a {@linkcode Sheet}. */
export interface SheetRow {
  /** At the left. */
  readonly caption: string;
  /** What stands in each column: an image, a text, or nothing. */
  readonly images: readonly (Image | string | undefined)[];
  /** A few words below each image. */
  readonly notes?: readonly (string | undefined)[];
}

const SIZE = 13, LINE = 17, GAP = 8, PAD = 12, CAPTION_WIDTH = 200;
const NOTE_SIZE = 11, NOTE_LINE = 14, SMALLEST = 48;

interface Layout {
  readonly width: number;
  readonly height: number;
  readonly left: readonly number[];
  readonly top: readonly number[];
  readonly columnLines: readonly (readonly string[])[];
  readonly rowLines: readonly (readonly string[])[];
  readonly headTop: number;
  /** Texts in place of images and below them. */
  readonly cells: readonly Block[];
}

/** Lines of text with their top left corner. */
interface Block {
  readonly lines: readonly string[];
  readonly x: number;
  readonly y: number;
  readonly note: boolean;
}

/**
 * Breaks a text at its line ends, and at spaces so that each line is at most `width` SVG units wide, as
 * far as words allow; words that are wider break behind their hyphens.
 */
export function wrapText(text: string, width: number, size = SIZE): string[] {
  return text.split("\n").flatMap((line) => wrapLine(line, width, size));
}

function wrapLine(text: string, width: number, size: number): string[] {
  const fits = (line: string) => textWidth(line, size) <= width;
  const words = text.split(" ").flatMap((word) => {
    const parts = fits(word) ? [word] : word.split(/(?<=-)/);
    return parts.map((part, i) => (i === 0 ? " " : "") + part);
  });
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && fits(last + word)) lines[lines.length - 1] = last + word;
    else lines.push(word.trimStart());
  }
  return lines;
}

/**
 * Draws a contact sheet.
 *
 * @param sheet The grid; images of one column may differ in size.
 * @returns The whole sheet over white.
 * @throws {RangeError} if the scale is not a whole number from 1.
 */
export async function contactSheet(sheet: Sheet): Promise<Image> {
  const scale = sheet.scale ?? 2;
  const layout = arrange(sheet, scale);
  const canvas = await rasterise(captionsSvg(sheet, layout));
  for (const [r, row] of sheet.rows.entries()) {
    for (const [c, image] of row.images.entries()) {
      if (typeof image === "object") {
        paste(canvas, enlarge(image, scale), layout.left[c]!, layout.top[r]!);
      }
    }
  }
  return canvas;
}

function arrange(sheet: Sheet, scale: number): Layout {
  const widths = sheet.columns.map((_, c) =>
    columnWidth(sheet.rows.map((r) => r.images[c]), scale)
  );
  const columnLines = sheet.columns.map((text, c) => text ? wrapText(text, widths[c]!) : []);
  const rowLines = sheet.rows.map((row) => row.caption ? wrapText(row.caption, CAPTION_WIDTH) : []);
  const captionWidth = Math.max(0, ...rowLines.flat().map((line) => textWidth(line, SIZE)));
  const headTop = PAD + (sheet.title ? 28 : 0);
  const cells = sheet.rows.map((row) => rowCells(row, widths, scale));
  const heights = cells.map(({ height }, r) => Math.max(height, rowLines[r]!.length * LINE));
  const left = offsets(PAD + (captionWidth > 0 ? Math.ceil(captionWidth) + 2 * GAP : 0), widths);
  const top = offsets(headTop + Math.max(0, ...columnLines.map((l) => l.length)) * LINE, heights);
  return {
    width: Math.max(left.at(-1)! - GAP + PAD, PAD * 2 + textWidth(sheet.title ?? "", 16)),
    height: top.at(-1)! - GAP + PAD,
    left,
    top,
    columnLines,
    rowLines,
    headTop,
    cells: cells.flatMap(({ blocks }, r) =>
      blocks.map(({ column, ...block }) => ({
        ...block,
        x: left[column]!,
        y: top[r]! + block.y,
      }))
    ),
  };
}

/** As wide as its widest image; texts among them are broken at that width. */
function columnWidth(cells: readonly (Image | string | undefined)[], scale: number): number {
  const images = cells.filter((cell) => typeof cell === "object");
  const texts = images.length === 0 && cells.some((cell) => typeof cell === "string");
  return Math.max(texts ? CAPTION_WIDTH : SMALLEST, ...images.map(({ width }) => width * scale));
}

/** The texts of a row, their tops relative to the row's, and its height. */
function rowCells({ images, notes = [] }: SheetRow, widths: readonly number[], scale: number) {
  const blocks: (Omit<Block, "x"> & { readonly column: number })[] = [];
  let height = SMALLEST;
  for (const [column, width] of widths.entries()) {
    const cell = images[column], note = notes[column];
    const texts = typeof cell === "string" ? wrapText(cell, width) : [];
    let bottom = typeof cell === "object" ? cell.height * scale : texts.length * LINE;
    if (texts.length > 0) blocks.push({ lines: texts, y: 0, note: false, column });
    if (note !== undefined && note !== "") {
      const lines = wrapText(note, width, NOTE_SIZE);
      blocks.push({ lines, y: bottom, note: true, column });
      bottom += lines.length * NOTE_LINE;
    }
    height = Math.max(height, bottom);
  }
  return { blocks, height };
}

/** Start of each item and, last, the end of all. */
function offsets(start: number, sizes: readonly number[]): number[] {
  const out = [start];
  for (const size of sizes) out.push(out.at(-1)! + size + GAP);
  return out;
}

function captionsSvg(sheet: Sheet, layout: Layout): string {
  const width = Math.ceil(layout.width), height = Math.ceil(layout.height);
  const block = ({ lines, x, y, note }: Block) =>
    lines.map((text, i) => {
      const baseline = y + 12 + i * (note ? NOTE_LINE : LINE);
      const look = note ? `font-size="${NOTE_SIZE}" fill="${MUTED}"` : `font-size="${SIZE}"`;
      return `<text x="${x}" y="${baseline}" ${look}>${escapeXml(text)}</text>`;
    });
  const text = (lines: readonly string[], x: number, y: number) =>
    block({ lines, x, y, note: false });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ` +
    `font-family="${FONT_FAMILY}" fill="${INK}">`,
    sheet.title
      ? `<text x="${PAD}" y="${PAD + 15}" font-size="16" font-weight="600">${
        escapeXml(sheet.title)
      }</text>`
      : "",
    ...layout.columnLines.flatMap((lines, c) => text(lines, layout.left[c]!, layout.headTop)),
    ...layout.rowLines.flatMap((lines, r) => text(lines, PAD, layout.top[r]!)),
    ...layout.cells.flatMap(block),
    "</svg>",
  ].join("\n");
}

function paste(canvas: Image, image: Image, left: number, top: number): void {
  const [x0, y0] = [Math.round(left), Math.round(top)];
  for (let y = 0; y < image.height; y++) {
    const row = image.data.subarray(3 * y * image.width, 3 * (y + 1) * image.width);
    canvas.data.set(row, 3 * ((y0 + y) * canvas.width + x0));
  }
}

import type { Image } from "../io/image.ts";
import { enlarge } from "./overlay.ts";
import { escapeXml, FONT_FAMILY, rasterise, textWidth } from "./raster.ts";

/** A grid of images with captions. */
export interface Sheet {
  readonly title?: string;
  /** Caption above each column. */
  readonly columns: readonly string[];
  /** Caption at the left of each row, and its images; a missing one leaves its place empty. */
  readonly rows: readonly SheetRow[];
  /** Whole-number enlargement of every image, nearest neighbour; 2 when absent. */
  readonly scale?: number;
}

/** One row of a {@linkcode Sheet}. */
export interface SheetRow {
  readonly caption: string;
  readonly images: readonly (Image | undefined)[];
}

const SIZE = 13, LINE = 17, GAP = 8, PAD = 12, CAPTION_WIDTH = 200;

interface Layout {
  readonly width: number;
  readonly height: number;
  readonly left: readonly number[];
  readonly top: readonly number[];
  readonly columnLines: readonly (readonly string[])[];
  readonly rowLines: readonly (readonly string[])[];
  readonly headTop: number;
}

/** Breaks a text at spaces so that each line is at most `width` SVG units wide, as far as words allow. */
export function wrapText(text: string, width: number, size = SIZE): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && textWidth(`${last} ${word}`, size) <= width) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else lines.push(word);
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
      if (image) paste(canvas, enlarge(image, scale), layout.left[c]!, layout.top[r]!);
    }
  }
  return canvas;
}

function arrange(sheet: Sheet, scale: number): Layout {
  const largest = (images: readonly (Image | undefined)[], side: "width" | "height") =>
    Math.max(48, ...images.map((image) => (image?.[side] ?? 0) * scale));
  const widths = sheet.columns.map((_, c) => largest(sheet.rows.map((r) => r.images[c]), "width"));
  const columnLines = sheet.columns.map((text, c) => wrapText(text, widths[c]!));
  const rowLines = sheet.rows.map((row) => row.caption ? wrapText(row.caption, CAPTION_WIDTH) : []);
  const captionWidth = Math.max(0, ...rowLines.flat().map((line) => textWidth(line, SIZE)));
  const headTop = PAD + (sheet.title ? 28 : 0);
  const heights = sheet.rows.map((row, r) =>
    Math.max(largest(row.images, "height"), rowLines[r]!.length * LINE)
  );
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
  };
}

/** Start of each item and, last, the end of all. */
function offsets(start: number, sizes: readonly number[]): number[] {
  const out = [start];
  for (const size of sizes) out.push(out.at(-1)! + size + GAP);
  return out;
}

function captionsSvg(sheet: Sheet, layout: Layout): string {
  const width = Math.ceil(layout.width), height = Math.ceil(layout.height);
  const block = (lines: readonly string[], x: number, y: number) =>
    lines.map((text, i) =>
      `<text x="${x}" y="${y + 12 + i * LINE}" font-size="${SIZE}">${escapeXml(text)}</text>`
    );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ` +
    `font-family="${FONT_FAMILY}" fill="#222222">`,
    sheet.title
      ? `<text x="${PAD}" y="${PAD + 15}" font-size="16" font-weight="600">${
        escapeXml(sheet.title)
      }</text>`
      : "",
    ...layout.columnLines.flatMap((lines, c) => block(lines, layout.left[c]!, layout.headTop)),
    ...layout.rowLines.flatMap((lines, r) => block(lines, PAD, layout.top[r]!)),
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

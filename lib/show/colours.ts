/** Okabe and Ito's eight colours, told apart with every common colour blindness. */
export const OKABE_ITO = [
  "#0072b2",
  "#d55e00",
  "#009e73",
  "#cc79a7",
  "#e69f00",
  "#56b4e9",
  "#f0e442",
  "#000000",
] as const;

/** The colour of the i-th series; the eight repeat. */
export function seriesColour(i: number): string {
  return OKABE_ITO[i % OKABE_ITO.length]!;
}

// Viridis at five equal steps: perceptually even, readable in grey and when colour blind.
const VIRIDIS = [[68, 1, 84], [59, 82, 139], [33, 145, 140], [94, 201, 98], [
  253,
  231,
  37,
]] as const;

/**
 * Viridis.
 *
 * @param share Position on the scale; clamped to [0, 1].
 * @returns Red, green and blue, 0 to 255.
 */
export function viridis(share: number): [number, number, number] {
  const at = Math.min(1, Math.max(0, share)) * (VIRIDIS.length - 1);
  const low = VIRIDIS[Math.min(VIRIDIS.length - 2, Math.floor(at))]!;
  const high = VIRIDIS[Math.min(VIRIDIS.length - 1, Math.floor(at) + 1)]!;
  const part = at - Math.min(VIRIDIS.length - 2, Math.floor(at));
  return [0, 1, 2].map((c) => Math.round(low[c]! + part * (high[c]! - low[c]!))) as [
    number,
    number,
    number,
  ];
}

/** Red, green and blue, 0 to 255, of `#rrggbb`. */
export function rgbOf(hex: string): [number, number, number] {
  return [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16)) as [number, number, number];
}

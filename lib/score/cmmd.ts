/** The kernel of {@linkcode cmmd} and the factor that makes it readable. */
export interface CmmdOptions {
  /** Width of the Gaussian kernel. */
  readonly sigma: number;
  readonly scale: number;
}

/** Of Jayasumana et al. 2024. */
export const DEFAULT_CMMD: CmmdOptions = Object.freeze({ sigma: 10, scale: 1000 });

/**
 * `CMMD`: how far apart two sets of images are, at least 0, lower is nearer (Jayasumana et al. 2024,
 * "Rethinking FID", section 4). The squared maximum mean discrepancy
 * `mean k(x, x') + mean k(y, y') - 2 mean k(x, y)`, with `k(x, y) = exp(-|x - y|^2 / (2 sigma^2))`,
 * times `scale`. The means take every pair, also of an image with itself, as the published code
 * does (Gretton et al. 2012, eq. 5): exactly 0 for equal sets, and a little above 0 for two samples
 * of one distribution, by about `scale / sigma^2 * (1 - |mean|^2) / n` for unit vectors and n images
 * in each. Compare sets of equal sizes.
 *
 * On unit vectors and with the published sigma the kernel is nearly linear, so that this is nearly
 * `scale / sigma^2` times the squared distance between the sets' mean embeddings: sets that differ
 * in their spread alone are told apart by {@linkcode diversity}, not by this.
 *
 * @param x Unit embeddings, n x [D].
 * @param y Unit embeddings, m x [D].
 * @throws {RangeError} if a set is empty.
 * @throws {TypeError} if embeddings differ in length.
 */
export function cmmd(
  x: readonly Float32Array[],
  y: readonly Float32Array[],
  { sigma, scale }: CmmdOptions = DEFAULT_CMMD,
): number {
  if (x.length === 0 || y.length === 0) {
    throw new RangeError(
      `Cannot compare sets of ${x.length} and ${y.length} images: wanted some in both`,
    );
  }
  const k = (a: readonly Float32Array[], b: readonly Float32Array[]) => meanKernel(a, b, sigma);
  return Math.max(0, scale * (k(x, x) + k(y, y) - 2 * k(x, y))); // rounding may fall below
}

function meanKernel(a: readonly Float32Array[], b: readonly Float32Array[], sigma: number): number {
  let sum = 0;
  for (const x of a) {
    for (const y of b) sum += Math.exp(-squaredDistance(x, y) / (2 * sigma * sigma));
  }
  return sum / (a.length * b.length);
}

function squaredDistance(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) {
    throw new TypeError(`Cannot compare embeddings: lengths are ${a.length} and ${b.length}`);
  }
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i]! - b[i]!) ** 2;
  return sum;
}

/**
 * Kernels that the kit adds to those of TensorFlow.js; an engine may lack them.
 *
 * @module
 */

/**
 * `(x − mean) / √(var + eps)` over the last axis, or `x / √(mean x² + eps)` where not `centred`, and
 * the factor: `{ x: [..., D] }`, `{ eps, centred }` -> `[..., D]`, `[..., 1]`.
 */
export const NORMALISE = "FineStyleNormalise";

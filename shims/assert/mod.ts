/**
 * Stand-in for `jsr:@std/assert`, used only where the JSR registry does not answer. It covers the
 * functions that this project's tests call, with the same signatures.
 */

/** What a failed assertion throws. */
export class AssertionError extends Error {
  override name = "AssertionError";
}

// deno-lint-ignore no-explicit-any
type ErrorClass<E extends Error> = abstract new (...args: any[]) => E;

function fail_(reason: string, msg?: string): never {
  throw new AssertionError(msg === undefined ? reason : `${reason}: ${msg}`);
}

function show(value: unknown): string {
  return Deno.inspect(value, { depth: 6, iterableLimit: 50, sorted: true });
}

/** Fails always. */
export function fail(msg?: string): never {
  fail_("Failed assertion", msg);
}

/** Fails unless `expr` is truthy. */
export function assert(expr: unknown, msg = ""): asserts expr {
  if (!expr) throw new AssertionError(msg);
}

/** Fails unless `expr` is falsy. */
export function assertFalse(expr: unknown, msg = ""): asserts expr is false {
  if (expr) throw new AssertionError(msg);
}

/** Fails when `actual` is null or undefined. */
export function assertExists<T>(actual: T, msg?: string): asserts actual is NonNullable<T> {
  if (actual === undefined || actual === null) {
    fail_(`Expected actual: "${actual}" to not be null or undefined`, msg);
  }
}

/** Tells whether two values are deeply equal (own keys, Maps, Sets, Dates, typed arrays). */
export function equal(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) {
    return a === 0 && b === 0; // +0 and -0 count as equal
  }
  if (a.constructor !== b.constructor) return false;
  if (a instanceof Date && b instanceof Date) return Object.is(+a, +b);
  if (a instanceof RegExp && b instanceof RegExp) return String(a) === String(b);
  if (ArrayBuffer.isView(a) && ArrayBuffer.isView(b) && !(a instanceof DataView)) {
    return equalList(a as unknown as ArrayLike<unknown>, b as unknown as ArrayLike<unknown>);
  }
  if (a instanceof Map && b instanceof Map) return equalMap(a, b);
  if (a instanceof Set && b instanceof Set) return equalSet(a, b);
  if (a instanceof Error && b instanceof Error && a.message !== b.message) return false;
  return equalKeys(a as Record<PropertyKey, unknown>, b as Record<PropertyKey, unknown>);
}

function equalList(a: ArrayLike<unknown>, b: ArrayLike<unknown>): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!equal(a[i], b[i])) return false;
  return true;
}

function equalMap(a: Map<unknown, unknown>, b: Map<unknown, unknown>): boolean {
  if (a.size !== b.size) return false;
  return [...a].every(([key, value]) =>
    b.has(key)
      ? equal(value, b.get(key))
      : [...b].some(([other, found]) => equal(key, other) && equal(value, found))
  );
}

function equalSet(a: Set<unknown>, b: Set<unknown>): boolean {
  if (a.size !== b.size) return false;
  return [...a].every((item) => b.has(item) || [...b].some((other) => equal(item, other)));
}

function equalKeys(a: Record<PropertyKey, unknown>, b: Record<PropertyKey, unknown>): boolean {
  const keys = Reflect.ownKeys(a);
  if (keys.length !== Reflect.ownKeys(b).length) return false;
  return keys.every((key) => Object.hasOwn(b, key) && equal(a[key], b[key]));
}

/** Fails unless `actual` and `expected` are deeply equal. */
export function assertEquals<T>(actual: T, expected: T, msg?: string): void {
  if (!equal(actual, expected)) {
    fail_(`Values are not equal\n  actual:   ${show(actual)}\n  expected: ${show(expected)}`, msg);
  }
}

/** Fails when `actual` and `expected` are deeply equal. */
export function assertNotEquals<T>(actual: T, expected: T, msg?: string): void {
  if (equal(actual, expected)) fail_(`Expected values to differ, both are ${show(actual)}`, msg);
}

/** Fails unless `Object.is(actual, expected)`. */
export function assertStrictEquals<T>(
  actual: unknown,
  expected: T,
  msg?: string,
): asserts actual is T {
  if (!Object.is(actual, expected)) {
    fail_(`Values are not strictly equal: ${show(actual)} and ${show(expected)}`, msg);
  }
}

/** Fails when `Object.is(actual, expected)`. */
export function assertNotStrictEquals<T>(actual: T, expected: T, msg?: string): void {
  if (Object.is(actual, expected)) fail_(`Expected "actual" to not be ${show(expected)}`, msg);
}

/** Fails unless the numbers differ by at most `tolerance` (default 1e-7 of `expected`, as in std). */
export function assertAlmostEquals(
  actual: number,
  expected: number,
  tolerance?: number,
  msg?: string,
): void {
  if (Object.is(actual, expected)) return;
  const allowed = tolerance ?? (Number.isFinite(expected) ? Math.abs(expected * 1e-7) : 1e-7);
  const delta = Math.abs(expected - actual);
  if (delta <= allowed) return;
  fail_(
    `Expected actual: "${actual}" to be close to "${expected}": delta "${delta}" is greater than "${allowed}"`,
    msg,
  );
}

/** Fails unless `actual` > `expected`. */
export function assertGreater<T>(actual: T, expected: T, msg?: string): void {
  if (!(actual > expected)) fail_(`Expected ${show(actual)} > ${show(expected)}`, msg);
}

/** Fails unless `actual` >= `expected`. */
export function assertGreaterOrEqual<T>(actual: T, expected: T, msg?: string): void {
  if (!(actual >= expected)) fail_(`Expected ${show(actual)} >= ${show(expected)}`, msg);
}

/** Fails unless `actual` < `expected`. */
export function assertLess<T>(actual: T, expected: T, msg?: string): void {
  if (!(actual < expected)) fail_(`Expected ${show(actual)} < ${show(expected)}`, msg);
}

/** Fails unless `actual` <= `expected`. */
export function assertLessOrEqual<T>(actual: T, expected: T, msg?: string): void {
  if (!(actual <= expected)) fail_(`Expected ${show(actual)} <= ${show(expected)}`, msg);
}

/** Fails unless `actual` contains `expected`. */
export function assertStringIncludes(actual: string, expected: string, msg?: string): void {
  if (!actual.includes(expected)) {
    fail_(`Expected ${show(actual)} to contain ${show(expected)}`, msg);
  }
}

/** Fails unless `actual` matches `expected`. */
export function assertMatch(actual: string, expected: RegExp, msg?: string): void {
  if (!expected.test(actual)) fail_(`Expected ${show(actual)} to match ${expected}`, msg);
}

/** Fails when `actual` matches `expected`. */
export function assertNotMatch(actual: string, expected: RegExp, msg?: string): void {
  if (expected.test(actual)) fail_(`Expected ${show(actual)} to not match ${expected}`, msg);
}

/** Fails unless every item of `expected` is deeply equal to some item of `actual`. */
export function assertArrayIncludes<T>(
  actual: ArrayLike<T>,
  expected: ArrayLike<T>,
  msg?: string,
): void {
  const found = Array.from(actual);
  const missing = Array.from(expected).filter((item) => !found.some((other) => equal(item, other)));
  if (missing.length > 0) fail_(`Expected ${show(actual)} to include ${show(missing)}`, msg);
}

/** Fails unless `actual` is an instance of `expectedType`. */
export function assertInstanceOf<E extends Error>(
  actual: unknown,
  // deno-lint-ignore no-explicit-any
  expectedType: abstract new (...args: any[]) => E,
  msg?: string,
): asserts actual is E;
export function assertInstanceOf(
  actual: unknown,
  // deno-lint-ignore no-explicit-any
  expectedType: abstract new (...args: any[]) => unknown,
  msg?: string,
): void {
  if (!(actual instanceof expectedType)) {
    fail_(`Expected an instance of ${expectedType.name}, found ${show(actual)}`, msg);
  }
}

/** Fails unless `actual` has at least the keys and values of `expected`, at every depth. */
export function assertObjectMatch(
  // deno-lint-ignore no-explicit-any
  actual: Record<PropertyKey, any>,
  expected: Record<PropertyKey, unknown>,
  msg?: string,
): void {
  const part = (a: unknown, b: unknown): boolean =>
    typeof b === "object" && b !== null && !Array.isArray(b) && typeof a === "object" && a !== null
      ? Reflect.ownKeys(b).every((key) =>
        part((a as Record<PropertyKey, unknown>)[key], (b as Record<PropertyKey, unknown>)[key])
      )
      : equal(a, b);
  if (!part(actual, expected)) fail_(`Expected ${show(actual)} to match ${show(expected)}`, msg);
}

function checkError<E extends Error>(
  error: unknown,
  errorClass?: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
): Error {
  if (!(error instanceof Error)) {
    fail_(`A non-Error object was thrown or rejected: ${show(error)}`, msg);
  }
  if (errorClass && !(error instanceof errorClass)) {
    fail_(
      `Expected error to be instance of "${errorClass.name}", but was "${error.name}": ${error.message}`,
      msg,
    );
  }
  if (msgIncludes !== undefined && !error.message.includes(msgIncludes)) {
    fail_(
      `Expected error message to include ${show(msgIncludes)}, but got ${show(error.message)}`,
      msg,
    );
  }
  return error;
}

/** Fails unless `fn` throws; with a class and a text, unless the error is of both. Returns it. */
export function assertThrows(fn: () => unknown, msg?: string): unknown;
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  errorClass: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
): E;
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  errorClass?: ErrorClass<E> | string,
  msgIncludes?: string,
  msg?: string,
): unknown {
  const note = typeof errorClass === "string" ? errorClass : msg;
  try {
    fn();
  } catch (error) {
    if (typeof errorClass !== "function") return error;
    return checkError(error, errorClass, msgIncludes, note);
  }
  fail_("Expected function to throw", note);
}

/** Fails unless the promise of `fn` rejects; with a class and a text, unless the error is of both. */
export function assertRejects(fn: () => PromiseLike<unknown>, msg?: string): Promise<unknown>;
export function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  errorClass: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
): Promise<E>;
export async function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  errorClass?: ErrorClass<E> | string,
  msgIncludes?: string,
  msg?: string,
): Promise<unknown> {
  const note = typeof errorClass === "string" ? errorClass : msg;
  let pending: PromiseLike<unknown>;
  try {
    pending = fn();
  } catch (error) {
    fail_(`Function throws when expected to reject: ${show(error)}`, note);
  }
  try {
    await pending;
  } catch (error) {
    if (typeof errorClass !== "function") return error;
    return checkError(error, errorClass, msgIncludes, note);
  }
  fail_("Expected function to reject", note);
}

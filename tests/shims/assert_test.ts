// Holds for the real `jsr:@std/assert` and for its stand-in, whichever is in use: each assertion
// can fail. Written with plain throws, since an assertion cannot vouch for itself.
import * as std from "@std/assert";

const error = new RangeError("3 is too large");
const raise = () => {
  throw error;
};

/** Per assertion: calls that must pass, then calls that must fail. */
const cases: Record<string, [passes: (() => unknown)[], fails: (() => unknown)[]]> = {
  assert: [[() => std.assert(1)], [() => std.assert(0)]],
  assertFalse: [[() => std.assertFalse("")], [() => std.assertFalse("a")]],
  assertExists: [[() => std.assertExists(0)], [() => std.assertExists(null)]],
  assertEquals: [
    [
      () => std.assertEquals({ a: [1, { b: NaN }] }, { a: [1, { b: NaN }] }),
      () => std.assertEquals(new Map([["a", new Set([1])]]), new Map([["a", new Set([1])]])),
      () => std.assertEquals(new Float32Array([1, 2]), new Float32Array([1, 2])),
    ],
    [
      () => std.assertEquals<unknown>({ a: 1 }, { a: 1, b: undefined, c: 2 }),
      () => std.assertEquals([1, 2, 3], [1, 2]),
      () => std.assertEquals<unknown>(1, "1"),
      () => std.assertEquals(new Map([["a", 1]]), new Map([["a", 2]])),
      () => std.assertEquals(new Set([1]), new Set([2])),
      () => std.assertEquals(new Date(1), new Date(2)),
      () => std.assertEquals(new Float32Array([1, 2]), new Float32Array([1, 3])),
      () => std.assertEquals<unknown>(new Uint8Array([1]), new Int8Array([1])),
      () => std.assertEquals<unknown>([], {}),
      () => std.assertEquals(new Error("a"), new Error("b")),
    ],
  ],
  assertNotEquals: [[() => std.assertNotEquals([1], [2])], [() => std.assertNotEquals([1], [1])]],
  assertStrictEquals: [
    [() => std.assertStrictEquals(error, error)],
    [() => std.assertStrictEquals([1], [1])],
  ],
  assertAlmostEquals: [
    [() => std.assertAlmostEquals(0.1 + 0.2, 0.3), () => std.assertAlmostEquals(1, 1.4, 0.5)],
    [
      () => std.assertAlmostEquals(1, 1.001),
      () => std.assertAlmostEquals(1, 1.6, 0.5),
      () => std.assertAlmostEquals(NaN, 1),
    ],
  ],
  assertGreater: [[() => std.assertGreater(2, 1)], [() => std.assertGreater(1, 1)]],
  assertLess: [[() => std.assertLess(1, 2)], [() => std.assertLess(1, 1)]],
  assertStringIncludes: [
    [() => std.assertStringIncludes("abc", "bc")],
    [() => std.assertStringIncludes("abc", "ac")],
  ],
  assertMatch: [[() => std.assertMatch("abc", /b/)], [() => std.assertMatch("abc", /x/)]],
  assertArrayIncludes: [
    [() => std.assertArrayIncludes([[1], [2]], [[2]])],
    [() => std.assertArrayIncludes([[1], [2]], [[3]])],
  ],
  assertObjectMatch: [
    [() => std.assertObjectMatch({ a: { b: 1, c: 2 } }, { a: { b: 1 } })],
    [() => std.assertObjectMatch({ a: { b: 1 } }, { a: { b: 2 } })],
  ],
  assertThrows: [
    [() => std.assertThrows(raise, RangeError, "too large"), () => std.assertThrows(raise)],
    [
      () => std.assertThrows(() => 1),
      () => std.assertThrows(raise, TypeError),
      () => std.assertThrows(raise, RangeError, "too small"),
    ],
  ],
  assertRejects: [
    [() => std.assertRejects(() => Promise.reject(error), RangeError, "too large")],
    [
      () => std.assertRejects(() => Promise.resolve()),
      () => std.assertRejects(() => Promise.reject(error), TypeError),
      () => std.assertRejects(() => Promise.reject(error), RangeError, "too small"),
      () => std.assertRejects(raise), // throws before there is a promise
    ],
  ],
};

async function fails(call: () => unknown): Promise<boolean> {
  try {
    await call();
    return false;
  } catch {
    return true;
  }
}

for (const [name, [passing, failing]] of Object.entries(cases)) {
  Deno.test(`${name}() passes and fails where it should`, async () => {
    for (const call of passing) if (await fails(call)) throw new Error(`failed: ${call}`);
    for (const call of failing) if (!await fails(call)) throw new Error(`passed: ${call}`);
  });
}

Deno.test("assertThrows() returns the error", () => {
  if (std.assertThrows(raise, RangeError) !== error) throw new Error("another value");
});

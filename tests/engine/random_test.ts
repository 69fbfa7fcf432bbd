import { assert, assertEquals, assertThrows } from "@std/assert";
import { Random } from "../../lib/engine/random.ts";

Deno.test("Random gives the published Threefry-2x32-20 vectors", () => {
  const words = (key: [number, number], block: number) => {
    const random = Random.from({ key, counter: block * 2 });
    return [random.next() * 2 ** 32, random.next() * 2 ** 32];
  };
  // Random123, kat_vectors: key 0, counter 0
  assertEquals(words([0, 0], 0), [0x6b200159, 0x99ba4efe]);
});

Deno.test("Random.split() is independent of what was drawn and of its siblings", () => {
  const random = new Random(7);
  const before = random.split("a").next();
  random.next();
  assertEquals(random.split("a").next(), before);
  assert(random.split("b").next() !== before);
  assert(random.split(1).next() !== random.split("1").next());
});

Deno.test("Random.from() continues a stored stream", () => {
  const random = new Random("run");
  for (let i = 0; i < 5; i++) random.next();
  const copy = Random.from(random.state);
  assertEquals([copy.next(), copy.below(100)], [random.next(), random.below(100)]);
});

Deno.test("Random.normal() and uniform() have their moments", () => {
  const random = new Random(1);
  const normal = random.gaussian(50_000, 2);
  const mean = normal.reduce((a, b) => a + b) / normal.length;
  const variance = normal.reduce((a, b) => a + (b - mean) ** 2, 0) / normal.length;
  assert(Math.abs(mean) < 0.03 && Math.abs(variance - 4) < 0.1);
  const uniform = random.uniform(50_000);
  assert(uniform.every((u) => u >= 0 && u < 1));
  assert(Math.abs(uniform.reduce((a, b) => a + b) / uniform.length - 0.5) < 0.01);
});

Deno.test("Random.shuffle() keeps the items", () => {
  const items = Array.from({ length: 20 }, (_, i) => i);
  const shuffled = new Random(3).shuffle(items);
  assertEquals([...shuffled].sort((a, b) => a - b), items);
  assert(shuffled.some((item, i) => item !== i));
});

Deno.test("Random refuses a seed that is no safe integer", () => {
  assertThrows(() => new Random(0.5), RangeError, "safe integer");
});

import { type EngineName, useEngine } from "../../lib/engine/mod.ts";

/**
 * Registers a test that runs on an engine; where the engine cannot run, the test is ignored and its
 * name says why.
 */
export async function testOn(
  engine: EngineName,
  name: string,
  run: (test: Deno.TestContext) => Promise<void>,
): Promise<void> {
  const reason = await whyNot(engine);
  Deno.test({
    name: `${engine} ${name}${reason === undefined ? "" : ` (ignored: ${reason})`}`,
    ignore: reason !== undefined,
    async fn(test) {
      await useEngine(engine);
      await run(test);
    },
  });
}

async function whyNot(engine: EngineName): Promise<string | undefined> {
  try {
    await useEngine(engine);
  } catch (error) {
    return (error as Error).message;
  }
}

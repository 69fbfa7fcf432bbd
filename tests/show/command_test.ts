import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import {
  HelpRequest,
  helpText,
  parseCommand,
  UsageError,
  userMistake,
} from "../../lib/show/command.ts";

const COMMAND = {
  name: "pretrain",
  summary: "trains an embedded model",
  flags: {
    part: {
      type: "choice",
      choices: ["judge", "tokenizer"],
      positional: true,
      help: "what to train",
    },
    steps: { type: "integer", min: 1, max: 1000, default: 10, help: "training steps" },
    learningRate: { type: "number", min: 0, default: 3e-4, help: "peak rate" },
    lambda: { type: "number", default: 2, help: "guidance" },
    out: { type: "string", optional: true, help: "folder of the run" },
    resume: { type: "boolean", help: "goes on from the last checkpoint" },
  },
} as const;

Deno.test("parseCommand() gives defaults, and undefined for what is optional", () => {
  assertEquals(parseCommand(["judge"], COMMAND), {
    part: "judge",
    steps: 10,
    learningRate: 3e-4,
    lambda: 2,
    out: undefined,
    resume: false,
  });
});

Deno.test("parseCommand() reads every kind of flag, with a space or an equals sign", () => {
  const args = [
    "--steps",
    "20",
    "--learning-rate=1e-3",
    "--lambda=-1",
    "tokenizer",
    "--out",
    "007",
    "--resume",
  ];
  assertEquals(parseCommand(args, COMMAND), {
    part: "tokenizer",
    steps: 20,
    learningRate: 1e-3,
    lambda: -1,
    out: "007", // a string stays one
    resume: true,
  });
});

Deno.test("parseCommand() gives typed values", () => {
  const { part, steps, out, resume } = parseCommand(["judge"], COMMAND);
  const typed: ["judge" | "tokenizer", number, string | undefined, boolean] = [
    part,
    steps,
    out,
    resume,
  ];
  assertEquals(typed.length, 4);
});

Deno.test("parseCommand() takes a boolean flag before a word", () => {
  assertEquals(parseCommand(["--resume", "judge"], COMMAND).part, "judge");
});

const mistakes: [args: string[], sentence: string][] = [
  [["judge", "--step", "3"], 'Unknown flag "--step"; is --steps meant?'],
  [["judge", "--learningRate", "3"], 'Unknown flag "--learningRate"; is --learning-rate meant?'],
  [["judge", "--verbose"], 'Unknown flag "--verbose"; --help lists what is known'],
  [["judge", "-x"], 'Unknown flag "--x"; --help lists what is known'],
  [["judge", "--steps", "0"], '--steps must be a whole number from 1 to 1000: found "0"'],
  [["judge", "--steps", "2.5"], '--steps must be a whole number from 1 to 1000: found "2.5"'],
  [["judge", "--steps", "ten"], '--steps must be a whole number from 1 to 1000: found "ten"'],
  [["judge", "--steps"], "--steps needs a value: training steps, from 1 to 1000 (default 10)"],
  [["judge", "--steps="], "--steps needs a value"],
  [["judge", "--steps", "--resume"], "--steps needs a value"],
  [["judge", "--steps", "1", "--steps", "2"], "--steps is given 2 times"],
  [
    ["judge", "--learning-rate", "Infinity"],
    '--learning-rate must be a number >= 0: found "Infinity"',
  ],
  [["judge", "--lambda", "-1"], 'Unexpected "-1"; a negative value is written --flag=-1'],
  [["painter"], 'part must be one of judge, tokenizer: found "painter"'],
  [[], "part is missing: what to train: judge | tokenizer"],
  [["judge", "tokenizer"], 'Unexpected word "tokenizer"; --help lists what is known'],
];

for (const [args, sentence] of mistakes) {
  Deno.test(`parseCommand() refuses [${args.join(" ")}] in one sentence`, () => {
    assertThrows(() => parseCommand(args, COMMAND), UsageError, sentence);
  });
}

Deno.test("parseCommand() asks for help before anything is checked", () => {
  for (const flag of ["--help", "-h"]) {
    assertEquals(
      assertThrows(() => parseCommand([flag], COMMAND), HelpRequest).message,
      helpText(COMMAND),
    );
  }
});

Deno.test("helpText() aligns flags and tells ranges, choices and defaults", () => {
  assertEquals(
    helpText(COMMAND),
    `pretrain part [flags]: trains an embedded model

  part               what to train: judge | tokenizer
  --steps N          training steps, from 1 to 1000 (default 10)
  --learning-rate X  peak rate, >= 0 (default 0.0003)
  --lambda X         guidance (default 2)
  --out TEXT         folder of the run
  --resume           goes on from the last checkpoint
  --help             shows this`,
  );
});

Deno.test("userMistake() tells our checks from defects of the program", () => {
  const ours = 'Cannot load "vqvae": tensor "a" is [1] but the config wants [2]';
  assertEquals(userMistake(new RangeError(ours)), ours);
  assertEquals(userMistake(new Error(ours)), undefined);
  const defects: (() => unknown)[] = [
    () => (undefined as unknown as string).length,
    () => (3 as unknown as () => void)(),
    () => new Array(-1),
    () => new Uint8Array(2).set([1], 5),
    () => BigInt(0.5),
  ];
  for (const defect of defects) {
    const error = assertThrows(defect);
    assertEquals(userMistake(error), undefined, `${error}`);
  }
});

Deno.test("userMistake() names the file that is missing", () => {
  const error = assertThrows(() => Deno.readFileSync("no/such file.png"));
  assertEquals(userMistake(error), 'Cannot find "no/such file.png"');
});

/** Runs a command's source in a process of its own. */
async function run(body: string) {
  const module = new URL("../../lib/show/command.ts", import.meta.url);
  const source = `import { runCommand, parseCommand, UsageError } from ${JSON.stringify(module)};
    await runCommand(() => { ${body} });`;
  const config = new URL("../../deno.json", import.meta.url).pathname;
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--config", config, source],
    env: { NO_COLOR: "1" },
  }).output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, out: out!, err: err! };
}

Deno.test("runCommand() exits 0, 2 with a sentence alone, or 1 with a stack trace", async () => {
  const [done, help, mistake, defect] = await Promise.all([
    run(`console.log("done")`),
    run(`parseCommand(["--help"], { name: "x", summary: "y", flags: {} })`),
    run(`throw new UsageError("--n is missing")`),
    run(`null.length`),
  ]);
  assertEquals(done, { code: 0, out: "done\n", err: "" });
  assertEquals([help!.code, help!.out], [0, "x [flags]: y\n\n  --help  shows this\n"]);
  assertEquals(mistake, { code: 2, out: "", err: "--n is missing\n" });
  assertEquals(defect!.code, 1);
  assertStringIncludes(defect!.err, "TypeError");
  assert(/\n +at /.test(defect!.err), "the stack trace stays");
});

import { assertEquals } from "@std/assert";
import { resumeAdvice } from "../../lib/show/interruption.ts";

Deno.test("resumeAdvice() is a command line that a shell reads as the words given", async () => {
  const words = ["--caption", "a fox, in neon style", "", "it's $5 `x` \\ !", 'say "hi"', "a;b&c"];
  const [, command] = resumeAdvice("personalize", words).split("\n");
  const { stdout } = await new Deno.Command("bash", {
    args: ["-c", `deno() { printf '%s\\n' "$@"; }; ${command}`],
  }).output();
  const read = new TextDecoder().decode(stdout).split("\n").slice(0, -1);
  assertEquals(read, ["task", "personalize", ...words, "--resume"]);
});

Deno.test("resumeAdvice() does not ask for --resume twice", () => {
  const advice = "Stopped; go on with\ndeno task ablation --resume --seed 1";
  assertEquals(resumeAdvice("ablation", ["--resume", "--seed", "1"]), advice);
});

/**
 * Runs `deno test` over tests/, or over the files and flags given, and ends with the line
 * `N passed, N failed`. Exits with the status of `deno test`.
 */

// No network beyond this machine: the tests show that nothing else is needed.
const PERMISSIONS = [
  "--no-prompt",
  "--allow-read",
  "--allow-write",
  "--allow-env",
  "--allow-sys",
  "--allow-ffi",
  "--allow-run",
  "--allow-net=127.0.0.1,localhost",
];

const given = Deno.args.some((arg) => !arg.startsWith("-")) ? Deno.args : [...Deno.args, "tests"];
const command = new Deno.Command(Deno.execPath(), {
  args: ["test", ...PERMISSIONS, ...given],
  stdout: "piped",
});
const child = command.spawn();
const decoder = new TextDecoder();
let text = "";
for await (const chunk of child.stdout) {
  await Deno.stdout.write(chunk);
  text += decoder.decode(chunk, { stream: true });
}
const { code } = await child.status;
const { passed, failed } = count(text);
// A run that stops before its summary (a type error, a crash) is one failure.
console.log(`${passed} passed, ${code !== 0 && failed === 0 ? 1 : failed} failed`);
Deno.exit(code);

function count(output: string): { passed: number; failed: number } {
  // deno-lint-ignore no-control-regex
  const plain = output.replaceAll(/\x1b\[[0-9;]*m/g, "");
  const last = [...plain.matchAll(/\| (\d+) passed[^|\n]* \| (\d+) failed/g)].at(-1);
  return { passed: Number(last?.[1] ?? 0), failed: Number(last?.[2] ?? 0) };
}

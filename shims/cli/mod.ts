/** Stand-in for `jsr:@std/cli`, used only where the JSR registry does not answer. */
export * from "./parse_args.ts";
export * from "./unicode_width.ts";

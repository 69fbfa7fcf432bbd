/** What a check looked at, a line for each, and the first thing that is not as it was. */
export interface Finding {
  readonly compared: readonly string[];
  readonly difference?: string;
}

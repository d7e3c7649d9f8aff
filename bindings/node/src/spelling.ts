/** Names of arguments and options in the library's messages, which spells them as C does. */

import { native } from "./native.js";

const names: ReadonlyMap<string, string> = new Map([
  ...Object.entries(native.spellings()),
  ["retention_ms", "retentionMs"], // an argument that is in no record
]);

/** The beginning of a message: which argument, and what was expected. What came may be anybody's words. */
const expectation = /^(request \d+: )?(\w+: )?(expected .*?(?=, got |$))?/s;

/** A message of the library about an argument, with JavaScript's names in it. @internal */
export function spelled(message: string): string {
  return message.replace(expectation, (words) =>
    words.replace(/[a-z]+(?:_[a-z]+)+/g, (word) => names.get(word) ?? word),
  );
}

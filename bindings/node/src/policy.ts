/** Policies: Lua files that say what namespaces and metadata look like and who may do what. */

import { readFileSync } from "node:fs";
import { checkNames, namesOf, wrongType } from "./checks.js";
import { translated } from "./errors.js";
import { type Fields, native } from "./native.js";

/** The path of a policy file, or its text with the name that messages call it by. */
export type PolicySource = string | { text: string; name?: string | undefined };

/** A case of a policy's test file; `message` says what came instead. */
export interface PolicyCase {
  line: number;
  passed: boolean;
  message: string | null;
}

const sourceNames = namesOf<Exclude<PolicySource, string>>({ text: true, name: true });

/** For the native module. @internal */
export function policyFields(source: PolicySource, label = "policy"): Fields {
  if (typeof source === "string") return [source, readFileSync(source, "utf8")];
  if (typeof source !== "object") throw wrongType(label, "a path or { text, name }", source);
  checkNames(source, sourceNames, label, "member");
  return [source.name ?? "policy.lua", source.text];
}

/** Compiles a policy, and says in words what it allows. @throws SecretStoreError `policy_invalid` */
export function checkPolicy(source: PolicySource): string {
  return translated(() => native.policy_check(policyFields(source)));
}

/** A policy's namespaces, names and metadata as types. @throws SecretStoreError `policy_invalid` */
export function policyTypes(
  source: PolicySource,
  language: "typescript" | "python" | "json-schema" = "typescript",
): string {
  return translated(() => native.policy_types(policyFields(source), language));
}

/** Runs the test file of a policy; a case that came out otherwise than expected is a result.
 * @throws SecretStoreError `policy_invalid`, `policy_failed` */
export function testPolicy(source: PolicySource, cases: PolicySource): PolicyCase[] {
  const results: PolicyCase[] = [];
  const take = (line: number, passed: boolean, message: string | null) => {
    results.push({ line, passed, message });
  };
  translated(() => native.policy_test(policyFields(source), policyFields(cases, "cases"), [take, null]));
  return results;
}

/**
 * Programs for the rules, each judged by Deno's linter and by ESLint, which must agree.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import plugin, { type LintRuleName } from "../../../lint.ts";
import { Linter, parser } from "./eslint.ts";

/** What stands before each node that is reported. */
const MARK = /\/\*!\*\//g;

/** A program in which the rule finds something. */
export interface Invalid {
  /** The program, with `/*!*\/` before each node that is reported. */
  code: string;
  /** What the fixes make of it, in which the rule finds nothing; `null` if it mends nothing. */
  fixed: string | null;
  /** What the message of the first report has in it. */
  says?: string;
}

/** Programs by what they show. */
export interface Programs {
  valid: Record<string, string>;
  invalid: Record<string, Invalid>;
}

/** What a linter found: where, and what it says. */
interface Finding {
  start: number;
  message: string;
}

/** Tests a rule with programs. */
export function judge(rule: LintRuleName, { valid, invalid }: Programs): void {
  for (const [name, code] of Object.entries(valid)) {
    Deno.test(`${rule} is silent about ${name}`, () => {
      assertEquals(findByDeno(rule, code), []);
      assertEquals(findByESLint(rule, code), []);
    });
  }
  for (const [name, { code: marked, fixed, says }] of Object.entries(invalid)) {
    Deno.test(`${rule} finds ${name}`, () => {
      const { code, starts } = unmark(marked);
      const found = findByDeno(rule, code);
      assertEquals(found.map(({ start }) => start), starts);
      assertEquals(findByESLint(rule, code), found);
      if (says !== undefined) assert(found[0].message.includes(says), found[0].message);
      assertEquals(fixByDeno(rule, code), fixed ?? code);
      assertEquals(fixByESLint(rule, code), fixed ?? code);
      if (fixed !== null) assertEquals(findByDeno(rule, fixed), []);
    });
  }
}

/** A program without its marks, and where they were. */
function unmark(marked: string): { code: string; starts: number[] } {
  const starts = [...marked.matchAll(MARK)].map(({ index }, i) => index - i * "/*!*/".length);
  return { code: marked.replaceAll(MARK, ""), starts };
}

/** What Deno's linter reports for one rule, or for all. */
export function diagnose(code: string, rule?: LintRuleName): Deno.lint.Diagnostic[] {
  const rules = rule === undefined ? plugin.rules : { [rule]: plugin.rules[rule] };
  return Deno.lint.runPlugin({ ...plugin, rules }, "program.ts", code)
    .sort((a, b) => a.range[0] - b.range[0]);
}

function findByDeno(rule: LintRuleName, code: string): Finding[] {
  return diagnose(code, rule).map(({ range, message }) => ({ start: range[0], message }));
}

/** Applies all fixes, again and again, as Deno does: of two that touch, the second has to wait. */
export function fixByDeno(rule: LintRuleName | undefined, code: string): string {
  for (let pass = 0; pass < 10; pass++) {
    const fixes = diagnose(code, rule).flatMap(({ fix }) => fix ?? [])
      .sort((a, b) => a.range[0] - b.range[0])
      .filter(({ range }, i, all) => i === 0 || range[0] > all[i - 1].range[1]);
    if (fixes.length === 0) return code;
    for (const { range, text } of fixes.toReversed()) {
      code = code.slice(0, range[0]) + text + code.slice(range[1]);
    }
  }
  throw new Error(`The fixes come to no end:\n${code}`);
}

function configOf(rule: LintRuleName): Linter.Config[] {
  return [{
    files: ["**/*.ts"],
    languageOptions: { parser },
    plugins: { wasyncio: plugin },
    rules: { [`wasyncio/${rule}`]: "error" },
  }];
}

function findByESLint(rule: LintRuleName, code: string): Finding[] {
  const lines = code.split("\n");
  return new Linter().verify(code, configOf(rule), "program.ts").map(
    ({ line, column, message }) => {
      const before = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
      return { start: before + column - 1, message };
    },
  );
}

function fixByESLint(rule: LintRuleName, code: string): string {
  return new Linter().verifyAndFix(code, configOf(rule), "program.ts").output;
}

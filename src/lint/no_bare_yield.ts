/**
 * `no-bare-yield`: `yield` where `yield*` was meant.
 *
 * @module
 */

import { replace } from "./fixes.ts";
import { isWrapping } from "./library.ts";
import type { LintRule } from "./plugin_types.ts";
import { defineRule, show } from "./rule.ts";
import type { SourceFile } from "./source_file.ts";
import { functionAround, isGenerator, type SyntaxNode, unwrap } from "./syntax.ts";

/** The rule. */
export const noBareYield: LintRule = defineRule({
  description: "Wants yield* before what is waited for.",
  hasFix: true,
  check(file, report) {
    for (const node of file.ofType("YieldExpression")) {
      if (node.delegate || !node.argument || !isMeantToWait(file, node)) continue;
      const shown = show(file, unwrap(node.argument));
      report({
        node,
        message: `\`yield\` doesn't wait for \`${shown}\`: write \`yield* ${shown}\``,
        fix() {
          const end = node.range[0] + "yield".length;
          return [replace(end, end, "*")];
        },
      });
    }
  },
});

function isMeantToWait(file: SourceFile, node: SyntaxNode): boolean {
  const generator = functionAround(node);
  if (generator === null || !isGenerator(generator)) return false;
  const purpose = file.coroutines.purposeOf(generator);
  const meaning = file.meanings.awaitable(node.argument);
  switch (meaning?.is) {
    case "operation":
      // A generator may be one of jobs that others wait for, but hardly of pauses.
      return purpose === "waiting" ||
        purpose === "unknown" && !(meaning.by && isWrapping(meaning.by));
    case "future":
      return purpose === "waiting";
    case "coroutine":
      return purpose === "waiting" && file.coroutines.purposeOf(meaning.node) !== "values";
    default:
      return false;
  }
}

/**
 * `no-await-coroutine`: `await` before a coroutine, which has no `then` and so is not run by it.
 *
 * @module
 */

import type { LintRule } from "./plugin_types.ts";
import { defineRule, show } from "./rule.ts";
import type { SourceFile } from "./source_file.ts";
import { type SyntaxNode, unwrap } from "./syntax.ts";

/** The rule. */
export const noAwaitCoroutine: LintRule = defineRule({
  description: "Wants coroutines to be run, which await and Promise.all don't do.",
  hasFix: false,
  check(file, report) {
    for (const node of file.ofType("AwaitExpression")) {
      if (!isCoroutine(file, node.argument!)) continue;
      const shown = show(file, unwrap(node.argument!));
      report({
        node,
        message: `\`await\` doesn't run a coroutine: write \`await createTask(${shown})\`, ` +
          `or \`await run(${shown})\` where a program begins`,
      });
    }
    for (const node of file.ofType("CallExpression")) {
      const callee = file.meanings.of(node.callee);
      const list = node.arguments![0];
      if (callee?.is !== "global" || list?.type !== "ArrayExpression") continue;
      const combinator = /^Promise\.(?:all|allSettled|any|race)$/.exec(callee.path)?.[0];
      for (const element of combinator ? list.elements! : []) {
        if (element === null || !isCoroutine(file, element)) continue;
        const shown = show(file, unwrap(element));
        report({
          node: element,
          message: `\`${combinator}\` doesn't run a coroutine: give it ` +
            `\`createTask(${shown})\`, or use \`gather\` in its place`,
        });
      }
    }
  },
});

function isCoroutine(file: SourceFile, expression: SyntaxNode): boolean {
  const meaning = file.meanings.of(expression);
  return meaning?.is === "coroutine" && file.coroutines.purposeOf(meaning.node) !== "values";
}

/**
 * `no-await-coroutine`: `await` before a coroutine, which has no `then` and so is not run by it.
 *
 * @module
 */

import type { Meaning } from "./meanings.ts";
import type { LintRule } from "./plugin_types.ts";
import { defineRule, show } from "./rule.ts";
import type { SourceFile } from "./source_file.ts";
import { isMap, unwrap } from "./syntax.ts";

/** What takes promises, several at a time. */
const COMBINATOR = /^Promise\.(?:all|allSettled|any|race)$/;

/** The rule. */
export const noAwaitCoroutine: LintRule = defineRule({
  description: "Wants coroutines to be run, which await and Promise.all don't do.",
  hasFix: false,
  check(file, report) {
    for (const node of file.ofType("AwaitExpression")) {
      if (!isCoroutine(file, file.meanings.of(node.argument))) continue;
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
      const combinator = callee?.is === "global" && COMBINATOR.test(callee.path) && callee.path;
      if (!combinator || !list) continue;
      if (isMap(list)) {
        const [made] = list.arguments!;
        if (!isCoroutine(file, file.meanings.resultOf(made))) continue;
        report({
          node: made,
          message: `\`${combinator}\` doesn't run the coroutines that \`map\` makes: ` +
            "use `gather` in its place",
        });
      }
      for (const element of list.type === "ArrayExpression" ? list.elements! : []) {
        if (element === null || !isCoroutine(file, file.meanings.of(element))) continue;
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

function isCoroutine(file: SourceFile, meaning: Meaning | null): boolean {
  return meaning?.is === "coroutine" && file.coroutines.purposeOf(meaning.node) !== "values";
}

/**
 * `no-yield-promise`: a promise given to `yield*`, or, in a coroutine, to `yield`, without `until`.
 *
 * @module
 */

import { nameAt, replace } from "./fixes.ts";
import type { LintRule } from "./plugin_types.ts";
import { defineRule, show } from "./rule.ts";
import type { SourceFile } from "./source_file.ts";
import { functionAround, isGenerator, type SyntaxNode, unwrap } from "./syntax.ts";

/** The rule. */
export const noYieldPromise: LintRule = defineRule({
  description: "Wants until around a promise that a coroutine waits for.",
  hasFix: true,
  check(file, report) {
    for (const node of file.ofType("YieldExpression")) {
      if (!isPromise(file, node)) continue;
      const promise = unwrap(node.argument!);
      const shown = show(file, promise);
      const name = nameAt(file, node, "until");
      const until = name?.text ?? "until";
      const keyword = node.delegate ? "yield*" : "yield";
      const [start] = node.range;
      report({
        node,
        message: `\`${keyword}\` can't wait for a promise: write \`yield* ${until}(${shown})\``,
        ...(name === null ? {} : {
          fix: () => [
            ...name.imports,
            // From the keyword on, so that what has been wrapped can't lack its star.
            replace(
              start,
              promise.range[1],
              `yield*${rest(file, node, promise)}${until}(${file.textOf(promise)})`,
            ),
          ],
        }),
      });
    }
  },
});

/** What stands between the keyword and the promise: space, comments, parentheses. */
function rest(file: SourceFile, node: SyntaxNode, promise: SyntaxNode): string {
  const between = file.text.slice(node.range[0] + "yield".length, promise.range[0]);
  return node.delegate ? between.replace("*", "") : between;
}

function isPromise(file: SourceFile, node: SyntaxNode): boolean {
  const generator = functionAround(node);
  if (generator === null || !isGenerator(generator)) return false;
  if (file.meanings.of(node.argument)?.is !== "promise") return false;
  // Without its star it may be one of the values that a plain generator gives.
  return node.delegate === true || file.coroutines.purposeOf(generator) === "waiting";
}

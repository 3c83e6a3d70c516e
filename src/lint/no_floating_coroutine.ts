/**
 * `no-floating-coroutine`: a call that makes a coroutine or an operation, which then nobody runs.
 *
 * @module
 */

import { replace } from "./fixes.ts";
import type { LintRule } from "./plugin_types.ts";
import { defineRule, type Problem, show } from "./rule.ts";
import type { SourceFile } from "./source_file.ts";
import { functionAround, isGenerator, type SyntaxNode, unwrap } from "./syntax.ts";

/** The rule. */
export const noFloatingCoroutine: LintRule = defineRule({
  description: "Wants coroutines and operations to be waited for, or given to a task.",
  hasFix: true,
  check(file, report) {
    for (const statement of file.ofType("ExpressionStatement")) {
      for (const call of valuesOf(statement.expression as SyntaxNode)) {
        const problem = describe(file, call, statement);
        if (problem !== null) report(problem);
      }
    }
  },
});

/** The calls that may be the last thing that an expression does. */
function* valuesOf(expression: SyntaxNode): Generator<SyntaxNode> {
  const node = unwrap(expression);
  switch (node.type) {
    case "CallExpression":
      yield node;
      break;
    case "LogicalExpression":
      yield* valuesOf(node.right!);
      break;
    case "ConditionalExpression":
      yield* valuesOf(node.consequent as SyntaxNode);
      yield* valuesOf(node.alternate!);
  }
}

function describe(file: SourceFile, call: SyntaxNode, statement: SyntaxNode): Problem | null {
  const made = file.meanings.of(call);
  if (made?.is !== "operation" && made?.is !== "coroutine") return null;
  if (made.is === "coroutine" && file.coroutines.purposeOf(made.node) === "values") return null;
  const around = functionAround(statement);
  const shown = show(file, call);
  const cure = around !== null && isGenerator(around)
    ? "yield*"
    : around?.async && made.is === "operation"
    ? "await"
    : null;
  if (cure === null) {
    const message = `\`${shown}\` alone runs nothing: give it to a task, ` +
      `\`createTask(${shown})\`, or to \`run\``;
    return { node: call, message };
  }
  return {
    node: call,
    message: `\`${shown}\` alone runs nothing: write \`${cure} ${shown}\``,
    fix() {
      const whole = statement.expression as SyntaxNode;
      const isWhole = unwrap(whole) === call;
      const target = isWhole ? whole : call;
      const text = `${cure} ${file.textOf(target)}`;
      return [replace(...target.range, isWhole ? text : `(${text})`)];
    },
  };
}

/**
 * `no-floating-coroutine`: a call that makes a coroutine or an operation, which then nobody runs.
 *
 * @module
 */

import { replace } from "./fixes.ts";
import type { LintRule } from "./plugin_types.ts";
import { defineRule, type Problem, show } from "./rule.ts";
import type { SourceFile } from "./source_file.ts";
import { functionAround, isGenerator, keyOf, type SyntaxNode, unwrap } from "./syntax.ts";

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
    for (const call of file.ofType("CallExpression")) {
      const problem = describeCallback(file, call);
      if (problem !== null) report(problem);
    }
  },
});

/** What calls a function later, and drops what that returns. */
const CALLS_LATER =
  /^(?:addEventListener|queueMicrotask|requestAnimationFrame|set(?:Immediate|Interval|Timeout))$/;

/** Methods that do, and which of their arguments is the function. */
const DROPPING_METHODS: Record<string, number> = { addEventListener: 1, forEach: 0 };

/** The coroutine that a callback returns to those who have no use for it. */
function describeCallback(file: SourceFile, call: SyntaxNode): Problem | null {
  const name = nameOfDropping(file, call);
  const callback = name === null ? null : call.arguments![DROPPING_METHODS[name] ?? 0];
  const made = file.meanings.resultOf(callback);
  // An operation has a `then`: a `forEach` such as that of Node's streams may wait for it.
  if (made?.is !== "coroutine" || file.coroutines.purposeOf(made.node) !== "waiting") return null;
  const returned = unwrap(callback!).body as SyntaxNode | undefined;
  const shown = returned?.type === "CallExpression" ? show(file, returned) : "…";
  return {
    node: callback!,
    message: `\`${name}\` drops the coroutine that it gets, and nobody runs it: ` +
      `give it to a task, \`() => createTask(${shown})\`` +
      (name === "forEach" ? ", or wait for each in a `for` loop" : ""),
  };
}

function nameOfDropping(file: SourceFile, call: SyntaxNode): string | null {
  const callee = file.meanings.of(call.callee);
  if (callee?.is === "global" && CALLS_LATER.test(callee.path)) return callee.path;
  const member = unwrap(call.callee!);
  if (member.type !== "MemberExpression") return null;
  // Of what the file itself defines, it may be anything.
  if (callee !== null && callee.is !== "global") return null;
  const name = keyOf(member.property, member.computed);
  return name !== null && Object.hasOwn(DROPPING_METHODS, name) ? name : null;
}

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

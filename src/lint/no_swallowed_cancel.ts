/**
 * `no-swallowed-cancel`: a `catch` in a coroutine that may keep a `CancelledError` for itself.
 *
 * @module
 */

import { CaughtError } from "./conditions.ts";
import { nameAt, replace } from "./fixes.ts";
import { HandlerReader } from "./handler.ts";
import type { LintRule } from "./plugin_types.ts";
import { defineRule, type Problem } from "./rule.ts";
import type { SourceFile } from "./source_file.ts";
import { functionAround, isGenerator, isInside, keyOf, type SyntaxNode, unwrap } from "./syntax.ts";

/** Names for the error in a `catch` that has none so far. */
const ERROR_NAMES = ["error", "caught", "reason"];

/** What runs its body more than once. */
const LOOPS = /^(?:DoWhile|For|ForIn|ForOf|While)Statement$/;

/** The rule. */
export const noSwallowedCancel: LintRule = defineRule({
  description: "Wants a catch around a wait to let a CancelledError through.",
  hasFix: true,
  check(file, report) {
    for (const statement of file.ofType("TryStatement")) {
      const generator = functionAround(statement);
      if (!statement.handler || generator === null || !isGenerator(generator)) continue;
      if (file.coroutines.purposeOf(generator) !== "waiting") continue;
      const waits = file.coroutines.yieldsOf(generator).filter((node) =>
        isInside(node, statement.block!)
      );
      const isExpected = waits.every((wait) => isCancelledBefore(file, wait, generator));
      if (!isExpected && maySwallow(file, statement, generator)) {
        report(describe(file, statement.handler));
      }
    }
  },
});

/** Whether what is waited for was cancelled here before, so that its `CancelledError` is expected. */
function isCancelledBefore(file: SourceFile, wait: SyntaxNode, generator: SyntaxNode): boolean {
  if (!wait.argument) return false;
  const awaited = file.textOf(unwrap(wait.argument));
  return file.ofType("CallExpression").some((call) => {
    const callee = unwrap(call.callee!);
    return callee.type === "MemberExpression" && isInside(call, generator) &&
      call.range[0] < wait.range[0] && keyOf(callee.property, callee.computed) === "cancel" &&
      file.textOf(callee.object!) === awaited;
  });
}

function maySwallow(file: SourceFile, statement: SyntaxNode, generator: SyntaxNode): boolean {
  const handler = statement.handler!;
  const { param } = handler;
  const binding = param?.type === "Identifier" ? file.scopes.resolve(param) : null;
  const error = new CaughtError(file, binding === null ? [] : [binding]);
  if (
    new HandlerReader(file, error).alwaysThrows((handler.body as SyntaxNode).body as SyntaxNode[])
  ) return false;
  return !saysSo(file, handler) && !throwsLater(file, statement, generator, error);
}

/** Whether a handler takes the cancellation back, which is how to go on on purpose. */
function saysSo(file: SourceFile, handler: SyntaxNode): boolean {
  return file.ofType("MemberExpression").some((node) =>
    isInside(node, handler) && keyOf(node.property, node.computed) === "uncancel"
  );
}

/** Whether a handler keeps the error in a variable that is thrown behind the `try`. */
function throwsLater(
  file: SourceFile,
  statement: SyntaxNode,
  generator: SyntaxNode,
  error: CaughtError,
): boolean {
  const kept = file.ofType("AssignmentExpression").filter((node) =>
    isInside(node, statement.handler!) && error.isError(node.right)
  ).map(({ left }) => left!.type === "Identifier" ? file.scopes.resolve(left!) : null);
  const loop = loopAround(statement, generator);
  return file.ofType("ThrowStatement").some((node) => {
    if (!isInside(node, loop) || node.range[0] < statement.range[1]) return false;
    const thrown = unwrap(node.argument!);
    return thrown.type === "Identifier" && functionAround(node) === generator &&
      kept.includes(file.scopes.resolve(thrown) ?? null) && file.scopes.resolve(thrown) !== null;
  });
}

/** The innermost loop around a statement, or else its function. */
function loopAround(statement: SyntaxNode, generator: SyntaxNode): SyntaxNode {
  let each = statement;
  while (each !== generator && !LOOPS.test(each.type)) each = each.parent!;
  return each;
}

function describe(file: SourceFile, handler: SyntaxNode): Problem {
  const node = handler.param ?? handler;
  const mentions = file.ofType("Identifier").some((each) =>
    isInside(each, handler) && each.name === "CancelledError"
  );
  if (mentions) {
    return {
      node,
      message:
        "This catch may swallow a cancellation: throw the CancelledError again at its end, " +
        "or call the task's uncancel() if it is meant to go on",
    };
  }
  const name = nameAt(file, handler, "CancelledError");
  const error = errorName(file, handler);
  const guard = `if (${error} instanceof ${name?.text ?? "CancelledError"}) throw ${error};`;
  const message = `This catch may swallow a cancellation: begin it with \`${guard}\``;
  if (name === null || handler.param && handler.param.type !== "Identifier") {
    return { node, message };
  }
  return {
    node,
    message,
    fix() {
      const [start] = (handler.body as SyntaxNode).range;
      const opening = `{${indent(file.text, handler, guard)}`;
      return [
        ...name.imports,
        handler.param
          ? replace(start, start + 1, opening)
          : replace(handler.range[0], start + 1, `catch (${error}) ${opening}`),
      ];
    },
  };
}

function errorName(file: SourceFile, handler: SyntaxNode): string {
  if (handler.param) return file.textOf(handler.param).match(/^[\w$]+/)?.[0] ?? "error";
  const taken = file.ofType("Identifier").filter((each) => isInside(each, handler));
  const free = ERROR_NAMES.filter((name) => taken.every((each) => each.name !== name));
  return free[0] ?? "cancelledError";
}

/** The guard as the first statement of a handler, on a line of its own where others are as well. */
function indent(text: string, handler: SyntaxNode, guard: string): string {
  const [start, end] = (handler.body as SyntaxNode).range;
  const inside = text.slice(start + 1, end - 1);
  const lines = /^[^\S\n]*(\r?\n)([^\S\n]*)(\S?)/.exec(inside);
  if (lines === null) return inside === "" ? ` ${guard} ` : ` ${guard}`;
  const [, newline, indentation, first] = lines;
  const unit = indentation.includes("\t") ? "\t" : "  ";
  return `${newline}${indentation}${first === "" ? unit : ""}${guard}`;
}

/**
 * What conditions are for a caught `CancelledError`, as far as the error decides them. It is of this
 * class and of no other but `Error`, and `instanceof`, `name` and `constructor` say so.
 *
 * @module
 */

import { isClass } from "./library.ts";
import type { Binding } from "./scopes.ts";
import type { SourceFile } from "./source_file.ts";
import { isFunction, isInside, keyOf, statementsOf, type SyntaxNode, unwrap } from "./syntax.ts";

/** Functions of this file are followed this deep, and names as far. */
const MAX_DEPTH = 8;

/** What every error has, so that comparing it says nothing. */
const COMMON = ["cause", "message", "stack"];

/** Names that tell what they are about. */
const ABOUT_CANCELLING = /abort|cancel/i;

/** A `CancelledError`, by the names that it has in a handler. */
export class CaughtError {
  readonly #file: SourceFile;
  readonly #names: Binding[];
  readonly #depth: number;

  constructor(file: SourceFile, names: Binding[], depth = 0) {
    this.#file = file;
    this.#names = names;
    this.#depth = depth;
  }

  /** Whether an expression is the error itself. */
  isError(expression: SyntaxNode | null | undefined, depth = 0): boolean {
    if (!expression || depth > MAX_DEPTH) return false;
    const node = unwrap(expression);
    if (node.type !== "Identifier") return false;
    const binding = this.#file.scopes.resolve(node);
    if (binding === null) return false;
    if (this.#names.includes(binding)) return true;
    const { init, id } = binding.node;
    return binding.kind === "variable" && !binding.reassigned && id!.type === "Identifier" &&
      this.isError(init, depth + 1);
  }

  /** The same error inside of a function of this file that is called; `null` if that is too deep. */
  passedTo(callee: SyntaxNode, call: SyntaxNode): CaughtError | null {
    if (this.#depth >= MAX_DEPTH) return null;
    const names = callee.params!.flatMap((param, i) => {
      const binding = param.type === "Identifier"
        ? this.#file.scopes.find(String(param.name), param)
        : null;
      return binding !== null && this.isError(call.arguments![i]) ? [binding] : [];
    });
    return new CaughtError(this.#file, names, this.#depth + 1);
  }

  /** What a condition is, if the error decides it; otherwise `null`. */
  test(expression: SyntaxNode, depth = 0): boolean | null {
    if (depth > MAX_DEPTH) return null;
    const node = unwrap(expression);
    if (this.isError(node)) return true;
    switch (node.type) {
      case "Literal":
        return typeof node.value === "boolean" ? node.value : null;
      case "Identifier": {
        const binding = this.#file.scopes.resolve(node);
        const isFixed = binding?.kind === "variable" && !binding.reassigned;
        return isFixed && binding.node.init ? this.test(binding.node.init, depth + 1) : null;
      }
      case "UnaryExpression": {
        const decided = node.operator === "!" ? this.test(node.argument!, depth + 1) : null;
        return decided === null ? null : !decided;
      }
      case "LogicalExpression": {
        if (node.operator === "??") return null;
        const [left, right] = [this.test(node.left!, depth + 1), this.test(node.right!, depth + 1)];
        const decisive = node.operator === "||";
        if (left === decisive || right === decisive) return decisive;
        return left === null || right === null ? null : !decisive;
      }
      case "BinaryExpression":
        return this.#compare(node);
      case "CallExpression":
        return this.#callIs(node);
      default:
        return null;
    }
  }

  #compare({ operator, left, right }: SyntaxNode): boolean | null {
    switch (operator) {
      case "instanceof":
        return this.isError(left) ? this.isKind(right!, true) : null;
      case "==":
      case "===":
        return this.isEqual(left!, right!);
      case "!=":
      case "!==": {
        const decided = this.isEqual(left!, right!);
        return decided === null ? null : !decided;
      }
      default:
        return null;
    }
  }

  /** Whether two expressions are equal, if the error decides it. */
  isEqual(left: SyntaxNode, right: SyntaxNode): boolean | null {
    return this.#hasValue(unwrap(left), unwrap(right)) ??
      this.#hasValue(unwrap(right), unwrap(left));
  }

  /** Whether something of the error's is equal to a value. */
  #hasValue(node: SyntaxNode, value: SyntaxNode): boolean | null {
    const literal = value.type === "Literal" ? value.value : undefined;
    // As in `switch (true)`.
    if (typeof literal === "boolean") {
      const decided = this.test(node);
      return decided === null ? null : decided === literal;
    }
    if (this.isError(node)) {
      return literal !== undefined || value.name === "undefined" ? false : null;
    }
    if (node.type === "UnaryExpression" && node.operator === "typeof") {
      return this.isError(node.argument) && literal !== undefined ? literal === "object" : null;
    }
    if (node.type !== "MemberExpression" || !this.isError(node.object)) return null;
    const key = keyOf(node.property, node.computed);
    if (key === "constructor") return this.isKind(value, false);
    if (key === "name") {
      if (literal !== undefined) return literal === "CancelledError";
      const isName = value.type === "MemberExpression" &&
        keyOf(value.property, value.computed) === "name";
      return isName ? this.isKind(value.object!, false) : null;
    }
    return key === null || COMMON.includes(key) || literal === undefined ? null : false;
  }

  /** Whether `CancelledError` is this class, or, if asked for, below it. */
  isKind(expression: SyntaxNode, orBelow: boolean): boolean | null {
    const node = unwrap(expression);
    const meaning = this.#file.meanings.of(node);
    switch (meaning?.is) {
      case "library":
        return isClass(meaning.name) ? meaning.name === "CancelledError" : null;
      case "global":
        return /^(?:Error|Object)$/.test(meaning.path)
          ? orBelow
          : meaning.path.endsWith("CancelledError");
      case "class":
        return false;
    }
    // A class from another file: its name has to do.
    const binding = node.type === "Identifier" ? this.#file.scopes.resolve(node) : null;
    const name = node.type === "MemberExpression"
      ? keyOf(node.property, node.computed)
      : binding?.kind === "import"
      ? binding.source!.name
      : null;
    return name === null ? null : name === "CancelledError" || node.name === "CancelledError";
  }

  /** What a function of this file says that has nothing but a condition to return. */
  #callIs(node: SyntaxNode): boolean | null {
    const callee = this.#file.meanings.of(node.callee);
    if (callee?.is !== "function" || callee.node.generator || callee.node.async) return null;
    const error = this.passedTo(callee.node, node);
    const body = callee.node.body as SyntaxNode;
    const [only, ...others] = body.type === "BlockStatement" ? statementsOf(body.body) : [body];
    if (error === null || only === undefined || others.length > 0) return null;
    if (isFunction(only)) return null;
    const result = only.type === "ReturnStatement" ? only.argument : only === body ? body : null;
    return result ? error.test(result) : null;
  }

  /** Whether a condition that can't be worked out has to do with the error, or with cancelling. */
  isDoubtful(condition: SyntaxNode): boolean {
    return this.#file.ofType("Identifier").some((each) =>
      isInside(each, condition) &&
      (ABOUT_CANCELLING.test(String(each.name)) || this.isError(each))
    );
  }
}

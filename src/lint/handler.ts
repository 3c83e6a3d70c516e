/**
 * What becomes of a `CancelledError` in a `catch`: whether every path through it ends with a `throw`.
 *
 * Conditions are worked out as far as the error decides them: it is a `CancelledError` and nothing
 * else. Where one looks at the error in a way that can't be followed, such as `isFatal(error)`, the
 * handler gets the benefit of the doubt; where it looks at something else, both branches count. So
 * the result is a list of possibilities, of which one that always throws is enough, and each is a set
 * of ends.
 *
 * @module
 */

import { isClass } from "./library.ts";
import type { Binding } from "./scopes.ts";
import type { SourceFile } from "./source_file.ts";
import { isFunction, isInside, keyOf, statementsOf, type SyntaxNode, unwrap } from "./syntax.ts";

/** How a statement may end, as bits. */
const FALLS = 1;
const THROWS = 2;
const BREAKS = 4;
const CONTINUES = 8;
const RETURNS = 16;

/** Sets of ends, of which the kindest counts. */
type Ends = number[];

/** Functions of this file are followed this deep. */
const MAX_DEPTH = 4;

/** What every error has, so that comparing it says nothing. */
const COMMON = ["cause", "message", "stack"];

/** What ends the process. */
const EXITS = /^(?:Deno|process)\.exit$/;

/** How classes are called, and hardly anything else. */
const CLASS_NAME = /^(?:\w+\.)*[A-Z]\w*[a-z]\w*$/;

/** Names that tell what they are about. */
const ABOUT_CANCELLING = /abort|cancel/i;

/** Looks at handlers, and at functions that they call. */
export class HandlerReader {
  readonly #file: SourceFile;
  readonly #errors: Binding[];
  readonly #depth: number;

  /** @param errors The names that hold the `CancelledError`. */
  constructor(file: SourceFile, errors: Binding[], depth = 0) {
    this.#file = file;
    this.#errors = errors;
    this.#depth = depth;
  }

  /** Whether a list of statements ends with a `throw` whatever happens. */
  alwaysThrows(statements: SyntaxNode[]): boolean {
    return this.#list(statements).includes(THROWS);
  }

  /** Whether an expression is the error itself. */
  isError(expression: SyntaxNode | null | undefined): boolean {
    if (!expression) return false;
    const node = unwrap(expression);
    if (node.type !== "Identifier") return false;
    const binding = this.#file.scopes.resolve(node);
    if (binding === null) return false;
    if (this.#errors.includes(binding)) return true;
    const { init, id } = binding.node;
    return binding.kind === "variable" && !binding.reassigned && id!.type === "Identifier" &&
      init !== expression && this.isError(init);
  }

  #list(statements: SyntaxNode[]): Ends {
    let ends: Ends = [FALLS];
    for (const statement of statements) {
      if (!ends.some((each) => each & FALLS)) break;
      const next = this.#statement(statement);
      ends = pairs(ends, next, (one, two) => one & FALLS ? (one & ~FALLS) | two : one);
    }
    return ends;
  }

  #statement(node: SyntaxNode): Ends {
    switch (node.type) {
      case "ThrowStatement":
        return [THROWS];
      case "ReturnStatement":
        return [this.#throws(node.argument) ? THROWS : RETURNS];
      case "BreakStatement":
        return [node.label ? RETURNS : BREAKS];
      case "ContinueStatement":
        return [node.label ? RETURNS : CONTINUES];
      case "ExpressionStatement":
        return [this.#throws(node.expression as SyntaxNode) ? THROWS : FALLS];
      case "VariableDeclaration":
        return [node.declarations!.some(({ init }) => this.#throws(init)) ? THROWS : FALLS];
      case "BlockStatement":
        return this.#list(node.body as SyntaxNode[]);
      case "IfStatement":
        return this.#if(node);
      case "SwitchStatement":
        return this.#switch(node);
      case "TryStatement":
        return this.#try(node);
      case "LabeledStatement":
        return this.#statement(node.body as SyntaxNode).map((each) =>
          each & RETURNS ? each | FALLS : each
        );
      case "DoWhileStatement":
      case "ForInStatement":
      case "ForOfStatement":
      case "ForStatement":
      case "WhileStatement":
        return this.#loop(node);
      default:
        return [FALLS];
    }
  }

  #if(node: SyntaxNode): Ends {
    const decided = this.#test(node.test!);
    const yes = () => this.#list(statementsOf(node.consequent));
    const no = () => this.#list(statementsOf(node.alternate));
    if (decided !== null) return decided ? yes() : no();
    return this.#isDoubtful(node.test!) ? unique([...yes(), ...no()]) : pairs(yes(), no(), union);
  }

  #switch(node: SyntaxNode): Ends {
    const { cases } = node;
    const from = (index: number) =>
      this.#list(cases!.slice(index).flatMap(({ consequent }) => consequent as SyntaxNode[]))
        .map((each) => each & BREAKS ? (each & ~BREAKS) | FALLS : each);
    const otherwise = cases!.findIndex(({ test }) => test === null);
    let ends: Ends = otherwise === -1 ? [FALLS] : from(otherwise);
    // From the last to the first, because an earlier one that matches comes before all others.
    for (let i = cases!.length - 1; i >= 0; i--) {
      const { test } = cases![i];
      if (!test) continue;
      const decided = this.#equal(node.discriminant!, test);
      if (decided === true) ends = from(i);
      if (decided !== null) continue;
      const isDoubtful = this.#isDoubtful(node.discriminant!) || this.#isDoubtful(test);
      ends = isDoubtful ? unique([...ends, ...from(i)]) : pairs(ends, from(i), union);
    }
    return ends;
  }

  #try(node: SyntaxNode): Ends {
    let ends = this.#list(node.block!.body as SyntaxNode[]);
    if (node.handler) {
      const { body } = node.handler.body as SyntaxNode;
      const handled = this.#list(body as SyntaxNode[]);
      ends = pairs(ends, handled, (one, two) => one & THROWS ? (one & ~THROWS) | two : one);
    }
    if (!node.finalizer) return ends;
    const last = this.#list(node.finalizer.body as SyntaxNode[]);
    return pairs(ends, last, (one, two) => two & FALLS ? one | (two & ~FALLS) : two);
  }

  #loop(node: SyntaxNode): Ends {
    const body = this.#list(statementsOf(node.body)).map((each) =>
      each & (BREAKS | CONTINUES) ? (each & ~(BREAKS | CONTINUES)) | FALLS : each
    );
    const isEndless = node.type === "ForStatement" && !node.test || node.type !== "ForStatement" &&
        node.test && this.#test(node.test) === true;
    const runs = isEndless || node.type === "DoWhileStatement";
    return runs ? body : body.map((each) => each | FALLS);
  }

  /** Whether working out an expression always ends with a `throw`. */
  #throws(expression: SyntaxNode | null | undefined): boolean {
    if (!expression) return false;
    const node = unwrap(expression);
    switch (node.type) {
      case "AwaitExpression":
      case "YieldExpression":
        return this.#throws(node.argument);
      case "ConditionalExpression": {
        const decided = this.#test(node.test!);
        const yes = this.#throws(node.consequent as SyntaxNode);
        const no = this.#throws(node.alternate);
        if (decided !== null) return decided ? yes : no;
        return this.#isDoubtful(node.test!) ? yes || no : yes && no;
      }
      case "LogicalExpression": {
        if (this.#throws(node.left)) return true;
        const decided = node.operator === "??" ? null : this.#test(node.left!);
        const isReached = decided === null
          ? this.#isDoubtful(node.left!)
          : decided === (node.operator === "&&");
        return isReached && this.#throws(node.right);
      }
      case "CallExpression":
        return operandsOf(node).some((each) => this.#throws(each)) || this.#callThrows(node);
      default:
        return operandsOf(node).some((each) => this.#throws(each));
    }
  }

  #callThrows(node: SyntaxNode): boolean {
    const callee = this.#file.meanings.of(node.callee);
    if (callee?.is === "global" && EXITS.test(callee.path)) return true;
    if (callee?.is === "function") {
      const { body } = callee.node;
      const reader = this.#inside(callee.node, node);
      if (reader === null) return false;
      return (body as SyntaxNode).type === "BlockStatement"
        ? reader.alwaysThrows((body as SyntaxNode).body as SyntaxNode[])
        : reader.#throws(body as SyntaxNode);
    }
    return this.#seemsToThrow(node);
  }

  /** Whether a function of another file is made for throwing, such as an assertion. */
  #seemsToThrow({ callee, arguments: given }: SyntaxNode): boolean {
    const name = this.#file.textOf(callee!);
    if (given!.some((each) => this.isError(each))) {
      // As in `rethrow(error)`, and in `assertInstanceOf(error, RangeError)`.
      return /cancel|raise|throw/i.test(name) ||
        given!.some((each) =>
          CLASS_NAME.test(this.#file.textOf(each)) && !this.#isKind(each, true)
        );
    }
    // As in `assert(error instanceof RangeError)`, and in `expect(error).toBeInstanceOf(RangeError)`.
    if (!/^(?:assert|expect|invariant|ok)\b/.test(name) || given!.length === 0) return false;
    return this.#test(given![0]) === false ||
      name.endsWith(".toBeInstanceOf") && this.#isKind(given![0], true) === false &&
        operandsOf(callee!).some(({ arguments: list }) => list?.some((each) => this.isError(each)));
  }

  /** Looks on in a function of this file that gets the error; `null` if it doesn't, or too deep. */
  #inside(callee: SyntaxNode, call: SyntaxNode): HandlerReader | null {
    if (this.#depth >= MAX_DEPTH) return null;
    const errors = callee.params!.flatMap((param, i) => {
      const binding = param.type === "Identifier"
        ? this.#file.scopes.find(String(param.name), param)
        : null;
      return binding !== null && this.isError(call.arguments![i]) ? [binding] : [];
    });
    return new HandlerReader(this.#file, errors, this.#depth + 1);
  }

  /** What a condition is, if the error decides it; otherwise `null`. */
  #test(expression: SyntaxNode): boolean | null {
    const node = unwrap(expression);
    if (this.isError(node)) return true;
    switch (node.type) {
      case "Literal":
        return typeof node.value === "boolean" ? node.value : null;
      case "Identifier": {
        const binding = this.#file.scopes.resolve(node);
        const isFixed = binding?.kind === "variable" && !binding.reassigned;
        return isFixed && binding.node.init ? this.#test(binding.node.init) : null;
      }
      case "UnaryExpression": {
        const decided = node.operator === "!" ? this.#test(node.argument!) : null;
        return decided === null ? null : !decided;
      }
      case "LogicalExpression": {
        if (node.operator === "??") return null;
        const [left, right] = [this.#test(node.left!), this.#test(node.right!)];
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
        return this.isError(left) ? this.#isKind(right!, true) : null;
      case "==":
      case "===":
        return this.#equal(left!, right!);
      case "!=":
      case "!==": {
        const decided = this.#equal(left!, right!);
        return decided === null ? null : !decided;
      }
      default:
        return null;
    }
  }

  #equal(left: SyntaxNode, right: SyntaxNode): boolean | null {
    return this.#hasValue(unwrap(left), unwrap(right)) ??
      this.#hasValue(unwrap(right), unwrap(left));
  }

  /** Whether something of the error's is equal to a value. */
  #hasValue(node: SyntaxNode, value: SyntaxNode): boolean | null {
    const literal = value.type === "Literal" ? value.value : undefined;
    // As in `switch (true)`.
    if (typeof literal === "boolean") {
      const decided = this.#test(node);
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
    if (key === "constructor") return this.#isKind(value, false);
    if (key === "name") {
      if (literal !== undefined) return literal === "CancelledError";
      const isName = value.type === "MemberExpression" &&
        keyOf(value.property, value.computed) === "name";
      return isName ? this.#isKind(value.object!, false) : null;
    }
    return key === null || COMMON.includes(key) || literal === undefined ? null : false;
  }

  /** Whether `CancelledError` is this class, or, if asked for, below it. */
  #isKind(expression: SyntaxNode, orBelow: boolean): boolean | null {
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
    const reader = this.#inside(callee.node, node);
    const body = callee.node.body as SyntaxNode;
    const [only, ...others] = body.type === "BlockStatement" ? statementsOf(body.body) : [body];
    if (reader === null || only === undefined || others.length > 0) return null;
    if (isFunction(only)) return null;
    const result = only.type === "ReturnStatement" ? only.argument : only === body ? body : null;
    return result ? reader.#test(result) : null;
  }

  /** Whether a condition that can't be worked out has to do with the error, or with cancelling. */
  #isDoubtful(condition: SyntaxNode): boolean {
    return this.#file.ofType("Identifier").some((each) =>
      isInside(each, condition) &&
      (ABOUT_CANCELLING.test(String(each.name)) || this.isError(each))
    );
  }
}

/** The parts of an expression that are worked out in any case. */
function operandsOf(node: SyntaxNode): SyntaxNode[] {
  switch (node.type) {
    case "ArrayExpression":
      return node.elements!.filter((element) => element !== null);
    case "AssignmentExpression":
      return [node.right!];
    case "BinaryExpression":
      return [node.left!, node.right!];
    case "CallExpression":
    case "NewExpression":
      return [node.callee!, ...node.arguments!];
    case "MemberExpression":
      return [node.object!];
    case "ObjectExpression":
      return node.properties!.flatMap(({ value }) => value ? [value as SyntaxNode] : []);
    case "SpreadElement":
    case "UnaryExpression":
      return [node.argument!];
    case "TemplateLiteral":
      return node.expressions!;
    default:
      return [];
  }
}

/** Each possibility of one with each of the other. */
function pairs(ones: Ends, others: Ends, join: (one: number, other: number) => number): Ends {
  return unique(ones.flatMap((one) => others.map((other) => join(one, other))));
}

function union(one: number, other: number): number {
  return one | other;
}

function unique(ends: Ends): Ends {
  return [...new Set(ends)];
}

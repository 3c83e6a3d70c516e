/**
 * What becomes of a `CancelledError` in a `catch`: whether every path through it ends with a `throw`.
 *
 * Conditions are worked out as far as the error decides them. Where one looks at the error in a way
 * that can't be followed, such as `isFatal(error)`, the handler gets the benefit of the doubt; where
 * it looks at something else, both branches count. So the result is a list of possibilities, of which
 * one that always throws is enough, and each is a set of ends.
 *
 * @module
 */

import type { CaughtError } from "./conditions.ts";
import type { SourceFile } from "./source_file.ts";
import { statementsOf, type SyntaxNode, unwrap } from "./syntax.ts";

/** How a statement may end, as bits. */
const FALLS = 1;
const THROWS = 2;
const BREAKS = 4;
const CONTINUES = 8;
const RETURNS = 16;

/** Sets of ends, of which the kindest counts. */
type Ends = number[];

/** What ends the process. */
const EXITS = /^(?:Deno|process)\.exit$/;

/** How classes are called, and hardly anything else. */
const CLASS_NAME = /^(?:\w+\.)*[A-Z]\w*[a-z]\w*$/;

/** Looks at handlers, and at functions that they call. */
export class HandlerReader {
  readonly #file: SourceFile;
  readonly #error: CaughtError;

  constructor(file: SourceFile, error: CaughtError) {
    this.#file = file;
    this.#error = error;
  }

  /** Whether a list of statements ends with a `throw` whatever happens. */
  alwaysThrows(statements: SyntaxNode[]): boolean {
    return this.#list(statements).includes(THROWS);
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
    const decided = this.#error.test(node.test!);
    const yes = () => this.#list(statementsOf(node.consequent));
    const no = () => this.#list(statementsOf(node.alternate));
    if (decided !== null) return decided ? yes() : no();
    return this.#error.isDoubtful(node.test!)
      ? unique([...yes(), ...no()])
      : pairs(yes(), no(), union);
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
      const decided = this.#error.isEqual(node.discriminant!, test);
      if (decided === true) ends = from(i);
      if (decided !== null) continue;
      const isDoubtful = this.#error.isDoubtful(node.discriminant!) || this.#error.isDoubtful(test);
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
    const isEndless = node.test
      ? node.type !== "DoWhileStatement" && this.#error.test(node.test) === true
      : node.type === "ForStatement";
    return unique(
      this.#list(statementsOf(node.body)).map((body) => {
        const leaves = body & (THROWS | RETURNS);
        const breaks = body & BREAKS ? FALLS : 0;
        // What falls through, or continues, comes round again, and may do the other thing then.
        if (isEndless) return leaves | breaks || FALLS;
        const falls = body & (FALLS | BREAKS | CONTINUES) ? FALLS : 0;
        return node.type === "DoWhileStatement" ? leaves | falls : leaves | FALLS;
      }),
    );
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
        const decided = this.#error.test(node.test!);
        const yes = this.#throws(node.consequent as SyntaxNode);
        const no = this.#throws(node.alternate);
        if (decided !== null) return decided ? yes : no;
        return this.#error.isDoubtful(node.test!) ? yes || no : yes && no;
      }
      case "LogicalExpression": {
        if (this.#throws(node.left)) return true;
        const decided = node.operator === "??" ? null : this.#error.test(node.left!);
        const isReached = decided === null
          ? this.#error.isDoubtful(node.left!)
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
      const error = this.#error.passedTo(callee.node, node);
      if (error === null) return false;
      const reader = new HandlerReader(this.#file, error);
      return (body as SyntaxNode).type === "BlockStatement"
        ? reader.alwaysThrows((body as SyntaxNode).body as SyntaxNode[])
        : reader.#throws(body as SyntaxNode);
    }
    return this.#seemsToThrow(node);
  }

  /** Whether a function of another file is made for throwing, such as an assertion. */
  #seemsToThrow({ callee, arguments: given }: SyntaxNode): boolean {
    const name = this.#file.textOf(callee!);
    if (given!.some((each) => this.#error.isError(each))) {
      // As in `rethrow(error)`, and in `assertInstanceOf(error, RangeError)`.
      return /cancel|raise|throw/i.test(name) ||
        given!.some((each) =>
          CLASS_NAME.test(this.#file.textOf(each)) && !this.#error.isKind(each, true)
        );
    }
    // As in `assert(error instanceof RangeError)`, and in `expect(error).toBeInstanceOf(RangeError)`.
    if (!/^(?:assert|expect|invariant|ok)\b/.test(name) || given!.length === 0) return false;
    return this.#error.test(given![0]) === false ||
      name.endsWith(".toBeInstanceOf") && this.#error.isKind(given![0], true) === false &&
        operandsOf(callee!).some(({ arguments: list }) =>
          list?.some((each) => this.#error.isError(each))
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

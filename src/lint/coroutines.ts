/**
 * Which of the generators in a file are coroutines. A generator function may as well give values to
 * a loop, one by one, and then waits for nothing and is nobody's business here.
 *
 * A generator is a coroutine if it waits by `yield*` for something of the library's, if a function of
 * the library gets it, if its type says so, if a coroutine waits for it, or if it uses what `yield*`
 * gives back, which those that give values hardly do.
 *
 * @module
 */

import { takesCoroutines } from "./library.ts";
import type { Meaning } from "./meanings.ts";
import type { SourceFile } from "./source_file.ts";
import {
  functionAround,
  isFunction,
  isGenerator,
  isMap,
  keyOf,
  type SyntaxNode,
  unwrap,
} from "./syntax.ts";

/** What a generator is there for. */
export type Purpose = "unknown" | "values" | "waiting";

/** What takes any number of values from whatever can be iterated. */
const TAKES_VALUES = /^(?:Array\.from|Map|Object\.fromEntries|Set|WeakMap|WeakSet)$/;

/** Which generators are coroutines. */
export class Coroutines {
  readonly #file: SourceFile;
  readonly #waiting = new Set<SyntaxNode>();
  readonly #values = new Set<SyntaxNode>();
  readonly #yields = new Map<SyntaxNode, SyntaxNode[]>();

  constructor(file: SourceFile) {
    this.#file = file;
    for (const node of file.ofType("YieldExpression")) {
      const owner = functionAround(node);
      if (owner === null || !isGenerator(owner)) continue;
      this.#yields.set(owner, [...this.yieldsOf(owner), node]);
    }
    this.#findValues();
    this.#findWaiting();
  }

  /** What a generator function is there for. */
  purposeOf(generator: SyntaxNode | null): Purpose {
    if (generator === null) return "waiting";
    if (this.#waiting.has(generator)) return "waiting";
    return this.#values.has(generator) ? "values" : "unknown";
  }

  /** The `yield`s of a generator function itself, without those of functions in it. */
  yieldsOf(generator: SyntaxNode): SyntaxNode[] {
    return this.#yields.get(generator) ?? [];
  }

  /** Those that give values to whoever iterates over them. */
  #findValues(): void {
    const { meanings } = this.#file;
    for (const node of this.#file.nodes) {
      for (const taken of takenValues(node)) {
        const meaning = meanings.of(taken);
        if (meaning?.is === "coroutine" && meaning.node) this.#values.add(meaning.node);
      }
      if (node.type === "CallExpression" || node.type === "NewExpression") {
        const callee = meanings.of(node.callee);
        const takes = callee?.is === "global" && TAKES_VALUES.test(callee.path) ||
          callee?.is === "library" && ["asCompleted", "wait"].includes(callee.name);
        const taken = takes ? meanings.of(node.arguments![0]) : null;
        if (taken?.is === "coroutine" && taken.node) this.#values.add(taken.node);
      }
    }
    for (const [generator, yields] of this.#yields) {
      const givesValues = yields.some(({ argument, delegate }) =>
        argument && !delegate && meanings.awaitable(argument) === null
      );
      if (givesValues) this.#values.add(generator);
    }
  }

  #findWaiting(): void {
    const { meanings } = this.#file;
    for (const node of this.#file.ofType("CallExpression")) {
      if (this.#takesCoroutines(node)) {
        for (const given of node.arguments!) this.#give(given);
      }
    }
    for (const node of this.#file.nodes) {
      if (!isGenerator(node)) continue;
      const type = meanings.ofType(node.returnType);
      if (type?.is === "coroutine" || this.#waitsForOurs(node)) this.#waiting.add(node);
    }
    // Whoever waits for a coroutine is one, and whom a coroutine waits for is one.
    for (let before = -1; before < this.#waiting.size;) {
      before = this.#waiting.size;
      for (const [generator, yields] of this.#yields) {
        for (const { argument, delegate } of yields) {
          const meaning = delegate ? meanings.of(argument) : null;
          if (meaning?.is !== "coroutine" || !meaning.node) continue;
          if (this.#waiting.has(generator)) this.#waiting.add(meaning.node);
          else if (this.#waiting.has(meaning.node)) this.#waiting.add(generator);
        }
      }
    }
  }

  #takesCoroutines(call: SyntaxNode): boolean {
    const callee = this.#file.meanings.of(call.callee);
    if (callee?.is === "library") return takesCoroutines(callee.name);
    if (callee?.is === "method") return callee.of === "Runner" && callee.name === "run";
    // Task groups and loops: what else would take a generator under this name?
    const member = unwrap(call.callee!);
    return callee === null && member.type === "MemberExpression" &&
      keyOf(member.property, member.computed) === "createTask";
  }

  /** Notes the coroutines in what a function gets that takes coroutines. */
  #give(argument: SyntaxNode): void {
    const given = unwrap(argument);
    const meaning = this.#file.meanings.of(given);
    if (given.type === "ArrayExpression") {
      for (const element of given.elements!) if (element) this.#give(element);
    } else if (given.type === "ObjectExpression") {
      // Options: of these, one calls a coroutine function.
      for (const { key, computed, value } of given.properties!) {
        if (keyOf(key, computed) === "onCancel") this.#give(value as SyntaxNode);
      }
    } else if (given.type === "ArrowFunctionExpression") {
      const { body } = given;
      if ((body as SyntaxNode).type !== "BlockStatement") this.#give(body as SyntaxNode);
    } else if (isMap(given)) {
      this.#give(given.arguments![0]);
    } else if (meaning !== null) this.#note(meaning);
  }

  #note(meaning: Meaning): void {
    if (meaning.is !== "function" && meaning.is !== "coroutine") return;
    const { node } = meaning;
    // One that is iterated over as well could be either.
    if (node && isGenerator(node) && !this.#values.has(node)) this.#waiting.add(node);
  }

  #waitsForOurs(generator: SyntaxNode): boolean {
    const { meanings } = this.#file;
    return this.yieldsOf(generator).some((node) => {
      const meaning = meanings.of(node.argument);
      const isOurs = meaning?.is === "operation" || meaning?.is === "future";
      if (node.delegate && isOurs) return true;
      if (this.#values.has(generator) || isGivenElsewhere(generator)) return false;
      const isUnknown = node.delegate && meaning === null;
      return isResultUsed(node) && (isOurs || isUnknown || meaning?.is === "coroutine");
    });
  }
}

/** What a node of the syntax takes values from. */
function takenValues(node: SyntaxNode): SyntaxNode[] {
  switch (node.type) {
    case "ForOfStatement":
      return [node.right!];
    case "SpreadElement":
      return [node.argument!];
    case "VariableDeclarator":
      return node.id!.type === "ArrayPattern" && node.init ? [node.init] : [];
    case "MemberExpression": {
      const key = keyOf(node.property, node.computed);
      return key === "next" || key === "throw" || key === "return" ? [node.object!] : [];
    }
    default:
      return [];
  }
}

/** Whether a function stands among the arguments of a call, which may do anything with it. */
function isGivenElsewhere(generator: SyntaxNode): boolean {
  return !isFunction(generator) ||
    generator.parent!.type === "CallExpression" && generator.parent!.callee !== generator;
}

/** Whether something is done with what a `yield` gives back. */
function isResultUsed(node: SyntaxNode): boolean {
  const { type } = node.parent!;
  return type !== "ExpressionStatement" && type !== "ReturnStatement";
}

/**
 * A file as all rules see it: the nodes, which one of the rules collects for the others, and what
 * follows from them, which is worked out once.
 *
 * @module
 */

import { Coroutines } from "./coroutines.ts";
import { recognize } from "./library.ts";
import { Meanings } from "./meanings.ts";
import type { LintContext } from "./plugin_types.ts";
import { requiredBy, Scopes } from "./scopes.ts";
import type { SyntaxNode } from "./syntax.ts";

const files = new WeakMap<object, SourceFile>();

/** A file that imports the library. */
export class SourceFile {
  readonly nodes: SyntaxNode[] = [];
  readonly text: string;
  readonly program: SyntaxNode;
  #scopes: Scopes | undefined;
  #meanings: Meanings | undefined;
  #coroutines: Coroutines | undefined;
  #isCollected = false;
  readonly #byType = new Map<string, SyntaxNode[]>();

  constructor(text: string, program: SyntaxNode) {
    this.text = text;
    this.program = program;
  }

  /** The file of a rule's context, the same for all rules; `null` if it does without the library. */
  static of({ sourceCode }: LintContext): SourceFile | null {
    const program = sourceCode.ast as SyntaxNode;
    let file = files.get(program);
    if (file === undefined) {
      if (!importsLibrary(program)) return null;
      files.set(program, file = new SourceFile(sourceCode.text ?? "", program));
    }
    return file;
  }

  /** Whether the caller is the first, who has to {@linkcode add} the nodes. */
  claim(): boolean {
    const isFirst = !this.#isCollected;
    this.#isCollected = true;
    return isFirst;
  }

  /** Adds a node, after its parent and after what stands before it. */
  add(node: SyntaxNode): void {
    this.nodes.push(node);
    const alike = this.#byType.get(node.type);
    if (alike === undefined) this.#byType.set(node.type, [node]);
    else alike.push(node);
  }

  /** The nodes of a type, in the order in which they stand in the file. */
  ofType(type: string): readonly SyntaxNode[] {
    return this.#byType.get(type) ?? [];
  }

  /** The source text of a node. */
  textOf(node: SyntaxNode): string {
    return this.text.slice(...node.range);
  }

  /** What names mean. */
  get scopes(): Scopes {
    return this.#scopes ??= new Scopes(this.nodes);
  }

  /** What expressions mean. */
  get meanings(): Meanings {
    return this.#meanings ??= new Meanings(this);
  }

  /** Which generators are coroutines. */
  get coroutines(): Coroutines {
    return this.#coroutines ??= new Coroutines(this);
  }
}

/** Whether a file imports what may be the library; without that, nothing in it is judged. */
function importsLibrary({ body }: SyntaxNode): boolean {
  return (body as SyntaxNode[]).some((statement) => {
    switch (statement.type) {
      case "ImportDeclaration":
        return recognize(String(statement.source!.value)) !== "no";
      case "VariableDeclaration":
        return statement.declarations!.some(({ init }) => init && requiredBy(init) !== null);
      default:
        return false;
    }
  });
}

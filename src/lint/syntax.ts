/**
 * Nodes of the syntax tree. Deno's linter and ESLint, the latter with its own parser or with
 * TypeScript's, agree on everything that is named here.
 *
 * @module
 */

/** A node. Which of the members it has depends on its type; the others are undefined. */
export interface SyntaxNode {
  readonly type: string;
  readonly range: readonly [number, number];
  readonly parent: SyntaxNode | null;

  readonly alternate?: SyntaxNode | null;
  readonly argument?: SyntaxNode | null;
  readonly arguments?: SyntaxNode[];
  readonly async?: boolean;
  readonly block?: SyntaxNode;
  readonly body?: SyntaxNode | SyntaxNode[] | null;
  readonly callee?: SyntaxNode;
  readonly cases?: SyntaxNode[];
  readonly computed?: boolean;
  readonly consequent?: SyntaxNode | SyntaxNode[];
  readonly decorators?: SyntaxNode[];
  readonly declarations?: SyntaxNode[];
  readonly delegate?: boolean;
  readonly discriminant?: SyntaxNode;
  readonly elements?: (SyntaxNode | null)[];
  readonly expression?: SyntaxNode | boolean;
  readonly expressions?: SyntaxNode[];
  readonly finalizer?: SyntaxNode | null;
  readonly generator?: boolean;
  readonly handler?: SyntaxNode | null;
  readonly id?: SyntaxNode | null;
  readonly importKind?: "type" | "value";
  readonly imported?: SyntaxNode;
  readonly init?: SyntaxNode | null;
  readonly key?: SyntaxNode;
  readonly kind?: string;
  readonly label?: SyntaxNode | null;
  readonly left?: SyntaxNode;
  readonly local?: SyntaxNode;
  readonly method?: boolean;
  readonly name?: unknown;
  readonly object?: SyntaxNode;
  readonly operator?: string;
  readonly param?: SyntaxNode | null;
  readonly parameter?: SyntaxNode;
  readonly params?: SyntaxNode[];
  readonly properties?: SyntaxNode[];
  readonly property?: SyntaxNode;
  readonly returnType?: SyntaxNode | null;
  readonly right?: SyntaxNode;
  readonly source?: SyntaxNode | null;
  readonly specifiers?: SyntaxNode[];
  readonly static?: boolean;
  readonly superClass?: SyntaxNode | null;
  readonly test?: SyntaxNode | null;
  readonly typeAnnotation?: SyntaxNode | null;
  readonly typeName?: SyntaxNode;
  readonly value?: unknown;
}

/** Whether a node is a function of any kind, a method's included. */
export function isFunction(node: SyntaxNode): boolean {
  return node.type === "FunctionDeclaration" || node.type === "FunctionExpression" ||
    node.type === "ArrowFunctionExpression";
}

/** Whether calling this function makes a generator, and not an asynchronous one. */
export function isGenerator(node: SyntaxNode): boolean {
  return isFunction(node) && node.generator === true && node.async !== true;
}

/** The expression without what changes its type only, and without optional chaining around it. */
export function unwrap(node: SyntaxNode): SyntaxNode {
  switch (node.type) {
    case "ChainExpression":
    case "ParenthesizedExpression":
    case "TSAsExpression":
    case "TSInstantiationExpression":
    case "TSNonNullExpression":
    case "TSSatisfiesExpression":
    case "TSTypeAssertion":
      return unwrap(node.expression as SyntaxNode);
    case "SequenceExpression":
      return unwrap(node.expressions!.at(-1)!);
    default:
      return node;
  }
}

/** Whether a node wraps its expression as {@linkcode unwrap} knows it. */
export function isWrapper(node: SyntaxNode): boolean {
  return unwrap(node) !== node;
}

/** The name behind the dot, or before the colon; `null` if only the running program knows it. */
export function keyOf(key: SyntaxNode | undefined, computed: boolean | undefined): string | null {
  if (key === undefined) return null;
  if (key.type === "Literal") return typeof key.value === "string" ? key.value : null;
  if (key.type === "PrivateIdentifier") return `#${key.name}`;
  return key.type === "Identifier" && computed !== true ? String(key.name) : null;
}

/** Whether something is `list.map(…)`. */
export function isMap(node: SyntaxNode): boolean {
  return node.type === "CallExpression" && node.callee!.type === "MemberExpression" &&
    keyOf(node.callee!.property, node.callee!.computed) === "map" && node.arguments!.length > 0;
}

/** The function whose code this node is part of: its parameters count as its code. */
export function functionAround(node: SyntaxNode): SyntaxNode | null {
  for (let each = node.parent; each !== null; each = each.parent) {
    // Initializers of fields and static blocks run by themselves, whatever is around the class.
    if (isFunction(each) || each.type === "PropertyDefinition" || each.type === "StaticBlock") {
      return each;
    }
  }
  return null;
}

/** Whether a part of the tree stands under another. */
export function isInside(node: SyntaxNode, outer: SyntaxNode): boolean {
  return outer.range[0] <= node.range[0] && node.range[1] <= outer.range[1];
}

/** The statements of a body, which may be a single one. */
export function statementsOf(body: SyntaxNode | SyntaxNode[] | null | undefined): SyntaxNode[] {
  if (!body) return [];
  return Array.isArray(body) ? body : [body];
}

/**
 * Which declaration a name means where it stands. The linters differ in what they offer for that, and
 * Deno's offers nothing, so it is found here: from the innermost scope outwards.
 *
 * @module
 */

import { recognize } from "./library.ts";
import { isFunction, keyOf, type SyntaxNode, unwrap } from "./syntax.ts";

/** A name and its declaration. */
export interface Binding {
  /** The function, the class, the declarator, or, of a parameter, the identifier. */
  readonly node: SyntaxNode;
  readonly kind: "class" | "function" | "import" | "other" | "parameter" | "variable";
  /** Where an import comes from, and under which name it is exported there: `*` is all of it. */
  readonly source?: { specifier: string; name: string; isType: boolean };
  /** Whether something is assigned to it later. */
  reassigned: boolean;
}

/** Where a `var` belongs. */
const HOLDS_VAR = ["Program", "StaticBlock", "TSModuleBlock"];

/** Where everything else belongs, apart from functions. */
const HOLDS_REST = [
  ...HOLDS_VAR,
  "BlockStatement",
  "CatchClause",
  "ForInStatement",
  "ForOfStatement",
  "ForStatement",
  "SwitchStatement",
];

/** The declarations of a file. */
export class Scopes {
  readonly #scopes = new Map<SyntaxNode, Map<string, Binding>>();
  /** What is imported from the library, or from what may be the library. */
  readonly imports: Binding[] = [];

  constructor(nodes: readonly SyntaxNode[]) {
    for (const node of nodes) this.#visit(node);
    for (const node of nodes) this.#noteAssignments(node);
  }

  /** The declaration that a name means; `null` if it is in another file, or the host's. */
  resolve(identifier: SyntaxNode): Binding | null {
    return this.find(String(identifier.name), identifier);
  }

  /** The declaration that a name would mean if it stood at a place. */
  find(name: string, place: SyntaxNode): Binding | null {
    for (let each: SyntaxNode | null = place; each !== null; each = each.parent) {
      const binding = this.#scopes.get(each)?.get(name);
      if (binding !== undefined) return binding;
    }
    return null;
  }

  #visit(node: SyntaxNode): void {
    switch (node.type) {
      case "ImportDeclaration":
        for (const specifier of node.specifiers!) this.#import(node, specifier);
        break;
      case "VariableDeclarator":
        this.#variable(node);
        break;
      case "FunctionDeclaration":
      case "FunctionExpression":
      case "ArrowFunctionExpression":
        this.#function(node);
        break;
      case "ClassDeclaration":
        if (node.id) this.#declare(node.parent!, node.id, { node, kind: "class" });
        break;
      case "ClassExpression":
        if (node.id) this.#declareIn(node, node.id, { node, kind: "class" });
        break;
      case "CatchClause":
        if (node.param) this.#pattern(node, node.param, node);
        break;
      case "TSEnumDeclaration":
      case "TSImportEqualsDeclaration":
      case "TSInterfaceDeclaration":
      case "TSModuleDeclaration":
      case "TSTypeAliasDeclaration":
        if (node.id?.type === "Identifier") {
          this.#declare(node.parent!, node.id, { node, kind: "other" });
        }
    }
  }

  #import(declaration: SyntaxNode, node: SyntaxNode): void {
    const specifier = String(declaration.source!.value);
    const { imported } = node;
    const name = node.type === "ImportNamespaceSpecifier"
      ? "*"
      : String(imported?.name ?? imported?.value ?? "default");
    const isType = declaration.importKind === "type" || node.importKind === "type";
    const source = { specifier, name, isType };
    const binding = this.#declare(declaration.parent!, node.local!, {
      node,
      kind: "import",
      source,
    });
    if (recognize(specifier) !== "no") this.imports.push(binding);
  }

  #variable(node: SyntaxNode): void {
    const declaration = node.parent!;
    const scope = declaration.kind === "var"
      ? this.#scopeAround(declaration, HOLDS_VAR)
      : this.#scopeAround(declaration, HOLDS_REST);
    const specifier = node.init ? requiredBy(node.init) : null;
    if (node.id!.type === "Identifier") {
      const source = specifier === null ? undefined : { specifier, name: "*", isType: false };
      const binding = this.#declareIn(scope, node.id!, {
        node,
        kind: source ? "import" : "variable",
        source,
      });
      if (specifier !== null) this.imports.push(binding);
      return;
    }
    if (specifier !== null && node.id!.type === "ObjectPattern") {
      for (const property of node.id!.properties!) {
        const name = property.type === "Property" ? keyOf(property.key, property.computed) : null;
        const local = property.value as SyntaxNode | undefined;
        if (name === null || local?.type !== "Identifier") continue;
        const source = { specifier, name, isType: false };
        this.imports.push(this.#declareIn(scope, local, { node, kind: "import", source }));
      }
    }
    this.#pattern(scope, node.id!, node);
  }

  #function(node: SyntaxNode): void {
    if (node.type === "FunctionDeclaration") {
      if (node.id) this.#declare(node.parent!, node.id, { node, kind: "function" });
    }
    for (const given of node.params!) {
      const param = given.type === "TSParameterProperty" ? given.parameter! : given;
      if (param.type === "Identifier") {
        this.#declareIn(node, param, { node: param, kind: "parameter" });
      } else {
        this.#pattern(node, param, param);
      }
    }
    // Parameters hide the name of a function expression.
    if (node.type === "FunctionExpression" && node.id) {
      this.#declareIn(node, node.id, { node, kind: "function" });
    }
  }

  /** Declares all names of a pattern, of which nothing is known. */
  #pattern(scope: SyntaxNode, pattern: SyntaxNode | null, node: SyntaxNode): void {
    for (const identifier of namesIn(pattern)) {
      this.#declareIn(scope, identifier, { node, kind: "other" });
    }
  }

  #declare(
    place: SyntaxNode,
    identifier: SyntaxNode,
    binding: Omit<Binding, "reassigned">,
  ): Binding {
    return this.#declareIn(this.#scopeAround(place, HOLDS_REST), identifier, binding);
  }

  #declareIn(
    scope: SyntaxNode,
    identifier: SyntaxNode,
    given: Omit<Binding, "reassigned">,
  ): Binding {
    let names = this.#scopes.get(scope);
    if (names === undefined) this.#scopes.set(scope, names = new Map());
    const name = String(identifier.name);
    const earlier = names.get(name);
    if (earlier !== undefined) {
      // Declared twice, such as a type and a value of one name, or a `var`: it may be either.
      if (earlier.node !== given.node) earlier.reassigned = true;
      return earlier;
    }
    const binding = { ...given, reassigned: false };
    names.set(name, binding);
    return binding;
  }

  #scopeAround(place: SyntaxNode, types: string[]): SyntaxNode {
    let scope = place;
    while (!types.includes(scope.type) && !isFunction(scope) && scope.parent) scope = scope.parent;
    return scope;
  }

  #noteAssignments(node: SyntaxNode): void {
    const target = node.type === "AssignmentExpression" ||
        ((node.type === "ForOfStatement" || node.type === "ForInStatement") &&
          node.left!.type !== "VariableDeclaration")
      ? node.left!
      : node.type === "UpdateExpression"
      ? node.argument!
      : null;
    if (target === null) return;
    for (const identifier of namesIn(target)) {
      const binding = this.resolve(identifier);
      if (binding !== null) binding.reassigned = true;
    }
  }
}

/** The identifiers to which a pattern, or the left side of an assignment, gives values. */
function* namesIn(pattern: SyntaxNode | null): Generator<SyntaxNode> {
  if (pattern === null) return;
  switch (pattern.type) {
    case "Identifier":
      yield pattern;
      break;
    case "ObjectPattern":
      for (const property of pattern.properties!) {
        yield* namesIn(property.type === "Property" ? property.value as SyntaxNode : property);
      }
      break;
    case "ArrayPattern":
      for (const element of pattern.elements!) yield* namesIn(element);
      break;
    case "AssignmentPattern":
      yield* namesIn(pattern.left!);
      break;
    case "RestElement":
      yield* namesIn(pattern.argument!);
  }
}

/** What `require("…")` or `await import("…")` loads, if that is, or may be, the library. */
export function requiredBy(init: SyntaxNode): string | null {
  const expression = unwrap(init);
  const source = expression.type === "AwaitExpression" &&
      expression.argument!.type === "ImportExpression"
    ? expression.argument!.source
    : expression.type === "CallExpression" && expression.callee!.name === "require"
    ? expression.arguments![0]
    : null;
  if (source?.type !== "Literal" || typeof source.value !== "string") return null;
  return recognize(source.value) === "no" ? null : source.value;
}

/**
 * What an expression stands for, as far as the file itself tells: a coroutine, an operation, a
 * future, a promise, a function, and so on. Whatever comes from elsewhere, or may change, stands for
 * nothing, and no rule judges it.
 *
 * @module
 */

import { areTelling, givenBy, isClass, isOperationOf, KNOWN_NAMES, recognize } from "./library.ts";
import type { Binding } from "./scopes.ts";
import type { SourceFile } from "./source_file.ts";
import {
  functionAround,
  isFunction,
  isGenerator,
  keyOf,
  statementsOf,
  type SyntaxNode,
  unwrap,
} from "./syntax.ts";

/** What an expression stands for. */
export type Meaning =
  /** What can be waited for, or a promise, which can't be by `yield*`. */
  | { is: "operation" | "future" | "promise"; by?: string }
  /** What calling a generator function gives; `node` is that function, if it is in this file. */
  | { is: "coroutine"; node: SyntaxNode | null }
  /** A function of the library; `*` is a namespace with all of them. */
  | { is: "library"; name: string }
  /** A function of this file, and one that `coroutine()` has wrapped. */
  | { is: "function" | "wrapped"; node: SyntaxNode }
  /** A class of this file, an object of it, or an object literal. */
  | { is: "class" | "instance" | "object"; node: SyntaxNode }
  /** An object of a class of the library, and a method of one. */
  | { is: "primitive"; name: string }
  | { is: "method"; of: string; name: string }
  /** Something of the host's, by its path, such as `crypto.subtle.digest`. */
  | { is: "global"; path: string }
  /** A method that gives a promise. */
  | { is: "promising" };

/** Chains of names are followed this far. */
const MAX_DEPTH = 20;

/** Where the host's names are found besides. */
const GLOBAL_OBJECTS = ["globalThis", "self", "window"];

/** What gives promises in every host. */
const PROMISING =
  /^(?:fetch|Promise\.(?:all|allSettled|any|race|reject|resolve|try)|crypto\.subtle\.\w+)$/;

/** What an expression means. */
export class Meanings {
  readonly #file: SourceFile;
  readonly #ours = new Set<string>();

  constructor(file: SourceFile) {
    this.#file = file;
    const { imports } = file.scopes;
    for (const specifier of new Set(imports.map(({ source }) => source!.specifier))) {
      const bindings = imports.filter(({ source }) => source!.specifier === specifier);
      if (recognize(specifier) === "yes" || this.#speakForOurs(bindings)) this.#ours.add(specifier);
    }
  }

  /** What the library exports under the name of a binding; `null` if it isn't the library's. */
  nameOf(binding: Binding | null): string | null {
    const source = binding?.source;
    return source && this.#ours.has(source.specifier) ? source.name : null;
  }

  /** Whether anything at all is imported from the library. */
  get hasLibrary(): boolean {
    return this.#ours.size > 0;
  }

  /** What an expression stands for; `null` if the file doesn't tell. */
  of(expression: SyntaxNode | null | undefined, depth = 0): Meaning | null {
    if (!expression || depth > MAX_DEPTH) return null;
    const node = unwrap(expression);
    switch (node.type) {
      case "Identifier":
        return this.#ofName(node, depth);
      case "ThisExpression":
        return ofThis(node);
      case "MemberExpression":
        return this.#ofMember(node, depth);
      case "CallExpression":
        return this.#ofCall(node, depth);
      case "NewExpression":
        return this.#ofNew(node, depth);
      case "ConditionalExpression":
        return this.#ofEither(node, depth);
      case "ImportExpression":
        return { is: "promise" };
      case "ClassExpression":
        return { is: "class", node };
      case "ObjectExpression":
        return { is: "object", node };
      default:
        return isFunction(node) ? { is: "function", node } : null;
    }
  }

  /** What an expression stands for, if that is something to wait for. */
  awaitable(expression: SyntaxNode | null | undefined) {
    const meaning = this.of(expression);
    switch (meaning?.is) {
      case "operation":
      case "future":
      case "promise":
      case "coroutine":
        return meaning;
      default:
        return null;
    }
  }

  /** What calling a function of this file gives; `null` for all that isn't one. */
  resultOf(callable: SyntaxNode | null | undefined): Meaning | null {
    const meaning = this.of(callable);
    return meaning?.is === "function" ? this.#ofResult(meaning.node, 0) : null;
  }

  /** What something declared with this type stands for. */
  ofType(annotation: SyntaxNode | null | undefined): Meaning | null {
    const type = annotation?.type === "TSTypeAnnotation" ? annotation.typeAnnotation : annotation;
    if (type?.type !== "TSTypeReference") return null;
    const { typeName } = type;
    if (typeName?.type === "TSQualifiedName") {
      const namespace = this.#file.scopes.resolve(typeName.left!);
      const isOurs = this.nameOf(namespace) === "*";
      return isOurs ? ofTypeNamed(String(typeName.right!.name)) : null;
    }
    if (typeName?.type !== "Identifier") return null;
    const binding = this.#file.scopes.resolve(typeName);
    if (binding === null) return typeName.name === "Promise" ? { is: "promise" } : null;
    if (binding.kind === "class") return { is: "instance", node: binding.node };
    const name = this.nameOf(binding);
    return name === null ? null : ofTypeNamed(name);
  }

  #ofName(node: SyntaxNode, depth: number): Meaning | null {
    const binding = this.#file.scopes.resolve(node);
    if (binding === null) return { is: "global", path: String(node.name) };
    const name = this.nameOf(binding);
    if (name !== null) return binding.source!.isType ? null : { is: "library", name };
    if (binding.reassigned) return null;
    switch (binding.kind) {
      case "function":
      case "class":
        return { is: binding.kind, node: binding.node };
      case "variable": {
        const { init, id } = binding.node;
        return this.of(init, depth + 1) ?? this.ofType(id!.typeAnnotation);
      }
      case "parameter":
        return this.ofType(binding.node.typeAnnotation);
      default:
        return null;
    }
  }

  #ofMember(node: SyntaxNode, depth: number): Meaning | null {
    const key = keyOf(node.property, node.computed);
    const object = this.of(node.object, depth + 1);
    if (key === null || object === null) return null;
    switch (object.is) {
      case "library":
        return object.name === "*" ? { is: "library", name: key } : null;
      case "global":
        return {
          is: "global",
          path: GLOBAL_OBJECTS.includes(object.path) ? key : `${object.path}.${key}`,
        };
      case "class":
      case "instance":
      case "object":
        return this.#memberOf(object.node, key, object.is === "class", depth + 1);
      case "primitive":
        return { is: "method", of: object.name, name: key };
      case "promise":
      case "future":
        return ["then", "catch", "finally"].includes(key) ? { is: "promising" } : null;
      default:
        return null;
    }
  }

  /** A member of a class, of its objects, or of an object literal. */
  #memberOf(owner: SyntaxNode, key: string, isStatic: boolean, depth: number): Meaning | null {
    if (depth > MAX_DEPTH) return null;
    if (owner.type === "ObjectExpression") {
      const property = owner.properties!.findLast((each) =>
        each.type === "SpreadElement" || keyOf(each.key, each.computed) === key
      );
      return property?.type === "Property" && property.kind === "init"
        ? this.#ofField(property.value as SyntaxNode, depth)
        : null;
    }
    for (const member of (owner.body as SyntaxNode).body as SyntaxNode[]) {
      const fields = constructorFields(member).filter(({ name }) => name === key);
      if (fields.length > 0 && !isStatic) return this.ofType(fields[0].typeAnnotation);
      if (keyOf(member.key, member.computed) !== key || (member.static ?? false) !== isStatic) {
        continue;
      }
      // A decorator may have put anything in its place.
      if (member.decorators?.length) return null;
      if (member.type === "MethodDefinition" && member.kind === "method") {
        return { is: "function", node: member.value as SyntaxNode };
      }
      return member.type === "PropertyDefinition"
        ? this.#ofField(member.value as SyntaxNode | null, depth) ??
          this.ofType(member.typeAnnotation)
        : null;
    }
    const parent = this.of(owner.superClass, depth + 1);
    return parent?.is === "class" ? this.#memberOf(parent.node, key, isStatic, depth + 1) : null;
  }

  /** The value of a field, which may get another one later, if hardly of another kind. */
  #ofField(value: SyntaxNode | null, depth: number): Meaning | null {
    const meaning = this.of(value, depth + 1);
    switch (meaning?.is) {
      case "operation":
      case "future":
      case "promise":
      case "coroutine":
        return null;
      default:
        return meaning;
    }
  }

  #ofCall(node: SyntaxNode, depth: number): Meaning | null {
    const callee = this.of(node.callee, depth + 1);
    switch (callee?.is) {
      case "library":
        return this.#ofLibraryCall(callee.name, node, depth);
      case "function":
        return this.#ofResult(callee.node, depth);
      case "wrapped":
        return { is: "operation" };
      case "method":
        return isOperationOf(callee.of, callee.name) ? { is: "operation" } : null;
      case "global":
        return PROMISING.test(callee.path) ? { is: "promise" } : null;
      case "promising":
        return { is: "promise" };
      default:
        return null;
    }
  }

  /** What a function of this file returns: one that does nothing else, or whose type tells. */
  #ofResult(node: SyntaxNode, depth: number): Meaning | null {
    if (isGenerator(node)) return { is: "coroutine", node };
    if (node.generator) return null;
    if (node.async) return { is: "promise" };
    const result = this.ofType(node.returnType) ?? this.of(onlyResultOf(node), depth + 1);
    switch (result?.is) {
      case "operation":
      case "promise":
      case "coroutine":
        return result;
      default:
        return null;
    }
  }

  #ofLibraryCall(name: string, node: SyntaxNode, depth: number): Meaning | null {
    if (name === "coroutine") {
      const given = this.of(node.arguments![0], depth + 1);
      return given?.is === "function" && isGenerator(given.node)
        ? { is: "wrapped", node: given.node }
        : null;
    }
    const gives = givenBy(name);
    return gives === null || gives === "other" ? null : { is: gives, by: name };
  }

  #ofNew(node: SyntaxNode, depth: number): Meaning | null {
    const callee = this.of(node.callee, depth + 1);
    switch (callee?.is) {
      case "library":
        return ofTypeNamed(callee.name);
      case "class":
        return { is: "instance", node: callee.node };
      case "global":
        return callee.path === "Promise" ? { is: "promise" } : null;
      default:
        return null;
    }
  }

  /** Both branches of a condition, if they agree. */
  #ofEither(node: SyntaxNode, depth: number): Meaning | null {
    const one = this.of(node.consequent as SyntaxNode, depth + 1);
    const other = this.of(node.alternate, depth + 1);
    return one?.is === other?.is && (one?.is === "promise" || one?.is === "operation") ? one : null;
  }

  /** Whether what is imported from a file with a common name is used as only ours can be. */
  #speakForOurs(bindings: Binding[]): boolean {
    const values = bindings.filter(({ source }) => !source!.isType && source!.name !== "*");
    const names = values.map(({ source }) => source!.name);
    if (names.length === 0 || !names.every((name) => KNOWN_NAMES.includes(name))) return false;
    if (areTelling(names)) return true;
    return this.#file.ofType("YieldExpression").some((node) => {
      const argument = node.argument ? unwrap(node.argument) : null;
      return argument?.type === "CallExpression" && argument.callee!.type === "Identifier" &&
        values.includes(this.#file.scopes.resolve(argument.callee!)!);
    });
  }
}

/** The expression that a function consists of, be it behind an arrow or a `return`. */
function onlyResultOf(node: SyntaxNode): SyntaxNode | null {
  const body = node.body as SyntaxNode | null;
  if (body?.type !== "BlockStatement") return body;
  const statements = statementsOf(body.body);
  const [only] = statements;
  return statements.length === 1 && only.type === "ReturnStatement" ? only.argument ?? null : null;
}

/** What an object of this class, or a value of this type of the library is. */
function ofTypeNamed(name: string): Meaning | null {
  switch (name) {
    case "Future":
    case "Task":
      return { is: "future" };
    case "Operation":
      return { is: "operation" };
    case "Coroutine":
      return { is: "coroutine", node: null };
    default:
      return isClass(name) ? { is: "primitive", name } : null;
  }
}

/** The class or the object literal whose method, or initializer of a field, says `this`. */
function ofThis(node: SyntaxNode): Meaning | null {
  let around = functionAround(node);
  while (around?.type === "ArrowFunctionExpression") around = functionAround(around);
  if (around === null) return null;
  const member = around.type === "FunctionExpression" ? around.parent! : around;
  if (member.type === "Property" && member.value === around && member.method) {
    return { is: "object", node: member.parent! };
  }
  if (member.parent?.type !== "ClassBody") return null;
  const isStatic = member.static || member.type === "StaticBlock";
  return { is: isStatic ? "class" : "instance", node: member.parent.parent! };
}

/** The fields that a constructor declares as parameters. */
function constructorFields(member: SyntaxNode): SyntaxNode[] {
  if (member.kind !== "constructor") return [];
  const params = (member.value as SyntaxNode).params ?? [];
  return params.filter(({ type }) => type === "TSParameterProperty").map(({ parameter }) =>
    parameter!
  );
}

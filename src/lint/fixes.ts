/**
 * What fixes have in common: the name that something of the library has in a file, and its import if
 * there is none.
 *
 * Each fix is written so that it is right even if a linter leaves out one of its replacements because
 * it touches another fix's, as Deno's does: what belongs together is one replacement, and each of the
 * two names that fixes import has a place of its own.
 *
 * @module
 */

import { mainDoor } from "./library.ts";
import type { LintFix } from "./plugin_types.ts";
import type { Binding } from "./scopes.ts";
import type { SourceFile } from "./source_file.ts";
import type { SyntaxNode } from "./syntax.ts";

/** A name, and what has to be done to have it. */
export interface UsableName {
  text: string;
  imports: LintFix[];
}

/** Puts a text in the place of what is between two positions. */
export function replace(start: number, end: number, text: string): LintFix {
  return { range: [start, end], text };
}

/** How something of the library is called at a place; `null` if the name is taken there. */
export function nameAt(
  file: SourceFile,
  place: SyntaxNode,
  name: "CancelledError" | "until",
): UsableName | null {
  const { meanings, scopes } = file;
  const ours = scopes.imports.filter((binding) =>
    !binding.source!.isType && !binding.reassigned && meanings.nameOf(binding) !== null
  );
  const isNamed = (binding: Binding) => meanings.nameOf(binding) === name;
  const isNamespace = (binding: Binding) => meanings.nameOf(binding) === "*";
  for (const binding of [...ours.filter(isNamed), ...ours.filter(isNamespace)]) {
    const imported = meanings.nameOf(binding);
    const local = localName(binding.node, name);
    if (scopes.find(local, place) !== binding) continue;
    // A namespace of another door has other names.
    if (imported === "*" && mainDoor(binding.source!.specifier) !== binding.source!.specifier) {
      continue;
    }
    return { text: imported === "*" ? `${local}.${name}` : local, imports: [] };
  }
  if (scopes.find(name, place) !== null) return null;
  const added = importOf(file, name);
  return added === null ? null : { text: name, imports: [added] };
}

/** The name in the file of what is imported by a specifier, or required by a declarator. */
function localName(node: SyntaxNode, name: string): string {
  if (node.local) return String(node.local.name);
  return node.id?.type === "Identifier" ? String(node.id.name) : name;
}

/** Adds a name to an import that is there, or an import beside it. */
function importOf(file: SourceFile, name: string): LintFix | null {
  const isFirst = name === "CancelledError";
  const declarations = file.ofType("ImportDeclaration").filter(({ specifiers }) =>
    specifiers!.some((each) =>
      file.scopes.imports.some((binding) =>
        binding.node === each && file.meanings.nameOf(binding) !== null
      )
    )
  );
  for (const { importKind, source, specifiers } of declarations) {
    const named = specifiers!.filter(({ type }) => type === "ImportSpecifier");
    const isMain = mainDoor(String(source!.value)) === source!.value;
    if (!isMain || importKind === "type" || named.length === 0) continue;
    const [start, end] = isFirst ? named[0].range : named.at(-1)!.range;
    return isFirst ? replace(start, start, `${name}, `) : replace(end, end, `, ${name}`);
  }
  for (const { range, source } of declarations) {
    const specifier = mainDoor(String(source!.value));
    if (specifier === null) continue;
    const quote = file.textOf(source!)[0];
    const statement = `import { ${name} } from ${quote}${specifier}${quote};`;
    const [start, end] = range;
    const indentation = /[^\S\n]*$/.exec(file.text.slice(0, start))![0];
    return isFirst
      ? replace(start, start, `${statement}\n${indentation}`)
      : replace(end, end, `\n${indentation}${statement}`);
  }
  return null;
}

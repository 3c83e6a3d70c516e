/**
 * The types of the released files: what a program may know of the library, and nothing that it may not.
 *
 * The compiler's declarations still tell of private members, by name. Here each class says only that it
 * has some (`#private`), which also keeps another class of the same shape from being taken for it. What
 * then nothing refers to is left out by the bundler, which puts the rest into one file that all entry
 * points share: a class is the same type, whichever of them it was imported from.
 *
 * @module
 */

import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { rollup } from "rollup";
import { dts } from "rollup-plugin-dts";
import ts from "typescript";

/**
 * What the declarations need that hosts' types may lack. `lib` of es2022 has no `Disposable`, which
 * compilers know since 5.2.
 */
const REFERENCES = '/// <reference lib="esnext.disposable" />\n';

/** Sources that run in hosts of today only: a linter brings its own. */
const YOUNG = /\/src\/lint\//;

/** What hides a member besides its name and `private`. */
const HIDING_TAGS = ["internal", "ignore"];

/**
 * Writes a `.d.ts` for each entry point, and one that they share.
 *
 * @param root The folder of the sources.
 * @param doors The names of the entry points in it, without suffix, and what each of their scripts
 * exports: everything else is a type, although it may have been made of a class.
 * @param directory Where to write.
 * @param shared The name of the shared file, without its suffix. A script of that name must be there:
 * compilers that resolve imports find the types by it.
 */
export async function writeDeclarations(
  root: string,
  doors: ReadonlyMap<string, readonly string[]>,
  directory: string,
  shared: string,
): Promise<void> {
  const temporary = await Deno.makeTempDir({ prefix: "wasyncio_types_" });
  try {
    for (const [path, text] of emit(root, [...doors.keys()])) {
      const file = join(temporary, path);
      await Deno.mkdir(join(file, ".."), { recursive: true });
      await Deno.writeTextFile(file, text);
    }
    const input = Array.from(doors.keys(), (door) => join(temporary, `${door}.d.ts`));
    const bundle = await rollup({ input, plugins: [dts()], onLog() {} });
    const { output } = await bundle.generate({
      format: "es",
      entryFileNames: "[name].d.ts",
      chunkFileNames: `${shared}.d.ts`,
      manualChunks: (id) => input.includes(id) ? undefined : shared,
      minifyInternalExports: false,
    });
    await bundle.close();
    for (const file of output) {
      if (file.type !== "chunk") continue;
      const values = doors.get(basename(file.fileName, ".d.ts"));
      const code = values === undefined ? file.code : markTypes(file.code, values);
      await Deno.writeTextFile(join(directory, file.fileName), REFERENCES + code);
    }
  } finally {
    await Deno.remove(temporary, { recursive: true });
  }
}

/** Has an entry point's only line export as types what is none of the values. */
function markTypes(code: string, values: readonly string[]): string {
  return code.replace(/\{(.*)\} from '(.*)'/, (_, list: string, chunk: string) => {
    const names = list.split(",").map((name) => name.trim());
    const marked = names.map((name) =>
      values.includes(name.replace(/.* as /, "")) ? name : `type ${name}`
    );
    return `{ ${marked.join(", ")} } from "${chunk}"`;
  });
}

/**
 * The compiler's declarations of all sources, by their paths, without what is hidden. It knows no more
 * of the language than the oldest hosts do, and complains where a source takes more for granted.
 */
function* emit(root: string, doors: string[]): Generator<[string, string]> {
  const engine = fileURLToPath(new URL("engine.d.ts", import.meta.url));
  const program = ts.createProgram([engine, ...doors.map((door) => join(root, `${door}.ts`))], {
    allowImportingTsExtensions: true,
    declaration: true,
    emitDeclarationOnly: true,
    lib: ["lib.es2022.d.ts", "lib.esnext.disposable.d.ts", "lib.dom.d.ts"],
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    rootDir: root,
    outDir: "/",
    strict: true,
    target: ts.ScriptTarget.ES2022,
    types: [],
  });
  const mistakes = ts.getPreEmitDiagnostics(program)
    .filter(({ file }) => file === undefined || !YOUNG.test(file.fileName));
  if (mistakes.length > 0) {
    throw new Error(ts.formatDiagnostics(mistakes, {
      getCanonicalFileName: (name) => name,
      getCurrentDirectory: () => root,
      getNewLine: () => "\n",
    }));
  }
  const emitted: [string, string][] = [];
  program.emit(
    undefined,
    (path, text) =>
      emitted.push([path, text.replace(/(from "\.[^"]*|import "\.[^"]*)\.ts"/g, '$1.js"')]),
    undefined,
    true,
    { afterDeclarations: [hideInternals] },
  );
  yield* emitted;
}

const hideInternals: ts.TransformerFactory<ts.SourceFile | ts.Bundle> = (context) => {
  const { factory } = context;

  const visit = (node: ts.Node): ts.Node => {
    if (ts.isClassDeclaration(node)) {
      const { modifiers, name, typeParameters, heritageClauses } = node;
      const members = visibleMembers(node.members);
      return factory.updateClassDeclaration(
        node,
        modifiers,
        name,
        typeParameters,
        heritageClauses,
        members,
      );
    }
    if (ts.isInterfaceDeclaration(node)) {
      const { modifiers, name, typeParameters, heritageClauses } = node;
      const members = node.members.filter((member) => !isHidden(member));
      return factory.updateInterfaceDeclaration(
        node,
        modifiers,
        name,
        typeParameters,
        heritageClauses,
        members,
      );
    }
    return ts.visitEachChild(node, visit, context);
  };

  const visibleMembers = (members: ts.NodeArray<ts.ClassElement>): ts.ClassElement[] => {
    const visible: ts.ClassElement[] = [];
    let hidden = false;
    for (const member of members) {
      if (ts.isConstructorDeclaration(member) && isHidden(member)) visible.push(refuse(member));
      else if (isHidden(member)) hidden = true;
      else visible.push(member);
    }
    if (hidden) {
      const name = factory.createPrivateIdentifier("#private");
      visible.unshift(factory.createPropertyDeclaration([], name, undefined, undefined, undefined));
    }
    return visible;
  };

  /** To leave a constructor out would promise that it takes no arguments. */
  const refuse = (constructor: ts.ConstructorDeclaration): ts.ConstructorDeclaration => {
    const never = factory.createKeywordTypeNode(ts.SyntaxKind.NeverKeyword);
    const parameter = factory.createParameterDeclaration(
      [],
      undefined,
      "internal",
      undefined,
      never,
    );
    return factory.updateConstructorDeclaration(constructor, [], [parameter], undefined);
  };

  return (node) =>
    ts.visitNode(node, (node) => ts.visitEachChild(node, visit, context)) as ts.SourceFile;
};

function isHidden(member: ts.ClassElement | ts.TypeElement): boolean {
  const { name } = member;
  if (name !== undefined && ts.isPrivateIdentifier(name)) return true;
  if (name !== undefined && ts.isIdentifier(name) && name.text.startsWith("_")) return true;
  // A symbol that is known to a host and not to the language.
  if (name !== undefined && ts.isComputedPropertyName(name) && ts.isIdentifier(name.expression)) {
    return true;
  }
  const original = ts.getOriginalNode(member) as ts.Declaration;
  if (ts.getCombinedModifierFlags(original) & ts.ModifierFlags.Private) return true;
  return ts.getJSDocTags(original).some(({ tagName }) => HIDING_TAGS.includes(tagName.text));
}

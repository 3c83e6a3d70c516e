/**
 * How TypeDoc makes the reference of the docstrings: a page for each name that a door exports.
 *
 * @module
 */

import { Converter, ReflectionKind } from "typedoc";
import { MarkdownPageEvent } from "typedoc-plugin-markdown";
import deno from "../deno.json" with { type: "json" };

/** Where each door is in the reference, under the name that programs import it by. */
const NAMES = new Map(
  Object.entries(deno.exports).map(([name, file]) => [
    file.replace(/^\.\/|\.ts$/g, ""),
    name.replace(".", "wasyncio"),
  ]),
);

/** Makes one list of what a function throws: TypeDoc has a heading for each, and drops the types. */
function listThrows(comment) {
  const thrown = comment.blockTags.filter(({ tag }) => tag === "@throws");
  if (thrown.length === 0) return;
  const [first] = thrown;
  first.content = thrown.flatMap(({ typeAnnotation, content }) => [
    { kind: "text", text: "\n- " },
    ...typeAnnotation ? [{ kind: "code", text: typeAnnotation.replace(/^{(.*)}$/, "`$1`") }] : [],
    { kind: "text", text: typeAnnotation ? ": " : "" },
    ...content,
  ]);
  comment.blockTags = comment.blockTags.filter((tag) => tag === first || tag.tag !== "@throws");
}

/** The plugin of this site, in TypeDoc's sense. */
function adapt(app) {
  app.converter.on(Converter.EVENT_RESOLVE_END, ({ project }) => {
    for (const module of project.getReflectionsByKind(ReflectionKind.Module)) {
      module.name = NAMES.get(module.name);
    }
    for (const reflection of Object.values(project.reflections)) {
      if (reflection.flags.isExternal) project.removeReflection(reflection); // such as Error's
      if (reflection.comment) listThrows(reflection.comment);
    }
  });
  // A table of type parameters that says nothing of them repeats the signature.
  app.renderer.on(MarkdownPageEvent.END, (page) => {
    page.contents = page.contents.replaceAll(
      /^#+ Type Parameters\n\n\| Type Parameter \|\n(?:\|.*\n)+\n?/gm,
      "",
    );
  });
}

/** @type {import("typedoc").TypeDocOptions & import("typedoc-plugin-markdown").PluginOptions} */
export default {
  name: "Reference",
  entryPoints: Object.values(deno.exports).map((door) => `../${door}`),
  skipErrorChecking: true, // `deno check` does that
  sortEntryPoints: false,
  plugin: ["typedoc-plugin-markdown", adapt],
  router: "member",
  out: "reference",
  readme: "none",
  entryFileName: "index",
  navigation: { includeFolders: false, includeGroups: true },
  navigationJson: "reference/navigation.json",
  groupOrder: [
    "Functions",
    "Classes",
    "Variables",
    "Interfaces",
    "Type Aliases",
    "Constructors",
    "Properties",
    "Accessors",
    "Methods",
    "*",
  ],
  excludeExternals: true,
  externalPattern: ["**/node_modules/**", "**/.deno/**"],
  excludeInternal: true,
  excludePrivate: true,
  excludeProtected: true,
  preservedTypeAnnotationTags: ["@throws"],
  disableGit: true,
  basePath: "..",
  sourceLinkTemplate: "/source/{path}.md#L{line}",
  hidePageHeader: true,
  pageTitleTemplates: { index: "{projectName}", module: "{name}", member: "{name}" },
  useCodeBlocks: true,
  expandParameters: true,
  parametersFormat: "table",
};

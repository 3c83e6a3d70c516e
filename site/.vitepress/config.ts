/**
 * The site: every page of the repository, the reference that TypeDoc made of the docstrings, and the
 * sources that both link to.
 *
 * @module
 */

import { existsSync, readFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { type DefaultTheme, defineConfig, type MarkdownRenderer } from "vitepress";

const ROOT = resolve(import.meta.dirname!, "../..");

/** The anchor of a heading as GitHub makes it, because the documentation's links count on that. */
function slugify(heading: string): string {
  return heading.toLowerCase().replaceAll(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-");
}

/** Where a file of the repository is in the site. */
function placeOf(path: string): string {
  if (path.startsWith("site/")) return path.slice("site/".length);
  if (path === "docs/README.md") return "docs/index.md";
  return path.endsWith(".md") ? path : `source/${path}.md`;
}

/**
 * Turns links that are right in the repository into links that are right in the site. Those of a text
 * that a page includes start from where that text comes from.
 */
function mapLinks(md: MarkdownRenderer): void {
  md.core.ruler.push("map_links", ({ tokens, env }) => {
    const page = env.realPath ?? env.path;
    const folders = [page, ...env.includes ?? []].map(dirname);
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      const name = token.type === "image" ? "src" : "href";
      const link = token.attrGet(name);
      if (link === null || /^(?:[a-z]+:|[/#])/.test(link)) continue;
      const [path, anchor] = link.split("#");
      const file = folders.map((folder) => resolve(folder, path)).find((file) => existsSync(file));
      if (file === undefined) continue; // VitePress reports it
      const place = name === "src" // Vite bundles what it finds from the page
        ? `./${relative(dirname(page), file)}`
        : `/${placeOf(relative(ROOT, file))}`;
      token.attrSet(name, anchor === undefined ? place : `${place}#${anchor}`);
    }
  });
}

/**
 * Shows an example on the landing page without the comment that it has as a file, and as a program
 * that imports the library by its name.
 */
function shortenExamples(md: MarkdownRenderer): void {
  md.core.ruler.push("shorten_examples", ({ tokens, env }) => {
    if (env.relativePath !== "index.md") return;
    for (const token of tokens.filter(({ type }) => type === "fence")) {
      token.content = token.content.replace(/^\/\*\*.*?\*\/\n+/s, "")
        .replace('"../mod.ts"', '"wasyncio"');
    }
  });
}

/** Lets what is wider than the page be scrolled with the keyboard, too. */
function focusWideThings({ renderer: { rules } }: MarkdownRenderer): void {
  rules.table_open = () => '<table tabindex="0">\n';
  const image = rules.image!;
  rules.image = (...args) => `<span class="picture" tabindex="0">${image(...args)}</span>`;
}

/** The documentation's index is the order of the pages: its lists, under their headings. */
function docsSidebar(): DefaultTheme.SidebarItem[] {
  const index = readFileSync(resolve(ROOT, "docs/README.md"), "utf8");
  const groups: DefaultTheme.SidebarItem[] = [];
  for (const line of index.split("\n")) {
    const heading = /^(?:\*\*(.+)\*\*|##+ (.+))$/.exec(line);
    const entry = /^(?:-|\d+\.) \[(.+?)\]\((.+?\.md)\)/.exec(line);
    if (heading) groups.push({ text: heading[1] ?? heading[2], items: [] });
    else if (entry) groups.at(-1)!.items!.push({ text: entry[1], link: `/docs/${entry[2]}` });
  }
  return groups.filter(({ items }) => items!.length > 0);
}

/** An entry of what TypeDoc says about its pages. */
interface Entry {
  title: string;
  path?: string;
  children?: Entry[];
}

/** The doors with their names by kind. Kinds lead to where the page of their door lists them. */
function referenceSidebar(): DefaultTheme.SidebarItem[] {
  const doors: Entry[] = JSON.parse(
    readFileSync(resolve(ROOT, "site/reference/navigation.json"), "utf8"),
  );
  return doors.map(({ title, path, children: kinds = [] }) => ({
    text: title,
    link: `/reference/${path}`,
    items: kinds.map(({ title, children: names = [] }) => ({
      text: title,
      link: `/reference/${path}#${slugify(title)}`,
      collapsed: title !== "Functions",
      items: names.map(({ title, path }) => ({ text: title, link: `/reference/${path}` })),
    })),
  }));
}

export default defineConfig({
  title: "wasyncio",
  description: "Python's asyncio for TypeScript",
  lang: "en",
  srcDir: "..",
  srcExclude: ["src/**", "assembly/**"],
  outDir: "../dist/site",
  metaChunk: true,
  rewrites: (path) => path.endsWith(".md") ? placeOf(path) : path,
  markdown: {
    theme: { light: "github-light-high-contrast", dark: "github-dark-default" },
    anchor: { slugify },
    toc: { slugify },
    headers: { slugify },
    config(md) {
      mapLinks(md);
      shortenExamples(md);
      focusWideThings(md);
    },
    codeTransformers: [{
      name: "lines of sources",
      line(node, number) {
        if (this.options.meta?.__raw?.includes("source")) node.properties.id = `L${number}`;
      },
    }],
  },
  // The styles tell the parts of the site apart by these.
  transformPageData({ relativePath, frontmatter }) {
    const part = /^(?:reference|source)(?=\/)/.exec(relativePath)?.[0];
    return { frontmatter: { ...frontmatter, pageClass: part } };
  },
  vite: {
    plugins: [{
      // Most pages lie outside this folder, where Vue isn't found when they are rendered.
      name: "vue-for-all-pages",
      enforce: "pre",
      resolveId: (id, _importer, { ssr }) =>
        ssr && /^vue(\/|$)/.test(id) ? { id, external: true } : null,
    }],
    build: { chunkSizeWarningLimit: 2_000 }, // the index that the search loads
  },
  themeConfig: {
    search: { provider: "local" },
    outline: [2, 3],
    notFound: {
      title: "There is no such page",
      quote: "It may have moved: the search knows where things are.",
      linkText: "To the start",
      linkLabel: "To the start",
    },
    nav: [
      { text: "Documentation", link: "/docs/", activeMatch: "^/docs/" },
      { text: "Reference", link: "/reference/", activeMatch: "^/reference/" },
      { text: "Results", link: "/bench/RESULTS" },
      { text: "Changelog", link: "/CHANGELOG" },
    ],
    sidebar: {
      "/docs/": docsSidebar(),
      "/reference/": referenceSidebar(),
    },
  },
});

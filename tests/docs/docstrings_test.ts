/**
 * That the doors' exports are documented: an example for each, and each parameter of functions and
 * methods.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { output } from "../packaging/subprocess.ts";

interface Doc {
  doc?: string;
  tags?: { kind: string; name?: string }[];
}

interface Param {
  kind: string;
  name?: string;
  left?: Param;
  arg?: Param;
}

interface Method {
  name: string;
  jsDoc?: Doc;
  kind?: string;
  accessibility?: string;
  functionDef?: { params: Param[] };
  params?: Param[];
}

interface Declaration {
  kind: string;
  jsDoc?: Doc;
  def?: {
    params?: Param[];
    constructors?: Method[];
    methods?: Method[];
  };
}

const root = new URL("../../", import.meta.url);

function nameOf(param: Param): string {
  return param.name ?? nameOf((param.left ?? param.arg)!);
}

/** What a comment leaves out: parameters that it names neither with a tag nor in its text. */
function* undocumented(where: string, doc: Doc | undefined, params: Param[]): Generator<string> {
  const named = new Set(
    (doc?.tags ?? []).filter(({ kind }) => kind === "param").map((t) => t.name),
  );
  for (const param of params) {
    const name = nameOf(param);
    const isInternal = doc?.tags?.some(({ kind }) => kind === "internal");
    if (isInternal || named.has(name)) continue;
    // One that is a word of the sentence needs no line of its own.
    if (new RegExp(`\\b${name}\\b|As above`).test(doc?.doc ?? "")) continue;
    yield `${where}: parameter ${name}`;
  }
}

function* gaps(name: string, declarations: Declaration[]): Generator<string> {
  const hasExample = declarations.some(({ jsDoc }) =>
    jsDoc?.tags?.some(({ kind }) => kind === "example")
  );
  if (!hasExample && declarations.some(({ kind }) => kind === "function" || kind === "class")) {
    yield `${name}: an example`;
  }
  for (const { kind, jsDoc, def } of declarations) {
    // Of overloads, what they have in common stands at the first.
    const isOverload = kind === "function" && declarations[0].jsDoc !== jsDoc;
    if (kind === "function" && !isOverload) yield* undocumented(name, jsDoc, def?.params ?? []);
    for (const method of [...def?.constructors ?? [], ...def?.methods ?? []]) {
      if (method.accessibility === "private" || method.kind === "setter") continue;
      const params = method.params ?? method.functionDef?.params ?? [];
      yield* undocumented(`${name}.${method.name}`, method.jsDoc, params);
    }
  }
}

for (const door of Object.values(config.exports)) {
  Deno.test(`the exports of ${door} are documented`, async () => {
    const text = await output(Deno.execPath(), ["doc", "--json", door], { cwd: root });
    const { nodes } = JSON.parse(text) as {
      nodes: Record<string, { symbols: { name: string; declarations: Declaration[] }[] }>;
    };
    const [{ symbols }] = Object.values(nodes);
    assertEquals(symbols.flatMap(({ name, declarations }) => [...gaps(name, declarations)]), []);
  });
}

Deno.test("a parameter and an example that are missing are found", () => {
  const declaration = {
    kind: "function",
    jsDoc: { doc: "Does something." },
    def: { params: [{ kind: "identifier", name: "how" }] },
  };
  assertEquals([...gaps("act", [declaration])], ["act: an example", "act: parameter how"]);
});

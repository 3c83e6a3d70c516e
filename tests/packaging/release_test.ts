/**
 * Preparing a release, on a repository of its own.
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { output } from "./subprocess.ts";

const script = fileURLToPath(new URL("../../scripts/release.ts", import.meta.url));

const CHANGELOG = `# Changelog

What users notice.

## Unreleased

### New

- Something.

## 1.2.3

The version before.
`;

const git = new Deno.Command("git", { args: ["--version"] });
/** Who has unpacked an archive may have no git, and makes no releases. */
const ignore = !(await git.output().then(({ success }) => success, () => false));

/** A repository with a version, a changelog, and a task that says whether all is well. */
class Repository implements Disposable {
  readonly folder = Deno.makeTempDirSync({ prefix: "wasyncio_release_" });

  static async make(changelog = CHANGELOG, ok = "echo fine"): Promise<Repository> {
    const repository = new Repository();
    const config = { name: "@scope/name", version: "1.2.3", tasks: { ok } };
    repository.write("deno.json", `${JSON.stringify(config, null, 2)}\n`);
    repository.write("CHANGELOG.md", changelog);
    await repository.git("init", "--quiet");
    await repository.commit();
    return repository;
  }

  git(...args: string[]): Promise<string> {
    const identity = ["-c", "user.name=Test", "-c", "user.email=test@example.org"];
    return output("git", [...identity, ...args], { cwd: this.folder });
  }

  async commit(): Promise<void> {
    await this.git("add", "--all");
    await this.git("commit", "--quiet", "--message", "A change");
  }

  read(name: string): string {
    return Deno.readTextFileSync(join(this.folder, name));
  }

  write(name: string, text: string): void {
    Deno.writeTextFileSync(join(this.folder, name), text);
  }

  version(): string {
    return JSON.parse(this.read("deno.json")).version;
  }

  /** Runs the script, and returns its exit code and what it says. */
  async release(...args: string[]): Promise<[code: number, text: string]> {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--quiet", script, ...args],
      cwd: this.folder,
      env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
    }).output();
    const decoder = new TextDecoder();
    return [code, decoder.decode(stdout) + decoder.decode(stderr)];
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.folder, { recursive: true });
  }
}

Deno.test(
  "a release has its version in deno.json and, with the date, in the changelog",
  { ignore },
  async () => {
    using repository = await Repository.make();
    const [code, text] = await repository.release("minor");
    assertEquals(code, 0, text);
    assertMatch(text, /git tag .*v1\.3\.0/);
    assertEquals(repository.version(), "1.3.0");
    const today = new Date().toISOString().slice(0, 10);
    const heading = `## Unreleased\n\n## 1.3.0 (${today})\n`;
    assertEquals(repository.read("CHANGELOG.md"), CHANGELOG.replace("## Unreleased\n", heading));
  },
);

for (
  const [step, version] of [
    ["patch", "1.2.4"],
    ["major", "2.0.0"],
    ["1.2.10", "1.2.10"],
  ]
) {
  Deno.test(`a release of ${step} after 1.2.3 is ${version}`, { ignore }, async () => {
    using repository = await Repository.make();
    const [code, text] = await repository.release(step);
    assertEquals([code, repository.version()], [0, version], text);
  });
}

const refusals: [
  name: string,
  args: string[],
  says: RegExp,
  prepare?: (repository: Repository) => void | Promise<unknown>,
][] = [
  ["without a step", [], /^deno task release/],
  ["with what is no version", ["1.2"], /No version and no step/],
  ["with the version that there is", ["1.2.3"], /does not come after/],
  ["with a version before it", ["1.1.9"], /does not come after/],
  ["with a file that is not committed", ["patch"], /new\.ts/, (it) => it.write("new.ts", "")],
  ["with a tag that exists", ["minor"], /v1\.3\.0 already/, (it) => it.git("tag", "v1.3.0")],
];
for (const [name, args, says, prepare] of refusals) {
  Deno.test(`a release is refused ${name}`, { ignore }, async () => {
    using repository = await Repository.make();
    await prepare?.(repository);
    const [code, text] = await repository.release(...args);
    assertMatch(text, says);
    assertEquals([code > 0, repository.version()], [true, "1.2.3"]);
    assertEquals(repository.read("CHANGELOG.md"), CHANGELOG);
  });
}

const changelogs: Record<string, [text: string, says: RegExp]> = {
  "with nothing new": [CHANGELOG.replace(/### New[^]*?(?=## 1)/, ""), /nothing under "Unreleased"/],
  "without a place for what is new": [CHANGELOG.replace("Unreleased", "Soon"), /no section/],
  "with a changelog that is behind": [CHANGELOG.replace("1.2.3", "1.2.2"), /1\.2\.2.*1\.2\.3/],
};
for (const [name, [changelog, says]] of Object.entries(changelogs)) {
  Deno.test(`a release is refused ${name}`, { ignore }, async () => {
    using repository = await Repository.make(changelog);
    const [code, text] = await repository.release("patch");
    assertMatch(text, says);
    assertEquals([code, repository.version()], [1, "1.2.3"]);
  });
}

Deno.test("a release whose checks fail leaves everything as it was", { ignore }, async () => {
  using repository = await Repository.make(CHANGELOG, "exit 1");
  const [code, text] = await repository.release("patch");
  assertMatch(text, /nothing was changed/);
  assertEquals(code, 1);
  assertEquals(await repository.git("status", "--porcelain"), "");
});

Deno.test("a release that is interrupted leaves everything as it was", { ignore }, async () => {
  const ok = `touch .git/begun && deno eval "setTimeout(() => {}, 1e6)"`;
  using repository = await Repository.make(CHANGELOG, ok);
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", script, "patch"],
    cwd: repository.folder,
    stderr: "null",
    stdout: "null",
  }).spawn();
  while (!existsSync(join(repository.folder, ".git/begun"))) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assertEquals(repository.version(), "1.2.4");
  process.kill("SIGINT");
  assertEquals((await process.status).code, 1);
  assertEquals(await repository.git("status", "--porcelain"), "");
});

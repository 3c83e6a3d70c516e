/**
 * Prepares a release: gives what is unreleased a version.
 *
 *     deno task release minor     or patch, or major, or a version such as 1.2.3
 *
 * It writes the new version to `deno.json`, which is the one place that has it, and gives the section
 * "Unreleased" of `CHANGELOG.md` that version and today's date. Then it runs `deno task ok`, and takes
 * both back if that fails. What is left to do, it prints: look at the difference, commit, tag, push.
 *
 * It refuses to begin while something is uncommitted, while there is nothing to release, and with a
 * version that is no step forward.
 *
 * @module
 */

import { join } from "node:path";

const USAGE = "deno task release patch|minor|major|VERSION";
const VERSION = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$/;
const UNRELEASED = "## Unreleased\n";

/** What keeps a release from being made, to be read by who makes it. */
class Refusal extends Error {}

function parse(version: string): number[] | null {
  return VERSION.exec(version)?.slice(1).map(Number) ?? null;
}

/** The version that comes after the current one. */
function nextVersion(current: string, step: string): string {
  const numbers = parse(current);
  if (numbers === null) throw new Refusal(`deno.json has no version of three numbers: ${current}`);
  const [major, minor, patch] = numbers;
  switch (step) {
    case "major":
      return `${major + 1}.0.0`;
    case "minor":
      return `${major}.${minor + 1}.0`;
    case "patch":
      return `${major}.${minor}.${patch + 1}`;
  }
  const wanted = parse(step);
  if (wanted === null) throw new Refusal(`No version and no step: ${step}\n${USAGE}`);
  const first = wanted.findIndex((number, i) => number !== numbers[i]);
  if (first < 0 || wanted[first] < numbers[first]) {
    throw new Refusal(`${step} does not come after ${current}`);
  }
  return step;
}

/** The changelog with what is unreleased under the version. */
function closeSection(changelog: string, current: string, version: string, date: string): string {
  const start = changelog.indexOf(UNRELEASED);
  if (start < 0) throw new Refusal('CHANGELOG.md has no section "Unreleased"');
  const end = start + UNRELEASED.length;
  const [, changes, before] = /^([^]*?)(?:^## (\S+)|$(?![^]))/m.exec(changelog.slice(end))!;
  if (!/^- /m.test(changes)) throw new Refusal('CHANGELOG.md has nothing under "Unreleased"');
  if (before !== undefined && before !== current) {
    throw new Refusal(`The last release in CHANGELOG.md is ${before}, in deno.json ${current}`);
  }
  return `${changelog.slice(0, end)}\n## ${version} (${date})\n${changelog.slice(end)}`;
}

/** Runs a command in the repository, shows what it says on errors, and returns what it prints. */
async function run(folder: string, command: string, ...args: string[]): Promise<string> {
  const process = new Deno.Command(command, { args, cwd: folder, stderr: "inherit" });
  const { success, stdout } = await process.output();
  if (!success) throw new Refusal(`${command} ${args.join(" ")} failed`);
  return new TextDecoder().decode(stdout).trim();
}

async function runOk(folder: string): Promise<boolean> {
  const command = new Deno.Command(Deno.execPath(), { args: ["task", "ok"], cwd: folder });
  const process = command.spawn();
  // Who stops it with Ctrl-C wants the files as they were, for which this has to outlive the checks.
  const stop = () => process.kill("SIGINT");
  Deno.addSignalListener("SIGINT", stop);
  try {
    return (await process.status).success;
  } finally {
    Deno.removeSignalListener("SIGINT", stop);
  }
}

/** Prepares a release of the repository in a folder, and returns its version. */
async function release(folder: string, step: string): Promise<string> {
  const files = { config: join(folder, "deno.json"), changelog: join(folder, "CHANGELOG.md") };
  const config = await Deno.readTextFile(files.config);
  const changelog = await Deno.readTextFile(files.changelog);
  const { version: current } = JSON.parse(config) as { version: string };

  const version = nextVersion(current, step);
  const date = new Date().toISOString().slice(0, "2000-01-01".length);
  const closed = closeSection(changelog, current, version, date);
  const changed = await run(folder, "git", "status", "--porcelain");
  if (changed !== "") throw new Refusal(`Commit these first, or put them aside:\n${changed}`);
  if (await run(folder, "git", "tag", "--list", `v${version}`) !== "") {
    throw new Refusal(`There is a tag v${version} already`);
  }

  await Deno.writeTextFile(
    files.config,
    config.replace(`"version": "${current}"`, `"version": "${version}"`),
  );
  await Deno.writeTextFile(files.changelog, closed);
  if (await runOk(folder)) return version;
  await Deno.writeTextFile(files.config, config);
  await Deno.writeTextFile(files.changelog, changelog);
  throw new Refusal("deno task ok has failed: nothing was changed");
}

if (import.meta.main) {
  const [step, ...rest] = Deno.args;
  if (step === undefined || rest.length > 0) {
    console.error(USAGE);
    Deno.exit(2);
  }
  try {
    const version = await release(Deno.cwd(), step);
    console.log(`
deno.json and CHANGELOG.md say ${version}. What is left:

  git diff
  git commit --all --message "Release ${version}"
  git tag --annotate v${version} --message "${version}"
  git push --follow-tags
  deno publish
  deno task npm && npm publish dist/*-${version}.tgz`);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    console.error(error.message);
    Deno.exit(1);
  }
}

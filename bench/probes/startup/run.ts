// The shortest program that uses the library.
import { run } from "../../../mod.ts";

await run(function* () {});

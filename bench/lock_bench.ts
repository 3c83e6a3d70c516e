import { compare } from "./compare.ts";

await compare("mutex_free", "mutex_contended");

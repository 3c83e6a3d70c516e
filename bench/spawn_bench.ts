import { compare } from "./compare.ts";

await compare("spawn_join", "spawn_join_eager", "spawn_join_gen", "gather");
